"""Service deployments: the history of what was rolled out to a service, and how each one ended.

Replaces nothing itself: `ecs_service_deployment_api` shows them, `ecs_deployments` moves them on.
Why: MiniStack keeps none. The states and what moves them are those of the developer guide, "View
service history using Amazon ECS service deployments": PENDING until the scheduler looks, then
IN_PROGRESS, then SUCCESSFUL; STOP_REQUESTED and STOPPED when another deployment is started, or when
it failed and nothing rolls back; ROLLBACK_REQUESTED when a user asks for it; ROLLBACK_IN_PROGRESS,
and from there ROLLBACK_SUCCESSFUL or ROLLBACK_FAILED. A rollback makes no service deployment of its
own. While one is ongoing its counts follow the tasks; they stay as they were when it ended.
Does not: forget (AWS does after 90 days); deployment alarms, lifecycle stages and hooks, traffic
weights. AWS does not document what becomes of a rollback that another update overtakes (here
ROLLBACK_FAILED), nor the texts of reasons, except for those marked below.
"""

from __future__ import annotations

import copy
import random
import string
from collections.abc import Iterator, Mapping
from typing import Any

import ecs_revisions
from selfcheck import Name

REQUIRED = [
    Name("services.ecs", "_iso", "()"),
    *ecs_revisions.REQUIRED,
]

ONGOING = frozenset(
    ("PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")
)
STATES = ONGOING | {"SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"}

# These three are AWS's own, seen where clients print them.
BREAKER_REASON = (
    "Service deployment rolled back because the circuit breaker threshold was exceeded."
)
USER_REASON = "Service deployment rolled back by user."
NO_CANDIDATE_REASON = "No rollback candidate was found to run the rollback."

_OVERTAKEN_REASON = "Service deployment stopped because a new service deployment was started."

# AWS's ids are 21 characters of these.
_ID_CHARACTERS = string.ascii_letters + string.digits + "-_"
_ID_LENGTH = 21

_random = random.SystemRandom()


def begin(service: dict[str, Any], deployment: dict[str, Any]) -> None:
    """Records that a deployment was created by a request; any ongoing one is to stop."""
    if (service.get("deploymentController") or {}).get("type", "ECS") != "ECS":
        return
    _overtake(service)
    sources = [_summary(each) for each in running(service) if each["id"] != deployment["id"]]
    deployment["_revision"] = ecs_revisions.record(service, deployment["taskDefinition"])
    settings = service.get("deploymentConfiguration") or {}
    has_breaker = (settings.get("deploymentCircuitBreaker") or {}).get("enable")
    arn = f"{ecs_revisions.child_arn(service, 'service-deployment')}/{_new_id()}"
    now = _now()
    service.setdefault("_service_deployments", []).append(
        {
            "serviceDeploymentArn": arn,
            "serviceArn": service["serviceArn"],
            "clusterArn": service["clusterArn"],
            "createdAt": now,
            "updatedAt": now,
            "sourceServiceRevisions": sources,
            "targetServiceRevision": _summary(deployment),
            "status": "PENDING",
            "deploymentConfiguration": copy.deepcopy(settings),
            "deploymentCircuitBreaker": {
                "status": "MONITORING" if has_breaker else "DISABLED",
                "failureCount": 0,
                "threshold": 0,
            },
            "alarms": {"status": "DISABLED", "alarmNames": [], "triggeredAlarmNames": []},
            "_deployment_id": deployment["id"],
        }
    )
    service["currentServiceDeployment"] = arn


def look(service: dict[str, Any]) -> None:
    """The scheduler has come around: what waited for it goes on."""
    for record in history(service):
        if record["status"] == "PENDING":
            _move(record, "IN_PROGRESS")
            record["startedAt"] = record["updatedAt"]
        elif record["status"] == "STOP_REQUESTED" and not record.get("_is_to_abort"):
            _stop(record)


def newest(service: Mapping[str, Any]) -> dict[str, Any] | None:
    return next(history(service), None)


