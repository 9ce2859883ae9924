"""What an alarm does when its state has changed: it publishes to SNS topics.

Replaces: the publishing of MiniStack's `cloudwatch._dispatch_alarm_actions` (see `alarms`).
Why: see `alarm_message` and, for mail, `alarm_mail`. Messages leave through MiniStack's own SNS, so subscriptions, filters and
the topic's policy are the real ones: a topic whose policy does not let `cloudwatch.amazonaws.com`
publish gets nothing, as on AWS.
Does not: actions other than SNS topics; the wait and extension periods of an actions suppressor (a
composite alarm's actions are suppressed while its suppressor is in ALARM, and are not made up for
afterwards).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

import alarm_history
import alarm_mail
import alarm_message
import resource_policies
from alarm_events import State
from selfcheck import Name

REQUIRED = [
    Name("services.cloudwatch", "_is_sns_action_arn", "(action)"),
    Name("services.cloudwatch", "_alarms.get", "(key, default=None)"),
    Name("services.cloudwatch", "_composite_alarms.get", "(key, default=None)"),
    Name("services.cloudwatch", "_rule_ref_name", "(ref)"),
    Name(
        "services.sns",
        "publish_internal",
        "(topic_arn, message, subject='', *, message_structure='', message_attributes=None, "
        "message_group_id='', message_deduplication_id='')",
    ),
    Name("services.sns", "topic_policy_for_arn", "(topic_arn)"),
    Name("core.responses", "get_account_id", "()"),
    Name("core.responses", "get_region", "()"),
]

ACTION_LISTS = {
    "ALARM": "AlarmActions",
    "OK": "OKActions",
    "INSUFFICIENT_DATA": "InsufficientDataActions",
}

logger = logging.getLogger("overlay.alarms")


def note_suppression(alarm: dict[str, Any]) -> None:
    """Says in the record whether another alarm suppresses this one's actions now."""
    from ministack.services import cloudwatch

    alarm.pop("ActionsSuppressedBy", None)
    alarm.pop("ActionsSuppressedReason", None)
    if not alarm.get("ActionsSuppressor"):
        return
    name = cloudwatch._rule_ref_name(alarm["ActionsSuppressor"])
    suppressor = cloudwatch._alarms.get(name) or cloudwatch._composite_alarms.get(name)
    if suppressor and suppressor["StateValue"] == "ALARM":
        alarm["ActionsSuppressedBy"] = "Alarm"
        alarm["ActionsSuppressedReason"] = (
            f"Actions suppressed by {suppressor['AlarmArn']} in ALARM state"
        )


def carry_out(alarm: Mapping[str, Any], before: State, changed_at: float) -> None:
    """The actions for the state that the alarm has changed to."""
    from ministack.core.responses import get_account_id, get_region

    if not alarm.get("ActionsEnabled", True) or alarm.get("ActionsSuppressedBy"):
        return
    region = get_region()
    state = alarm["StateValue"]
    message = alarm_message.message(
        alarm,
        before.value,
        state,
        alarm["StateReason"],
        account=get_account_id(),
        region=region,
        changed_at=changed_at,
    )
    text = json.dumps(message, separators=(",", ":"), ensure_ascii=False)
    by_protocol = json.dumps({"default": text, "email": alarm_mail.text(message)})
    subject = alarm_message.subject(alarm["AlarmName"], state, region)
    for topic in alarm.get(ACTION_LISTS[state]) or []:
        problem = _publish(topic, alarm["AlarmArn"], by_protocol, subject)
        if problem:
            logger.warning("alarm %s: action %s: %s", alarm["AlarmName"], topic, problem)
        alarm_history.record_action(alarm, topic, problem)


def _publish(topic: str, alarm_arn: str, text: str, subject: str) -> str | None:
    """Why the action failed, or `None`."""
    from ministack.services import cloudwatch, sns

    if not cloudwatch._is_sns_action_arn(topic):
        return "not carried out by the local cloud"
    if not _may_publish(topic, alarm_arn):
        return "the topic's policy does not let CloudWatch publish"
    if sns.publish_internal(topic, text, subject, message_structure="json") is None:
        return "there is no such topic"
    return None


def _may_publish(topic_arn: str, alarm_arn: str) -> bool:
    from ministack.services import sns

    policy_and_owner = sns.topic_policy_for_arn(topic_arn)
    if policy_and_owner is None:
        return True  # no such topic: publishing will say so
    policy, _ = policy_and_owner
    return resource_policies.service_may(
        "cloudwatch.amazonaws.com", "sns:Publish", topic_arn, policy, source_arn=alarm_arn
    )
