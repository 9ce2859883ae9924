"""What people read when an alarm mails them: a text, where functions and queues get JSON.

Replaces: nothing of MiniStack's, which has one message for everybody.
Why: the mail of the alarm is part of the incident that people live through.
Does not: AWS's own wording and its links to the console; the monitored metric of an expression.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def text(message: Mapping[str, Any]) -> str:
    """The mail about an alarm's published message (see `alarm_message.message`)."""
    name, state, region = message["AlarmName"], message["NewStateValue"], message["Region"]
    lines = [
        f'The CloudWatch alarm "{name}" in {region} has changed to {state}.',
        "",
        "Alarm:",
        f"- Name: {name}",
        f"- Description: {message['AlarmDescription'] or 'none'}",
        f"- State change: {message['OldStateValue']} -> {state}",
        f"- Reason: {message['NewStateReason']}",
        f"- Timestamp: {message['StateChangeTime']}",
        f"- Account: {message['AWSAccountId']}",
        f"- ARN: {message['AlarmArn']}",
    ]
    return "\n".join([*lines, *_rule(message), ""])


def _rule(message: Mapping[str, Any]) -> list[str]:
    trigger = message.get("Trigger") or {}
    if "MetricName" not in trigger:
        return []
    dimensions = ", ".join(f"{one['name']} = {one['value']}" for one in trigger["Dimensions"])
    periods = trigger["EvaluationPeriods"]
    return [
        "",
        "Metric:",
        f"- {trigger['Namespace']} {trigger['MetricName']} ({dimensions or 'no dimensions'})",
        f"- In ALARM while {trigger['ComparisonOperator']} {trigger['Threshold']} in "
        f"{trigger.get('DatapointsToAlarm') or periods} of {periods} periods "
        f"of {trigger['Period']} seconds",
    ]
