"""Export tasks: CreateExportTask, DescribeExportTasks, CancelExportTask.

Replaces nothing: MiniStack has none of them; `log_api` hands them over.
Why:
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateExportTask.html:
one task at a time that is PENDING or RUNNING, then COMPLETED, FAILED or CANCELLED; `to` is
inclusive and must not be before the log group was made; the bucket is in the same region, its
policy lets CloudWatch Logs in, and a function that asks may put objects there itself.
Time: a task takes LOGS_EXPORT_SECONDS (`log_clock`), on AWS minutes to hours. It sees what was
ingested LOGS_EXPORT_DELAY_SECONDS before it began to run.
Does not: encryption with keys, Object Lock, buckets of other accounts; forget tasks. The texts of
a status, and of refusals that no public source quotes, are our own.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import uuid
from dataclasses import dataclass, field
from typing import Any

import log_clock
import log_events
import log_export_objects
import log_export_permission
import log_faults
from log_errors import LogsError
from selfcheck import Name

REQUIRED = [
    Name("services.s3", "_put_object", "(bucket_name, key, body, headers)"),
    Name("services.cloudwatch_logs", "_log_groups.get", "(key, default=None)"),
    *log_export_permission.REQUIRED,
]

_ACTIVE = ("PENDING", "RUNNING", "PENDING_CANCEL")
_STATUSES = (*_ACTIVE, "COMPLETED", "FAILED", "CANCELLED")
_MOST_TASKS = 50

# How often a task that hangs looks whether it may go on.
_LOOK_SECONDS = 0.02


@dataclass
class Task:
    group: str
    start: int
    end: int
    bucket: str
    prefix: str
    account: str
    region: str
    name: str | None = None
    streams: str = ""
    status: str = "PENDING"
    message: str | None = None
    completed: int | None = None
    faults: dict[str, log_faults.Fault] = field(default_factory=dict)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created: int = field(default_factory=log_events.now_ms)

    @property
    def is_active(self) -> bool:
        return self.status in _ACTIVE

    def end_as(self, status: str, message: str) -> None:
        self.status, self.message, self.completed = status, message, log_events.now_ms()


_tasks: dict[str, Task] = {}
_running: set[asyncio.Task[None]] = set()


def reset() -> None:
    for running in _running:
        running.cancel()
    _tasks.clear()


def create(data: dict[str, Any], access_key: str) -> dict[str, Any]:
    """Must be called on the event loop, which carries the task out."""
    from ministack.core.responses import get_account_id, get_region

    group, prefix = data.get("logGroupName"), data.get("destinationPrefix") or "exportedlogs"
    _check_request(data)
    if log_faults.take("create_throttled", group):
        raise LogsError("ThrottlingException", "Rate exceeded")
    log_export_permission.check(data["destination"], prefix, group, access_key)
    if any(task.is_active for task in _own()):
        raise LogsError("LimitExceededException", "Resource limit exceeded.")
    task = Task(
        group,
        data["from"],
        data["to"],
        data["destination"],
        prefix,
        get_account_id(),
        get_region(),
        data.get("taskName"),
        data.get("logStreamNamePrefix") or "",
    )
    for name in ("task_fails", "task_empty", "task_loses_lines", "task_cuts_object", "task_hangs"):
        fault = log_faults.take(name, group)
        if fault:
            task.faults[name] = fault
    _write(task, f"{prefix}/aws-logs-write-test", b"Permission Check Successful")
    _start(task, _carry_out(task))
    if log_faults.take("create_answer_lost", group):
        text = "The service cannot complete the request."
        raise LogsError("ServiceUnavailableException", text, 503)
    return {"taskId": task.id}


def _check_request(data: dict[str, Any]) -> None:
    from ministack.services import cloudwatch_logs

    for member in ("logGroupName", "from", "to", "destination"):
        if data.get(member) is None:
            text = (
                f"1 validation error detected: Value null at '{member}' failed to satisfy "
                "constraint: Member must not be null"
            )
            raise LogsError("InvalidParameterException", text)
    name = data["logGroupName"]
    group = cloudwatch_logs._log_groups.get(name)
    if group is None:
        text = "The specified log group does not exist."
        raise LogsError("ResourceNotFoundException", text)
    log_class = group.get("logGroupClass") or "STANDARD"
    if log_class != "STANDARD":
        raise LogsError(
            "InvalidOperationException",
            f"The log group {name} is of log-group-class {log_class}. "
            "CreateExportTask is not supported for this log class.",
        )
    start, end = data["from"], data["to"]
    if not (0 <= start < end):
        text = "The specified time range is invalid: 'from' must be earlier than 'to'."
        raise LogsError("InvalidParameterException", text)
    if end < group["creationTime"]:
        text = "The specified end time is earlier than the creation time of the log group."
        raise LogsError("InvalidParameterException", text)


def add_foreign(request: Any) -> dict[str, Any]:
    """A task of somebody else's that holds the place, for `seconds` or until it is cancelled."""
    from ministack.core.responses import get_account_id, get_region

    seconds = request.get("seconds") if isinstance(request, dict) else None
    if type(seconds) not in (int, float) or not 0 <= seconds <= 3600:
        raise ValueError("`seconds` is a number up to 3600")
    if any(task.is_active for task in _own()):
        raise ValueError("a task holds the place already")
    scope = get_account_id(), get_region()
    task = Task("/foreign", 0, 1, "foreign", "exportedlogs", *scope, status="RUNNING")
    _start(task, _hold(task, seconds))
    return {"taskId": task.id}


