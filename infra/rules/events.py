"""What reaches a function, and where that goes which it fails on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .stack import Stack, admits, arn_text, items

LOG_RETENTION_DAYS = 14
# After a minute and after two more.
RETRIES = 2


def each_function_has_a_log_that_expires(stack: Stack) -> Iterator[str]:
    groups = dict(stack.of_type("AWS::Logs::LogGroup"))
    for name, function in stack.functions():
        group = stack.referred(function.get("LoggingConfig", {}).get("LogGroup"), "AWS::Logs::LogGroup")
        if group is None:
            yield f"{name} names no log group of this template, so Lambda makes one that never expires"
        elif groups[group].get("RetentionInDays") != LOG_RETENTION_DAYS:
            yield f"{group} does not keep its events for {LOG_RETENTION_DAYS} days"


def each_failed_event_is_kept(stack: Stack) -> Iterator[str]:
    for name, function in stack.functions():
        queue = stack.failure_queue(function)
        if queue is None:
            yield f"{name} has no queue for events it failed on"
            continue
        sends = [one for one in stack.grants(function) if "sqs:SendMessage" in items(one.get("Action"))]
        targets = [target for one in sends for target in items(one["Resource"])]
        if queue not in [stack.referred(target, "AWS::SQS::Queue") for target in targets]:
            yield f"{name}'s role may not send to {queue}; SAM adds that only to roles it makes itself"


def each_failed_event_is_tried_again(stack: Stack) -> Iterator[str]:
    for name, function in stack.functions():
        # Lambda's default is the same; written down, because a retry is what settles an attempt whose answer was lost.
        if function.get("EventInvokeConfig", {}).get("MaximumRetryAttempts") != RETRIES:
            yield f"{name} does not say that a failed event is tried {RETRIES} more times"


def each_undelivered_alarm_is_kept(stack: Stack) -> Iterator[str]:
    for name, function in stack.functions():
        for event, trigger in function.get("Events", {}).items():
            if trigger["Type"] != "SNS":
                continue
            redrive = trigger["Properties"].get("RedrivePolicy", {})
            queue = stack.referred(redrive.get("deadLetterTargetArn"), "AWS::SQS::Queue")
            if queue is None:
                yield f"{name}'s subscription {event} has no queue for what SNS cannot deliver"
            elif not admits(stack, "AWS::SQS::QueuePolicy", "Queues", queue, "sns.amazonaws.com"):
                yield f"no policy lets SNS send to {queue}, so what it cannot deliver to {name} is lost"


def each_undelivered_event_is_kept(stack: Stack) -> Iterator[str]:
    for name, function in stack.functions():
        for event, trigger in function.get("Events", {}).items():
            if trigger["Type"] != "EventBridgeRule":
                continue
            letters = trigger["Properties"].get("DeadLetterConfig", {})
            queue = stack.referred(letters.get("Arn"), "AWS::SQS::Queue")
            if queue is None:
                yield f"{name}'s rule {event} has no queue for what EventBridge cannot deliver"
            elif f"${{{name}{event}.Arn}}" not in rules_admitted(stack, queue):
                yield f"no policy lets the rule {name}{event} send to {queue}, whatever its name is, so what it cannot deliver is lost"


def rules_admitted(stack: Stack, queue: str) -> list[str | None]:
    """The rules that may send to the queue. By reference: CloudFormation makes their names, and cuts long ones."""
    return [
        arn_text(statement.get("Condition", {}).get("ArnEquals", {}).get("aws:SourceArn"))
        for _, policy in stack.of_type("AWS::SQS::QueuePolicy")
        if queue in [stack.referred(one, "AWS::SQS::Queue") for one in items(policy["Queues"])]
        for statement in items(policy["PolicyDocument"]["Statement"])
        if statement["Effect"] == "Allow" and statement["Principal"] == {"Service": "events.amazonaws.com"}
    ]


# A topic from elsewhere that somebody is called through.
PAGER = {"Ref": "PagerTopicArn"}


def nothing_published_comes_back(stack: Stack) -> Iterator[str]:
    for name, function in stack.functions():
        heard = stack.heard(function)
        for grant in stack.grants(function):
            if "sns:Publish" not in items(grant.get("Action")):
                continue
            for topic in items(grant.get("Resource")):
                # config.rs refuses a pager that is the topic of the alarms.
                if topic == PAGER:
                    continue
                if stack.referred(topic, "AWS::SNS::Topic") in heard | {None}:
                    yield f"{name} may publish to a topic that it hears, or to one from elsewhere: {json.dumps(topic)}"


def subscriptions_may_invoke(stack: Stack) -> Iterator[str]:
    for name, properties in transformed(stack, "AWS::SNS::Subscription"):
        if properties.get("Protocol") != "lambda":
            continue
        function = properties["Endpoint"]["Fn::GetAtt"][0]
        if not may_invoke(stack, function, properties["TopicArn"]):
            yield f"{name} delivers to {function}, which does not let that topic invoke it"


def schedules_may_invoke(stack: Stack) -> Iterator[str]:
    for name, properties in transformed(stack, "AWS::Events::Rule"):
        for target in properties["Targets"]:
            function = target["Arn"]["Fn::GetAtt"][0]
            if not may_invoke(stack, function, {"Fn::GetAtt": [name, "Arn"]}):
                yield f"{name} delivers to {function}, which does not let that rule invoke it"


def each_schedule_is_a_parameter(stack: Stack) -> Iterator[str]:
    parameters = stack.raw.get("Parameters", {})
    for name, function in stack.functions():
        for event, trigger in function.get("Events", {}).items():
            schedule = trigger["Properties"].get("Schedule")
            # The local cloud ticks faster than EventBridge can, with this template as it is.
            if trigger["Type"] == "Schedule" and not (isinstance(schedule, dict) and schedule.get("Ref") in parameters):
                yield f"{name}'s schedule {event} is not a parameter, so nobody could make it faster or slower"


def transformed(stack: Stack, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and properties of each resource that SAM's transform leaves or makes."""
    for name, resource in stack.transformed["Resources"].items():
        if resource["Type"] == kind:
            yield name, resource.get("Properties", {})


def may_invoke(stack: Stack, function: str, source: Any) -> bool:
    permitted = [one for _, one in transformed(stack, "AWS::Lambda::Permission")]
    return ({"Ref": function}, source) in [(one["FunctionName"], one.get("SourceArn")) for one in permitted]
