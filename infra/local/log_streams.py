"""DescribeLogStreams as AWS answers it.

Replaces: wraps `cloudwatch_logs._describe_log_streams`.
Why: `lastEventTimestamp` and `lastIngestionTime` are eventually consistent: "It typically updates
in less than an hour from ingestion, but in rare situations might take longer" (API reference,
LogStream). So they come an hour late with the fault `streams_stale`, and whoever takes them for
the truth misses late events. Streams have no `storedBytes` since 2019, and a prefix cannot be had
in the order of time.
Does not: be late by itself.
"""

from __future__ import annotations

import json
from typing import Any

import log_events
import log_faults
from selfcheck import Name

REQUIRED = [
    Name("services.cloudwatch_logs", "_describe_log_streams", "(data)"),
    Name("services.cloudwatch_logs", "_log_groups.get", "(key, default=None)"),
]

_LATE_MS = 3_600_000


def install() -> None:
    from ministack.core.responses import error_response_json, json_response
    from ministack.services import cloudwatch_logs

    describe = cloudwatch_logs._describe_log_streams

    def described(data: dict[str, Any]) -> Any:
        if data.get("orderBy") == "LastEventTime" and data.get("logStreamNamePrefix"):
            text = "Cannot order by LastEventTime with a logStreamNamePrefix."
            return error_response_json("InvalidParameterException", text, 400)
        status, headers, body = describe(data)
        if status != 200:
            return status, headers, body
        answer = json.loads(body)
        name = data["logGroupName"]
        is_stale = log_faults.take("streams_stale", name) is not None
        streams = cloudwatch_logs._log_groups.get(name)["streams"]
        for listed in answer["logStreams"]:
            listed["storedBytes"] = 0
            if is_stale:
                make_stale(listed, streams[listed["logStreamName"]]["events"], log_events.now_ms())
        return json_response(answer)

    cloudwatch_logs._describe_log_streams = described


def make_stale(listed: dict[str, Any], events: list[dict[str, Any]], now: int) -> None:
    """Takes from a stream's times what came within the last hour."""
    known = [event for event in events if event["ingestionTime"] < now - _LATE_MS]
    for name, member in (
        ("lastEventTimestamp", "timestamp"),
        ("lastIngestionTime", "ingestionTime"),
    ):
        listed.pop(name, None)
        if known:
            listed[name] = max(event[member] for event in known)
