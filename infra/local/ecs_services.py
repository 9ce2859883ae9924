"""The API of ECS services: what a request makes of a service; the rest happens after it.

Replaces: wraps `ecs._dispatch_action`, `_create_service`, `_update_service`, `_delete_service` and
`reset`; replaces `ecs._ts_to_epoch`.
Why: MiniStack carries requests out in parallel threads without a lock, so that a description could
show no PRIMARY deployment at all; it writes an event of its own with each update; it gives times
in whole seconds, and a rollout may be over within one; a deleted service is INACTIVE before its
tasks have stopped, target groups that do not exist are accepted, and a deployment configuration
that names only a part of it loses the rest. A new number of tasks is no deployment.
What follows a request is in `ecs_rollouts` (the scheduler), `ecs_deployments` and `ecs_tasks`.
Does not: check the rest of a request as AWS does; start a deployment for changes other than of the
task definition and `forceNewDeployment`; `strategy` and `bakeTimeInMinutes` of the configuration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import ecs_containers
import ecs_deployments
import ecs_events
import ecs_rollouts
import ecs_service_deployment_api
import ecs_service_deployments
import ecs_task_records
import ecs_tasks
import load_balancer_targets
from selfcheck import Name

REQUIRED = [
    Name("services.ecs", "_dispatch_action", "(action, data)"),
    Name("services.ecs", "_create_service", "(data)"),
    Name("services.ecs", "_update_service", "(data)"),
    Name("services.ecs", "_delete_service", "(data)"),
    Name("services.ecs", "_ts_to_epoch", "(value)"),
    Name("services.ecs", "reset", "()"),
    Name("services.ecs", "_sanitize", "(obj)"),
    Name("services.ecs", "_resolve_cluster_name", "(ref)"),
    Name("services.ecs", "_resolve_service_ref", "(ref)"),
    Name("services.ecs", "_services.get", "(key, default=None)"),
    Name("services.ecs", "_ACTION_MAP"),
    Name("services.alb", "_tgs.get", "(key, default=None)"),
    Name("core.responses", "error_response_json"),
    Name("core.responses", "json_response"),
    *ecs_deployments.REQUIRED,
    *ecs_rollouts.REQUIRED,
    *ecs_service_deployment_api.REQUIRED,
    *ecs_tasks.REQUIRED,
]

# What AWS answers with for members that the request leaves out.
_CONFIGURATION = {
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
    "deploymentCircuitBreaker": {"enable": False, "rollback": False},
}

_Handler = Callable[[dict[str, Any]], Any]


def install() -> None:
    from ministack.services import ecs

    ecs_events.install()
    ecs_deployments.install()
    ecs_tasks.install()
    ecs_service_deployment_api.install()
    wrappers = {
        "CreateService": ("_create_service", _create),
        "UpdateService": ("_update_service", _update),
        "DeleteService": ("_delete_service", _delete),
    }
    for action, (name, wrapper) in wrappers.items():
        # CloudFormation calls the functions themselves.
        handler = _one_at_a_time(wrapper, getattr(ecs, name))
        setattr(ecs, name, handler)
        ecs._ACTION_MAP[action] = handler
    dispatch = ecs._dispatch_action
    forget = ecs.reset

    def dispatch_one_at_a_time(action: str, data: dict[str, Any]) -> Any:
        with ecs_task_records.lock:
            return dispatch(action, data)

    def reset() -> None:
        with ecs_task_records.lock:
            ecs_containers.reset()
            forget()

    ecs._dispatch_action = dispatch_one_at_a_time
    ecs.reset = reset
    ecs._ts_to_epoch = _to_epoch
    ecs_rollouts.install()


def _one_at_a_time(wrapper: Callable[[_Handler, dict[str, Any]], Any], handler: _Handler) -> Any:
    def handle(data: dict[str, Any]) -> Any:
        with ecs_task_records.lock:
            return wrapper(handler, data)

    return handle


def _to_epoch(value: object) -> object:
    """To the millisecond, as AWS tells it."""
    if not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return value


def _create(create: _Handler, data: dict[str, Any]) -> Any:
    existing = _service({**data, "service": data.get("serviceName")})
    if existing is not None and existing["status"] == "DRAINING":
        return _refused("Unable to Start a service that is still Draining.")
    problem = _count_problem(data) or _target_group_problem(data)
    if problem:
        return _refused(problem)
    response = create(_with_configuration(data, _CONFIGURATION))
    return _described(data, data.get("serviceName"), response, _begin)


def _begin(service: dict[str, Any]) -> None:
    ecs_service_deployments.begin(service, ecs_deployments.primary(service))
    ecs_deployments.begun(service)


def _with_configuration(data: dict[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    given = data.get("deploymentConfiguration") or {}
    return {**data, "deploymentConfiguration": {**known, **given}}


def _count_problem(data: Mapping[str, Any]) -> str | None:
    count = data.get("desiredCount")
    is_count = isinstance(count, int) and not isinstance(count, bool) and count >= 0
    return None if count is None or is_count else "desiredCount must be 0 or more."


def _target_group_problem(data: Mapping[str, Any]) -> str | None:
    from ministack.services import alb

    used = load_balancer_targets.users()
    for balancer in data.get("loadBalancers") or []:
        arn = balancer.get("targetGroupArn")
        if not arn:
            continue  # a Classic Load Balancer, which nothing here stands for
        if alb._tgs.get(arn) is None:
            return f"The specified target group does not exist: {arn}."
        if not used.get(arn):
            return f"The target group {arn} does not have an associated load balancer."
    return None


def _update(update: _Handler, data: dict[str, Any]) -> Any:
    service = _service(data)
    if service is None or service["status"] != "ACTIVE":
        return update(data)
    problem = _count_problem(data)
    if problem:
        return _refused(problem)
    if "deploymentConfiguration" in data:
        data = _with_configuration(data, service["deploymentConfiguration"])
    before = ecs_deployments.primary(service)
    updated_at = before["updatedAt"]
    events = list(service["events"])
    response = update(data)

    def settle(service: dict[str, Any]) -> None:
        service["events"] = events  # without MiniStack's own
        after = ecs_deployments.primary(service)
        if after is before:
            # A new number of tasks is no new deployment, and a completed one stays as it is.
            after["updatedAt"] = updated_at
            return
        after["rolloutStateReason"] = ecs_deployments.in_progress(after)
        _begin(service)

    return _described(data, data.get("service"), response, settle)


def _delete(delete: _Handler, data: dict[str, Any]) -> Any:
    response = delete(data)

    def settle(service: dict[str, Any]) -> None:
        # The scheduler makes it INACTIVE when the last task has stopped.
        service["status"] = "DRAINING"
        ecs_task_records.wake.set()

    return _described(data, data.get("service"), response, settle)


def _described(
    data: Mapping[str, Any],
    name: Any,
    response: Any,
    settle: Callable[[dict[str, Any]], None],
) -> Any:
    """The response again, after a successful request's service was settled."""
    from ministack.core.responses import json_response
    from ministack.services import ecs

    service = _service({**data, "service": name}) if response[0] == 200 else None
    if service is None:
        return response
    settle(service)
    return json_response({"service": ecs._sanitize(service)})


def _service(data: Mapping[str, Any]) -> dict[str, Any] | None:
    from ministack.services import ecs

    cluster = ecs._resolve_cluster_name(data.get("cluster", "default"))
    reference = ecs._resolve_service_ref(data.get("service") or "")
    return ecs._services.get(f"{cluster}/{reference[0]}") if cluster and reference else None


def _refused(message: str) -> Any:
    from ministack.core.responses import error_response_json

    return error_response_json("InvalidParameterException", message, 400)
