"""MiniStack's store of metric data, read and written by the modules of the overlay.

Replaces nothing itself.
Why: one place knows how MiniStack keeps a metric.
Does not: lock; MiniStack appends to plain lists, which is safe from any thread.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from metrics_series import Datum, Sample
from selfcheck import Name

REQUIRED = [
    Name("services.cloudwatch", "_dims_key", "(dims)"),
    Name("services.cloudwatch", "_dims_from_list", "(dimensions)"),
    Name("services.cloudwatch", "_point_stats", "(pt)"),
    Name("services.cloudwatch", "_metrics.get", "(key, default=None)"),
    Name(
        "services.cloudwatch",
        "_store_datum",
        "(namespace, name, dims, ts, unit, value, values, counts, stat_values)",
    ),
]


def store(datum: Datum) -> None:
    """Stores for the account and region of the current scope."""
    from ministack.services import cloudwatch

    cloudwatch._store_datum(
        datum.namespace,
        datum.name,
        dict(datum.dimensions),
        datum.time or time.time(),
        datum.unit,
        None,
        list(datum.values),
        None,
        None,
    )


def samples(
    namespace: str,
    name: str,
    dimensions: Sequence[Mapping[str, Any]],
    unit: str | None,
    since: float,
) -> list[Sample]:
    """The samples of exactly this metric: same dimensions, and same unit if one is named."""
    from ministack.services import cloudwatch

    key = cloudwatch._dims_key(cloudwatch._dims_from_list(list(dimensions)))
    points = list(cloudwatch._metrics.get((namespace, name, key), []))
    return [
        Sample(point["Timestamp"], *cloudwatch._point_stats(point))
        for point in points
        if point["Timestamp"] >= since and (not unit or point.get("Unit") == unit)
    ]
