"""Log events as CloudWatch Logs takes and keeps them.

Replaces: wraps `cloudwatch_logs._put_log_events`, `_append_log_events` and `_get_log_events`.
Why: MiniStack takes events of any age and in any order, and keeps them for ever. AWS refuses
batches out of order, leaves out events that are too old or too new and says which, and shows
nobody what is older than the retention of its log group. Events of functions have no `eventId` in
MiniStack.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
Does not: delete what has expired: a longer retention brings it back (on AWS it may, for up to 72
hours); throttle PutLogEvents.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

from selfcheck import Name

REQUIRED = [
    Name("services.cloudwatch_logs", "_log_groups.get", "(key, default=None)"),
    Name("services.cloudwatch_logs", "_put_log_events", "(data)"),
    Name("services.cloudwatch_logs", "_append_log_events", "(stream, events)"),
    Name("services.cloudwatch_logs", "_get_log_events", "(data)"),
    Name("services.cloudwatch_logs", "_resolve_log_group_name", "(data)"),
    Name("services.cloudwatch_logs", "_log_events_lock"),
]

_DAY_MS = 86_400_000
_OLDEST_MS, _NEWEST_MS = 14 * _DAY_MS, 2 * 3_600_000
_MOST_EVENTS, _MOST_BYTES, _EVENT_OVERHEAD = 10_000, 1_048_576, 26

_last_id = 0
_ids = threading.Lock()


def install() -> None:
    from ministack.core.responses import error_response_json, json_response
    from ministack.services import cloudwatch_logs

    put, get = cloudwatch_logs._put_log_events, cloudwatch_logs._get_log_events
    append = cloudwatch_logs._append_log_events

    def put_valid(data: dict[str, Any]) -> Any:
        group = cloudwatch_logs._log_groups.get(data.get("logGroupName"))
        if group is None:
            return put(data)
        events, now = data.get("logEvents") or [], now_ms()
        accepted, rejected = sorted_out(events, now, oldest_kept(group, now))
        reason = refusal(events, accepted)
        if reason:
            return error_response_json("InvalidParameterException", reason, 400)
        status, headers, body = put({**data, "logEvents": accepted})
        if status != 200 or not rejected:
            return status, headers, body
        return json_response({**json.loads(body), "rejectedLogEventsInfo": rejected})

    def append_with_ids(stream: dict[str, Any], events: list[dict[str, Any]]) -> None:
        for event in events:
            event.setdefault("eventId", event_id(event["timestamp"]))
        append(stream, events)

    def get_kept(data: dict[str, Any]) -> Any:
        group = cloudwatch_logs._log_groups.get(cloudwatch_logs._resolve_log_group_name(data))
        return get(data if group is None else from_kept(data, group))

    cloudwatch_logs._put_log_events = put_valid
    cloudwatch_logs._append_log_events = append_with_ids
    cloudwatch_logs._get_log_events = get_kept


def now_ms() -> int:
    return int(time.time() * 1000)


def event_id(timestamp: int) -> str:
    """One that no other event has; of 56 digits, as AWS's."""
    global _last_id
    with _ids:
        _last_id += 1
        return f"{timestamp:018d}{_last_id:038d}"


def oldest_kept(group: dict[str, Any], now: int) -> int:
    """The time stamp of the oldest event that a log group still shows."""
    days = group.get("retentionInDays")
    return now - days * _DAY_MS if days else 0


def from_kept(data: dict[str, Any], group: dict[str, Any]) -> dict[str, Any]:
    """A request that reads events, for those only that have not expired."""
    oldest = oldest_kept(group, now_ms())
    return {**data, "startTime": max(oldest, data.get("startTime") or 0)} if oldest else data


def sorted_out(
    events: list[dict[str, Any]], now: int, kept_from: int
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """The events that are taken, and what is said of the others, which are in order of their times."""
    rejected = {}
    times = [event["timestamp"] for event in events]
    too_old = sum(1 for moment in times if moment < now - _OLDEST_MS)
    expired = sum(1 for moment in times if moment < kept_from)
    too_new = sum(1 for moment in times if moment > now + _NEWEST_MS)
    if too_old:
        rejected["tooOldLogEventEndIndex"] = too_old
    if expired > too_old:
        rejected["expiredLogEventEndIndex"] = expired
    if too_new:
        rejected["tooNewLogEventStartIndex"] = len(events) - too_new
    return events[max(too_old, expired) : len(events) - too_new], rejected


def refusal(events: list[dict[str, Any]], accepted: list[dict[str, Any]]) -> str | None:
    """Why none of a batch is taken."""
    times = [event["timestamp"] for event in events]
    if times != sorted(times):
        return "Log events in a single PutLogEvents request must be in chronological order."
    if len(events) > _MOST_EVENTS:
        return f"Batch of log events exceeds the limit of {_MOST_EVENTS} events."
    size = sum(len(event["message"].encode()) + _EVENT_OVERHEAD for event in events)
    if size > _MOST_BYTES:
        return f"Upload too large: {size} bytes exceeds limit of {_MOST_BYTES}"
    if accepted and accepted[-1]["timestamp"] - accepted[0]["timestamp"] > _DAY_MS:
        text = "The batch of log events in a single PutLogEvents request cannot span more than"
        return f"{text} 24 hours."
    return None


def between(group: str, start: int, end: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """The events of a log group that are still kept, with both ends, each with its stream's name."""
    from ministack.services import cloudwatch_logs

    record = cloudwatch_logs._log_groups.get(group)
    if record is None:
        return
    start = max(start, oldest_kept(record, now_ms()))
    with cloudwatch_logs._log_events_lock:
        streams = [(name, list(stream["events"])) for name, stream in record["streams"].items()]
    for name, events in sorted(streams, key=lambda pair: pair[0]):
        for event in events:
            if start <= event["timestamp"] <= end:
                yield name, event
