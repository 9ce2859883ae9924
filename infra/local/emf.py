"""CloudWatch's embedded metric format, as pure functions.

Replaces: nothing; MiniStack takes such lines for ordinary text.
Why: the product publishes its metrics this way, and its own alarms watch them.
Does not: store by `StorageResolution` (everything here is kept by the second); publish
`EMFValidationErrors`. What is not valid stays a line of the log and nothing else, as on AWS.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from metrics_series import Datum

# Limits of the specification.
_MOST_METRICS = 100
_MOST_DIMENSIONS = 30
_MOST_VALUES = 100
_OLDEST_SECONDS = 14 * 24 * 3_600
_LATEST_SECONDS = 2 * 3_600

_UNITS = frozenset(
    "Seconds Microseconds Milliseconds Bytes Kilobytes Megabytes Gigabytes Terabytes Bits Kilobits "
    "Megabits Gigabits Terabits Percent Count Bytes/Second Kilobytes/Second Megabytes/Second "
    "Gigabytes/Second Terabytes/Second Bits/Second Kilobits/Second Megabits/Second Gigabits/Second "
    "Terabits/Second Count/Second None".split()
)


class Invalid(ValueError):
    """The line claims to be in the format, and is not; says why."""


def metrics(message: str, now: float) -> list[Datum]:
    """What the line publishes; empty for a line that is not in the format.

    A line is taken whole or not at all: one bad directive is no reason to guess at the others.
    """
    if '"_aws"' not in message:  # nearly every line; parsing them all would be a waste
        return []
    try:
        document = json.loads(message)
    except ValueError:
        return []
    if not isinstance(document, dict) or not isinstance(document.get("_aws"), dict):
        return []
    directives = document["_aws"].get("CloudWatchMetrics")
    if directives is None:
        return []
    time = _time(document["_aws"].get("Timestamp"), now)
    if not isinstance(directives, list):
        raise Invalid("CloudWatchMetrics is not a list")
    return [datum for each in directives for datum in _directive(each, document, time)]


def _time(timestamp: Any, now: float) -> float:
    if isinstance(timestamp, bool) or not isinstance(timestamp, int):
        raise Invalid("Timestamp is not a number of milliseconds")
    time = timestamp / 1000
    if not now - _OLDEST_SECONDS <= time <= now + _LATEST_SECONDS:
        raise Invalid("Timestamp is more than two weeks old or two hours ahead")
    return time


def _directive(directive: Any, document: Mapping[str, Any], time: float) -> Iterator[Datum]:
    if not isinstance(directive, dict):
        raise Invalid("a metric directive is not an object")
    namespace = directive.get("Namespace")
    if not isinstance(namespace, str) or not 1 <= len(namespace) <= 1_024:
        raise Invalid("Namespace is not a text of 1 to 1,024 characters")
    definitions = directive.get("Metrics")
    if not isinstance(definitions, list) or len(definitions) > _MOST_METRICS:
        raise Invalid(f"Metrics is not a list of at most {_MOST_METRICS}")
    dimension_sets = [_dimensions(names, document) for names in _sets(directive)]
    for definition in definitions:
        name, unit, values = _metric(definition, document)
        for dimensions in dimension_sets:
            yield Datum(namespace, name, dimensions, values, unit, time)


def _sets(directive: Mapping[str, Any]) -> list[Any]:
    sets = directive.get("Dimensions", [[]])
    if not isinstance(sets, list):
        raise Invalid("Dimensions is not a list of lists")
    return sets or [[]]


def _dimensions(names: Any, document: Mapping[str, Any]) -> dict[str, str]:
    if not isinstance(names, list) or len(names) > _MOST_DIMENSIONS:
        raise Invalid(f"a dimension set is not a list of at most {_MOST_DIMENSIONS} names")
    dimensions = {}
    for name in names:
        value = document.get(name) if isinstance(name, str) else None
        if not isinstance(value, str) or not 1 <= len(value) <= 1_024:
            raise Invalid(f"the dimension {name} has no text as its value")
        dimensions[name] = value
    return dimensions


def _metric(definition: Any, document: Mapping[str, Any]) -> tuple[str, str, tuple[float, ...]]:
    name = definition.get("Name") if isinstance(definition, dict) else None
    if not isinstance(name, str) or not 1 <= len(name) <= 1_024:
        raise Invalid("a metric has no Name")
    unit = definition.get("Unit", "None")
    if not isinstance(unit, str) or unit not in _UNITS:
        raise Invalid(f"the unit of {name} is not CloudWatch's: {unit}")
    if definition.get("StorageResolution", 60) not in (1, 60):
        raise Invalid(f"the StorageResolution of {name} is neither 1 nor 60")
    target = document.get(name)
    values = target if isinstance(target, list) else [target]
    if len(values) > _MOST_VALUES or not all(_is_number(value) for value in values):
        raise Invalid(f"the value of {name} is neither a number nor a list of at most 100 numbers")
    return name, unit, tuple(float(value) for value in values)


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer beyond every float
        return False
