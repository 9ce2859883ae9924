"""What CloudWatch tells, and whether it arrives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .stack import Stack, admits, items

CLOUDWATCH = "cloudwatch.amazonaws.com"

# What an alarm does about each of its states.
ACTIONS = ("AlarmActions", "OKActions", "InsufficientDataActions")


def alarms_can_publish(stack: Stack) -> Iterator[str]:
    for name, topic in stack.of_type("AWS::SNS::Topic"):
        key = str(topic.get("KmsMasterKeyId", ""))
        if key.startswith("alias/aws/") and lets_alarms_in(stack, name):
            yield f"{name} is under the AWS-managed key, through which alarms cannot publish"
    for function, properties in stack.functions():
        for topic in sorted(stack.heard(properties) - {None}):
            if not lets_alarms_in(stack, topic):
                yield f"no policy lets CloudWatch publish to {topic}, which {function} hears"
    for alarm, properties in stack.of_type("AWS::CloudWatch::Alarm"):
        for topic in sorted(told_by(stack, properties) - {None}):
            if not lets_alarms_in(stack, topic):
                yield f"no policy lets CloudWatch publish to {topic}, which {alarm} tells"


def each_failure_queue_is_watched(stack: Stack) -> Iterator[str]:
    for name, function in stack.functions():
        queue = stack.failure_queue(function)
        alarms = [alarm for _, alarm in stack.of_type("AWS::CloudWatch::Alarm") if watches(alarm, queue)]
        if queue and not any(told_by(stack, alarm) - {None} for alarm in alarms):
            yield f"no alarm tells of events in {queue}, so {name}'s failures lie there unseen"


def nobody_heals_itself(stack: Stack) -> Iterator[str]:
    for name, alarm in stack.of_type("AWS::CloudWatch::Alarm"):
        told = {stack.referred(one, "AWS::SNS::Topic") for key in ACTIONS for one in items(alarm.get(key))}
        for function, properties in stack.functions():
            for topic in sorted(stack.heard(properties) & told - {None}):
                yield f"{name} is about lambda-medic itself and tells {topic}, which {function} hears"


def nobody_analyzes_itself(stack: Stack) -> Iterator[str]:
    """A rule of EventBridge tells of every alarm of the account; the function knows ours by how their names begin."""
    for function, properties in stack.functions():
        variables = properties.get("Environment", {}).get("Variables", {})
        if "OWN_ALARMS" not in variables:
            continue
        beginnings = variables["OWN_ALARMS"]["Fn::Sub"].split(",")
        for name, alarm in stack.of_type("AWS::CloudWatch::Alarm"):
            called = alarm.get("AlarmName")
            text = called.get("Fn::Sub", "") if isinstance(called, dict) else ""
            if not any(text.startswith(beginning) for beginning in beginnings):
                yield f"{function} would take {name} for an alarm on somebody else"


def lets_alarms_in(stack: Stack, topic: str) -> bool:
    return admits(stack, "AWS::SNS::TopicPolicy", "Topics", topic, CLOUDWATCH)


def told_by(stack: Stack, alarm: dict[str, Any]) -> set[str | None]:
    """The topics that hear when the alarm goes off."""
    if alarm.get("ActionsEnabled") is False:
        return set()
    return {stack.referred(one, "AWS::SNS::Topic") for one in items(alarm.get("AlarmActions"))}


def watches(alarm: dict[str, Any], queue: str | None) -> bool:
    """Whether the alarm goes off at the first message that waits in the queue."""
    wanted = {
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateNumberOfMessagesVisible",
        "Dimensions": [{"Name": "QueueName", "Value": {"Fn::GetAtt": [queue, "QueueName"]}}],
        "Statistic": "Maximum",
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 0,
        "EvaluationPeriods": 1,
    }
    return all(alarm.get(key) == value for key, value in wanted.items())
