//! How the export of a log group stands, by its entries in the ledger. Pure.

use jiff::{SignedDuration, Timestamp};
use log_exporter::ledger::{Entry, State, watermark};
use serde::Serialize;
use shared::exports::manifest::Mode;
use shared::exports::window::Window;

/// A window whose first event is forgotten within this time is about to be lost.
pub const SOON: SignedDuration = SignedDuration::from_hours(48);

/// By when a window has to be proven after its end, if nothing else is said: an export task waits for its day to be over (24 hours), lets
/// it settle (12 hours), and may have to queue; a direct one is proven minutes after its hour.
pub fn patience(mode: Mode) -> SignedDuration {
    match mode {
        Mode::ExportTask => SignedDuration::from_hours(48),
        Mode::Direct => SignedDuration::from_hours(2),
    }
}

/// How the export of a log group stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Standing {
    /// The log group.
    pub group: String,
    /// How it is read now.
    pub mode: Mode,
    /// The end of the unbroken run of proven windows, or the beginning of the first window if that is not proven.
    pub verified_until: Timestamp,
    /// How long ago the first event could be that is neither proven nor stated as lost.
    pub lag_hours: f64,
    /// Whether a window is not proven that ended longer ago than it may have.
    pub is_late: bool,
    /// Windows that begin before this were not looked at: the function noted that all of them are proven. All were, if `None`.
    pub since: Option<Timestamp>,
    /// How many windows were looked at, by their states.
    pub windows: Windows,
    /// The windows that are suspect, with the reason.
    pub suspect: Vec<Told>,
    /// The windows that are lost at least in part, with what may be missing.
    pub losses: Vec<Told>,
    /// The windows that are not proven, and whose first event the source forgets soon, with the time.
    pub expiring: Vec<Expiring>,
}

/// How many windows there are in each state.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Windows {
    /// Nothing is under way.
    pub planned: u32,
    /// Events are read.
    pub exporting: u32,
    /// All was read, and it is not proven yet.
    pub exported: u32,
    /// Proven.
    pub verified: u32,
    /// Not what the source has; exported again.
    pub suspect: u32,
    /// Lost, at least in part.
    pub lost: u32,
}

/// A window, and what is said of it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Told {
    /// The window.
    pub window: Window,
    /// What is said of it.
    pub reason: String,
}

/// A window that is about to be lost.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Expiring {
    /// The window.
    pub window: Window,
    /// When the source forgets its first event.
    pub at: Timestamp,
}

/// What is known of a group besides its entries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Known {
    /// How long it keeps events; forever, or not known, if `None`.
    pub retention: Option<SignedDuration>,
    /// From when on its windows were looked at; all of them, if `None`.
    pub since: Option<Timestamp>,
    /// By when a window has to be proven after its end; [`patience`] if `None`.
    pub late_after: Option<SignedDuration>,
}

impl Standing {
    /// How a group stands by its entries, which are in the order of time; `None` if there are none.
    pub fn of(entries: &[Entry], known: Known, now: Timestamp) -> Option<Self> {
        let (first, last) = (entries.first()?, entries.last()?);
        let mark = watermark(entries)?;
        let mut standing = Self {
            group: first.group.clone(),
            mode: last.mode,
            verified_until: mark.verified_until,
            lag_hours: hours(mark.lag(now)),
            is_late: is_late(entries, known, now),
            since: known.since,
            windows: Windows::default(),
            suspect: Vec::new(),
            losses: Vec::new(),
            expiring: Vec::new(),
        };
        for entry in entries {
            standing.count(entry);
            if let Some(at) = forgets(entry, known.retention, now) {
                let window = entry.window;
                standing.expiring.push(Expiring { window, at });
            }
        }
        Some(standing)
    }

    /// Whether somebody should look at it.
    pub fn needs_attention(&self) -> bool {
        self.is_late || !self.suspect.is_empty() || !self.losses.is_empty()
    }

    /// How bad it is, for putting the worst first: what is lost, what is suspect, what is about to be lost, what is late.
    pub fn badness(&self) -> (usize, usize, usize, bool, i64) {
        let behind = -self.verified_until.as_second();
        (
            self.losses.len(),
            self.suspect.len(),
            self.expiring.len(),
            self.is_late,
            behind,
        )
    }

    fn count(&mut self, entry: &Entry) {
        let windows = &mut self.windows;
        let told = |reason: &String| Told {
            window: entry.window,
            reason: reason.clone(),
        };
        let count = match &entry.state {
            State::Planned { .. } => &mut windows.planned,
            State::Exporting(_) => &mut windows.exporting,
            State::Exported(_) => &mut windows.exported,
            State::Verified(_) => &mut windows.verified,
            State::Suspect { reason, .. } => {
                self.suspect.push(told(reason));
                &mut windows.suspect
            }
            State::Expired { loss, .. } => {
                self.losses.push(told(loss));
                &mut windows.lost
            }
        };
        *count += 1;
    }
}

/// Whether a window that is not proven, and not lost, ended longer ago than it may have.
fn is_late(entries: &[Entry], known: Known, now: Timestamp) -> bool {
    entries.iter().any(|entry| {
        let allowed = known.late_after.unwrap_or_else(|| patience(entry.mode));
        !entry.is_settled() && now.duration_since(entry.window.end()) > allowed
    })
}

/// When the source forgets the first event of a window that is not proven, if that is soon.
fn forgets(entry: &Entry, kept: Option<SignedDuration>, now: Timestamp) -> Option<Timestamp> {
    if entry.is_settled() {
        return None;
    }
    let at = entry.window.start().saturating_add(kept?).ok()?;
    (at.duration_since(now) <= SOON).then_some(at)
}

fn hours(time: SignedDuration) -> f64 {
    (time.as_secs_f64() / 360.0).round() / 10.0
}
