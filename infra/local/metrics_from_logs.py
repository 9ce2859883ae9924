"""Log events become metrics: embedded metric format, and metric filters.

Replaces: wraps `cloudwatch_logs._fanout_to_subscription_filters`, the one function that sees every
log event with its group, whether it came by PutLogEvents, from a function or from a task; and
`_compile_filter_pattern`, with which FilterLogEvents takes every pattern in braces for "all".
Why: see `emf` and `metrics_filters`.
Does not: a filter's `defaultValue` is published for each batch of events without a match, where AWS
publishes it for each minute; retries.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import emf
import metrics_filters
import metrics_store
from metrics_series import Datum
from selfcheck import Name

REQUIRED = [
    Name(
        "services.cloudwatch_logs",
        "_fanout_to_subscription_filters",
        "(group_name, stream_name, events)",
    ),
    Name("services.cloudwatch_logs", "_compile_filter_pattern", "(raw)"),
    Name("services.cloudwatch_logs", "_metric_filters.values", "()"),
    *metrics_store.REQUIRED,
]

logger = logging.getLogger("overlay.metrics")

_matcher = lru_cache(maxsize=256)(metrics_filters.matcher)


def install() -> None:
    from ministack.services import cloudwatch_logs

    fanout = cloudwatch_logs._fanout_to_subscription_filters
    compile_pattern = cloudwatch_logs._compile_filter_pattern

    def compiled(raw: str) -> metrics_filters.Match:
        try:
            return _matcher(raw or "")
        except metrics_filters.PatternError:  # of a kind that only MiniStack has an answer for
            return compile_pattern(raw)

    def fanout_with_metrics(
        group_name: str, stream_name: str, events: list[dict[str, Any]]
    ) -> None:
        try:
            _publish(group_name, events)
        except Exception:  # a log event is stored whatever becomes of its metrics
            logger.exception("the metrics of log events in %s are lost", group_name)
        fanout(group_name, stream_name, events)

    cloudwatch_logs._fanout_to_subscription_filters = fanout_with_metrics
    cloudwatch_logs._compile_filter_pattern = compiled


def _publish(group: str, events: Iterable[Mapping[str, Any]]) -> None:
    from ministack.services import cloudwatch_logs

    events = list(events)
    now = time.time()
    for datum in embedded(events, now, group):
        metrics_store.store(datum)
    for metric_filter in cloudwatch_logs._metric_filters.values():
        if metric_filter["logGroupName"] == group:
            for datum in filtered(metric_filter, events, now):
                metrics_store.store(datum)


def embedded(events: Iterable[Mapping[str, Any]], now: float, group: str) -> list[Datum]:
    data = []
    for event in events:
        try:
            data += emf.metrics(event.get("message", ""), now)
        except emf.Invalid as problem:
            logger.warning("a line in %s is not in embedded metric format: %s", group, problem)
    return data


def filtered(
    metric_filter: Mapping[str, Any], events: Iterable[Mapping[str, Any]], now: float
) -> list[Datum]:
    try:
        matches = _matcher(metric_filter.get("filterPattern") or "")
    except metrics_filters.PatternError as problem:
        logger.warning("metric filter %s: %s", metric_filter["filterName"], problem)
        return []
    data = []
    for transformation in metric_filter["metricTransformations"]:
        found = [
            metrics_filters.datum(transformation, event["message"], _time(event, now))
            for event in events
            if matches(event.get("message", ""))
        ]
        data += [datum for datum in found if datum is not None]
        if not found and transformation.get("defaultValue") is not None:
            data.append(_default(transformation, now))
    return data


def _default(transformation: Mapping[str, Any], now: float) -> Datum:
    return Datum(
        transformation["metricNamespace"],
        transformation["metricName"],
        {},
        (float(transformation["defaultValue"]),),
        transformation.get("unit") or "None",
        now,
    )


def _time(event: Mapping[str, Any], now: float) -> float:
    return event["timestamp"] / 1000 if event.get("timestamp") else now
