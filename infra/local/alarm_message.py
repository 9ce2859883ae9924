"""What CloudWatch publishes to SNS when an alarm changes state, as pure functions.

Replaces: the message of MiniStack's `cloudwatch._dispatch_alarm_actions`.
Why: MiniStack's lacks the alarm's ARN, its action lists, `StatisticType` and more, and spells
dimensions and region differently: a parser written against it would be wrong on AWS.
Does not: alarms on anomaly bands, Metrics Insights or PromQL.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from alarm_evaluation import aws_time

# SNS refuses subjects over 100 characters. CloudWatch stays within by cutting long names.
_LONGEST_NAME_IN_SUBJECT = 49
_LONGEST_SUBJECT = 100

_REGION_NAMES = {
    "af-south-1": "Africa (Cape Town)",
    "ap-east-1": "Asia Pacific (Hong Kong)",
    "ap-northeast-1": "Asia Pacific (Tokyo)",
    "ap-northeast-2": "Asia Pacific (Seoul)",
    "ap-northeast-3": "Asia Pacific (Osaka)",
    "ap-south-1": "Asia Pacific (Mumbai)",
    "ap-south-2": "Asia Pacific (Hyderabad)",
    "ap-southeast-1": "Asia Pacific (Singapore)",
    "ap-southeast-2": "Asia Pacific (Sydney)",
    "ap-southeast-3": "Asia Pacific (Jakarta)",
    "ap-southeast-4": "Asia Pacific (Melbourne)",
    "ca-central-1": "Canada (Central)",
    "ca-west-1": "Canada West (Calgary)",
    "eu-central-1": "EU (Frankfurt)",
    "eu-central-2": "Europe (Zurich)",
    "eu-north-1": "EU (Stockholm)",
    "eu-south-1": "EU (Milan)",
    "eu-south-2": "Europe (Spain)",
    "eu-west-1": "EU (Ireland)",
    "eu-west-2": "EU (London)",
    "eu-west-3": "EU (Paris)",
    "il-central-1": "Israel (Tel Aviv)",
    "me-central-1": "Middle East (UAE)",
    "me-south-1": "Middle East (Bahrain)",
    "sa-east-1": "South America (Sao Paulo)",
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-west-1": "US West (N. California)",
    "us-west-2": "US West (Oregon)",
}


def subject(alarm_name: str, new_state: str, region: str) -> str:
    name = alarm_name
    if len(name) > _LONGEST_NAME_IN_SUBJECT:
        name = name[: _LONGEST_NAME_IN_SUBJECT - 3] + "..."
    return f'{new_state}: "{name}" in {region_name(region)}'[:_LONGEST_SUBJECT]


def region_name(region: str) -> str:
    return _REGION_NAMES.get(region, region)


def message(
    alarm: Mapping[str, Any],
    old_state: str,
    new_state: str,
    reason: str,
    *,
    account: str,
    region: str,
    changed_at: float,
) -> dict[str, Any]:
    """The published JSON, in CloudWatch's order of fields. `alarm` is MiniStack's record."""
    composite = "AlarmRule" in alarm
    head = {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm.get("AlarmDescription") or None,
        "AWSAccountId": account,
    }
    if not composite:
        head["AlarmConfigurationUpdatedTimestamp"] = aws_time(
            alarm["AlarmConfigurationUpdatedTimestamp"]
        )
    common = head | {
        "NewStateValue": new_state,
        "NewStateReason": reason,
        "StateChangeTime": aws_time(changed_at),
        "Region": region_name(region),
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": old_state,
        "OKActions": list(alarm.get("OKActions") or []),
        "AlarmActions": list(alarm.get("AlarmActions") or []),
        "InsufficientDataActions": list(alarm.get("InsufficientDataActions") or []),
    }
    if composite:
        return common | {
            "AlarmRule": alarm["AlarmRule"],
            "TriggeringChildren": _triggering_children(alarm),
        }
    return common | {"Trigger": _trigger(alarm)}


def _trigger(alarm: Mapping[str, Any]) -> dict[str, Any]:
    metrics = alarm.get("Metrics")
    trigger = {"Period": expression_period(metrics)} if metrics else _metric(alarm)
    trigger["EvaluationPeriods"] = int(alarm["EvaluationPeriods"])
    if alarm.get("DatapointsToAlarm") is not None:
        trigger["DatapointsToAlarm"] = int(alarm["DatapointsToAlarm"])
    trigger |= {
        "ComparisonOperator": alarm["ComparisonOperator"],
        "Threshold": float(alarm["Threshold"]),
        "TreatMissingData": alarm.get("TreatMissingData") or "missing",
        "EvaluateLowSampleCountPercentile": alarm.get("EvaluateLowSampleCountPercentile") or "",
    }
    if metrics:
        trigger["Metrics"] = [_query(query) for query in metrics]
    return trigger


def _metric(alarm: Mapping[str, Any]) -> dict[str, Any]:
    trigger: dict[str, Any] = {
        "MetricName": alarm.get("MetricName"),
        "Namespace": alarm.get("Namespace"),
    }
    if alarm.get("ExtendedStatistic"):
        trigger["StatisticType"] = "ExtendedStatistic"
        trigger["ExtendedStatistic"] = alarm["ExtendedStatistic"]
    else:
        trigger["StatisticType"] = "Statistic"
        trigger["Statistic"] = _screaming_snake(alarm.get("Statistic") or "Average")
    trigger["Unit"] = alarm.get("Unit") or None
    trigger["Dimensions"] = _dimensions(alarm.get("Dimensions"))
    trigger["Period"] = int(alarm["Period"])
    return trigger


def expression_period(metrics: Sequence[Mapping[str, Any]]) -> int:
    """The period of an alarm on metric math: all its metrics must have the same."""
    periods = [
        int(query.get("Period") or (query.get("MetricStat") or {}).get("Period") or 0)
        for query in metrics
    ]
    return max(periods, default=0) or 60


def _query(query: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if query.get("Expression"):
        told["Expression"] = query["Expression"]
    told["Id"] = query["Id"]
    if query.get("Label"):
        told["Label"] = query["Label"]
    if query.get("MetricStat"):
        stat = query["MetricStat"]
        told["MetricStat"] = {
            "Metric": {
                "Dimensions": _dimensions(stat["Metric"].get("Dimensions")),
                "MetricName": stat["Metric"]["MetricName"],
                "Namespace": stat["Metric"]["Namespace"],
            },
            "Period": int(stat["Period"]),
            "Stat": stat["Stat"],
        }
        if stat.get("Unit"):
            told["MetricStat"]["Unit"] = stat["Unit"]
    told["ReturnData"] = query.get("ReturnData", True)
    return told


def _dimensions(dimensions: Sequence[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    return [{"value": each["Value"], "name": each["Name"]} for each in dimensions or []]


def _triggering_children(alarm: Mapping[str, Any]) -> list[dict[str, Any]]:
    reason_data = json.loads(alarm.get("StateReasonData") or "{}")
    return [
        {
            "Arn": child["arn"],
            "State": {"Value": child["state"]["value"], "Timestamp": child["state"]["timestamp"]},
        }
        for child in reason_data.get("triggeringAlarms", [])
    ]


def _screaming_snake(statistic: str) -> str:
    return "SAMPLE_COUNT" if statistic == "SampleCount" else statistic.upper()