async def _hold(task: Task, seconds: float) -> None:
    await _pause(task, seconds)
    if task.status == "RUNNING":
        task.end_as("COMPLETED", "Completed successfully")


def _start(task: Task, work: Any) -> None:
    _tasks[task.id] = task
    running = asyncio.get_running_loop().create_task(work)
    _running.add(running)
    running.add_done_callback(_running.discard)


async def _carry_out(task: Task) -> None:
    half = log_clock.export_seconds() / 2
    await _pause(task, half)
    if task.status == "PENDING":
        task.status = "RUNNING"
        try:
            await _write_all(task)
        except LogsError as error:  # the bucket is gone
            task.end_as("FAILED", error.message)
            return
        await _pause(task, half)
    hangs = task.faults.get("task_hangs")
    while hangs and not hangs.is_over and task.status == "RUNNING":
        await asyncio.sleep(_LOOK_SECONDS)
    if task.status != "RUNNING":
        return
    if "task_fails" in task.faults:
        task.end_as("FAILED", "Export task failed because of an internal error")
    else:
        task.end_as("COMPLETED", "Completed successfully")


async def _write_all(task: Task) -> None:
    for key, content in _contents(task):
        if task.status == "RUNNING":
            _write(task, key, content)
        # Somebody may cancel it.
        await asyncio.sleep(0)


