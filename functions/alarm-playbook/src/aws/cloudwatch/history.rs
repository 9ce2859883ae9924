//! What an alarm's history says, in the JSON of `HistoryData` (API reference, `AlarmHistoryItem`; AWS CLI reference,
//! `describe-alarm-history`).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::described::comparison;
use crate::alarm::State;
use crate::rule::{Rule, Snapshot};

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

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Configuration {
    namespace: Option<String>,
    metric_name: Option<String>,
    #[serde(default)]
    dimensions: Vec<NamedValue>,
    statistic: Option<String>,
    extended_statistic: Option<String>,
    unit: Option<String>,
    period: Option<u32>,
    evaluation_periods: Option<u32>,
    datapoints_to_alarm: Option<u32>,
    comparison_operator: Option<String>,
    threshold: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct NamedValue {
    name: String,
    value: String,
}

/// The state before a change to `new`, if this is the item of such a change.
pub(super) fn state_before(data: &str, new: State) -> Option<State> {
    let update: StateUpdate = serde_json::from_str(data).ok()?;
    (update.new_state.state_value == new).then_some(update.old_state.state_value)
}

/// What the alarm watched for from this item on.
pub(super) fn rule_since(data: &str) -> Option<Snapshot> {
    let update: ConfigurationUpdate = serde_json::from_str(data).ok()?;
    Some(match rule(update.updated_alarm).and_then(Rule::checked) {
        Some(rule) => Snapshot::Known(rule),
        None => Snapshot::Unknown(
            "this version cannot prove the recovery of an alarm as it was configured".to_owned(),
        ),
    })
}

fn rule(alarm: Configuration) -> Option<Rule> {
    let pairs = alarm.dimensions.into_iter();
    let evaluation_periods = alarm.evaluation_periods?;
    Some(Rule {
        namespace: alarm.namespace?,
        metric_name: alarm.metric_name?,
        dimensions: pairs
            .map(|pair| (pair.name, pair.value))
            .collect::<BTreeMap<_, _>>(),
        stat: alarm
            .statistic
            .as_deref()
            .map(statistic)
            .or(alarm.extended_statistic)?,
        unit: alarm.unit,
        period_seconds: alarm.period?,
        evaluation_periods,
        datapoints_to_alarm: alarm.datapoints_to_alarm.unwrap_or(evaluation_periods),
        comparison: comparison(&alarm.comparison_operator?)?,
        threshold: alarm.threshold?,
    })
}

/// Messages spell statistics in capitals, `GetMetricData` does not.
fn statistic(name: &str) -> String {
    let known = ["Average", "Maximum", "Minimum", "SampleCount", "Sum"];
    let is_it = |known: &&str| known.eq_ignore_ascii_case(name);
    known.into_iter().find(is_it).unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rule::tests::checkout_errors;

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
}
