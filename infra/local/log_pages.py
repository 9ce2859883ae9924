"""FilterLogEvents gives pages.

Replaces: `cloudwatch_logs._filter_log_events`, which cuts at `limit`, never has a `nextToken` and
knows no `logStreamNamePrefix`.
Why: whoever reads logs has to follow pages to the end, and would miss nothing here if it did not. A
page ends at `limit` or at a megabyte of messages, whichever comes first, as on AWS. What has
expired is not shown, and a log group of another class than STANDARD is refused. Empty pages with a
token, expired tokens and throttling come as faults only (`log_faults`).
Does not: tokens that expire after 24 hours; `startFromHead`.
"""

from __future__ import annotations

import base64
import binascii
import heapq
import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import islice
from typing import Any

import log_events
import log_faults
from log_errors import LogsError
from selfcheck import Name

REQUIRED = [
    Name("services.cloudwatch_logs", "_filter_log_events", "(data)"),
    Name("services.cloudwatch_logs", "_compile_filter_pattern", "(raw)"),
    Name("services.cloudwatch_logs", "_log_events_lock"),
    Name("services.cloudwatch_logs", "_log_groups.get", "(key, default=None)"),
    Name("services.cloudwatch_logs", "_resolve_log_group_name", "(data)"),
]

# CloudWatch Logs, API reference, FilterLogEvents.
MOST_EVENTS = 10_000
MOST_BYTES = 1_048_576


def install() -> None:
    from ministack.core.responses import error_response_json, json_response
    from ministack.services import cloudwatch_logs

    def answer(data: dict[str, Any]) -> Any:
        try:
            return json_response(page(data))
        except LogsError as error:
            return error_response_json(error.code, error.message, error.status)

    cloudwatch_logs._filter_log_events = answer


def page(data: dict[str, Any]) -> dict[str, Any]:
    from ministack.services import cloudwatch_logs

    name = cloudwatch_logs._resolve_log_group_name(data)
    group = cloudwatch_logs._log_groups.get(name)
    if group is None:
        text = f"The specified log group does not exist: {name}"
        raise LogsError("ResourceNotFoundException", text)
    _check(name, group, data)
    start, skip, was_empty = _read(data.get("nextToken"))
    answer: dict[str, Any] = {"events": [], "searchedLogStreams": []}
    if not was_empty and log_faults.take("filter_empty_pages", name):
        answer["nextToken"] = _token(start, skip, True)
        return answer
    begin = max(start, data.get("startTime") or 0)
    asked = log_events.from_kept({**data, "startTime": begin}, group)
    # One more than there may be on a page shows that there is another page.
    limit = min(data.get("limit", MOST_EVENTS), MOST_EVENTS)
    found = list(islice(_matching(group, asked), skip, skip + limit + 1))
    end = _end(found, limit)
    answer["events"] = found[:end]
    if end < len(found):
        answer["nextToken"] = _token_after(found[:end], start, skip)
    return answer


def _check(name: str, group: dict[str, Any], data: dict[str, Any]) -> None:
    log_class = group.get("logGroupClass") or "STANDARD"
    if log_class != "STANDARD":
        raise LogsError(
            "InvalidOperationException",
            f"The log group {name} is of log-group-class {log_class}. "
            "FilterLogEvents is not supported for this log class.",
        )
    if data.get("logStreamNames") and data.get("logStreamNamePrefix"):
        text = "LogStreamNamePrefix and LogStreamNames cannot both be given."
        raise LogsError("InvalidParameterException", text)
    if log_faults.take("filter_throttled", name):
        raise LogsError("ThrottlingException", "Rate exceeded")
    if "nextToken" in data and log_faults.take("filter_token_expired", name):
        raise LogsError("InvalidParameterException", "The specified nextToken is expired.")


def _matching(group: dict[str, Any], asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The events of a request, by their times, and those of the same time by when they came."""
    from ministack.services import cloudwatch_logs

    matches = cloudwatch_logs._compile_filter_pattern(asked.get("filterPattern", ""))
    names = asked.get("logStreamNames") or sorted(group["streams"])
    prefix = asked.get("logStreamNamePrefix") or ""
    spans = []
    with cloudwatch_logs._log_events_lock:
        for name in names:
            stream = group["streams"].get(name)
            if stream is not None and name.startswith(prefix):
                spans.append(_span(name, stream["events"], asked))
    by_time = heapq.merge(*spans, key=lambda event: (event["timestamp"], event["ingestionTime"]))
    return (event for event in by_time if matches(event["message"]))


def _span(
    name: str, events: list[dict[str, Any]], asked: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    def time_of(event: dict[str, Any]) -> int:
        return event["timestamp"]

    start = bisect_left(events, asked["startTime"], key=time_of)
    end = asked.get("endTime")
    # Where the end is now: events that come later would only be pages of their own.
    after = len(events) if end is None else bisect_right(events, end, key=time_of)
    return ({**events[place], "logStreamName": name} for place in range(start, after))


def _end(events: list[dict[str, Any]], limit: int) -> int:
    """Where a page ends: it has at least one event, if there is one."""
    size = 0
    for place, event in enumerate(events[:limit]):
        size += len(event["message"].encode())
        if size > MOST_BYTES and place > 0:
            return place
    return min(len(events), limit)


def _token_after(given: list[dict[str, Any]], start: int, skip: int) -> str:
    """Says which millisecond the next page begins with, and how many events of it were given."""
    last = given[-1]["timestamp"]
    of_last = sum(1 for event in given if event["timestamp"] == last)
    return _token(last, of_last + (skip if last == start else 0), False)


def _token(start: int, skip: int, was_empty: bool) -> str:
    return base64.urlsafe_b64encode(json.dumps([start, skip, was_empty]).encode()).decode()


def _read(token: str | None) -> tuple[int, int, bool]:
    if token is None:
        return 0, 0, False
    try:
        start, skip, was_empty = json.loads(base64.urlsafe_b64decode(token))
        return int(start), int(skip), bool(was_empty)
    except (binascii.Error, TypeError, ValueError) as error:
        text = "The specified nextToken is invalid."
        raise LogsError("InvalidParameterException", text) from error