async def _pause(task: Task, seconds: float) -> None:
    """Ends early when the task is to be cancelled."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while loop.time() < until and task.status != "PENDING_CANCEL" and task.is_active:
        await asyncio.sleep(min(_LOOK_SECONDS, max(0.0, until - loop.time())))


def _contents(task: Task) -> list[tuple[str, bytes]]:
    """What the task writes, with what was put into its way."""
    if "task_empty" in task.faults:
        return []
    seen_until = log_events.now_ms() - int(log_clock.export_delay_seconds() * 1000)
    events = [
        (stream, event)
        for stream, event in log_events.between(task.group, task.start, task.end)
        if stream.startswith(task.streams) and event["ingestionTime"] <= seen_until
    ]
    if "task_loses_lines" in task.faults:
        events = _thinned(events, task.faults["task_loses_lines"].value)
    most_bytes = log_clock.export_object_bytes()
    contents = list(log_export_objects.objects(task.id, task.prefix, events, most_bytes))
    if "task_fails" in task.faults:
        return contents[: len(contents) // 2]
    if "task_cuts_object" in task.faults and contents:
        key, content = contents[-1]
        contents[-1] = key, content[: len(content) // 2]
    return contents


def _thinned(events: list[Any], lost: int) -> list[Any]:
    """Without so many, taken from all over."""
    step = max(1, len(events) // lost)
    gone = set(range(step - 1, len(events), step)[:lost])
    return [event for place, event in enumerate(events) if place not in gone]


def _write(task: Task, key: str, content: bytes) -> None:
    from ministack.services import s3

    status, _, body = s3._put_object(task.bucket, key, content, {})
    if status != 200:
        raise LogsError("InvalidParameterException", f"PutObject failed: {body!r}")


def _own() -> list[Task]:
    from ministack.core.responses import get_account_id, get_region

    scope = get_account_id(), get_region()
    return [task for task in _tasks.values() if (task.account, task.region) == scope]


def cancel(data: dict[str, Any]) -> dict[str, Any]:
    (task,) = [task for task in _own() if task.id == data.get("taskId")] or [None]
    if task is None:
        text = "The specified export task does not exist."
        raise LogsError("ResourceNotFoundException", text)
    if task.status not in ("PENDING", "RUNNING"):
        text = "The specified export task has already finished."
        raise LogsError("InvalidOperationException", text)
    task.status = "PENDING_CANCEL"
    _start(task, _end_cancelled(task))
    return {}


async def _end_cancelled(task: Task) -> None:
    await asyncio.sleep(log_clock.export_seconds() / 4)
    task.end_as("CANCELLED", "Cancelled by user")


def describe_tasks(data: dict[str, Any]) -> dict[str, Any]:
    """Newest first. AWS documents no order."""
    wanted, status = data.get("taskId"), data.get("statusCode")
    if status is not None and status not in _STATUSES:
        text = (
            f"1 validation error detected: Value '{status}' at 'statusCode' failed to satisfy "
            f"constraint: Member must satisfy enum value set: [{', '.join(_STATUSES)}]"
        )
        raise LogsError("InvalidParameterException", text)
    found = [
        task
        for task in reversed(_own())
        if wanted in (None, task.id) and status in (None, task.status)
    ]
    limit = data.get("limit") or _MOST_TASKS
    if not 1 <= limit <= _MOST_TASKS:
        text = (
            f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: "
            f"Member must have value less than or equal to {_MOST_TASKS}"
        )
        raise LogsError("InvalidParameterException", text)
    start = _place(found, data.get("nextToken"))
    page = found[start : start + limit]
    answer: dict[str, Any] = {"exportTasks": [describe(task) for task in page]}
    if start + limit < len(found):
        answer["nextToken"] = base64.b64encode(page[-1].id.encode()).decode()
    return answer


def _place(found: list[Task], token: str | None) -> int:
    """After the task that the last page ended with, also when new ones have come."""
    if token is None:
        return 0
    try:
        last = base64.b64decode(token).decode()
        return [task.id for task in found].index(last) + 1
    except (binascii.Error, ValueError):
        text = "The specified nextToken is invalid."
        raise LogsError("InvalidParameterException", text) from None


def describe(task: Task) -> dict[str, Any]:
    status = {"code": task.status}
    if task.message:
        status["message"] = task.message
    execution = {"creationTime": task.created}
    if task.completed is not None:
        execution["completionTime"] = task.completed
    described = {
        "taskId": task.id,
        "logGroupName": task.group,
        "from": task.start,
        "to": task.end,
        "destination": task.bucket,
        "destinationPrefix": task.prefix,
        "status": status,
        "executionInfo": execution,
    }
    if task.name is not None:
        described["taskName"] = task.name
    return described
