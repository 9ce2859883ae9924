"""Logs Insights, as far as it counts: StartQuery, GetQueryResults, StopQuery.

Replaces: `cloudwatch_logs._start_query`, `_get_query_results` and `_stop_query`.
Why: MiniStack knows no `stats`, takes every query that it does not understand for one without
conditions, and is done at once; a count that is taken for right has to be right.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html: the
times are seconds, and both are in it (here the whole last second). The only query is `stats
count(*) [as <name>] by bin(<n><unit>) [as <name>]`; all others are refused with
MalformedQueryException, so that nobody relies on what is not here. Results are in no order, as
nothing is promised. A query whose end is before its log group was made, or before what its
retention keeps, is refused as on AWS.
Time: a query takes LOGS_QUERY_SECONDS (`log_clock`).
Does not: `filter`, other commands, other languages, several pages, limits of concurrency.
"""

from __future__ import annotations

import hashlib
import re
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import log_clock
import log_events
import log_faults
from log_errors import LogsError
from selfcheck import Name

REQUIRED = [
    Name("services.cloudwatch_logs", "_log_groups.get", "(key, default=None)"),
    Name("services.cloudwatch_logs", "_resolve_query_log_groups", "(data)"),
]

_QUERY = re.compile(
    r"\s*stats\s+count\(\s*\*\s*\)(?:\s+as\s+(?P<count>\w+))?"
    r"\s+by\s+(?P<bin>bin\(\s*(?P<number>\d{1,4})\s*(?P<unit>[smhd])\s*\))"
    r"(?:\s+as\s+(?P<by>\w+))?\s*",
    re.IGNORECASE,
)
_MILLISECONDS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_MOST_GROUPS = 50


@dataclass
class Query:
    text: str
    groups: list[str]
    rows: list[list[dict[str, str]]]
    records: int
    size: int
    account: str
    region: str
    fails: bool
    hangs: log_faults.Fault | None
    stopped: bool = False
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    began: float = field(default_factory=time.monotonic)

    @property
    def status(self) -> str:
        if self.stopped:
            return "Cancelled"
        passed = (time.monotonic() - self.began) / max(log_clock.query_seconds(), 1e-9)
        if passed < 0.5:
            return "Scheduled"
        if passed < 1 or (self.hangs and not self.hangs.is_over):
            return "Running"
        return "Failed" if self.fails else "Complete"


_queries: dict[str, Query] = {}


def reset() -> None:
    _queries.clear()


def start(data: dict[str, Any]) -> dict[str, Any]:
    from ministack.core.responses import get_account_id, get_region
    from ministack.services import cloudwatch_logs

    groups = cloudwatch_logs._resolve_query_log_groups(data)
    members = ("logGroupName", "logGroupNames", "logGroupIdentifiers")
    named = [name for name in members if data.get(name)]
    if len(named) != 1 or len(groups) > _MOST_GROUPS:
        text = "Exactly one of logGroupName, logGroupNames and logGroupIdentifiers must be given."
        raise LogsError("InvalidParameterException", text)
    query = _parsed(data.get("queryString"))
    begin, end = data.get("startTime"), data.get("endTime")
    if type(begin) is not int or type(end) is not int or not 0 <= begin <= end:
        text = "The start time must not be later than the end time."
        raise LogsError("InvalidParameterException", text)
    for name in groups:
        _check_group(name, end)
    events = [
        event
        for name in groups
        for _, event in log_events.between(name, begin * 1000, end * 1000 + 999)
    ]
    missed = log_faults.take("query_misses", groups[0])
    made = Query(
        data["queryString"],
        groups,
        _rows(query, events[: len(events) - missed.value] if missed else events),
        len(events),
        sum(len(event["message"].encode()) for event in events),
        get_account_id(),
        get_region(),
        log_faults.take("query_fails", groups[0]) is not None,
        log_faults.take("query_hangs", groups[0]),
    )
    _queries[made.id] = made
    return {"queryId": made.id}


def _parsed(text: Any) -> re.Match[str]:
    query = _QUERY.fullmatch(text) if isinstance(text, str) else None
    if query is None or int(query["number"]) == 0:
        raise LogsError(
            "MalformedQueryException",
            "the local cloud knows `stats count(*) by bin(1h)` only, each part with an `as`",
        )
    return query


def _check_group(name: str, end: int) -> None:
    from ministack.services import cloudwatch_logs

    group = cloudwatch_logs._log_groups.get(name)
    if group is None:
        text = f"Log group '{name}' does not exist for account ID"
        raise LogsError("ResourceNotFoundException", text)
    earliest = max(group["creationTime"], log_events.oldest_kept(group, log_events.now_ms()))
    if end * 1000 + 999 < earliest:
        raise LogsError(
            "MalformedQueryException",
            "Query's end date and time is either before the log groups creation time or exceeds "
            "the log groups log retention settings",
        )


def _rows(query: re.Match[str], events: list[dict[str, Any]]) -> list[list[dict[str, str]]]:
    width = int(query["number"]) * _MILLISECONDS[query["unit"].lower()]
    counts = Counter(event["timestamp"] // width * width for event in events)
    by = query["by"] or re.sub(r"\s", "", query["bin"])
    count = query["count"] or "count(*)"
    rows = [
        [{"field": by, "value": _time_text(begin)}, {"field": count, "value": str(number)}]
        for begin, number in counts.items()
    ]
    # In no order, but the same each time.
    return sorted(rows, key=lambda row: hashlib.sha256(row[0]["value"].encode()).digest())


def _time_text(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds // 1000, timezone.utc)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{milliseconds % 1000:03d}"


def results(data: dict[str, Any]) -> dict[str, Any]:
    query = _found(data)
    # Of a query that runs AWS gives partial results.
    status = query.status
    rows = {"Complete": query.rows, "Running": query.rows[: len(query.rows) // 2]}.get(status, [])
    part = 2 if status == "Complete" else 1 if rows else 0
    return {
        "queryLanguage": "CWLI",
        "results": rows,
        "statistics": {
            "recordsMatched": float(query.records * part // 2),
            "recordsScanned": float(query.records * part // 2),
            "bytesScanned": float(query.size * part // 2),
        },
        "status": status,
    }


def stop(data: dict[str, Any]) -> dict[str, Any]:
    query = _found(data)
    if query.status not in ("Scheduled", "Running"):
        text = f"Query {query.id} is not running"
        raise LogsError("InvalidParameterException", text)
    query.stopped = True
    return {"success": True}


def _found(data: dict[str, Any]) -> Query:
    from ministack.core.responses import get_account_id, get_region

    query = _queries.get(str(data.get("queryId")))
    if query is None or (query.account, query.region) != (get_account_id(), get_region()):
        text = "The specified query does not exist."
        raise LogsError("ResourceNotFoundException", text)
    return query
