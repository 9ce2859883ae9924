//! `medic export backfill`: windows before the first one of a group's export.

mod tiles;
mod wait;

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use jiff::Timestamp;
use log_exporter::catalog::{CATALOG, Catalog, Known};
use log_exporter::config::Config;
use log_exporter::ledger::{Entry, Group, Note};
use log_exporter::rules::Rules;
use shared::clock::{Clock as _, Nonces, System};
use shared::exports::window::Window;
use shared::outbound::visible;
use shared::records::{self, Loaded, Precondition, Records, Saved};
use wildmatch::WildMatch;

pub use self::tiles::{Source, before, kept_from};
use super::entries;
use super::moment::{self, Moment};
use super::reach::{Reached, WhichExport};
use crate::event::Tone;
use crate::screen::{self, Paragraph};
use crate::when::date_and_time;

/// How often the catalog is written again because a tick was faster.
const MOST_ROUNDS: usize = 5;

/// What `medic export backfill` is given.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The log group's name or a pattern, of groups that are exported already
    #[arg(long, value_name = "PATTERN")]
    group: String,

    /// From when on, in UTC: 2026-02-01, or how long ago: 30d. Whole hours: it is rounded down
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    from: Moment,

    /// Up to when; without it, to where the group's export began. Windows follow each other without a gap: what is between this and there
    /// is exported as well
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    to: Option<Moment>,

    /// Wait until the new windows are proven, or lost
    #[arg(long)]
    wait: bool,

    #[command(flatten)]
    which: WhichExport,
}

/// Plans windows. Returns whether nothing that was asked for is lost, as far as it was waited for.
pub async fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    let reached = Reached::find(&arguments.which).await?;
    let installed = reached.records().await?;
    let now = System.now();
    let from = arguments.from.at(now);
    let to = arguments.to.map(|to| to.at(now));
    ensure!(to.is_none_or(|to| from < to), "--from must be before --to");
    let Config { rules, .. } = reached.config().await?;
    let catalog = installed.load::<Catalog>(CATALOG).await?;
    let catalog = catalog.map(|loaded| loaded.record).unwrap_or_default();
    let pattern = WildMatch::new(&arguments.group);
    let asked = Asked { from, to, now };
    let mut all = Vec::new();
    let mut is_any = false;
    for group in entries::groups(&installed.records()).await? {
        if !pattern.matches(&group) {
            continue;
        }
        is_any = true;
        // Each group has its own time: together they can take longer than anybody waits for one.
        let fresh = installed.renewed();
        let known = catalog.groups.get(&group);
        let done =
            planned_and_woken(&fresh.records(), &System, (&group, known), &rules, asked).await?;
        screen::show(told(&group, &done));
        let planned = done.planned.into_iter();
        all.extend(planned.map(|window| (group.clone(), window)));
    }
    if !is_any {
        bail!(
            "no log group that is exported matches {}; the first tick after a group is chosen begins its export",
            arguments.group
        );
    }
    if arguments.wait {
        return wait::wait(&installed, &all).await;
    }
    Ok(true)
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// From when on.
    pub from: Timestamp,
    /// Up to when, if it was said.
    pub to: Option<Timestamp>,
    /// The time now.
    pub now: Timestamp,
}

/// What came of it for a group.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Done {
    /// The windows that were planned, in the order of time.
    pub planned: Vec<Window>,
    /// The beginning of the first window that was there before.
    pub first: Timestamp,
    /// From when on the source still has events, if that is later than what was asked for.
    pub kept_from: Option<Timestamp>,
    /// Up to when it was asked for, if there is more between that and the first window.
    pub up_to: Option<Timestamp>,
}

/// Plans windows of a group, and has the next tick look at it: also if only some could be planned, and if none had to be, because a run
/// before this one may have been interrupted in between.
async fn planned_and_woken(
    records: &impl Records,
    nonces: &impl Nonces,
    (group, known): (&str, Option<&Known>),
    rules: &Rules,
    asked: Asked,
) -> anyhow::Result<Done> {
    let done = backfill(records, nonces, (group, known), rules, asked).await;
    let woken = wake(records, nonces, group).await;
    let done = done?;
    woken?;
    Ok(done)
}

