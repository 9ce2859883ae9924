"""A service's deployments and events, as DescribeServices shows them.

Replaces: wraps `ecs._make_deployment`.
Why: MiniStack knows deployments that are done when they begin, loses the one that completed last
(the target of a rollback) among those that were overtaken, and writes one event, a wrong one.
Their history is in `ecs_service_deployments`, which DescribeServices names the newest of
(`currentServiceDeployment`).
Does not: keep more than the last completed deployment. AWS does not document the texts of a
rollback that a user asked for, so they follow those of the circuit breaker.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ecs_events
import ecs_revisions
import ecs_scheduler
import ecs_service_deployments as service_deployments
import ecs_task_records
from selfcheck import Name

REQUIRED = [
    Name("services.ecs", "_make_deployment", "(task_definition, desired_count, status='PRIMARY')"),
    Name("services.ecs", "_primary_deployment", "(svc)"),
    Name("services.ecs", "_refresh_service_state", "(cluster_name, group)"),
    Name("services.ecs", "_recount_cluster", "(cluster_name)"),
    Name("services.ecs", "_iso", "()"),
    Name("core.responses", "new_uuid", "()"),
    *service_deployments.REQUIRED,
]

# DescribeServices returns the newest hundred events.
_EVENTS_KEPT = 100

_BLOCKED = (
    "was unable to stop or start tasks during a deployment because of the service deployment "
    "configuration. Update the minimumHealthyPercent or maximumPercent value and try again."
)


def install() -> None:
    from ministack.services import ecs

    make_deployment = ecs._make_deployment

    def begin(task_definition: str, desired_count: int, status: str = "PRIMARY") -> Any:
        deployment = make_deployment(task_definition, desired_count, status)
        deployment["id"] = f"ecs-svc/{ecs_revisions.number()}"
        deployment["rolloutState"] = "IN_PROGRESS"
        deployment["rolloutStateReason"] = in_progress(deployment)
        return deployment

    ecs._make_deployment = begin


def now() -> str:
    from ministack.services import ecs

    return ecs._iso()


def in_progress(deployment: Mapping[str, Any]) -> str:
    return f"ECS deployment {deployment['id']} in progress."


def primary(service: Mapping[str, Any]) -> dict[str, Any]:
    from ministack.services import ecs

    found = ecs._primary_deployment(service)
    if found is None:
        raise LookupError(f"service {service['serviceName']} has no PRIMARY deployment")
    return found


def breaker(service: Mapping[str, Any]) -> Mapping[str, Any]:
    return (service.get("deploymentConfiguration") or {}).get("deploymentCircuitBreaker") or {}


def failure_threshold(service: Mapping[str, Any]) -> int | None:
    settings = breaker(service)
    if not settings.get("enable"):
        return None
    threshold = settings.get("thresholdConfiguration") or {}
    return ecs_scheduler.failure_threshold(
        int(service["desiredCount"]),
        threshold.get("type", "BOUNDED_PERCENT"),
        float(threshold.get("value", 50)),
    )


def begun(service: dict[str, Any]) -> None:
    """Tells of the deployment that has become PRIMARY, and lets it try at once."""
    deployment = primary(service)
    service["_is_steady"] = False
    service["_failures_in_row"] = 0
    service["_may_start_at"] = 0
    ecs_events.deployment_changed(
        service["serviceArn"],
        deployment,
        "SERVICE_DEPLOYMENT_IN_PROGRESS",
        deployment["rolloutStateReason"],
    )
    ecs_task_records.wake.set()


def complete(service: dict[str, Any]) -> None:
    deployment = primary(service)
    deployment["rolloutState"] = "COMPLETED"
    deployment["rolloutStateReason"] = f"ECS deployment {deployment['id']} completed."
    deployment["updatedAt"] = now()
    # ECS forgets the others once they have no tasks, the failed ones too.
    service["deployments"] = [deployment]
    service["_last_completed"] = dict(deployment)
    service_deployments.completed(service)
    event(service, f"(deployment {deployment['id']}) deployment completed.")
    ecs_events.deployment_changed(
        service["serviceArn"],
        deployment,
        "SERVICE_DEPLOYMENT_COMPLETED",
        deployment["rolloutStateReason"],
    )
    steady(service)


def steady(service: dict[str, Any]) -> None:
    service["_is_steady"] = True
    event(service, "has reached a steady state.")
    acted(service, "SERVICE_STEADY_STATE")


def obey(service: dict[str, Any]) -> None:
    """Does what a user has asked of the newest service deployment."""
    record = service_deployments.newest(service)
    if record is None:
        return
    if record["status"] == "ROLLBACK_REQUESTED":
        _fail(service, service_deployments.USER_REASON, service_deployments.USER_REASON)
        _roll_back_if_possible(service, "ECS deployment", service_deployments.USER_REASON)
    elif record.get("_is_to_abort"):
        _fail(service, record["statusReason"], record["statusReason"])
        service_deployments.failed(service, record["statusReason"], wanted_rollback=False)


def fail(service: dict[str, Any]) -> None:
    """The circuit breaker was triggered: rolls back if it shall and can, or stays FAILED."""
    reason = "ECS deployment circuit breaker: tasks failed to start."
    service_deployments.breaker_triggered(service, primary(service)["failedTasks"])
    _fail(service, reason, "tasks failed to start.")
    if breaker(service).get("rollback"):
        _roll_back_if_possible(
            service, "ECS deployment circuit breaker", service_deployments.BREAKER_REASON
        )
    else:
        service_deployments.failed(service, reason, wanted_rollback=False)


def _fail(service: dict[str, Any], reason: str, told: str) -> None:
    failed = primary(service)
    failed["rolloutState"], failed["rolloutStateReason"] = "FAILED", reason
    failed["updatedAt"] = now()
    event(service, f"(deployment {failed['id']}) deployment failed: {told}")
    ecs_events.deployment_changed(
        service["serviceArn"],
        failed,
        "SERVICE_DEPLOYMENT_FAILED",
        failed["rolloutStateReason"],
    )


def _roll_back_if_possible(service: dict[str, Any], who: str, reason: str) -> None:
    failed, last = primary(service), service.get("_last_completed")
    if last is None or last["id"] == failed["id"]:
        no_candidate = service_deployments.NO_CANDIDATE_REASON
        service_deployments.failed(service, no_candidate, wanted_rollback=True)
        return
    service_deployments.rolling_back(service, last, reason)
    _roll_back(service, failed, last, who)


def _roll_back(
    service: dict[str, Any], failed: dict[str, Any], last: Mapping[str, Any], who: str
) -> None:
    """The last completed deployment becomes PRIMARY again, with the tasks that it still has."""
    others = [each for each in service["deployments"] if each["id"] != last["id"]]
    target = next(
        (each for each in service["deployments"] if each["id"] == last["id"]), dict(last)
    )
    failed["status"], failed["desiredCount"] = "ACTIVE", 0
    target["status"], target["desiredCount"] = "PRIMARY", service["desiredCount"]
    target["rolloutState"], target["failedTasks"] = "IN_PROGRESS", 0
    target["rolloutStateReason"] = f"{who}: rolling back to deploymentId {target['id']}."
    target["updatedAt"] = now()
    service["deployments"] = [target, *others]
    service["taskDefinition"] = target["taskDefinition"]
    event(service, f"rolling back to deployment {target['id']}.")
    begun(service)


def blocked(service: dict[str, Any]) -> None:
    if not service.get("_is_blocked"):
        service["_is_blocked"] = True
        event(service, _BLOCKED)


def acted(service: Mapping[str, Any], name: str, kind: str = "INFO") -> None:
    ecs_events.service_acted(service["serviceArn"], service["clusterArn"], name, kind)


def event(service: dict[str, Any], text: str) -> None:
    """Adds an event in front: ECS lists the newest first."""
    from ministack.core.responses import new_uuid

    message = f"(service {service['serviceName']}) {text}"
    newest = {"id": new_uuid(), "createdAt": now(), "message": message}
    service["events"] = [newest, *service["events"]][:_EVENTS_KEPT]


def recount(key: str, service: dict[str, Any]) -> None:
    """Brings the numbers up to date; an overtaken deployment is gone with its last task."""
    from ministack.services import ecs

    cluster, name = key.split("/", 1)
    alive = {
        task.get("_deployment_id")
        for task in ecs_task_records.of_service(service)
        if task["lastStatus"] != "STOPPED"
    }
    last = service.get("_last_completed") or {}
    service["deployments"] = [
        each
        for each in service["deployments"]
        if each["status"] == "PRIMARY" or each["id"] in alive or each["id"] == last.get("id")
    ]
    ecs._refresh_service_state(cluster, f"service:{name}")
    for deployment in service["deployments"]:
        if deployment["status"] == "ACTIVE":
            deployment["desiredCount"] = deployment["runningCount"] + deployment["pendingCount"]
    service_deployments.recount(service, failure_threshold(service))
    ecs._recount_cluster(cluster)
