"""Metrics as alarms and dashboards name them, and who sends them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .stack import Stack, package_of

OURS = "LambdaMedic"

# What is sent by AWS, by namespace: the metrics, the dimension, the type that it names, and by which attribute.
SENT_BY_AWS = {
    "AWS/Lambda": (
        "Invocations Errors Throttles Duration ConcurrentExecutions AsyncEventsReceived AsyncEventAge AsyncEventsDropped "
        "DestinationDeliveryFailures",
        "FunctionName",
        "AWS::Serverless::Function",
        "",
    ),
    "AWS/SQS": (
        "ApproximateNumberOfMessagesVisible ApproximateAgeOfOldestMessage",
        "QueueName",
        "AWS::SQS::Queue",
        ".QueueName",
    ),
    "AWS/SNS": (
        "NumberOfMessagesPublished NumberOfNotificationsDelivered NumberOfNotificationsFailed "
        "NumberOfNotificationsFailedToRedriveToDlq",
        "TopicName",
        "AWS::SNS::Topic",
        ".TopicName",
    ),
}


# Which of our metrics come by a dimension more, whose values are words of the code.
DIVIDED_BY = {"Decisions": "Decision", "LagHours": "Mode"}


@dataclass(frozen=True)
class Metric:
    """A metric as an alarm or a dashboard names it; `dimensions` name resources as `Id` or `Id.Attribute`."""

    namespace: str
    name: str
    dimensions: dict[str, str]

    def __str__(self) -> str:
        return " ".join([self.namespace, self.name, *(f"{key}={value}" for key, value in self.dimensions.items())])


def unsent(stack: Stack, where: str, metric: Metric) -> Iterator[str]:
    """Says so if nothing sends the metric, so that a typo is not taken for silence."""
    if metric.namespace == OURS:
        function = dict(stack.functions()).get(metric.dimensions.get("FunctionName", ""))
        known = emitted(stack, function) if function else frozenset()
        if known is not None and (metric.name not in known or not is_set_of_ours(stack, function or {}, metric)):
            yield f"{where} looks at {metric}, which no function emits"
        return
    names, dimension, kind, attribute = SENT_BY_AWS.get(metric.namespace, ("", "", "", ""))
    resources = [{dimension: f"{name}{attribute}"} for name, _ in stack.of_type(kind)]
    if metric.name not in names.split() or metric.dimensions not in resources:
        yield f"{where} looks at {metric}, which no resource of this template sends"


def is_set_of_ours(stack: Stack, function: dict[str, Any], metric: Metric) -> bool:
    """Each metric comes for the function as a whole, decisions also by verdict, and how far an export is behind by its mode."""
    rest = {key: value for key, value in metric.dimensions.items() if key != "FunctionName"}
    if list(rest) == [DIVIDED_BY.get(metric.name)]:
        return set(rest.values()) <= stack.sources[package_of(function)].words
    return not rest


def emitted(stack: Stack, function: dict[str, Any]) -> frozenset[str] | None:
    source = stack.sources.get(package_of(function))
    return None if source is None else source.metrics


def metrics_of(alarm: dict[str, Any]) -> list[Metric]:
    stats = [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", []) if "MetricStat" in one]
    return [
        Metric(
            one.get("Namespace", ""),
            one["MetricName"],
            {part["Name"]: resource(part["Value"]) for part in one.get("Dimensions", [])},
        )
        for one in (stats or [alarm])
        if "MetricName" in one
    ]


def resource(value: Any) -> str:
    """`!Ref X` -> `X`, `!GetAtt X.Name` -> `X.Name`, text as it is."""
    if not isinstance(value, dict):
        return str(value)
    named = value.get("Ref") or value.get("Fn::GetAtt") or ""
    return ".".join(named) if isinstance(named, list) else str(named)


def dashboards(stack: Stack) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for name, properties in stack.of_type("AWS::CloudWatch::Dashboard"):
        body = properties["DashboardBody"]
        yield name, json.loads(body["Fn::Sub"] if isinstance(body, dict) else body)["widgets"]


def shown(widgets: list[dict[str, Any]]) -> list[Metric]:
    """The metrics of all graphs; each is an array of namespace, name, dimensions in pairs, and options."""
    lines = [line for widget in widgets for line in widget["properties"].get("metrics", [])]
    found = []
    for line in lines:
        namespace, name, *pairs = [one for one in line if isinstance(one, str)]
        dimensions = {key: unwrapped(value) for key, value in zip(pairs[::2], pairs[1::2], strict=True)}
        found.append(Metric(namespace, name, dimensions))
    return found


def quoted(query: str) -> list[str]:
    """The log groups of a Logs Insights query."""
    sources = [part for part in query.split("|") if part.strip().startswith("SOURCE")]
    return [unwrapped(text) for part in sources for text in part.split("'")[1::2]]


def unwrapped(text: str) -> str:
    """`${Id.Attribute}` of `!Sub` -> `Id.Attribute`."""
    return text.removeprefix("${").removesuffix("}")
