"""The API of service deployments and revisions.

Replaces: `ecs._list_service_deployments`, `_describe_service_deployments` and
`_describe_service_revisions`; adds StopServiceDeployment.
Why: MiniStack answers the first three with empty lists, and does not know the last.
`stopType` ROLLBACK (the default here; AWS documents none) rolls back whether or not the service
asks for it. ABORT, which the API model has and the guide does not describe, is taken to mean: stop,
start nothing any more, keep what runs. The texts of errors are ours, their names the model's.
Does not: `ContinueServiceDeployment`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import ecs_revisions
import ecs_service_deployments as service_deployments
import ecs_task_records
from selfcheck import Name

REQUIRED = [
    Name("services.ecs", "_list_service_deployments", "(data)"),
    Name("services.ecs", "_describe_service_deployments", "(data)"),
    Name("services.ecs", "_describe_service_revisions", "(data)"),
    Name("services.ecs", "_ECS_TIMESTAMP_FIELDS"),
    Name("services.ecs", "_ts_to_epoch", "(value)"),
    Name("services.ecs", "_ACTION_MAP"),
    Name("services.ecs", "_sanitize", "(obj)"),
    Name("services.ecs", "_resolve_cluster_name", "(ref)"),
    Name("services.ecs", "_resolve_service_ref", "(ref)"),
    Name("services.ecs", "_clusters.get", "(key, default=None)"),
    Name("services.ecs", "_services.get", "(key, default=None)"),
    Name("services.ecs", "_services.values", "()"),
    Name("core.responses", "error_response_json"),
    Name("core.responses", "json_response"),
    *service_deployments.REQUIRED,
]

# The API reference of each of the three.
_MOST_ARNS = 20
_MOST_RESULTS = 100
_USUAL_RESULTS = 20

_DEPLOYMENT_ARN = re.compile(r"arn:[\w-]+:ecs:[\w-]*:\d{12}:service-deployment/[^/]+/[^/]+/[^/]+")

# What ListServiceDeployments tells of each.
_BRIEF = (
    "serviceDeploymentArn",
    "serviceArn",
    "clusterArn",
    "startedAt",
    "createdAt",
    "finishedAt",
    "status",
    "statusReason",
)


class Refused(Exception):
    """A request that AWS refuses: the error's name, and a text."""


def install() -> None:
    from ministack.services import ecs

    # MiniStack turns the times that it knows into numbers.
    ecs._ECS_TIMESTAMP_FIELDS.add("finishedAt")
    for action, handle in (
        ("ListServiceDeployments", _list),
        ("DescribeServiceDeployments", _describe),
        ("DescribeServiceRevisions", _describe_revisions),
        ("StopServiceDeployment", _stop),
    ):
        ecs._ACTION_MAP[action] = _answering(handle)


def _answering(handle: Any) -> Any:
    def answer(data: Mapping[str, Any]) -> Any:
        from ministack.core.responses import error_response_json, json_response

        with ecs_task_records.lock:
            try:
                return json_response(handle(data))
            except Refused as refused:
                name, text = refused.args
                return error_response_json(name, text, 400)

    return answer


def _list(data: Mapping[str, Any]) -> dict[str, Any]:
    from ministack.services import ecs

    states, after, before = _filters(data)
    found = [
        each
        for each in service_deployments.history(_service(data))
        if (not states or each["status"] in states)
        and after < ecs._ts_to_epoch(each["createdAt"]) < before
    ]
    page, token = _page(found, data.get("maxResults"), data.get("nextToken"))
    answer: dict[str, Any] = {"serviceDeployments": [_brief(each) for each in page]}
    return {**answer, "nextToken": token} if token else answer


def _filters(data: Mapping[str, Any]) -> tuple[list[str], float, float]:
    """The statuses asked for, none meaning all, and the times between which it was created."""
    states, created = data.get("status") or [], data.get("createdAt") or {}
    if not all(isinstance(each, str) and each in service_deployments.STATES for each in states):
        raise Refused("InvalidParameterException", "status must hold statuses.")
    try:
        return states, float(created.get("after", 0)), float(created.get("before", "inf"))
    except (AttributeError, TypeError, ValueError):
        raise Refused("InvalidParameterException", "createdAt must hold times.") from None


