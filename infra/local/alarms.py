"""CloudWatch alarms: real evaluation, and real notifications.

Replaces: `cloudwatch._evaluate_alarm` and `cloudwatch._dispatch_alarm_actions`.
Why: see `alarm_evaluation` and `alarm_message`. Alarms are evaluated whenever metric data arrive
and twice a second, so that a period that ends without data counts too. Messages leave through
MiniStack's own SNS, so subscriptions, filters and the topic's policy are the real ones: a topic
whose policy does not let `cloudwatch.amazonaws.com` publish gets nothing, as on AWS.
Does not: actions other than SNS topics, the EventBridge event of a state change, alarms on metric
math, actions of composite alarms that are suppressed by another alarm.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import Any

import alarm_message
import resource_policies
from alarm_evaluation import Rule, Sample, Verdict, evaluate, is_evaluable
from selfcheck import Name

REQUIRED = [
    Name("services.cloudwatch", "_evaluate_alarm", "(alarm)"),
    Name("services.cloudwatch", "_dispatch_alarm_actions", "(alarm, old_state, new_state, reason)"),
    Name("services.cloudwatch", "_evaluate_parent_alarms", "(child, seen=frozenset())"),
    Name(
        "services.cloudwatch",
        "_record_history",
        "(alarm_name, old_state, new_state, reason, alarm_type='MetricAlarm', reason_data=None)",
    ),
    Name("services.cloudwatch", "_dims_key", "(dims)"),
    Name("services.cloudwatch", "_dims_from_list", "(dimensions)"),
    Name("services.cloudwatch", "_point_stats", "(pt)"),
    Name("services.cloudwatch", "_is_sns_action_arn", "(action)"),
    Name("services.cloudwatch", "_alarms.to_dict", "()"),
    Name("services.cloudwatch", "_alarms.get", "(key, default=None)"),
    Name("services.cloudwatch", "_metrics.get", "(key, default=None)"),
    Name(
        "services.sns",
        "publish_internal",
        "(topic_arn, message, subject='', *, message_structure='', message_attributes=None, "
        "message_group_id='', message_deduplication_id='')",
    ),
    Name("services.sns", "topic_policy_for_arn", "(topic_arn)"),
    Name("core.responses", "request_scope", "(account_id, region)"),
    Name("core.responses", "get_account_id", "()"),
    Name("core.responses", "get_region", "()"),
]

EVALUATION_INTERVAL_SECONDS = 0.5

_ACTION_LISTS = {
    "ALARM": "AlarmActions",
    "OK": "OKActions",
    "INSUFFICIENT_DATA": "InsufficientDataActions",
}

logger = logging.getLogger("overlay.alarms")


def install() -> None:
    from ministack.services import cloudwatch

    cloudwatch._evaluate_alarm = _evaluate_unless_new
    cloudwatch._dispatch_alarm_actions = _notify


async def evaluate_forever() -> None:
    """Runs on MiniStack's event loop, like every request, so no two evaluations overlap."""
    while True:
        await asyncio.sleep(EVALUATION_INTERVAL_SECONDS)
        try:
            _evaluate_all()
        except Exception:  # one bad record must not stop the evaluation of all others
            logger.exception("evaluating the alarms failed")


def _evaluate_all() -> None:
    from ministack.core.responses import request_scope
    from ministack.services import cloudwatch

    for account, region, name in list(cloudwatch._alarms.to_dict()):
        with request_scope(account, region):
            alarm = cloudwatch._alarms.get(name)
            if alarm is not None:
                _evaluate(alarm)


def _evaluate_unless_new(alarm: dict[str, Any]) -> None:
    # A new alarm can be seen in INSUFFICIENT_DATA before the first periodic evaluation.
    if alarm["StateReason"] != "Unchecked: Initial alarm creation":
        _evaluate(alarm)


def _evaluate(alarm: dict[str, Any]) -> None:
    rule = _rule(alarm)
    if rule is None:
        return
    now = time.time()
    samples = _samples(alarm, since=now - rule.range_seconds - rule.period)
    verdict = evaluate(rule, alarm["StateValue"], samples, now)
    if verdict is not None:
        _transition(alarm, verdict)


