"""CloudWatch Logs: which operations the overlay answers.

Replaces: wraps `cloudwatch_logs.handle_request` and `cloudwatch_logs.reset`; adds log groups to
the tagging API's `_COLLECTORS`, and wraps its `_matches_type_filters`, which looks for a type
before the first slash only.
Why: see the modules of the operations.
Does not: see there.

`POST /_medic/log-groups` with `{"group": "/shop", "created_at": <milliseconds>}` makes a log
group as old as it says.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import log_events
import log_exports
import log_faults
import log_queries
import log_streams
from log_errors import LogsError
from selfcheck import Name

REQUIRED = [
    Name(
        "services.cloudwatch_logs",
        "handle_request",
        "(method, path, headers, body, query_params)",
    ),
    Name("services.cloudwatch_logs", "reset", "()"),
    Name("services.cloudwatch_logs", "_make_group_arn_no_star", "(name)"),
    Name("services.tagging", "_COLLECTORS"),
    Name("services.tagging", "_matches_type_filters", "(arn, type_filters)"),
    Name("core.router", "extract_access_key_id", "(headers, query_params=None)"),
    *log_events.REQUIRED,
    *log_exports.REQUIRED,
    *log_queries.REQUIRED,
    *log_streams.REQUIRED,
]

_OPERATIONS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "DescribeExportTasks": log_exports.describe_tasks,
    "CancelExportTask": log_exports.cancel,
    "StartQuery": log_queries.start,
    "GetQueryResults": log_queries.results,
    "StopQuery": log_queries.stop,
}

_JSON = {"Content-Type": "application/x-amz-json-1.1"}

logger = logging.getLogger("overlay.logs")


def install() -> None:
    from ministack.core.router import extract_access_key_id
    from ministack.services import cloudwatch_logs, tagging

    handle_request, reset = cloudwatch_logs.handle_request, cloudwatch_logs.reset
    matches = tagging._matches_type_filters

    async def handle(method: str, path: str, headers: Any, body: Any, query_params: Any) -> Any:
        name = headers.get("x-amz-target", "").rpartition(".")[2]
        if name == "CreateExportTask":
            key = extract_access_key_id(headers)
            return answer(lambda data: log_exports.create(data, key), body)
        operation = _OPERATIONS.get(name)
        if operation is None:
            return await handle_request(method, path, headers, body, query_params)
        return answer(operation, body)

    def reset_all() -> None:
        for part in (log_exports, log_queries, log_faults):
            part.reset()
        reset()

    def matches_log_groups(arn: str, type_filters: list[str]) -> bool:
        is_group = arn.startswith("arn:aws:logs:") and "logs:log-group" in (type_filters or [])
        return is_group or matches(arn, type_filters)

    cloudwatch_logs.handle_request = handle
    cloudwatch_logs.reset = reset_all
    tagging._COLLECTORS["logs"] = _tagged_groups
    tagging._matches_type_filters = matches_log_groups
    log_events.install()
    log_streams.install()


def answer(
    operation: Callable[[dict[str, Any]], dict[str, Any]], body: bytes
) -> tuple[int, dict[str, str], bytes]:
    try:
        data = json.loads(body or b"{}")
        if not isinstance(data, dict):
            raise LogsError("SerializationException", "the request is no object")
        return 200, dict(_JSON), json.dumps(operation(data)).encode()
    except LogsError as error:
        return _error(error.status, error.code, error.message)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        return _error(400, "SerializationException", "the request is no JSON")
    except (AttributeError, TypeError) as error:
        # A member of another type than the API's model has; SDKs cannot send that.
        logger.warning("a request that the API's model does not allow: %r", error)
        return _error(400, "SerializationException", "the request does not fit the API's model")


def _error(status: int, code: str, message: str) -> tuple[int, dict[str, str], bytes]:
    headers = {**_JSON, "x-amzn-ErrorType": code}
    return status, headers, json.dumps({"__type": code, "message": message}).encode()


def _tagged_groups() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """As on AWS, what never had a tag is not found."""
    from ministack.services import cloudwatch_logs

    for name, group in cloudwatch_logs._log_groups.items():
        if group.get("tags"):
            tags = [{"Key": key, "Value": value} for key, value in group["tags"].items()]
            yield cloudwatch_logs._make_group_arn_no_star(name), tags


def set_age(request: Any) -> dict[str, Any]:
    """A `LookupError` or `ValueError` says what is wrong with the request."""
    from ministack.services import cloudwatch_logs

    if not isinstance(request, dict) or set(request) != {"group", "created_at"}:
        raise ValueError("a log group's age is `group` and `created_at`, in milliseconds")
    group = cloudwatch_logs._log_groups.get(request["group"])
    if group is None:
        raise LookupError("there is no such log group")
    if type(request["created_at"]) is not int or request["created_at"] < 0:
        raise ValueError("`created_at` is a whole number of milliseconds since 1970")
    group["creationTime"] = request["created_at"]
    return {"group": request["group"], "created_at": group["creationTime"]}
