//! What is promised, as code.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use log_exporter::ledger::{Entry, State, Step, watermark};
use shared::exports::manifest::Output;

use super::tile::{Event, Tile};
use super::world::World;

/// Looks at what the ledger did, and notes what it should not have done.
pub(super) struct Judge<'a>(pub(super) &'a mut World);

impl Judge<'_> {
    /// Nothing is waited for forever but what is proven or lost.
    pub(super) fn step(&mut self, tile: &Tile, entry: &Entry, step: &Step) {
        if *step == Step::Wait(None) && !entry.is_settled() {
            self.0
                .broken(tile, "it is left alone and neither proven nor lost");
        }
    }

    /// What holds for each change, also for one that is not written in the end.
    pub(super) fn change(&mut self, tile: &Tile, fact: &str, (old, new): (&Entry, &Entry)) {
        let mut wrong = String::new();
        let mut must = |is: bool, what: &str| {
            if !is {
                let _ = write!(wrong, "{what}; ");
            }
        };
        let is_revised = old.revision < new.revision;
        must(
            is_revised || fact == "told" || fact == "tidied",
            "a change has no revision",
        );
        must(
            new.attempt <= 1 + tile.ails,
            "an attempt is counted that did not fail",
        );
        must(new.noted.len() <= 10, "more than ten notes are kept");
        must(
            new.noted.iter().all(|note| note.text.len() <= 500),
            "a note is long",
        );
        must(
            !loses_rows(&old.output(), &new.output()),
            "there are fewer rows than before",
        );
        if let State::Expired { loss, output } = &new.state {
            must(
                loss.contains(&output.rows().to_string()),
                "a loss does not say what is here",
            );
            must(self.0.may_expire(new), "it was given up before its time");
        }
        if let State::Suspect { reason, .. } = &new.state {
            must(!reason.is_empty(), "it is suspect without a reason");
        }
        if let Some(what) = Self::output_of(tile, old, new) {
            must(false, &what);
        }
        if !wrong.is_empty() {
            self.0
                .broken(tile, &format!("after {fact}: {wrong}{:?}", new.state));
        }
    }

    /// No event is there twice, and what is proven has each that had come by when the source was looked at.
    fn output_of(tile: &Tile, old: &Entry, new: &Entry) -> Option<String> {
        if old.source() == new.source() && old.output() == new.output() {
            return None;
        }
        let rows = match tile.rows(&new.output()) {
            Ok(rows) => rows,
            Err(what) => return Some(what),
        };
        if rows.windows(2).any(|two| two[0] == two[1]) {
            return Some("an event is there twice".to_owned());
        }
        let proven_at = new.source().filter(|_| new.is_proven())?.at;
        let lacks = missing(tile, &rows, |event| event.came_at <= proven_at);
        lacks.map(|event| format!("it is proven as of {proven_at} and lacks {event:?}"))
    }

    /// Before the watermark everything is there that came in time.
    pub(super) fn watermark(&mut self, tiles: &[Tile]) {
        let Some(mark) = watermark(tiles.iter().map(|tile| &tile.entry)) else {
            return;
        };
        for tile in tiles {
            let window = tile.entry.window;
            if mark.verified_until < window.end() {
                break;
            }
            let rows = tile.rows(&tile.entry.output()).unwrap_or_default();
            let lacks = missing(tile, &rows, |event| event.came_at < window.end());
            if let Some(event) = lacks {
                let until = mark.verified_until;
                self.0.broken(
                    tile,
                    &format!("the watermark is at {until}, and it lacks {event:?}"),
                );
            }
        }
    }

    /// What holds of a window that nothing more will be done about.
    pub(super) fn finished(&mut self, tile: &Tile) {
        let entry = &tile.entry;
        self.0.outcome.again += u64::from(entry.attempt - 1);
        let rows = match tile.rows(&entry.output()) {
            Ok(rows) => rows,
            Err(what) => return self.0.broken(tile, &what),
        };
        if let Some(what) = unlike_its_manifest(tile) {
            self.0.broken(tile, &what);
        }
        let named = entry.output().parts.len();
        if named != tile.objects.len() || tile.tasks.iter().any(|task| !task.is_removed) {
            self.0
                .broken(tile, "objects are left that it does not name");
        }
        let Some(source) = entry.source() else {
            self.0.outcome.lost += 1;
            let lost = tile.events.len().saturating_sub(rows.len());
            self.0.outcome.lost_events += u64::try_from(lost).unwrap();
            if self.0.weather.is_calm {
                self.0.broken(tile, "it is lost, and nothing went wrong");
            }
            return;
        };
        for (id, event) in tile.events.iter().enumerate() {
            if rows.binary_search(&id).is_ok() {
                continue;
            }
            if event.came_at <= source.at || !self.0.could_be_too_late(event) {
                self.0
                    .broken(tile, &format!("it lacks {event:?}, and says {source:?}"));
            }
            self.0.outcome.too_late += 1;
        }
    }
}

impl World {
    /// Whether it can be that a window is given up: the source is about to forget it, or the group was deleted.
    fn may_expire(&self, entry: &Entry) -> bool {
        let guard = SignedDuration::from_hours(1);
        let forgets = self
            .group
            .retention
            .map(|kept| entry.window.start() + kept - guard);
        // The hour that is listed again may be a later one, never an earlier.
        !self.group.exists || forgets.is_some_and(|forgets| forgets <= self.now)
    }

    /// Whether an event can have come so late that the source forgot it before anybody could look again.
    fn could_be_too_late(&self, event: &Event) -> bool {
        let Some(kept) = self.group.retention else {
            return self.deleted_at().is_some();
        };
        let outage = SignedDuration::from_hours(if self.weather.outage > 0 {
            // Ticks that are skipped, several times in a row.
            24 * 60
        } else {
            6
        });
        // A window that was swept in its last hours is not swept again. The hours of a window are forgotten one after the other.
        let looks = self.rules.sweep_every + outage + SignedDuration::from_hours(24);
        self.deleted_at().is_some() || event.at + kept < event.came_at + looks
    }
}

fn unlike_its_manifest(tile: &Tile) -> Option<String> {
    let entry = &tile.entry;
    let Some(told) = &tile.manifest else {
        return Some("it has no manifest".to_owned());
    };
    let is_same = told.output == entry.output()
        && told.proof == entry.proof()
        && told.at == entry.source().map(|source| source.at);
    (!is_same).then(|| format!("its manifest says {told:?}"))
}

/// The first event that is not among the rows and that `counts`.
fn missing(tile: &Tile, rows: &[usize], counts: impl Fn(&Event) -> bool) -> Option<Event> {
    let events = tile.events.iter().enumerate();
    let mut lacking = events.filter(|(id, event)| rows.binary_search(id).is_err() && counts(event));
    lacking.next().map(|(_, event)| *event)
}

/// Whether an hour has fewer rows than before.
fn loses_rows(old: &Output, new: &Output) -> bool {
    let new: BTreeMap<Timestamp, u64> = new.hours().into_iter().collect();
    let is_less = |(hour, rows): (Timestamp, u64)| new.get(&hour).is_none_or(|now| *now < rows);
    old.hours().into_iter().any(is_less)
}