def _brief(record: Mapping[str, Any]) -> dict[str, Any]:
    brief = {name: record[name] for name in _BRIEF if name in record}
    return {**brief, "targetServiceRevisionArn": record["targetServiceRevision"]["arn"]}


def _page(
    found: Sequence[dict[str, Any]], most: object, token: object
) -> tuple[Sequence[dict[str, Any]], str | None]:
    """The token is the id of the last one told, so that a new deployment does not shift pages."""
    size = _USUAL_RESULTS if most is None else most
    if not isinstance(size, int) or not 1 <= size <= _MOST_RESULTS:
        raise Refused("InvalidParameterException", "maxResults must be between 1 and 100.")
    ids = [each["serviceDeploymentArn"].rsplit("/", 1)[-1] for each in found]
    if token is not None and token not in ids:
        raise Refused("InvalidParameterException", "Invalid token.")
    start = ids.index(str(token)) + 1 if token is not None else 0
    end = start + size
    return found[start:end], ids[end - 1] if end < len(found) else None


def _describe(data: Mapping[str, Any]) -> dict[str, Any]:
    from ministack.services import ecs

    arns = _arns(data, "serviceDeploymentArns")
    records = {arn: _find(arn) for arn in arns}
    found = [ecs._sanitize(record) for record in records.values() if record]
    return {"serviceDeployments": found, "failures": _missing(records)}


def _describe_revisions(data: Mapping[str, Any]) -> dict[str, Any]:
    revisions = {arn: ecs_revisions.described(arn) for arn in _arns(data, "serviceRevisionArns")}
    found = [revision for revision in revisions.values() if revision]
    return {"serviceRevisions": found, "failures": _missing(revisions)}


def _missing(found: Mapping[str, object]) -> list[dict[str, str]]:
    return [{"arn": arn, "reason": "MISSING"} for arn, what in found.items() if what is None]


def _stop(data: Mapping[str, Any]) -> dict[str, Any]:
    arn, stop_type = data.get("serviceDeploymentArn"), data.get("stopType") or "ROLLBACK"
    if not isinstance(arn, str) or not _DEPLOYMENT_ARN.fullmatch(arn):
        raise Refused("InvalidParameterException", "Invalid serviceDeploymentArn.")
    if stop_type not in ("ROLLBACK", "ABORT"):
        raise Refused("InvalidParameterException", "stopType must be ROLLBACK or ABORT.")
    record = _find(arn)
    if record is None:
        raise Refused("ServiceDeploymentNotFoundException", "Service deployment not found.")
    if record["status"] not in service_deployments.ONGOING:
        text = f"Service deployment is in status {record['status']} and cannot be stopped."
        raise Refused("ConflictException", text)
    if stop_type == "ROLLBACK":
        service_deployments.request_rollback(record)
    else:
        service_deployments.request_abort(record)
    ecs_task_records.wake.set()
    return {"serviceDeploymentArn": arn}


def _find(arn: str) -> dict[str, Any] | None:
    from ministack.services import ecs

    for service in ecs._services.values():
        for record in service_deployments.history(service):
            if record["serviceDeploymentArn"] == arn:
                return record
    return None


def _arns(data: Mapping[str, Any], name: str) -> list[str]:
    arns = data.get(name)
    if not isinstance(arns, list) or not 1 <= len(arns) <= _MOST_ARNS:
        raise Refused("InvalidParameterException", f"{name} must have 1 to {_MOST_ARNS} members.")
    if not all(isinstance(arn, str) for arn in arns):
        raise Refused("InvalidParameterException", f"{name} must be texts.")
    return arns


def _service(data: Mapping[str, Any]) -> dict[str, Any]:
    from ministack.services import ecs

    cluster = ecs._resolve_cluster_name(data.get("cluster") or "default")
    if cluster is None or ecs._clusters.get(cluster) is None:
        raise Refused("ClusterNotFoundException", "Cluster not found.")
    reference = ecs._resolve_service_ref(data.get("service") or "")
    name, of_cluster = reference or ("", None)
    service = ecs._services.get(f"{cluster}/{name}")
    if service is None or of_cluster not in (None, cluster):
        raise Refused("ServiceNotFoundException", "Service not found.")
    return service
