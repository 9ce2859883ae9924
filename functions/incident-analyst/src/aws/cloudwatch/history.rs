//! A change of state, from the JSON of `HistoryData` (API reference, `AlarmHistoryItem`). Pure.

use aws_sdk_cloudwatch::types::AlarmHistoryItem;
use serde_json::Value;
use shared::aws::timestamp;

use crate::aws::bounded::one_line;
use crate::evidence::AlarmChange;

/// The change that an item tells of; what its data do not say is empty. `None` without a time or a state that it took.
pub(super) fn change(item: &AlarmHistoryItem) -> Option<AlarmChange> {
    let data = item.history_data().unwrap_or_default();
    let data: Value = serde_json::from_str(data).unwrap_or_default();
    let of = |side: &str, key: &str| {
        let text = data
            .get(side)
            .and_then(|side| side.get(key))
            .and_then(Value::as_str);
        text.map(one_line)
    };
    let (from, to) = match of("newState", "stateValue") {
        Some(to) => (of("oldState", "stateValue").unwrap_or_default(), to),
        None => by_summary(item.history_summary()?)?,
    };
    Some(AlarmChange {
        at: timestamp(item.timestamp()?)?,
        from,
        to,
        reason: of("newState", "stateReason").unwrap_or_default(),
    })
}

/// `Alarm updated from OK to ALARM.`
fn by_summary(summary: &str) -> Option<(String, String)> {
    let (from, to) = summary
        .strip_prefix("Alarm updated from ")?
        .split_once(" to ")?;
    Some((one_line(from), one_line(to.trim_end_matches('.'))))
}
