//! What the function measures about itself. The dashboard and the alarms of `infra/template.yaml` go by these names.

use jiff::SignedDuration;
use shared::metrics::{Metric, Unit};

/// Deliveries and incidents that were decided on, by what was decided.
pub fn decisions(decision: &'static str) -> Metric {
    Metric {
        dimension: Some(("Decision", decision)),
        ..count("Decisions", 1)
    }
}

/// From the alarm's change of state to the call that remediates.
pub fn time_to_remediate(time: SignedDuration) -> Metric {
    seconds("TimeToRemediate", time)
}

/// From the alarm's change of state to the proof of recovery.
pub fn time_to_recover(time: SignedDuration) -> Metric {
    seconds("TimeToRecover", time)
}

/// An incident that was handed to people.
pub fn escalations() -> Metric {
    count("Escalations", 1)
}

/// An incident that a run of the schedule could not advance, and that fails again with the next.
pub fn failed_incidents() -> Metric {
    count("FailedIncidents", 1)
}

/// A write that was lost because somebody else wrote the record first.
pub fn lock_conflicts() -> Metric {
    count("LockConflicts", 1)
}

/// A run of the schedule that came to its end.
pub fn ticks() -> Metric {
    count("Ticks", 1)
}

/// Incidents that were not settled when the schedule looked.
pub fn open_incidents(number: usize) -> Metric {
    count("OpenIncidents", number)
}

fn count(name: &'static str, number: usize) -> Metric {
    let value = f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    let unit = Unit::Count;
    Metric {
        name,
        value,
        unit,
        dimension: None,
    }
}

fn seconds(name: &'static str, time: SignedDuration) -> Metric {
    Metric {
        name,
        value: time.as_secs_f64(),
        unit: Unit::Seconds,
        dimension: None,
    }
}
