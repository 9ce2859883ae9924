//! `medic export`: what the log exporter does and costs, how it stands, and what it exported.

pub mod backfill;
mod bar;
pub mod cat;
pub mod cost;
pub mod ddl;
pub mod entries;
pub mod moment;
pub mod plan;
pub mod prices;
pub mod reach;
pub mod standing;
pub mod status;
#[cfg(test)]
mod store;

use clap::Subcommand;

/// What is asked of exports.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say which log groups are exported and how, what that takes and costs, and what stands in the way
    ///
    /// The settings are those of the deployed function, and what a group gets in a day is what CloudWatch counted in the last week.
    /// --set tries other settings, such as `--set DIRECT_GROUPS=/ecs/shop`. With --volume nothing is asked of AWS: the groups are those
    /// that are given. Costs are an estimate for a month of 30 days, from a dated table of prices; nothing is changed. Exits with 1 if
    /// something stands in the way.
    Plan(plan::Arguments),

    /// Say until when each log group is exported and proven, and what is suspect, late or lost
    ///
    /// From the ledger, worst first; above it, what is wrong with the bucket as the function last saw it. Exits with 1 if a window is
    /// suspect or lost, or is not proven by the time it should be, or if the bucket cannot take what export tasks write.
    Status(status::Arguments),

    /// Plan windows before the first one of a group's export
    ///
    /// The function exports them like any other. Windows follow each other without a gap, so they reach from --from up to where the export
    /// began; what is there already is left alone. Needs s3:PutObject on the ledger. Exits with 1 if something waited for is lost.
    Backfill(backfill::Arguments),

    /// Print what was exported of a log group, in the order of time
    ///
    /// Goes by manifests only, and compares each part with its manifest before an event of it is printed. Standard error says whether it
    /// is proven that nothing is missing, and where not. Events of an hour are put in order together; an hour of more than 64 MB is
    /// sorted on disk, in a file without a name in the folder for temporary files. In a pipe messages are as they were logged; on a
    /// terminal what could control it is shown as its code. Exits with 1 if it is not proven that nothing is missing; --partial
    /// says that this is known.
    Cat(cat::Arguments),

    /// Print the statement by which Athena reads what was exported
    ///
    /// Partitions are projected: no crawler, no partition has to be added. The table has the log groups and the first day of now: after
    /// others came, it has to be dropped and made again. --duckdb prints the same for `DuckDB`.
    Ddl(ddl::Arguments),
}

/// Does it. Returns whether nothing needs attention.
pub async fn run(command: &Command) -> anyhow::Result<bool> {
    match command {
        Command::Plan(arguments) => Box::pin(plan::run(arguments)).await,
        Command::Status(arguments) => Box::pin(status::run(arguments)).await,
        Command::Backfill(arguments) => Box::pin(backfill::run(arguments)).await,
        Command::Cat(arguments) => Box::pin(cat::run(arguments)).await,
        Command::Ddl(arguments) => Box::pin(ddl::run(arguments)).await,
    }
}
