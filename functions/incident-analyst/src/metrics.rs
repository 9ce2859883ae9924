//! What the function measures about itself. The dashboard and the alarms of `infra/template.yaml` go by these names.

use jiff::{SignedDuration, Timestamp};
use shared::metrics::{Metric, Unit};

use crate::analysis::{Analysis, Cause};

/// What was counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Count {
    /// An alarm's message was read, whatever came of it.
    StateChanges,
    /// A model summed an analysis up.
    Summaries,
    /// Something could not be done and would fail again.
    Failures,
    /// An event could not be understood.
    Rejections,
}

/// One of something.
pub fn one(count: Count) -> Metric {
    let name = match count {
        Count::StateChanges => "StateChanges",
        Count::Summaries => "Summaries",
        Count::Failures => "Failures",
        Count::Rejections => "Rejections",
    };
    number(name, 1.0)
}

/// How many messages SNS brought, whatever they were; nothing for none. An alarm compares it with what was published, so that a dead
/// subscription is noticed although EventBridge brings the same alarms.
#[expect(clippy::cast_precision_loss, reason = "no event has 2^52 records")]
pub fn heard_by_sns(messages: usize) -> Option<Metric> {
    (messages > 0).then(|| number("HeardBySns", messages as f64))
}

/// What an analysis counts as that was stored at `at`. The time from the state change counts where it was the first one of it.
#[expect(clippy::cast_precision_loss, reason = "no analysis has 2^52 gaps")]
pub fn analysed(analysis: &Analysis, changed_at: Option<Timestamp>, at: Timestamp) -> Vec<Metric> {
    let is_undetermined = analysis.verdict.cause == Cause::Undetermined;
    let mut counted = vec![
        number("Analyses", 1.0),
        number("Undetermined", f64::from(u8::from(is_undetermined))),
        number("Gaps", analysis.gaps.len() as f64),
    ];
    counted.extend(changed_at.map(|changed_at| {
        Metric {
            name: "TimeToReport",
            value: at
                .duration_since(changed_at)
                .max(SignedDuration::ZERO)
                .as_secs_f64(),
            unit: Unit::Seconds,
            dimension: None,
        }
    }));
    counted
}

fn number(name: &'static str, value: f64) -> Metric {
    Metric {
        name,
        value,
        unit: Unit::Count,
        dimension: None,
    }
}
