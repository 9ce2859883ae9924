"""Whether somebody is told when a function is not well, and whether what is watched is there at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .alarms import told_by
from .metrics import OURS, Metric, dashboards, emitted, metrics_of, quoted, shown, unsent, unwrapped
from .stack import Stack, package_of

# What each function must be watched for, whatever it does.
MUST_BE_WATCHED = (
    "Errors",
    "Throttles",
    "Duration",
    "AsyncEventAge",
    "AsyncEventsDropped",
    "DestinationDeliveryFailures",
)

# What a function counts once for each message of a topic; not what another trigger brings as well.
COUNTED = ("Decisions", "HeardBySns")


def each_function_is_watched(stack: Stack) -> Iterator[str]:
    watched = [metric for _, alarm in telling(stack) for metric in metrics_of(alarm)]
    for name, _ in stack.functions():
        for metric in MUST_BE_WATCHED:
            if Metric("AWS/Lambda", metric, {"FunctionName": name}) not in watched:
                yield f"no alarm tells of {metric} of {name}"


def a_slow_function_is_noticed_before_it_is_cut_off(stack: Stack) -> Iterator[str]:
    for name, function in stack.functions():
        timeout = function.get("Timeout", 3) * 1000
        for alarm, properties in telling(stack):
            if metrics_of(properties) == [Metric("AWS/Lambda", "Duration", {"FunctionName": name})]:
                if not timeout / 2 <= properties.get("Threshold", 0) < timeout:
                    yield f"{alarm} does not go off between half of {name}'s timeout and the whole of it"


def a_dead_function_is_noticed(stack: Stack) -> Iterator[str]:
    watched = [metrics_of(alarm) for _, alarm in telling(stack)]
    overdue = [metrics_of(alarm) for _, alarm in telling(stack) if is_breached_by_silence(alarm)]
    for name, function in stack.functions():
        counts = [Metric(OURS, counted, {"FunctionName": name}) for counted in COUNTED]
        for topic in sorted(stack.heard(function) - {None}):
            published = Metric("AWS/SNS", "NumberOfMessagesPublished", {"TopicName": f"{topic}.TopicName"})
            if not any([published, count] in watched for count in counts):
                yield f"no alarm tells that {name} decides nothing about what {topic} carries"
        ticks = any(event["Type"] == "Schedule" for event in function.get("Events", {}).values())
        if ticks and [Metric(OURS, "Ticks", {"FunctionName": name})] not in overdue:
            yield f"no alarm tells that {name} does not tick"


def is_breached_by_silence(alarm: dict[str, Any]) -> bool:
    wanted = {"TreatMissingData": "breaching", "ComparisonOperator": "LessThanThreshold", "Threshold": 1}
    return wanted.items() <= alarm.items()


def what_is_watched_exists(stack: Stack) -> Iterator[str]:
    for name, function in stack.functions():
        if emitted(stack, function) is None:
            yield f"functions/{package_of(function)}/src/metrics.rs is missing, so nobody knows what {name} emits"
    for name, alarm in stack.of_type("AWS::CloudWatch::Alarm"):
        for metric in metrics_of(alarm):
            yield from unsent(stack, name, metric)
    for name, widgets in dashboards(stack):
        for metric in shown(widgets):
            yield from unsent(stack, name, metric)
        for widget in widgets:
            for group in quoted(widget["properties"].get("query", "")):
                if stack.referred({"Ref": group}, "AWS::Logs::LogGroup") is None:
                    yield f"{name} reads {group}, which is no log group of this template"


def the_dashboard_shows_everything(stack: Stack) -> Iterator[str]:
    boards = list(dashboards(stack))
    widgets = [widget for _, widgets in boards for widget in widgets]
    listed = {unwrapped(arn) for widget in widgets for arn in widget["properties"].get("alarms", [])}
    alarms = {f"{name}.Arn" for name, _ in stack.of_type("AWS::CloudWatch::Alarm")}
    for arn in sorted(alarms ^ listed):
        yield f"{arn.removesuffix('.Arn')} is an alarm of this template or of the dashboard, but not of both"
    seen = {(metric.name, metric.dimensions.get("FunctionName")) for metric in shown(widgets) if metric.namespace == OURS}
    for name, function in stack.functions():
        for metric in sorted(emitted(stack, function) or ()):
            if (metric, name) not in seen:
                yield f"no dashboard shows {metric}, which {name} emits"


def telling(stack: Stack) -> list[tuple[str, dict[str, Any]]]:
    """The alarms that somebody hears of."""
    return [(name, one) for name, one in stack.of_type("AWS::CloudWatch::Alarm") if told_by(stack, one) - {None}]
