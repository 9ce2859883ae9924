"""What CloudWatch puts on EventBridge about alarms, as pure functions.

Replaces: nothing; MiniStack sends no events of CloudWatch.
Why: a rule on `CloudWatch Alarm State Change` is the second way to learn of an alarm, independent
of SNS; `CloudWatch Alarm Configuration Change` tells that somebody touched an alarm.
Does not: contributors (Metrics Insights), mute rules, tags.

Shapes: the CloudWatch user guide, "Alarm events and EventBridge". `alarm` is MiniStack's record.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alarm_evaluation import aws_time

STATE_CHANGE = "CloudWatch Alarm State Change"
CONFIGURATION_CHANGE = "CloudWatch Alarm Configuration Change"


@dataclass(frozen=True)
class State:
    """What an alarm is or was in; `reason_data` is JSON text."""

    value: str
    reason: str
    reason_data: str | None
    at: float

    @classmethod
    def of(cls, alarm: Mapping[str, Any]) -> State:
        return cls(
            alarm["StateValue"],
            alarm.get("StateReason") or "",
            alarm.get("StateReasonData"),
            alarm.get("StateTransitionedTimestamp") or alarm["StateUpdatedTimestamp"],
        )

    def to_json(self) -> dict[str, Any]:
        told = {"value": self.value, "reason": self.reason}
        if self.reason_data:
            told["reasonData"] = self.reason_data
        return told | {"timestamp": aws_time(self.at)}


def state_change(alarm: Mapping[str, Any], before: State) -> dict[str, Any]:
    """The event's detail; the alarm is in its new state already."""
    state = State.of(alarm).to_json()
    if alarm.get("ActionsSuppressedBy"):
        state["actionsSuppressedBy"] = alarm["ActionsSuppressedBy"]
        state["actionsSuppressedReason"] = alarm.get("ActionsSuppressedReason") or ""
    configuration: dict[str, Any] = _what_it_watches(alarm)
    if alarm.get("AlarmDescription"):
        configuration["description"] = alarm["AlarmDescription"]
    return {
        "alarmName": alarm["AlarmName"],
        "state": state,
        "previousState": before.to_json(),
        "configuration": configuration,
    }


def configuration_change(
    operation: str, alarm: Mapping[str, Any], before: Mapping[str, Any] | None
) -> dict[str, Any]:
    """`operation` is create, update or delete; `before` the record before an update."""
    detail = {
        "alarmName": alarm["AlarmName"],
        "operation": operation,
        "state": State.of(alarm).to_json(),
        "configuration": configuration(alarm),
    }
    if before is not None:
        detail["previousConfiguration"] = configuration(before)
    return detail


def configuration(alarm: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"alarmName": alarm["AlarmName"]}
    if alarm.get("AlarmDescription"):
        told["description"] = alarm["AlarmDescription"]
    if "AlarmRule" not in alarm:
        told["threshold"] = alarm["Threshold"]
        told["evaluationPeriods"] = alarm["EvaluationPeriods"]
        if alarm.get("DatapointsToAlarm") is not None:
            told["datapointsToAlarm"] = alarm["DatapointsToAlarm"]
        told["comparisonOperator"] = alarm["ComparisonOperator"]
        told["treatMissingData"] = alarm.get("TreatMissingData") or "missing"
    return told | {
        **_what_it_watches(alarm),
        "actionsEnabled": alarm.get("ActionsEnabled", True),
        "timestamp": aws_time(alarm["AlarmConfigurationUpdatedTimestamp"]),
        "okActions": list(alarm.get("OKActions") or []),
        "alarmActions": list(alarm.get("AlarmActions") or []),
        "insufficientDataActions": list(alarm.get("InsufficientDataActions") or []),
    }


def _what_it_watches(alarm: Mapping[str, Any]) -> dict[str, Any]:
    if "AlarmRule" in alarm:
        watched: dict[str, Any] = {"alarmRule": alarm["AlarmRule"]}
        if alarm.get("ActionsSuppressor"):
            watched["actionsSuppressor"] = alarm["ActionsSuppressor"]
            watched["actionsSuppressorWaitPeriod"] = alarm.get("ActionsSuppressorWaitPeriod")
            watched["actionsSuppressorExtensionPeriod"] = alarm.get(
                "ActionsSuppressorExtensionPeriod"
            )
        return watched
    if alarm.get("Metrics"):
        return {"metrics": [_query(query) for query in alarm["Metrics"]]}
    stat = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    metric_stat = {
        "metric": _metric(alarm["Namespace"], alarm["MetricName"], alarm.get("Dimensions")),
        "period": int(alarm["Period"]),
        "stat": stat,
    }
    if alarm.get("Unit"):
        metric_stat["unit"] = alarm["Unit"]
    # CloudWatch makes up an id for an alarm's only metric; made of the alarm's ARN it stays.
    only = str(uuid.uuid5(uuid.NAMESPACE_URL, alarm["AlarmArn"]))
    return {"metrics": [{"id": only, "metricStat": metric_stat, "returnData": True}]}


def _query(query: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"id": query["Id"]}
    if query.get("Expression"):
        told["expression"] = query["Expression"]
    if query.get("Label"):
        told["label"] = query["Label"]
    if query.get("MetricStat"):
        stat = query["MetricStat"]
        metric = stat["Metric"]
        told["metricStat"] = {
            "metric": _metric(metric["Namespace"], metric["MetricName"], metric.get("Dimensions")),
            "period": int(stat["Period"]),
            "stat": stat["Stat"],
        }
    return told | {"returnData": query.get("ReturnData", True)}


def _metric(
    namespace: str, name: str, dimensions: Sequence[Mapping[str, Any]] | None
) -> dict[str, Any]:
    return {
        "namespace": namespace,
        "name": name,
        "dimensions": {each["Name"]: each["Value"] for each in dimensions or []},
    }