def history(service: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Newest first."""
    return reversed(service.get("_service_deployments") or [])


def request_rollback(record: dict[str, Any]) -> None:
    """What is already stopping or rolling back goes on as it is."""
    if record["status"] in ("PENDING", "IN_PROGRESS"):
        _move(record, "ROLLBACK_REQUESTED", USER_REASON)


def request_abort(record: dict[str, Any]) -> None:
    if record["status"] in ("PENDING", "IN_PROGRESS"):
        record["_is_to_abort"] = True
        _move(record, "STOP_REQUESTED", "Service deployment stopped by user.")


def completed(service: Mapping[str, Any]) -> None:
    record = newest(service)
    if record is None or record["status"] not in ONGOING:
        return
    breaker = record["deploymentCircuitBreaker"]
    if breaker["status"] == "MONITORING":
        breaker["status"] = "MONITORING_COMPLETE"
    is_back = record["status"] == "ROLLBACK_IN_PROGRESS"
    _finish(record, "ROLLBACK_SUCCESSFUL" if is_back else "SUCCESSFUL", record.get("statusReason"))


def breaker_triggered(service: Mapping[str, Any], failures: int) -> None:
    record = newest(service)
    if record is not None and record["status"] in ONGOING:
        record["deploymentCircuitBreaker"].update(status="TRIGGERED", failureCount=failures)


def rolling_back(service: Mapping[str, Any], to: Mapping[str, Any], reason: str) -> None:
    record = newest(service)
    if record is not None and record["status"] in ONGOING:
        _move(record, "ROLLBACK_IN_PROGRESS", reason)
        record["rollback"] = {
            "reason": reason,
            "startedAt": record["updatedAt"],
            "serviceRevisionArn": to["_revision"],
        }


def failed(service: Mapping[str, Any], reason: str, *, wanted_rollback: bool) -> None:
    """It failed for good: nothing rolls back, or the rollback cannot or did not work."""
    record = newest(service)
    if record is None or record["status"] not in ONGOING:
        return
    if wanted_rollback:
        _finish(record, "ROLLBACK_FAILED", reason)
    elif record.pop("_is_to_abort", False):
        _stop(record)
    else:
        _move(record, "STOP_REQUESTED", reason)


def deleted(service: dict[str, Any]) -> None:
    """AWS deletes them, and the revisions, with the service."""
    for name in (
        "_service_deployments",
        "_revisions",
        "currentServiceDeployment",
        "currentServiceRevisions",
    ):
        service.pop(name, None)


def recount(service: dict[str, Any], failure_threshold: int | None) -> None:
    """Brings the numbers of tasks up to date; those of a finished one are final."""
    present = {each["id"]: each for each in service["deployments"]}
    by_revision = {each.get("_revision"): each for each in service["deployments"]}
    for record in history(service):
        if record.get("_is_final"):
            break
        record["_is_final"] = "finishedAt" in record
        deployment = present.get(record["_deployment_id"])
        _set_counts(record["targetServiceRevision"], deployment)
        for source in record["sourceServiceRevisions"]:
            _set_counts(source, by_revision.get(source["arn"]))
        breaker = record["deploymentCircuitBreaker"]
        breaker["threshold"] = failure_threshold or 0
        if deployment is not None and breaker["status"] == "MONITORING":
            breaker["failureCount"] = deployment["failedTasks"]
    summaries = [_summary(each) for each in running(service) if "_revision" in each]
    if summaries:
        service["currentServiceRevisions"] = summaries


def running(service: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The PRIMARY deployment, and those that still have tasks."""
    return [
        each
        for each in service["deployments"]
        if each["status"] == "PRIMARY" or each["runningCount"] + each["pendingCount"] > 0
    ]


def _overtake(service: dict[str, Any]) -> None:
    for record in history(service):
        if record["status"].startswith("ROLLBACK_") and record["status"] in ONGOING:
            _finish(record, "ROLLBACK_FAILED", _OVERTAKEN_REASON)
        elif record["status"] in ONGOING:
            record.pop("_is_to_abort", None)
            _move(record, "STOP_REQUESTED", _OVERTAKEN_REASON)


def _summary(deployment: Mapping[str, Any]) -> dict[str, Any]:
    summary = {"arn": deployment.get("_revision")}
    _set_counts(summary, deployment)
    return summary


def _set_counts(summary: dict[str, Any], deployment: Mapping[str, Any] | None) -> None:
    of = deployment or {}
    summary["requestedTaskCount"] = of.get("desiredCount", 0)
    summary["runningTaskCount"] = of.get("runningCount", 0)
    summary["pendingTaskCount"] = of.get("pendingCount", 0)


def _stop(record: dict[str, Any]) -> None:
    _finish(record, "STOPPED", record.get("statusReason"))
    record["stoppedAt"] = record["finishedAt"]


def _finish(record: dict[str, Any], status: str, reason: str | None) -> None:
    _move(record, status, reason)
    record["finishedAt"] = record["updatedAt"]


def _move(record: dict[str, Any], status: str, reason: str | None = None) -> None:
    record["status"], record["updatedAt"] = status, _now()
    if reason is not None:
        record["statusReason"] = reason


def _new_id() -> str:
    return "".join(_random.choices(_ID_CHARACTERS, k=_ID_LENGTH))


def _now() -> str:
    from ministack.services import ecs

    return ecs._iso()
