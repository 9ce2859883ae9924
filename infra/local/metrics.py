"""CloudWatch's GetMetricData: the data an alarm is judged by, read back in the same way.

Replaces: `cloudwatch._get_metric_data`.
Why: MiniStack has no metric math, ignores units, takes a query without dimensions for a query of
all, and answers oldest first where AWS answers newest first.
Does not: pages (`MaxDatapoints` is not looked at, every answer is complete); SEARCH and Metrics
Insights; other accounts; labels with `${}`; AWS's rounding of StartTime by the age of the data
(here: down to the period); metrics of other than one-second resolution, so that a period of 10 s
works for metrics which AWS keeps by the minute.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import metrics_expression
import metrics_math
import metrics_store
import metrics_wire
from metrics_expression import MathError
from metrics_series import Series, is_period, is_statistic, series
from metrics_wire import Moment, Response, Wire
from selfcheck import Name

REQUIRED = [
    Name("services.cloudwatch", "_get_metric_data", "(params, cbor_data, is_cbor, is_json=False)"),
    *metrics_store.REQUIRED,
    *metrics_wire.REQUIRED,
]

_DEFAULT_PERIOD = 60


class QueryError(ValueError):
    """The request is refused with a ValidationError that has this text."""


def install() -> None:
    from ministack.services import cloudwatch

    cloudwatch._get_metric_data = _get_metric_data


def _get_metric_data(
    params: Mapping[str, Any], data: Mapping[str, Any], is_cbor: bool, is_json: bool = False
) -> Response:
    wire = Wire(is_cbor, is_json)
    request = metrics_wire.request(params, data, wire)
    start = metrics_wire.moment(request.get("StartTime"))
    end = metrics_wire.moment(request.get("EndTime"))
    if start is None or end is None:
        return wire.error("MissingParameter", "StartTime and EndTime are required")
    if start >= end:
        return wire.error("ValidationError", "StartTime must be before EndTime")
    queries = request.get("MetricDataQueries") or []
    try:
        values = evaluate(queries, start, end)
    except (QueryError, MathError) as error:
        return wire.error("ValidationError", str(error))
    newest_first = request.get("ScanBy") != "TimestampAscending"
    results = [
        _result(query, values[query["Id"]], newest_first)
        for query in queries
        if metrics_wire.boolean(query.get("ReturnData"), True)
    ]
    return wire.answer("GetMetricData", {"MetricDataResults": results, "Messages": []})


def _result(query: Mapping[str, Any], values: Series, newest_first: bool) -> dict[str, Any]:
    starts = sorted(values, reverse=newest_first)
    return {
        "Id": query["Id"],
        "Label": query.get("Label") or _label(query),
        "Timestamps": [Moment(start) for start in starts],
        "Values": [float(values[start]) for start in starts],
        "StatusCode": "Complete",
    }


def _label(query: Mapping[str, Any]) -> str:
    if query.get("Expression"):
        return query["Id"]
    return query["MetricStat"]["Metric"]["MetricName"]


def evaluate(queries: Sequence[Mapping[str, Any]], start: float, end: float) -> dict[str, Series]:
    """The series of every query by its id, for the account and region of the current scope."""
    for query in queries:
        _check_query(query)
    values: dict[str, Series] = {}
    periods: dict[str, int] = {}
    for query in queries:
        if query.get("MetricStat"):
            periods[query["Id"]] = int(query["MetricStat"]["Period"])
            values[query["Id"]] = _metric(query["MetricStat"], start, end)
    metrics = tuple(values)
    for query in _in_order([query for query in queries if query.get("Expression")], set(metrics)):
        period = _period(query, periods)
        periods[query["Id"]] = period
        context = metrics_math.Context(values, _starts(start, end, period), period, metrics)
        values[query["Id"]] = metrics_math.evaluate(query["Expression"], context)
    return values


def _in_order(
    expressions: Sequence[Mapping[str, Any]], known: set[str]
) -> Iterator[Mapping[str, Any]]:
    """Each expression after those that it refers to; the request may list them in any order."""
    waiting = list(expressions)
    while waiting:
        ready = [q for q in waiting if metrics_expression.names(q["Expression"]) <= known]
        if not ready:
            raise MathError(f"the expression `{waiting[0]['Expression']}` refers to an unknown id")
        yield from ready
        known = known | {query["Id"] for query in ready}
        waiting = [query for query in waiting if query not in ready]


def _check_query(query: Mapping[str, Any]) -> None:
    if not query.get("Id"):
        raise QueryError("every query needs an Id")
    if bool(query.get("Expression")) == bool(query.get("MetricStat")):
        raise QueryError(f"the query `{query['Id']}` needs either an Expression or a MetricStat")
    stat = query.get("MetricStat")
    if not stat:
        return
    if not is_period(int(stat.get("Period") or 0)):
        raise QueryError(f"Period must be 1, 5, 10, 20, 30 or a multiple of 60: {stat['Period']}")
    if not is_statistic(stat.get("Stat") or ""):
        raise QueryError(f"the statistic `{stat.get('Stat')}` is not known to the local cloud")


def _metric(stat: Mapping[str, Any], start: float, end: float) -> Series:
    """Periods that begin in [start, end), the first rounded down to the period.

    A period still running when the range ends has the data so far, up to the whole minute (or to
    the period, if that is shorter) that the range's end falls in.
    """
    metric = stat["Metric"]
    period = int(stat["Period"])
    first = math.floor(start / period) * period
    resolution = min(period, 60)
    samples = metrics_store.samples(
        metric["Namespace"],
        metric["MetricName"],
        metric.get("Dimensions") or [],
        stat.get("Unit"),
        since=first,
    )
    within = [s for s in samples if math.floor(s.time / resolution) * resolution < end]
    return series(within, period, stat["Stat"])


def _period(query: Mapping[str, Any], periods: Mapping[str, int]) -> int:
    if query.get("Period"):
        return int(query["Period"])
    used = metrics_expression.names(query["Expression"]) or set(periods)
    return max((periods[name] for name in used), default=_DEFAULT_PERIOD)


def _starts(start: float, end: float, period: int) -> list[int]:
    first = math.floor(start / period) * period
    return list(range(first, math.ceil(end), period))
