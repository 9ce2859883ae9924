//! What the function measures about itself. The dashboard and the alarms of `infra/template.yaml` go by these names.

use jiff::Timestamp;
use serde::Serialize;
use shared::exports::manifest::Mode;
use shared::metrics::{Metric, Unit};

use crate::catalog::{Catalog, Known};

/// What a tick did.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Tally {
    /// How many groups had a turn.
    pub turns: u64,
    /// How many windows were proven, again or for the first time after they were not.
    pub verified: u64,
    /// How many windows are lost, at least in part.
    pub expired: u64,
    /// How many rows were written.
    pub rows: u64,
    /// Their size before they were compressed.
    pub bytes: u64,
    /// How often a service said that it was asked too often.
    pub throttles: u64,
    /// How often something could not be done.
    pub failures: u64,
}

/// The measurements of a tick that is over:
///
/// - counted: `Ticks`, `VerifiedWindows` and `ExpiredWindows` (those that became so), `RowsExported`, `BytesExported`, `Throttles`,
///   `Failures`;
/// - as it is now: `Groups`, `SuspectWindows`, `LagHours` for each `Mode` (how long ago the first event could be that is neither proven nor
///   stated as lost, of the worst group), `ExpiringHours` (how soon the source forgets the first event that is not proven to be here).
pub fn measured(tally: &Tally, catalog: &Catalog, now: Timestamp) -> Vec<Metric> {
    let suspect = sum(catalog, |known| known.hint.suspect.into());
    let mut metrics = vec![
        metric("Ticks", 1, Unit::Count),
        metric("VerifiedWindows", tally.verified, Unit::Count),
        metric("SuspectWindows", suspect, Unit::Count),
        metric("ExpiredWindows", tally.expired, Unit::Count),
        metric("RowsExported", tally.rows, Unit::Count),
        metric("BytesExported", tally.bytes, Unit::Bytes),
        metric("Throttles", tally.throttles, Unit::Count),
        metric("Failures", tally.failures, Unit::Count),
        metric(
            "Groups",
            sum(catalog, |known| known.exists().into()),
            Unit::Count,
        ),
    ];
    for (mode, name) in [(Mode::ExportTask, "export_task"), (Mode::Direct, "direct")] {
        let groups = catalog.groups.values().filter(|known| known.mode == mode);
        let lags = groups.filter_map(|known| lag_hours(known, now));
        metrics.extend(lags.reduce(f64::max).map(|value| Metric {
            name: "LagHours",
            value,
            unit: Unit::None,
            dimension: Some(("Mode", name)),
        }));
    }
    let expiring = catalog
        .groups
        .values()
        .filter_map(|known| known.hint.expires_at);
    metrics.extend(expiring.min().map(|at| Metric {
        name: "ExpiringHours",
        value: hours(at, now),
        unit: Unit::None,
        dimension: None,
    }));
    metrics
}

/// How far a group is behind. One that is gone and has nothing left to prove is not behind.
fn lag_hours(known: &Known, now: Timestamp) -> Option<f64> {
    let is_done = !known.exists() && known.hint.due_at.is_none() && !known.hint.wants_task;
    let since = known.hint.settled_until.unwrap_or(known.found_at);
    (known.can_be_read && !is_done).then(|| hours(now, since).max(0.0))
}

fn hours(at: Timestamp, since: Timestamp) -> f64 {
    at.duration_since(since).as_secs_f64() / 3600.0
}

fn sum(catalog: &Catalog, of: impl Fn(&Known) -> u64) -> u64 {
    catalog.groups.values().map(of).sum()
}

#[expect(clippy::cast_precision_loss, reason = "no tick has 2^52 of anything")]
fn metric(name: &'static str, value: u64, unit: Unit) -> Metric {
    Metric {
        name,
        value: value as f64,
        unit,
        dimension: None,
    }
}
