"""Faults of CloudWatch Logs that a test sets from outside; the functions cannot know.

Replaces nothing: `log_exports`, `log_queries`, `log_pages` and `log_streams` ask here what is to
go wrong.
Why: an export that says COMPLETED proves nothing, and on AWS nobody can make one lose lines.
Does not: guess. A fault is used up as often as it says (`times`, once unless told otherwise; null
is always), by the next operation on a log group that its pattern matches.

`POST /_medic/log-faults` with `{"fault": ..., "group": "/shop/*", "times": 1, "value": 2}` sets
one, `GET /_medic/log-faults` lists those that still wait, `DELETE /_medic/log-faults` takes all
back.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

# What each fault does, and what its `value` is.
KNOWN = {
    "create_throttled": "CreateExportTask gets a ThrottlingException",
    "create_answer_lost": "CreateExportTask makes the task and answers with 503",
    "task_fails": "an export task writes half of its objects and is FAILED",
    "task_empty": "an export task is COMPLETED and has written nothing but the test object",
    "task_loses_lines": "an export task is COMPLETED without `value` of its events (1)",
    "task_cuts_object": "an export task is COMPLETED, and its last object ends in the middle",
    "task_hangs": "an export task stays RUNNING until it is cancelled or the faults are taken back",
    "query_fails": "a query is Failed",
    "query_hangs": "a query stays Running until it is stopped or the faults are taken back",
    "query_misses": "a query does not see `value` events (1), as when Insights lags",
    "filter_throttled": "FilterLogEvents gets a ThrottlingException",
    "filter_token_expired": "FilterLogEvents refuses a token",
    "filter_empty_pages": "FilterLogEvents gives an empty page with a token before the real one",
    "streams_stale": "DescribeLogStreams has the times of events of an hour ago",
}

_LONGEST_PATTERN = 512


@dataclass
class Fault:
    name: str
    group: str
    times: int | None
    value: int
    is_over: bool = False

    def describe(self) -> dict[str, Any]:
        return {"fault": self.name, "group": self.group, "times": self.times, "value": self.value}


_faults: list[Fault] = []


def reset() -> None:
    for fault in _faults:
        fault.is_over = True
    _faults.clear()


def every() -> list[dict[str, Any]]:
    return [fault.describe() for fault in _faults if fault.times != 0]


def add(request: Any) -> dict[str, Any]:
    """Sets a fault; a `ValueError` says what is wrong with the request."""
    if not isinstance(request, dict):
        raise ValueError("a fault is an object")
    strange = sorted(set(request) - {"fault", "group", "times", "value"})
    if strange:
        raise ValueError(f"a fault has no {strange}")
    name, group = request.get("fault"), request.get("group", "*")
    times, value = request.get("times", 1), request.get("value", 1)
    if name not in KNOWN:
        raise ValueError(f"the faults are {', '.join(KNOWN)}")
    if not isinstance(group, str) or not 0 < len(group) <= _LONGEST_PATTERN:
        raise ValueError("`group` is the name of a log group, or a pattern of names")
    if times is not None and (type(times) is not int or times < 1):
        raise ValueError("`times` is a whole number from 1 on, or null for always")
    if type(value) is not int or value < 1:
        raise ValueError("`value` is a whole number from 1 on")
    fault = Fault(name, group, times, value)
    _faults.append(fault)
    return fault.describe()


def take(name: str, group: str) -> Fault | None:
    """The oldest fault of this name that meets the group, used up by once."""
    for fault in _faults:
        if fault.name == name and fault.times != 0 and fnmatchcase(group, fault.group):
            if fault.times is not None:
                fault.times -= 1
            return fault
    return None
