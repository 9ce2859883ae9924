"""FilterLogEvents gives pages.

Replaces: wraps `cloudwatch_logs._filter_log_events`, which cuts at `limit` and never has a `nextToken`.
Why: whoever reads logs has to follow pages to the end, and would miss nothing here if it did not. A page
ends at `limit` or at a megabyte of messages, whichever comes first, as on AWS.
Does not: empty pages with a token, which AWS gives whenever it likes; tokens that expire;
`startFromHead`; more than 10,000 events of one millisecond.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from selfcheck import Name

REQUIRED = [Name("services.cloudwatch_logs", "_filter_log_events", "(data)")]

# CloudWatch Logs, API reference, FilterLogEvents.
MOST_EVENTS = 10_000
MOST_BYTES = 1_048_576


def install() -> None:
    from ministack.core.responses import error_response_json, json_response
    from ministack.services import cloudwatch_logs

    whole = cloudwatch_logs._filter_log_events

    def page(data: dict[str, Any]) -> Any:
        try:
            start, skip = _read(data["nextToken"]) if "nextToken" in data else (None, 0)
        except ValueError:
            reason = "The specified nextToken is invalid."
            return error_response_json("InvalidParameterException", reason, 400)
        asked = {**data, "limit": MOST_EVENTS}
        if start is not None:
            asked["startTime"] = start
        status, headers, body = whole(asked)
        if status != 200:
            return status, headers, body
        answer = json.loads(body)
        events = answer["events"]
        limit = min(data.get("limit", MOST_EVENTS), MOST_EVENTS)
        end = _end(events, skip, limit)
        answer["events"] = events[skip:end]
        if end < len(events) or len(events) == MOST_EVENTS:
            answer["nextToken"] = _token(events[:end])
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


def _token(given: list[dict[str, Any]]) -> str:
    """Says which millisecond the next page begins with, and how many events of it were given."""
    last = given[-1]["timestamp"]
    skip = sum(1 for event in given if event["timestamp"] == last)
    return base64.urlsafe_b64encode(json.dumps([last, skip]).encode()).decode()


def _read(token: str) -> tuple[int, int]:
    try:
        start, skip = json.loads(base64.urlsafe_b64decode(token))
        return int(start), int(skip)
    except (binascii.Error, TypeError, ValueError) as error:
        raise ValueError("not a token of ours") from error
