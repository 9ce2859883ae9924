"""How fast CloudWatch Logs is here: the one place for it. Pure, but for the environment.

Replaces nothing.
Why: an export task takes minutes to hours on AWS, and events are up to 12 hours old before a task
sees them ("it can take up to 12 hours", user guide, "Exporting log data to Amazon S3"); a test
cannot wait for that.
Does not: hurry the clock itself: retention and the 14 days of late events are real time.

`LOGS_EXPORT_SECONDS` is how long a task takes, half of it PENDING; `LOGS_EXPORT_DELAY_SECONDS`
how long an event is in CloudWatch Logs before a task sees it; `LOGS_QUERY_SECONDS` how long a
query takes, half of it Scheduled; `LOGS_EXPORT_OBJECT_BYTES` how many bytes of lines one object
holds.
"""

from __future__ import annotations

import os

DEFAULTS = {
    "LOGS_EXPORT_SECONDS": "0.4",
    "LOGS_EXPORT_DELAY_SECONDS": "0",
    "LOGS_QUERY_SECONDS": "0.2",
    "LOGS_EXPORT_OBJECT_BYTES": "4194304",
}


def setting_problems() -> list[str]:
    """What is wrong with the settings; they are read when they are needed."""
    problems = []
    for name in DEFAULTS:
        try:
            if not 0 <= _number(name) < float("inf"):
                problems.append(f"{name} must not be less than 0")
        except ValueError:
            problems.append(f"{name} must be a number")
    return problems


def export_seconds() -> float:
    return _number("LOGS_EXPORT_SECONDS")


def export_delay_seconds() -> float:
    return _number("LOGS_EXPORT_DELAY_SECONDS")


def query_seconds() -> float:
    return _number("LOGS_QUERY_SECONDS")


def export_object_bytes() -> int:
    return int(_number("LOGS_EXPORT_OBJECT_BYTES"))


def _number(name: str) -> float:
    return float(os.environ.get(name, DEFAULTS[name]))
