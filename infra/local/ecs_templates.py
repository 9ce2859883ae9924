"""ECS in CloudFormation templates.

Replaces: the handlers of `AWS::ECS::Service` in `provisioners._RESOURCE_HANDLERS`; wraps
`provisioners._normalize_container_defs` and `stacks._runs_on_worker_thread`.
Why: MiniStack's drops `HealthCheckGracePeriodSeconds`, `DeploymentController` and others, gives a
service a wrong ARN when `Cluster` is one, leaves numbers and truth values of parameters as text,
and is done before the service runs. As on AWS, a service is created or updated when it has reached
a steady state, and fails when the circuit breaker is triggered; it is deleted when its tasks are.
Does not: `ForceNewDeployment`, service registries, volumes; a service that never gets steady makes
the stack fail after ten minutes, where AWS waits three hours.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import ecs_task_records
from selfcheck import Name

REQUIRED = [
    Name("services.cloudformation.provisioners", "_RESOURCE_HANDLERS"),
    Name("services.cloudformation.provisioners", "_pascal_to_camel", "(obj)"),
    Name(
        "services.cloudformation.provisioners",
        "_ecs_service_update",
        "(physical_id, old_props, new_props, stack_name)",
    ),
    Name("services.cloudformation.provisioners", "_normalize_container_defs", "(cdefs)"),
    Name("services.cloudformation.stacks", "_runs_on_worker_thread", "(resource_type)"),
    Name("services.ecs", "_create_service", "(data)"),
    Name("services.ecs", "_delete_service", "(data)"),
    Name("services.ecs", "_resolve_cluster_name", "(ref)"),
    Name("services.ecs", "_services.get", "(key, default=None)"),
]

_SERVICE = "AWS::ECS::Service"

_STEADY_WITHIN_SECONDS = 600.0
_LOOK_EVERY_SECONDS = 0.05

# Properties of the template that CreateService knows under the same name in lower case.
_PASSED_ON = (
    "CapacityProviderStrategy",
    "DeploymentConfiguration",
    "DeploymentController",
    "DesiredCount",
    "EnableECSManagedTags",
    "EnableExecuteCommand",
    "HealthCheckGracePeriodSeconds",
    "LaunchType",
    "LoadBalancers",
    "NetworkConfiguration",
    "PlatformVersion",
    "PropagateTags",
    "SchedulingStrategy",
    "ServiceRegistries",
    "Tags",
    "TaskDefinition",
)

_NUMBERS = frozenset(
    (
        "containerPort",
        "desiredCount",
        "healthCheckGracePeriodSeconds",
        "hostPort",
        "maximumPercent",
        "minimumHealthyPercent",
        "startTimeout",
        "stopTimeout",
    )
)
_TRUTHS = frozenset(
    ("enable", "rollback", "essential", "enableExecuteCommand", "resetOnHealthyTask")
)


def install() -> None:
    from ministack.services.cloudformation import provisioners, stacks

    handlers = provisioners._RESOURCE_HANDLERS[_SERVICE]
    handlers["create"] = _create
    handlers["update"] = _update
    handlers["delete"] = _delete
    normalize = provisioners._normalize_container_defs
    runs_on_worker_thread = stacks._runs_on_worker_thread
    provisioners._normalize_container_defs = lambda cdefs: typed(normalize(cdefs))
    stacks._runs_on_worker_thread = lambda resource_type: (
        resource_type == _SERVICE or runs_on_worker_thread(resource_type)
    )


def typed(value: Any, name: str = "") -> Any:
    """Numbers and truth values as the API has them; a template's parameters are text."""
    if isinstance(value, dict):
        return {key: typed(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [typed(item) for item in value]
    if name in _NUMBERS and value is not None:
        return int(value)
    if name in _TRUTHS and isinstance(value, str):
        return value.lower() == "true"
    return value


def _create(logical_id: str, props: Mapping[str, Any], stack_name: str) -> Any:
    from ministack.services import ecs
    from ministack.services.cloudformation import provisioners

    name = props.get("ServiceName") or f"{stack_name}-{logical_id}"
    given = {key: props[key] for key in _PASSED_ON if props.get(key) is not None}
    # AWS names it differently in the two places.
    if "EnableECSManagedTags" in given:
        given["enableECSManagedTags"] = given.pop("EnableECSManagedTags")
    request = typed(provisioners._pascal_to_camel(given))
    cluster = props.get("Cluster") or "default"
    response = ecs._create_service({**request, "serviceName": name, "cluster": cluster})
    service = _successful(response, "create")
    try:
        _await_steady(service["clusterArn"], name)
    except ValueError:
        # CloudFormation does not roll back what has no physical id.
        ecs._delete_service({"cluster": cluster, "service": name, "force": True})
        raise
    return service["serviceArn"], {"ServiceArn": service["serviceArn"], "Name": name}


def _update(
    physical_id: str,
    old_props: Mapping[str, Any],
    new_props: Mapping[str, Any],
    stack_name: str,
) -> Any:
    from ministack.services.cloudformation import provisioners

    name = physical_id.rsplit("/", 1)[-1]
    typed_props = [_typed_template(props) for props in (old_props, new_props)]
    result = provisioners._ecs_service_update(physical_id, *typed_props, stack_name)
    _await_steady(new_props.get("Cluster") or "default", name)
    return result


def _typed_template(props: Mapping[str, Any]) -> dict[str, Any]:
    camel = {f"{name[:1].upper()}{name[1:]}" for name in _NUMBERS | _TRUTHS}

    def walk(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: walk(item, key) for key, item in value.items()}
        if isinstance(value, list):
            return [walk(item) for item in value]
        return typed(value, name[:1].lower() + name[1:]) if name in camel else value

    return walk(dict(props))


def _delete(physical_id: str, props: Mapping[str, Any]) -> None:
    from ministack.services import ecs

    cluster, name = props.get("Cluster") or "default", physical_id.rsplit("/", 1)[-1]
    ecs._delete_service({"cluster": cluster, "service": name, "force": True})
    _await(lambda: _status(cluster, name) in (None, "INACTIVE"), f"service {name} to stop")


def _successful(response: Any, what: str) -> dict[str, Any]:
    status, _, body = response
    answer = json.loads(body)
    if status >= 400:
        raise ValueError(f"{_SERVICE} {what} failed: {answer.get('message') or answer}")
    return answer["service"]


def _await_steady(cluster: str, name: str) -> None:
    def is_steady() -> bool:
        service = _service(cluster, name)
        if service is None or service["status"] != "ACTIVE":
            raise ValueError(f"service {name} was deleted meanwhile")
        deployments = service["deployments"]
        if any(each["rolloutState"] == "FAILED" for each in deployments):
            what = "ECS Deployment Circuit Breaker was triggered"
            raise ValueError(f"Error occurred during operation '{what}'.")
        return bool(service.get("_is_steady")) and deployments[0]["rolloutState"] == "COMPLETED"

    _await(is_steady, f"service {name} to reach a steady state")


def _await(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _STEADY_WITHIN_SECONDS
    while True:
        with ecs_task_records.lock:
            if is_so():
                return
        if time.monotonic() > deadline:
            raise ValueError(f"timed out waiting for {what}")
        time.sleep(_LOOK_EVERY_SECONDS)


def _status(cluster: str, name: str) -> str | None:
    service = _service(cluster, name)
    return service["status"] if service else None


def _service(cluster: str, name: str) -> dict[str, Any] | None:
    from ministack.services import ecs

    return ecs._services.get(f"{ecs._resolve_cluster_name(cluster)}/{name}")
