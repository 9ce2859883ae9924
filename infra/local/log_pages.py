"""FilterLogEvents gives pages.

Replaces: wraps `cloudwatch_logs._filter_log_events`, which cuts at `limit` and never has a
`nextToken`.
Why: whoever reads logs has to follow pages to the end, and would miss nothing here if it did not.
A page ends at `limit` or at a megabyte of messages, whichever comes first, as on AWS. What has
expired is not shown, and a log group of another class than STANDARD is refused. Empty pages with
a token, expired tokens and throttling come as faults only (`log_faults`).
Does not: tokens that expire after 24 hours; `startFromHead`; more than 10,000 events of one
millisecond.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

import log_events
import log_faults
from selfcheck import Name

REQUIRED = [
    Name("services.cloudwatch_logs", "_filter_log_events", "(data)"),
    Name("services.cloudwatch_logs", "_log_groups.get", "(key, default=None)"),
    Name("services.cloudwatch_logs", "_resolve_log_group_name", "(data)"),
]

# CloudWatch Logs, API reference, FilterLogEvents.
MOST_EVENTS = 10_000
MOST_BYTES = 1_048_576


def install() -> None:
    from ministack.core.responses import error_response_json, json_response
    from ministack.services import cloudwatch_logs

    whole = cloudwatch_logs._filter_log_events

    def page(data: dict[str, Any]) -> Any:
        name = cloudwatch_logs._resolve_log_group_name(data)
        group = cloudwatch_logs._log_groups.get(name)
        refusal = _refusal(name, group, "nextToken" in data) if group is not None else None
        if refusal:
            return error_response_json(*refusal, 400)
        try:
            token = _read(data["nextToken"]) if "nextToken" in data else (None, 0, False)
        except ValueError:
            reason = "The specified nextToken is invalid."
            return error_response_json("InvalidParameterException", reason, 400)
        start, skip, was_empty = token
        if group is not None and not was_empty and log_faults.take("filter_empty_pages", name):
            empty = {"events": [], "searchedLogStreams": [], "nextToken": _token(start, skip, True)}
            return json_response(empty)
        asked = {**data, "limit": MOST_EVENTS}
        if start is not None:
            asked["startTime"] = start
        status, headers, body = whole(log_events.from_kept(asked, group) if group else asked)
        if status != 200:
            return status, headers, body
        answer = json.loads(body)
        events = answer["events"]
        limit = min(data.get("limit", MOST_EVENTS), MOST_EVENTS)
        end = _end(events, skip, limit)
        answer["events"] = events[skip:end]
        if end < len(events) or len(events) == MOST_EVENTS:
            answer["nextToken"] = _token_after(events[:end])
        return json_response(answer)

    cloudwatch_logs._filter_log_events = page


def _end(events: list[dict[str, Any]], skip: int, limit: int) -> int:
    """Where a page ends that begins after `skip` events: it has at least one, if there is one."""
    size = 0
    for place in range(skip, min(len(events), skip + limit)):
        size += len(events[place].get("message", "").encode())
        if size > MOST_BYTES and place > skip:
            return place
    return min(len(events), skip + limit)


def _refusal(name: str, group: dict[str, Any], has_token: bool) -> tuple[str, str] | None:
    log_class = group.get("logGroupClass") or "STANDARD"
    if log_class != "STANDARD":
        text = (
            f"The log group {name} is of log-group-class {log_class}. "
            "FilterLogEvents is not supported for this log class."
        )
        return "InvalidOperationException", text
    if log_faults.take("filter_throttled", name):
        return "ThrottlingException", "Rate exceeded"
    if has_token and log_faults.take("filter_token_expired", name):
        return "InvalidParameterException", "The specified nextToken is expired."
    return None


def _token_after(given: list[dict[str, Any]]) -> str:
    """Says which millisecond the next page begins with, and how many events of it were given."""
    last = given[-1]["timestamp"]
    return _token(last, sum(1 for event in given if event["timestamp"] == last), False)


def _token(start: int | None, skip: int, was_empty: bool) -> str:
    return base64.urlsafe_b64encode(json.dumps([start, skip, was_empty]).encode()).decode()


def _read(token: str) -> tuple[int | None, int, bool]:
    try:
        start, skip, was_empty = json.loads(base64.urlsafe_b64decode(token))
        return None if start is None else int(start), int(skip), bool(was_empty)
    except (binascii.Error, TypeError, ValueError) as error:
        raise ValueError("not a token of ours") from error