/// Plans windows of a group before its first one. The latest is written first, so that windows follow each other without a gap whenever
/// it is interrupted, and each only where there is none and nothing was planned before it meanwhile.
pub async fn backfill(
    records: &impl Records,
    nonces: &impl Nonces,
    (group, known): (&str, Option<&Known>),
    rules: &Rules,
    asked: Asked,
) -> anyhow::Result<Done> {
    let first = entries::first(records, group).await?;
    let first = first.with_context(|| format!("the ledger has no window of {group}"))?;
    let source = known.map_or(Source::default(), |known| Source {
        created_at: Some(known.created_at),
        retention: known.retention,
    });
    let mode = known.map_or(first.mode, |known| known.mode);
    let begins = first.window.start();
    let group_known = known.map_or(
        Group {
            created_at: Timestamp::UNIX_EPOCH,
            retention: None,
            exists: true,
        },
        Known::group,
    );
    let kept = if group_known.exists {
        kept_from(source, mode, asked.now)
    } else {
        // What a deleted group had is lost: windows of it would be nothing but stated losses.
        asked.now
    };
    let mut windows = before(begins, asked.from.max(kept), mode, &group_known, rules);
    windows.reverse();
    let mut next = first.window;
    for window in &windows {
        let entry = Entry {
            is_redacted: known.map_or(first.is_redacted, |known| known.is_redacted),
            ..planned(group, *window, mode, rules, asked.now)
        };
        write(records, nonces, entry, next).await?;
        next = *window;
    }
    windows.reverse();
    Ok(Done {
        planned: windows,
        first: begins,
        kept_from: (asked.from < kept).then_some(kept),
        up_to: asked.to.filter(|to| *to < begins),
    })
}

fn planned(
    group: &str,
    window: Window,
    mode: shared::exports::manifest::Mode,
    rules: &Rules,
    now: Timestamp,
) -> Entry {
    let mut entry = Entry::planned(group, window, mode, rules);
    entry.noted.push(Note {
        at: now,
        text: "planned by medic export backfill".to_owned(),
    });
    entry
}

/// Writes an entry before `next`, if that is still the first one.
async fn write(
    records: &impl Records,
    nonces: &impl Nonces,
    entry: Entry,
    next: Window,
) -> anyhow::Result<()> {
    let (group, window) = (entry.group.clone(), entry.window);
    let first = entries::first(records, &group).await?;
    let is_next = first.is_some_and(|first| first.window == next);
    let loaded = Loaded {
        record: entry,
        precondition: Precondition::Absent,
    };
    let named = || format!("couldn't plan {} of {group}", window.start());
    if is_next {
        let saved = records::save(records, nonces, loaded).await;
        if let Saved::Ours(_) = saved.with_context(named)? {
            return Ok(());
        }
    }
    Err(anyhow::anyhow!(
        "somebody else plans windows of it; look at `medic export status` and try again"
    ))
    .with_context(named)
}

/// Has the next tick look at all windows of a group. The catalog is a hint, but ticks go by it: they look only at windows from some days
/// before the watermark that it has, and not before the time that it has. Without a catalog they look at all.
async fn wake(records: &impl Records, nonces: &impl Nonces, group: &str) -> anyhow::Result<()> {
    for _ in 0..MOST_ROUNDS {
        let loaded = records::load::<Catalog>(records, CATALOG).await;
        let Some(mut loaded) = loaded.with_context(|| format!("couldn't use {CATALOG}"))? else {
            return Ok(());
        };
        let Some(known) = loaded.record.groups.get_mut(group) else {
            return Ok(());
        };
        // As long ago as can be: `None` would be never.
        known.hint.due_at = Some(Timestamp::UNIX_EPOCH);
        known.hint.verified_until = None;
        let saved = records::save(records, nonces, loaded).await;
        if let Saved::Ours(_) = saved.with_context(|| format!("couldn't write {CATALOG}"))? {
            return Ok(());
        }
    }
    bail!(
        "couldn't have ticks look at {}: they write {CATALOG} all the time; run it again",
        visible(group, 512)
    )
}

/// What is said of a group.
fn told(group: &str, done: &Done) -> Vec<Paragraph> {
    let name = visible(group, 512);
    let mut lines = Vec::new();
    if let Some(kept) = done.kept_from {
        let text = format!(
            "{name}: the source has nothing that can be proven from before {}",
            date_and_time(kept)
        );
        lines.push(Paragraph::toned(Tone::Bad, text));
    }
    lines.push(Paragraph::new(
        match (done.planned.first(), done.planned.len()) {
            (Some(earliest), count) => {
                let s = if count == 1 { "" } else { "s" };
                let (from, until) = (date_and_time(earliest.start()), date_and_time(done.first));
                format!("{name}: {count} window{s} planned, from {from} to {until}")
            }
            (None, _) => format!(
                "{name}: nothing to plan, its windows begin at {} already",
                date_and_time(done.first)
            ),
        },
    ));
    if let (Some(up_to), false) = (done.up_to, done.planned.is_empty()) {
        let text = format!(
            "{name}: what is between {} and there is exported as well: windows follow each other without a gap",
            date_and_time(up_to)
        );
        lines.push(Paragraph::new(text));
    }
    lines
}

#[cfg(test)]
mod tests;
