"""ECS services: deployments that take a moment, and the events that ECS writes.

Replaces: wraps `ecs._dispatch_action`, `_make_deployment`, `_update_service`, `_run_task` and
`_complete_service_deployment`.
Why: MiniStack completes a deployment within the request that begins it, so the previous one is
never seen draining; it writes one event, a wrong one; and it carries out requests in parallel
threads without a lock, so that a description could show no PRIMARY deployment at all.
Does not: run containers; let a deployment fail, or take longer than `ECS_ROLLOUT_SECONDS` (default
2); circuit breakers, load balancer draining, scheduler's reasons on stopped tasks, service
deployments and revisions, EventBridge events.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable
from typing import Any

from selfcheck import Name

REQUIRED = [
    Name("services.ecs", "_dispatch_action", "(action, data)"),
    Name("services.ecs", "_make_deployment", "(task_definition, desired_count, status='PRIMARY')"),
    Name("services.ecs", "_update_service", "(data)"),
    Name("services.ecs", "_run_task", "(data)"),
    Name(
        "services.ecs",
        "_complete_service_deployment",
        "(cluster_name, svc_key, expected_deployment_id=None)",
    ),
    Name("services.ecs", "_primary_deployment", "(svc)"),
    Name("services.ecs", "_sanitize", "(obj)"),
    Name("services.ecs", "_iso", "()"),
    Name("services.ecs", "_services.get", "(key, default=None)"),
    Name("services.ecs", "_tasks.items", "()"),
    Name("services.ecs", "_ACTION_MAP"),
    Name("core.responses", "new_uuid", "()"),
    Name("core.responses", "json_response"),
    Name("core.responses", "request_scope", "(account_id, region)"),
]

# DescribeServices returns the newest hundred events.
_EVENTS_KEPT = 100

logger = logging.getLogger("overlay.ecs")

# One request, or one completion of a deployment, at a time.
_one_at_a_time = threading.RLock()

_complete: Callable[..., None]
_run_task: Callable[[dict[str, Any]], Any]
_update: Callable[[dict[str, Any]], Any]


def install() -> None:
    from ministack.services import ecs

    global _complete, _run_task, _update
    _complete = ecs._complete_service_deployment
    _run_task = ecs._run_task
    _update = ecs._update_service
    dispatch = ecs._dispatch_action
    make_deployment = ecs._make_deployment

    def dispatch_one_at_a_time(action: str, data: dict[str, Any]) -> Any:
        with _one_at_a_time:
            return dispatch(action, data)

    def begin_deployment(task_definition: str, desired_count: int, status: str = "PRIMARY") -> Any:
        deployment = make_deployment(task_definition, desired_count, status)
        deployment["rolloutState"] = "IN_PROGRESS"
        deployment["rolloutStateReason"] = _in_progress(deployment)
        return deployment

    ecs._dispatch_action = dispatch_one_at_a_time
    ecs._make_deployment = begin_deployment
    ecs._complete_service_deployment = _complete_later
    ecs._run_task = _run_task_and_say_so
    ecs._update_service = ecs._ACTION_MAP["UpdateService"] = _update_without_dummy_event


def _in_progress(deployment: dict[str, Any]) -> str:
    return f"ECS deployment {deployment['id']} in progress."


def _update_without_dummy_event(data: dict[str, Any]) -> Any:
    from ministack.core.responses import json_response
    from ministack.services import ecs

    response = _update(data)
    status, _, body = response
    if status != 200:
        return response
    service = _service(json.loads(body)["service"])
    if service is None:
        return response
    service["events"] = [
        event
        for event in service["events"]
        if not event["message"].endswith("has begun draining connections on 1 tasks.")
    ]
    for deployment in service["deployments"]:
        if deployment.get("rolloutState") == "IN_PROGRESS":
            deployment["rolloutStateReason"] = _in_progress(deployment)
    return json_response({"service": ecs._sanitize(service)})


def _run_task_and_say_so(data: dict[str, Any]) -> Any:
    """Tasks that a service starts are announced among the service's events."""
    from ministack.services import ecs

    response = _run_task(data)
    group = data.get("group") or ""
    status, _, body = response
    if status == 200 and group.startswith("service:"):
        tasks = json.loads(body)["tasks"]
        name = group.removeprefix("service:")
        service = ecs._services.get(f"{data['cluster']}/{name}")
        if service is not None and tasks:
            ids = [task["taskArn"] for task in tasks]
            _event(service, f"has started {len(ids)} tasks: {_task_list(ids)}.")
    return response


def _complete_later(
    cluster_name: str, svc_key: str, expected_deployment_id: str | None = None
) -> None:
    from ministack.core.responses import get_account_id, get_region
    from ministack.services import ecs

    service = ecs._services.get(svc_key)
    deployment = ecs._primary_deployment(service) if service else None
    if not deployment or deployment.get("_completion_is_due"):
        return
    deployment["_completion_is_due"] = True
    timer = threading.Timer(
        float(os.environ["ECS_ROLLOUT_SECONDS"]),
        _complete_now,
        args=(get_account_id(), get_region(), cluster_name, svc_key, deployment["id"]),
    )
    timer.daemon = True
    timer.start()


def _complete_now(
    account: str, region: str, cluster_name: str, svc_key: str, deployment_id: str
) -> None:
    """Completes the deployment unless another one took its place meanwhile."""
    from ministack.core.responses import request_scope
    from ministack.services import ecs

    with _one_at_a_time, request_scope(account, region):
        service = ecs._services.get(svc_key)
        deployment = ecs._primary_deployment(service) if service else None
        if not deployment or deployment["id"] != deployment_id:
            return
        before = _running_tasks(service)
        _complete(cluster_name, svc_key, deployment_id)
        if deployment["rolloutState"] != "COMPLETED":
            # Something keeps its tasks from being steady: look again.
            deployment["_completion_is_due"] = False
            _complete_later(cluster_name, svc_key)
            return
        deployment["rolloutStateReason"] = f"ECS deployment {deployment_id} completed."
        stopped = sorted(before - _running_tasks(service))
        if stopped:
            _event(service, f"has stopped {len(stopped)} running tasks: {_task_list(stopped)}.")
        _event(service, f"(deployment {deployment_id}) deployment completed.")
        _event(service, "has reached a steady state.")


def _running_tasks(service: dict[str, Any]) -> set[str]:
    from ministack.services import ecs

    return {
        arn
        for arn, task in ecs._tasks.items()
        if task.get("group") == f"service:{service['serviceName']}"
        and task.get("clusterArn") == service.get("clusterArn")
        and task.get("lastStatus") == "RUNNING"
    }


def _service(description: dict[str, Any]) -> dict[str, Any] | None:
    from ministack.services import ecs

    cluster = description["clusterArn"].rsplit("/", 1)[-1]
    return ecs._services.get(f"{cluster}/{description['serviceName']}")


def _task_list(arns: list[str]) -> str:
    return " ".join(f"(task {arn.rsplit('/', 1)[-1]})" for arn in arns)


def _event(service: dict[str, Any], text: str) -> None:
    """Adds an event in front: ECS lists the newest first."""
    from ministack.core.responses import new_uuid
    from ministack.services import ecs

    message = f"(service {service['serviceName']}) {text}"
    event = {"id": new_uuid(), "createdAt": ecs._iso(), "message": message}
    service["events"] = [event, *service["events"]][:_EVENTS_KEPT]
