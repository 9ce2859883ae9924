//! An alarm as CloudWatch publishes it to a topic.

use serde_json::Value;

use super::arn::{AlarmArn, is_account};
use super::json::{is_there, prose, text, time};
use super::metric::{Kind, Watched};
use super::{
    Alarm, Composite, Rejection, children_in_alarm, contradicts, name_of, region, state_of,
};

/// Reads the JSON of an SNS message; `topic_arn` is the last resort for the region.
pub(super) fn read(message: &Value, topic_arn: Option<&str>) -> Result<Alarm, Rejection> {
    let written_arn = text(message, "AlarmArn");
    let arn: Option<AlarmArn> = written_arn.as_ref().and_then(|arn| arn.parse().ok());
    let trigger = message.get("Trigger").filter(|trigger| trigger.is_object());
    let composite = trigger.is_none().then(|| composite(message)).flatten();
    let watched = trigger.map(Watched::by_trigger).unwrap_or_default();
    let written_account = text(message, "AWSAccountId");
    let account = match &written_account {
        Some(account) => Some(account.as_str()).filter(|account| is_account(account)),
        None => arn.as_ref().and_then(AlarmArn::account),
    };
    let written_region = text(message, "Region").and_then(|region| region::code(&region));
    let arn_disagrees = contradicts(arn.as_ref(), account, written_region.as_deref());
    let region = arn
        .as_ref()
        .and_then(AlarmArn::region)
        .map(str::to_owned)
        .or(written_region)
        .or_else(|| region::code(topic_arn?.split(':').nth(3)?));
    Ok(Alarm {
        name: name_of(text(message, "AlarmName"))?,
        account: account.map(str::to_owned),
        region,
        state: state_of(text(message, "NewStateValue"))?,
        old_state: text(message, "OldStateValue").and_then(|state| state.parse().ok()),
        state_changed_at: time(message, "StateChangeTime"),
        reason: prose(message, "NewStateReason"),
        description: prose(message, "AlarmDescription"),
        kind: composite
            .as_ref()
            .map_or(watched.kind, |_| Some(Kind::Composite)),
        metric: watched.metric,
        further_metrics: watched.further_metrics,
        threshold: watched.threshold,
        period_seconds: watched.period_seconds,
        composite,
        is_suppressed: is_there(message, "ActionsSuppressedBy"),
        is_unheard: false,
        contradicts_arn: arn_disagrees || (written_arn.is_some() && arn.is_none()),
        arn,
    })
}

fn composite(message: &Value) -> Option<Composite> {
    text(message, "AlarmRule")?;
    let triggering_children = children_in_alarm(message, "TriggeringChildren");
    Some(Composite {
        triggering_children,
    })
}
