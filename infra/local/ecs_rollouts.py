"""The service scheduler at work: keeps each service as its PRIMARY deployment wants it.

Replaces: `ecs._reconcile_service_tasks`, `_complete_service_deployment`,
`_record_service_task_failure` and `_sync_service_targets`.
Why: MiniStack completes a deployment within the request that begins it, so the previous one is
never seen draining; it replaces stopped tasks only where a container engine runs them, registers
addresses that nobody listens on, and rolls back to whatever deployment it finds.
What to do next is decided in `ecs_scheduler`; here the service is looked at some twenty times a
second, and the actions are carried out, with the events that ECS writes. A simulated task counts
as healthy after `ECS_ROLLOUT_SECONDS` (default 2), a process without a load balancer after it has
run for a second, and one with a load balancer when all its targets are healthy.
Does not: what `ecs_scheduler` leaves out; after tasks that failed in a row it waits 0.2 s, doubled
up to 15 s, where AWS waits up to 15 minutes.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

import ecs_containers
import ecs_deployments as deployments
import ecs_scheduler as scheduler
import ecs_service_deployments as service_deployments
import ecs_service_targets as service_targets
import ecs_task_records
import ecs_tasks
import load_balancer_targets
from ecs_deployments import event
from ecs_scheduler import Rollout, State, Why
from load_balancer_health import State as Health
from selfcheck import Name

REQUIRED = [
    Name("services.ecs", "_reconcile_service_tasks", "(cluster_name, svc_key)"),
    Name(
        "services.ecs",
        "_complete_service_deployment",
        "(cluster_name, svc_key, expected_deployment_id=None)",
    ),
    Name(
        "services.ecs",
        "_record_service_task_failure",
        "(task, digest_resolution_failed=False)",
    ),
    Name("services.ecs", "_sync_service_targets", "(cluster_name, svc)"),
    Name("services.ecs", "_refresh_service_state", "(cluster_name, group)"),
    Name("services.ecs", "_run_task", "(data)"),
    Name("services.ecs", "_services.all_items", "()"),
]

_TICK_SECONDS = 0.05

_FIRST_WAIT_SECONDS = 0.2
_LONGEST_WAIT_SECONDS = 15.0

# So many failures in a row are what ECS calls unable to start tasks consistently.
_IMPAIRED_AFTER = 3

_FAILURES = ("EssentialContainerExited", "TaskFailedToStart")

logger = logging.getLogger("overlay.ecs_rollouts")


def install() -> None:
    from ministack.services import ecs

    ecs._reconcile_service_tasks = lambda cluster_name, svc_key: ecs_task_records.wake.set()
    ecs._complete_service_deployment = lambda *args, **kwargs: None
    ecs._record_service_task_failure = lambda *args, **kwargs: None
    ecs._sync_service_targets = lambda cluster_name, svc: None
    threading.Thread(target=_schedule_forever, name="ecs-scheduler", daemon=True).start()


def _schedule_forever() -> None:
    from ministack.core.responses import request_scope
    from ministack.services import ecs

    while True:
        ecs_task_records.wake.wait(_TICK_SECONDS)
        ecs_task_records.wake.clear()
        for (account, region, key), service in ecs._services.all_items():
            try:
                with ecs_task_records.lock, request_scope(account, region):
                    if ecs._services.get(key) is service:
                        _schedule(key, service)
            except Exception:  # one service must not stop the scheduling of all others
                logger.exception("scheduling the service %s failed", key)


def _schedule(key: str, service: dict[str, Any]) -> None:
    if service["status"] == "INACTIVE":
        return
    tasks = list(ecs_task_records.of_service(service))
    service_targets.drain(service, tasks)
    _announce_stopped(service, tasks)
    if service["status"] == "ACTIVE":
        service_targets.register(service, tasks)
        _count_failures(service, tasks)
        alive = [task for task in tasks if _is_alive(task)]
        states = {task["taskArn"]: service_targets.state(service, task) for task in alive}
        _welcome_healthy(service, tasks, states)
        service_deployments.look(service)
        deployments.obey(service)
        for action in scheduler.next_actions(_view(service, tasks, states)):
            _carry_out(service, tasks, action)
    elif service["status"] == "DRAINING" and not any(map(_is_alive, tasks)):
        service["status"] = "INACTIVE"
        service["deployments"] = []
        service_deployments.deleted(service)
    deployments.recount(key, service)


def _is_alive(task: Mapping[str, Any]) -> bool:
    return task["lastStatus"] != "STOPPED"


def _view(
    service: Mapping[str, Any], tasks: Sequence[Mapping[str, Any]], states: Mapping[str, State]
) -> scheduler.Service:
    primary = deployments.primary(service)
    settings = service.get("deploymentConfiguration") or {}
    return scheduler.Service(
        desired=int(service["desiredCount"]),
        rollout=Rollout(primary["rolloutState"]),
        tasks=[
            scheduler.Task(
                task["taskArn"],
                states[task["taskArn"]],
                task.get("_deployment_id") == primary["id"],
            )
            for task in tasks
            if task["taskArn"] in states
        ],
        minimum_healthy_percent=service_targets.number(settings.get("minimumHealthyPercent"), 100),
        maximum_percent=service_targets.number(settings.get("maximumPercent"), 200),
        failed_tasks=primary["failedTasks"],
        failure_threshold=deployments.failure_threshold(service),
        may_start=time.monotonic() >= service.get("_may_start_at", 0),
        is_steady=service.get("_is_steady", False),
    )


def _announce_stopped(service: dict[str, Any], tasks: Sequence[dict[str, Any]]) -> None:
    """Only of what the scheduler itself stopped does ECS write an event."""
    stopped = [
        task for task in tasks if task.get("_is_announced") is False and not _is_alive(task)
    ]
    for task in stopped:
        task["_is_announced"] = True
    if stopped:
        event(service, f"has stopped {len(stopped)} running tasks: {_list(stopped)}.")


def _count_failures(service: dict[str, Any], tasks: Sequence[dict[str, Any]]) -> None:
    for task in tasks:
        if task.get("_is_counted") or task["desiredStatus"] != "STOPPED":
            continue
        task["_is_counted"] = True
        service["_is_steady"] = False
        if task["stopCode"] in _FAILURES or task.get("_failed_checks"):
            _failed(service, task)


def _failed(service: dict[str, Any], task: Mapping[str, Any]) -> None:
    primary = deployments.primary(service)
    if task.get("_deployment_id") != primary["id"]:
        return
    if primary["rolloutState"] == "IN_PROGRESS":
        primary["failedTasks"] += 1
        primary["updatedAt"] = deployments.now()
    if task.get("_was_healthy"):
        return  # it did start: another one may do so at once
    failures = service["_failures_in_row"] = service.get("_failures_in_row", 0) + 1
    wait = min(_FIRST_WAIT_SECONDS * 2 ** (failures - 1), _LONGEST_WAIT_SECONDS)
    service["_may_start_at"] = time.monotonic() + wait
    if failures == _IMPAIRED_AFTER:
        event(service, "is unable to consistently start tasks successfully.")
        deployments.acted(service, "SERVICE_TASK_START_IMPAIRED", "WARN")


def _welcome_healthy(
    service: dict[str, Any], tasks: Sequence[dict[str, Any]], states: Mapping[str, State]
) -> None:
    """A task that became healthy ends the row of failures."""
    for task in tasks:
        is_healthy = states.get(task["taskArn"]) is State.HEALTHY
        if is_healthy and not task.get("_was_healthy"):
            task["_was_healthy"] = True
            service["_failures_in_row"] = 0
            primary = deployments.primary(service)
            is_current = task.get("_deployment_id") == primary["id"]
            if is_current and deployments.breaker(service).get("resetOnHealthyTask", True):
                primary["failedTasks"] = 0


def _carry_out(
    service: dict[str, Any], tasks: Sequence[dict[str, Any]], action: scheduler.Action
) -> None:
    if not isinstance(action, scheduler.Blocked):
        service["_is_blocked"] = False
    match action:
        case scheduler.Start(count):
            _start(service, count)
        case scheduler.Stop(arns, why):
            _stop(service, [task for task in tasks if task["taskArn"] in arns], why)
        case scheduler.Fail():
            deployments.fail(service)
        case scheduler.Complete():
            deployments.complete(service)
        case scheduler.Steady():
            deployments.steady(service)
        case scheduler.Blocked():
            deployments.blocked(service)


def _start(service: dict[str, Any], count: int) -> None:
    from ministack.services import ecs

    primary = deployments.primary(service)
    service["_is_steady"] = False
    status, _, body = ecs._run_task(
        {
            "cluster": ecs._cluster_name_from_arn(service["clusterArn"]),
            "taskDefinition": primary["taskDefinition"],
            "count": count,
            "group": f"service:{service['serviceName']}",
            "startedBy": primary["id"],
            "launchType": service.get("launchType"),
            "capacityProviderStrategy": service.get("capacityProviderStrategy"),
            "platformVersion": service.get("platformVersion", ""),
            "networkConfiguration": service.get("networkConfiguration") or {},
            "enableExecuteCommand": service.get("enableExecuteCommand", False),
            "_deploymentId": primary["id"],
        }
    )
    if status != 200:
        logger.warning("service %s could not start tasks: %s", service["serviceName"], body)
        primary["failedTasks"] += 1
        service["_may_start_at"] = time.monotonic() + _LONGEST_WAIT_SECONDS
        return
    started = list(ecs_task_records.of_service(service))[-count:]
    event(service, f"has started {count} tasks: {_list(started)}.")


def _stop(service: dict[str, Any], tasks: Sequence[dict[str, Any]], why: Why) -> None:
    service["_is_steady"] = False
    reason = f"Scaling activity initiated by (deployment {deployments.primary(service)['id']})"
    for task in tasks:
        task["_is_announced"] = False
        if why is Why.UNHEALTHY:
            _stop_unhealthy(service, task)
        else:
            ecs_tasks.begin_stop(task, reason, "ServiceSchedulerInitiated")


def _stop_unhealthy(service: dict[str, Any], task: dict[str, Any]) -> None:
    processes = ecs_containers.of(task)
    task["_failed_checks"] = True
    reason = "Task failed ELB health checks"
    for group_arn, address in processes.targets if processes else ():
        health = load_balancer_targets.health(group_arn, address)
        if health and health[0] is Health.UNHEALTHY and health[1]:
            group = f"(target-group {group_arn})"
            reason = f"Task failed ELB health checks in {group}"
            event(
                service,
                f"{_list([task])} (port {address[1]}) is unhealthy in {group} "
                f"due to (reason {health[1].description})",
            )
    ecs_tasks.begin_stop(task, reason, "ServiceSchedulerInitiated")


def _list(tasks: Sequence[Mapping[str, Any]]) -> str:
    return " ".join(f"(task {task['taskArn'].rsplit('/', 1)[-1]})" for task in tasks)
