//! What is new since the last look, as events in the order in which they happened.

use std::collections::BTreeMap;

use jiff::Timestamp;
use shared::exports::layout::window_in_key;
use shared::exports::manifest::{Manifest, Mode, Proof};
use shared::outbound::Quoted;

use super::observations::ExportObservations;
use crate::event::{Event, Tone};
use crate::scenario::export::SeenTask;

/// What `now` has that `before` had not.
pub(super) fn news(
    before: &ExportObservations,
    now: &ExportObservations,
) -> Vec<(Timestamp, Event)> {
    let mut news = Vec::new();
    for task in &now.tasks {
        let old = before.tasks.iter().find(|old| old.id == task.id);
        if old.is_none_or(|old| old.status != task.status) {
            news.push((
                task.completed_at.unwrap_or(task.created_at),
                task_event(task),
            ));
        }
    }
    for (group, windows) in &now.manifests {
        let old = before.manifests.get(group).cloned().unwrap_or_default();
        let changed = windows.changed(&old);
        let changed: Vec<&Manifest> = changed
            .filter(|new| !old.iter().any(|old| is_no_news(old, new)))
            .collect();
        news.extend(by_proof(&changed).into_iter().flatten());
    }
    news.sort_by_key(|(at, _)| *at);
    news
}

/// Hours that are read directly come by the dozen: those with the same news are told of once.
fn by_proof(changed: &[&Manifest]) -> Vec<Option<(Timestamp, Event)>> {
    let mut alike: BTreeMap<&str, Vec<&Manifest>> = BTreeMap::new();
    for manifest in changed {
        alike
            .entry(level(&manifest.proof))
            .or_default()
            .push(manifest);
    }
    let told = alike.into_values().map(|alike| match alike.as_slice() {
        [] => None,
        [one] => Some((one.written_at, manifest_event(one))),
        [first, .., last] => {
            let rows: u64 = alike.iter().map(|one| one.output.rows()).sum();
            let (group, level) = (&first.place.group, level(&first.proof));
            let detail = format!(
                "{group}: {} windows from {} to {} are {level}, {rows} rows",
                alike.len(),
                window_in_key(first.window),
                window_in_key(last.window),
            );
            let at = alike.iter().map(|one| one.written_at).max();
            Some((
                at.unwrap_or(last.written_at),
                toned(tone(&last.proof), "manifest", detail),
            ))
        }
    });
    told.collect()
}

fn manifest_event(manifest: &Manifest) -> Event {
    let (group, rows) = (&manifest.place.group, manifest.output.rows());
    let window = window_in_key(manifest.window);
    let source = manifest.source.as_ref();
    let source = source.map(|source| format!(", the source has {}", source.events()));
    let attempt = match (manifest.mode, manifest.attempt) {
        (Mode::Direct, _) | (_, 1) => String::new(),
        (Mode::ExportTask, attempt) => format!(", attempt {attempt}"),
    };
    let why = match &manifest.proof {
        Proof::Suspect { reason } | Proof::Lost { reason } => {
            format!(": {}", Quoted::line(reason))
        }
        Proof::Open | Proof::Counted | Proof::EventIds => String::new(),
    };
    let detail = format!(
        "{group} {window} is {}, {rows} rows{}{attempt}{why}",
        level(&manifest.proof),
        source.unwrap_or_default()
    );
    toned(tone(&manifest.proof), "manifest", detail)
}

fn task_event(task: &SeenTask) -> Event {
    let SeenTask { group, status, .. } = task;
    let detail = format!("of {group} is {status}");
    toned(Tone::Neutral, "export task", detail)
}

/// Lines came late.
pub(super) fn late(group: &str, lines: usize) -> Event {
    let detail = format!("{group} gets {lines} more lines of yesterday");
    toned(Tone::Bad, "late", detail)
}

/// Whether a manifest of the same window says what is known: one that is open has a few rows more with each tick, and one that was looked
/// at again is as it was.
fn is_no_news(old: &Manifest, new: &Manifest) -> bool {
    let stands = |one: &Manifest| (one.window, one.attempt, level(&one.proof));
    let is_open = new.proof == Proof::Open;
    stands(old) == stands(new) && (is_open || old.output.rows() == new.output.rows())
}

fn level(proof: &Proof) -> &'static str {
    match proof {
        Proof::Open => "open",
        Proof::Counted => "proven by count",
        Proof::EventIds => "proven by event ids",
        Proof::Suspect { .. } => "suspect",
        Proof::Lost { .. } => "lost in part",
    }
}

fn tone(proof: &Proof) -> Tone {
    match proof {
        Proof::Open => Tone::Neutral,
        Proof::Counted | Proof::EventIds => Tone::Good,
        Proof::Suspect { .. } | Proof::Lost { .. } => Tone::Bad,
    }
}

fn toned(tone: Tone, subject: &'static str, detail: String) -> Event {
    Event {
        subject,
        detail,
        tone,
    }
}
