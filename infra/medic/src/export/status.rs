//! `medic export status`: how the export of each log group stands.

mod text;

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use log_exporter::catalog::{CATALOG, Catalog};
use shared::clock::{Clock as _, System};
use shared::records::Records;
use wildmatch::WildMatch;

use super::entries;
use super::moment::{self, Moment};
use super::reach::{Reached, WhichExport};
use super::standing::{Known, Standing};
use crate::screen;

/// What `medic export status` is given.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Only groups that match, such as /ecs/*
    #[arg(long, value_name = "PATTERN", default_value = "*")]
    group: String,

    /// Windows that begin before this are not looked at; without it, 15 days: as long as late events are looked for
    #[arg(long, value_name = "TIME", default_value = "15d", value_parser = moment::parse)]
    since: Moment,

    /// A window is late if it is not proven so long after its end, such as 6h; without it, 2 hours where events are read directly and 48
    /// where export tasks do
    #[arg(long, value_name = "TIME")]
    late_after: Option<SignedDuration>,

    /// One JSON object for each group, one to a line
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    which: WhichExport,
}

/// Tells how each group stands. Returns whether none needs attention.
pub async fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    let reached = Reached::find(&arguments.which).await?;
    let installed = reached.records().await?;
    let now = System.now();
    let catalog = installed.load::<Catalog>(CATALOG).await?;
    let catalog = catalog.map(|loaded| loaded.record).unwrap_or_default();
    let looked = Looked {
        pattern: WildMatch::new(&arguments.group),
        since: arguments.since.at(now),
        late_after: arguments.late_after,
    };
    let standings = standings(&installed.records(), &catalog, &looked, now).await?;
    if arguments.json {
        for standing in &standings {
            screen::print(serde_json::to_string(standing)?);
        }
    } else {
        screen::show(text::table(&standings, &catalog, looked.since, now));
    }
    Ok(!standings.iter().any(Standing::needs_attention))
}

/// Which groups and windows are looked at.
#[derive(Clone, Debug)]
pub struct Looked {
    /// The groups.
    pub pattern: WildMatch,
    /// The windows that begin then or later.
    pub since: Timestamp,
    /// By when a window has to be proven after its end.
    pub late_after: Option<SignedDuration>,
}

/// How each group stands that the ledger has, worst first.
pub async fn standings(
    records: &impl Records,
    catalog: &Catalog,
    looked: &Looked,
    now: Timestamp,
) -> anyhow::Result<Vec<Standing>> {
    let mut standings = Vec::new();
    for group in entries::groups(records).await? {
        if !looked.pattern.matches(&group) {
            continue;
        }
        let known = Known {
            retention: catalog.groups.get(&group).and_then(|known| known.retention),
            late_after: looked.late_after,
        };
        let entries = entries::entries(records, &group, Some(looked.since)).await?;
        standings.extend(Standing::of(&entries, known, now));
    }
    standings.sort_by(|one, other| {
        let worst_first = other.badness().cmp(&one.badness());
        worst_first.then_with(|| one.group.cmp(&other.group))
    });
    Ok(standings)
}

#[cfg(test)]
mod tests;
