//! `medic export status`: how the export of each log group stands.

mod text;

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use log_exporter::catalog::{CATALOG, Catalog, Hint};
use shared::clock::{Clock as _, System};
use shared::records::Records;
use wildmatch::WildMatch;

use super::bar;
use super::entries;
use super::moment::{self, Moment};
use super::reach::{Reached, WhichExport};
use super::standing::{Known, Standing};
use crate::installed::Installed;
use crate::screen;

/// What `medic export status` is given.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Only groups that match, such as /ecs/*
    #[arg(long, value_name = "PATTERN", default_value = "*")]
    group: String,

    /// From when on windows are looked at, also those that are proven; without it, 15 days: as long as late events are looked for. What is
    /// not proven is looked at however old it is
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
    let standings = standings(&installed, &catalog, &looked, now).await?;
    if arguments.json {
        for standing in &standings {
            screen::print(serde_json::to_string(standing)?);
        }
    } else {
        screen::show(text::table(&standings, &catalog, looked.since, now));
    }
    Ok(can_export(&catalog) && !standings.iter().any(Standing::needs_attention))
}

/// Whether the bucket could take what export tasks write when the function last looked.
fn can_export(catalog: &Catalog) -> bool {
    let checked = catalog.preflight.as_ref();
    checked.is_none_or(|checked| checked.takes_tasks)
}

/// Which groups and windows are looked at.
#[derive(Clone, Debug)]
pub struct Looked {
    /// The groups.
    pub pattern: WildMatch,
    /// The windows that begin then or later, besides those from the first one on that is not proven.
    pub since: Timestamp,
    /// By when a window has to be proven after its end.
    pub late_after: Option<SignedDuration>,
}

/// How each group stands that the ledger has, worst first, with a bar on a terminal meanwhile.
async fn standings(
    installed: &Installed,
    catalog: &Catalog,
    looked: &Looked,
    now: Timestamp,
) -> anyhow::Result<Vec<Standing>> {
    let mut groups = entries::groups(&installed.records()).await?;
    groups.retain(|group| looked.pattern.matches(group));
    let bar = bar::counting(groups.len(), "looked at", "groups");
    let mut standings = Vec::new();
    for group in groups {
        // Each group has its own time: together they can take longer than anybody waits for one.
        let fresh = installed.renewed();
        standings.extend(standing(&fresh.records(), catalog, looked, &group, now).await?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    standings.sort_by(|one, other| {
        let worst_first = other.badness().cmp(&one.badness());
        worst_first.then_with(|| one.group.cmp(&other.group))
    });
    Ok(standings)
}

/// How a group stands; `None` if the ledger has nothing of it.
pub async fn standing(
    records: &impl Records,
    catalog: &Catalog,
    looked: &Looked,
    group: &str,
    now: Timestamp,
) -> anyhow::Result<Option<Standing>> {
    let noted = catalog.groups.get(group);
    let since = noted.and_then(|noted| from(looked.since, &noted.hint));
    let known = Known {
        retention: noted.and_then(|noted| noted.retention),
        since,
        late_after: looked.late_after,
    };
    let entries = entries::entries(records, group, since).await?;
    Ok(Standing::of(&entries, known, now))
}

/// From when on windows are looked at; `None` for all of them. What is not proven is never left out: a watermark holds only for windows
/// that follow each other from the first, or from where all before them are proven.
fn from(since: Timestamp, hint: &Hint) -> Option<Timestamp> {
    Some(since.min(hint.verified_until?).min(hint.settled_until?))
}

#[cfg(test)]
mod tests;
