"""How CloudWatch makes one datapoint of many published values, as pure functions.

Replaces: the aggregation inside MiniStack's `cloudwatch._get_metric_data` and `_evaluate_alarm`.
Why: alarms and GetMetricData must read the same data in the same way, or an alarm's own data could
not prove anything about it.
Does not: trimmed means and the other statistics by range (`tm90`, `PR(10:20)`, `IQM`); storage
resolution: every value keeps its own time, where AWS keeps whole minutes of ordinary metrics.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

# Datapoints by the start of their period, in whole seconds since the epoch.
Series = dict[int, float]

_PERCENTILE = re.compile(r"p(\d+(?:\.\d+)?)", re.IGNORECASE)
_STATISTICS = ("SampleCount", "Sum", "Average", "Minimum", "Maximum")


@dataclass(frozen=True)
class Sample:
    """One published value (seen `count` times), or one published statistic set."""

    time: float
    count: float
    total: float
    low: float
    high: float


@dataclass(frozen=True)
class Datum:
    """What is published at once for one metric: `values` are of the same moment."""

    namespace: str
    name: str
    dimensions: dict[str, str] = field(default_factory=dict)
    values: tuple[float, ...] = ()
    unit: str = "None"
    time: float = 0.0


def is_statistic(name: str) -> bool:
    percentile = _PERCENTILE.fullmatch(name)
    return name in _STATISTICS or (percentile is not None and float(percentile[1]) <= 100)


def is_period(seconds: int) -> bool:
    return seconds in (1, 5, 10, 20, 30) or (seconds > 0 and seconds % 60 == 0)


def by_period(samples: Iterable[Sample], period: int) -> dict[int, list[Sample]]:
    """The samples of each period that has any, oldest period first."""
    periods: dict[int, list[Sample]] = {}
    for sample in samples:
        start = math.floor(sample.time / period) * period
        periods.setdefault(start, []).append(sample)
    return {start: periods[start] for start in sorted(periods)}


def series(samples: Iterable[Sample], period: int, name: str) -> Series:
    """The statistic `name` of each period that has samples; periods begin at multiples of it."""
    datapoints = {}
    for start, its_samples in by_period(samples, period).items():
        value = statistic(name, its_samples)
        if value is not None:
            datapoints[start] = value
    return datapoints


def statistic(name: str, samples: Sequence[Sample]) -> float | None:
    """`name` is a statistic (`Sum`) or a percentile (`p99.9`); `None` if it cannot be computed."""
    counted = [sample for sample in samples if sample.count > 0]
    if not counted:
        return None
    count = sum(sample.count for sample in counted)
    total = sum(sample.total for sample in counted)
    simple = {
        "SampleCount": count,
        "Sum": total,
        "Average": total / count,
        "Minimum": min(sample.low for sample in counted),
        "Maximum": max(sample.high for sample in counted),
    }
    if name in simple:
        return simple[name]
    percentile = _PERCENTILE.fullmatch(name)
    return _percentile(float(percentile[1]), counted) if percentile else None


def _percentile(rank: float, samples: Sequence[Sample]) -> float | None:
    if any(sample.low != sample.high for sample in samples):
        return None  # a statistic set has lost the values a percentile needs
    ordered = sorted((sample.low, sample.count) for sample in samples)
    position = rank / 100 * (sum(count for _, count in ordered) - 1)
    below = _at(ordered, math.floor(position))
    above = _at(ordered, math.ceil(position))
    return below + (above - below) * (position - math.floor(position))


def _at(ordered: Sequence[tuple[float, float]], index: int) -> float:
    seen = 0.0
    for value, count in ordered:
        seen += count
        if index < seen:
            return value
    return ordered[-1][0]