def _rule(alarm: dict[str, Any]) -> Rule | None:
    if not alarm.get("MetricName") or not alarm.get("Namespace"):
        return None
    treat_missing_data = alarm.get("TreatMissingData") or "missing"
    if alarm["Namespace"] == "AWS/DynamoDB":  # CloudWatch ignores missing data of DynamoDB always
        treat_missing_data = "ignore"
    rule = Rule(
        statistic=alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average",
        period=int(alarm["Period"]),
        evaluation_periods=int(alarm["EvaluationPeriods"]),
        datapoints_to_alarm=alarm.get("DatapointsToAlarm"),
        comparison=alarm.get("ComparisonOperator") or "",
        threshold=float(alarm["Threshold"]),
        treat_missing_data=treat_missing_data,
    )
    return rule if is_evaluable(rule) else None


def _samples(alarm: dict[str, Any], since: float) -> list[Sample]:
    """The samples of exactly the alarm's metric: same dimensions, and same unit if it names one."""
    from ministack.services import cloudwatch

    dimensions = cloudwatch._dims_key(cloudwatch._dims_from_list(alarm.get("Dimensions") or []))
    points = cloudwatch._metrics.get((alarm["Namespace"], alarm["MetricName"], dimensions), [])
    unit = alarm.get("Unit")
    return [
        Sample(point["Timestamp"], *cloudwatch._point_stats(point))
        for point in points
        if point["Timestamp"] >= since and (not unit or point.get("Unit") == unit)
    ]


def _transition(alarm: dict[str, Any], verdict: Verdict) -> None:
    from ministack.services import cloudwatch

    old_state = alarm["StateValue"]
    alarm["StateValue"] = verdict.state
    alarm["StateReason"] = verdict.reason
    alarm["StateReasonData"] = json.dumps(verdict.reason_data, separators=(",", ":"))
    cloudwatch._record_history(
        alarm["AlarmName"],
        old_state,
        verdict.state,
        verdict.reason,
        reason_data=verdict.reason_data,
    )
    _notify(alarm, old_state, verdict.state, verdict.reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def _notify(alarm: dict[str, Any], old_state: str, new_state: str, reason: str) -> None:
    """Stands in for `_dispatch_alarm_actions`, which is called on every change of state."""
    from ministack.core.responses import get_account_id, get_region
    from ministack.services import cloudwatch, sns

    # DescribeAlarms and the message must name the same moment, to the millisecond.
    changed_at = round(time.time(), 3)
    alarm["StateUpdatedTimestamp"] = changed_at
    alarm["StateTransitionedTimestamp"] = changed_at
    if not alarm.get("ActionsEnabled", True):
        return
    region = get_region()
    message = alarm_message.message(
        alarm,
        old_state,
        new_state,
        reason,
        account=get_account_id(),
        region=region,
        changed_at=changed_at,
    )
    text = json.dumps(message, separators=(",", ":"), ensure_ascii=False)
    subject = alarm_message.subject(alarm["AlarmName"], new_state, region)
    for topic in alarm.get(_ACTION_LISTS[new_state]) or []:
        if not cloudwatch._is_sns_action_arn(topic):
            logger.warning("alarm %s: action %s is not carried out here", alarm["AlarmName"], topic)
        elif not _may_publish(topic, alarm["AlarmArn"]):
            logger.warning("alarm %s: the policy of %s refuses it", alarm["AlarmName"], topic)
        elif sns.publish_internal(topic, text, subject) is None:
            logger.warning("alarm %s: there is no topic %s", alarm["AlarmName"], topic)


def _may_publish(topic_arn: str, alarm_arn: str) -> bool:
    from ministack.services import sns

    policy_and_owner = sns.topic_policy_for_arn(topic_arn)
    if policy_and_owner is None:
        return True  # no such topic: publishing will say so
    policy, _ = policy_and_owner
    return resource_policies.service_may(
        "cloudwatch.amazonaws.com", "sns:Publish", topic_arn, policy, source_arn=alarm_arn
    )
