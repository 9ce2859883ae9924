//! What an alarm's history says, in the JSON of `HistoryData` (API reference, `AlarmHistoryItem`; AWS CLI reference,
//! `describe-alarm-history`).

use serde::Deserialize;

use super::configured::{Configuration, snapshot};
use crate::rule::Snapshot;
use shared::alarm::State;

/// A change of state.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StateUpdate {
    old_state: StateThen,
    new_state: StateThen,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StateThen {
    state_value: State,
}

/// A change of configuration; it has the whole configuration since.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConfigurationUpdate {
    #[serde(alias = "createdAlarm")]
    updated_alarm: Configuration,
}

/// The state before a change to `new`, if this is the item of such a change.
pub(super) fn state_before(data: &str, new: State) -> Option<State> {
    let update: StateUpdate = serde_json::from_str(data).ok()?;
    (update.new_state.state_value == new).then_some(update.old_state.state_value)
}

/// What the alarm watched for from this item on.
pub(super) fn rule_since(data: &str) -> Option<Snapshot> {
    let update: ConfigurationUpdate = serde_json::from_str(data).ok()?;
    Some(snapshot(update.updated_alarm))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rule::Composite;
    use crate::rule::tests::{checkout_errors, error_rate};

    #[test]
    fn the_state_before_is_that_of_the_change_to_this_state() {
        let item = json!({
            "version": "1.0",
            "oldState": {"stateValue": "OK", "stateReason": "Unchecked"},
            "newState": {"stateValue": "ALARM", "stateReason": "Threshold Crossed", "stateReasonData": {"version": "1.0"}},
        });
        let item = item.to_string();
        assert_eq!(state_before(&item, State::Alarm), Some(State::Ok));
        assert_eq!(state_before(&item, State::Ok), None);
        assert_eq!(state_before("{", State::Alarm), None);
    }

    #[test]
    fn a_configuration_is_read_where_it_was_created_and_where_it_was_updated() {
        let alarm = json!({
            "namespace": "AWS/ApplicationELB",
            "metricName": "HTTPCode_Target_5XX_Count",
            "dimensions": [
                {"name": "LoadBalancer", "value": "app/shop/1"},
                {"name": "TargetGroup", "value": "targetgroup/checkout/2"},
            ],
            "statistic": "SUM",
            "period": 60,
            "evaluationPeriods": 2,
            "comparisonOperator": "GreaterThanThreshold",
            "threshold": 10.0,
            "okactions": [],
        });
        let created = json!({"version": "1.0", "type": "Create", "createdAlarm": alarm});
        let updated = json!({"version": "1.0", "type": "Update", "updatedAlarm": alarm});
        let expected = Some(Snapshot::Known(checkout_errors()));
        assert_eq!(rule_since(&created.to_string()), expected);
        assert_eq!(rule_since(&updated.to_string()), expected);
        assert_eq!(rule_since(&json!({"type": "Delete"}).to_string()), None);
    }

    /// The queries of an expression and the expression of a composite alarm are in it as well.
    #[test]
    fn a_configuration_is_read_for_every_kind_of_alarm() {
        let metric = |id: &str, name: &str| {
            let dimensions = json!([
                {"name": "LoadBalancer", "value": "app/shop/1"},
                {"name": "TargetGroup", "value": "targetgroup/checkout/2"},
            ]);
            let metric = json!({"namespace": "AWS/ApplicationELB", "metricName": name, "dimensions": dimensions});
            json!({"id": id, "metricStat": {"metric": metric, "period": 60, "stat": "Sum"}, "returnData": false})
        };
        let math = json!({
            "metrics": [
                {"id": "e1", "expression": "100 * m1 / m2", "label": "share", "returnData": true},
                metric("m1", "HTTPCode_Target_5XX_Count"),
                metric("m2", "RequestCount"),
            ],
            "evaluationPeriods": 2,
            "datapointsToAlarm": 2,
            "comparisonOperator": "GreaterThanThreshold",
            "threshold": 5.0,
        });
        let since = |alarm: serde_json::Value| {
            rule_since(&json!({"type": "Update", "updatedAlarm": alarm}).to_string())
        };
        assert_eq!(since(math), Some(Snapshot::Known(error_rate())));
        let composite = Composite::parse("ALARM(a)").map(Snapshot::Composite);
        assert_eq!(since(json!({"alarmRule": "ALARM(a)"})), composite);
        assert!(matches!(since(json!({})), Some(Snapshot::Unknown(_))));
    }
}
