//! An alarm as an EventBridge event or a direct invocation by the alarm carries it: one form in two wrappings.

use serde_json::Value;

use super::arn::{AlarmArn, is_account, is_region};
use super::json::{inner, is_there, items, number, prose, text, time};
use super::metric::{Kind, Watched, whole};
use super::{Alarm, Composite, Rejection, children_in_alarm, contradicts, name_of, state_of};

/// The only source whose state changes are believed.
const SOURCE: &str = "aws.cloudwatch";

/// Reads a `CloudWatch Alarm State Change` event.
pub(super) fn read_event(event: &Value) -> Result<Alarm, Rejection> {
    if text(event, "source").as_deref() != Some(SOURCE) {
        return Err(Rejection::ForeignSource);
    }
    let detail = event.get("detail").unwrap_or(&Value::Null);
    let arn = items(event, "resources").find_map(|arn| arn.as_str()?.parse().ok());
    read(detail, arn, text(event, "account"), text(event, "region"))
}

/// Reads the event by which an alarm invokes a function directly.
///
/// A source other than CloudWatch is no reason to reject, because hand-made test events have none; without account and
/// region, which such events lack, nothing is ever done about them.
pub(super) fn read_direct(event: &Value) -> Result<Alarm, Rejection> {
    let data = event.get("alarmData").unwrap_or(&Value::Null);
    let arn = text(event, "alarmArn").and_then(|arn| arn.parse().ok());
    let is_cloudwatch = text(event, "source").as_deref() == Some(SOURCE);
    let account = text(event, "accountId").filter(|_| is_cloudwatch);
    let region = text(event, "region").filter(|_| is_cloudwatch);
    read(data, arn.filter(|_| is_cloudwatch), account, region)
}

fn read(
    detail: &Value,
    arn: Option<AlarmArn>,
    account: Option<String>,
    region: Option<String>,
) -> Result<Alarm, Rejection> {
    let null = Value::Null;
    let state = detail.get("state").unwrap_or(&null);
    let configuration = detail.get("configuration").unwrap_or(&null);
    let watched = Watched::by_configuration(configuration);
    let reason_data = inner(state, "reasonData").unwrap_or_default();
    let composite = text(configuration, "alarmRule").map(|_| Composite {
        triggering_children: children_in_alarm(&reason_data, "triggeringAlarms"),
    });
    let is_banded = watched.kind == Some(Kind::Anomaly);
    let threshold = watched
        .threshold
        .or_else(|| number(&reason_data, "threshold"));
    let evaluated_period = number(&reason_data, "period");
    let account = account.filter(|account| is_account(account));
    let region = region.filter(|region| is_region(region));
    let contradicts_arn = contradicts(arn.as_ref(), account.as_deref(), region.as_deref());
    Ok(Alarm {
        name: name_of(text(detail, "alarmName"))?,
        account,
        region,
        state: state_of(text(state, "value"))?,
        old_state: detail
            .get("previousState")
            .and_then(|previous| text(previous, "value"))
            .and_then(|state| state.parse().ok()),
        state_changed_at: time(state, "timestamp"),
        reason: prose(state, "reason"),
        description: prose(configuration, "description"),
        kind: composite
            .as_ref()
            .map_or(watched.kind, |_| Some(Kind::Composite)),
        metric: watched.metric,
        further_metrics: watched.further_metrics,
        threshold: threshold.filter(|_| !is_banded && composite.is_none()),
        period_seconds: watched.period_seconds.or_else(|| whole(evaluated_period?)),
        composite,
        is_suppressed: is_there(state, "actionsSuppressedBy"),
        is_unheard: false,
        contradicts_arn,
        arn,
    })
}
