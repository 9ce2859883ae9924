"""Application Auto Scaling: the scalable targets of ECS services, as records.

Replaces nothing in MiniStack, which does not know the service: adds it to `router.SERVICE_PATTERNS`
and `app.SERVICE_HANDLERS`, and `AWS::ApplicationAutoScaling::ScalableTarget` to
`provisioners._RESOURCE_HANDLERS`; wraps `ecs.reset`.
Why: whoever scales a service must know the bounds within which it scales by itself.
Does not: scale anything. There are no policies, scheduled actions or activities, a count outside
the bounds stays as it is, and `SuspendedState` is only kept. Resources other than ECS services are
refused.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Mapping
from typing import Any

from selfcheck import Name

REQUIRED = [
    Name("app", "SERVICE_HANDLERS"),
    Name("core.router", "SERVICE_PATTERNS"),
    Name("core.responses", "AccountRegionScopedDict"),
    Name("core.responses", "error_response_json"),
    Name("core.responses", "get_account_id", "()"),
    Name("core.responses", "get_region", "()"),
    Name("core.responses", "json_response"),
    Name("core.responses", "new_uuid", "()"),
    Name("services.cloudformation.provisioners", "_RESOURCE_HANDLERS"),
    Name("services.ecs", "_services.get", "(key, default=None)"),
    Name("services.ecs", "reset", "()"),
]

_NAME = "application-autoscaling"
_TARGET_PREFIX = "AnyScaleFrontendService"
_RESOURCE_TYPE = "AWS::ApplicationAutoScaling::ScalableTarget"

_NAMESPACE = "ecs"
_DIMENSION = "ecs:service:DesiredCount"
_RESOURCE_ID = re.compile(r"service/([\w-]{1,255}/[\w-]{1,255})")

# The role that AWS makes for it, where the request names none.
_ROLE = (
    "arn:aws:iam::{account}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_ECSService"
)

_SUSPENSIONS = (
    "DynamicScalingInSuspended",
    "DynamicScalingOutSuspended",
    "ScheduledScalingSuspended",
)

# The API reference of DescribeScalableTargets.
_MOST_RESULTS = 50

_lock = threading.Lock()
_targets: Any = None
"""The scalable targets of each account and region, by the id of their resource."""


class Refused(Exception):
    """A request that AWS refuses: the error's name, and a text."""


def install() -> None:
    from ministack import app
    from ministack.core import router
    from ministack.core.responses import AccountRegionScopedDict
    from ministack.services import ecs
    from ministack.services.cloudformation import provisioners

    global _targets
    _targets = AccountRegionScopedDict()
    router.SERVICE_PATTERNS[_NAME] = {"target_prefixes": [_TARGET_PREFIX]}
    app.SERVICE_HANDLERS[_NAME] = _handle
    provisioners._RESOURCE_HANDLERS[_RESOURCE_TYPE] = {
        "create": _create,
        "update": _update,
        "delete": _delete,
    }
    forget = ecs.reset

    def reset() -> None:
        _targets.clear()
        forget()

    ecs.reset = reset


async def _handle(
    method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
) -> Any:
    from ministack.core.responses import error_response_json, json_response

    action = headers.get("x-amz-target", "").rpartition(".")[2]
    perform = _ACTIONS.get(action)
    try:
        data = json.loads(body or b"{}")
        if perform is None or not isinstance(data, dict):
            raise Refused("ValidationException", f"Not known here: {action:.50}.")
        with _lock:
            return json_response(perform(data))
    except json.JSONDecodeError:
        return error_response_json("SerializationException", "The body is no JSON.", 400)
    except Refused as refused:
        name, text = refused.args
        return error_response_json(name, text, 400)


def _register(data: Mapping[str, Any]) -> dict[str, Any]:
    from ministack.core.responses import get_account_id, get_region, new_uuid

    resource = _resource(data)
    known = _targets.get(resource)
    if known is None and not _has_service(resource):
        raise Refused("ValidationException", f"ECS service doesn't exist: {resource}")
    least, most = (_capacity(data, name, known) for name in ("MinCapacity", "MaxCapacity"))
    if least > most:
        text = "Maximum capacity cannot be less than minimum capacity"
        raise Refused("ValidationException", text)
    account = get_account_id()
    arn = f"arn:aws:{_NAME}:{get_region()}:{account}:scalable-target/{new_uuid().replace('-', '')}"
    kept = known or {
        "ServiceNamespace": _NAMESPACE,
        "ResourceId": resource,
        "ScalableDimension": _DIMENSION,
        "RoleARN": data.get("RoleARN") or _ROLE.format(account=account),
        "CreationTime": time.time(),
        "SuspendedState": dict.fromkeys(_SUSPENSIONS, False),
        "ScalableTargetARN": arn,
    }
    suspended = {**kept["SuspendedState"], **_suspended(data)}
    _targets[resource] = {
        **kept,
        "MinCapacity": least,
        "MaxCapacity": most,
        "SuspendedState": suspended,
    }
    return {"ScalableTargetARN": kept["ScalableTargetARN"]}


def _describe(data: Mapping[str, Any]) -> dict[str, Any]:
    _check_kind(data, _DIMENSION)
    asked, most = data.get("ResourceIds") or [], data.get("MaxResults", _MOST_RESULTS)
    if not isinstance(most, int) or not 1 <= most <= _MOST_RESULTS:
        raise Refused("ValidationException", "MaxResults must be between 1 and 50.")
    found = [
        target for resource, target in sorted(_targets.items()) if not asked or resource in asked
    ]
    token = data.get("NextToken")
    rest = [target for target in found if token is None or target["ResourceId"] > str(token)]
    answer: dict[str, Any] = {"ScalableTargets": rest[:most]}
    return {**answer, "NextToken": rest[most - 1]["ResourceId"]} if rest[most:] else answer


def _deregister(data: Mapping[str, Any]) -> dict[str, Any]:
    resource = _resource(data)
    if _targets.pop(resource, None) is None:
        text = f"No scalable target registered for namespace: {_NAMESPACE}, resource ID: {resource}"
        raise Refused("ObjectNotFoundException", f"{text}, scalable dimension: {_DIMENSION}")
    return {}


_ACTIONS = {
    "RegisterScalableTarget": _register,
    "DescribeScalableTargets": _describe,
    "DeregisterScalableTarget": _deregister,
}


def _resource(data: Mapping[str, Any]) -> str:
    _check_kind(data, None)
    resource = data.get("ResourceId")
    if not isinstance(resource, str) or not _RESOURCE_ID.fullmatch(resource):
        raise Refused("ValidationException", "ResourceId must be service/<cluster>/<service>.")
    return resource


def _check_kind(data: Mapping[str, Any], default_dimension: str | None) -> None:
    dimension = data.get("ScalableDimension", default_dimension)
    if (data.get("ServiceNamespace"), dimension) != (_NAMESPACE, _DIMENSION):
        raise Refused("ValidationException", f"Only {_NAMESPACE} and {_DIMENSION} are known here.")


def _has_service(resource: str) -> bool:
    from ministack.services import ecs

    service = ecs._services.get(resource.removeprefix("service/"))
    return service is not None and service["status"] == "ACTIVE"


def _capacity(data: Mapping[str, Any], name: str, known: Mapping[str, Any] | None) -> int:
    value = data.get(name, known[name] if known else None)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Refused("ValidationException", f"{name} must be a number, 0 or more.")
    return value


def _suspended(data: Mapping[str, Any]) -> dict[str, bool]:
    given = data.get("SuspendedState") or {}
    if not isinstance(given, dict):
        raise Refused("ValidationException", "SuspendedState must be a structure.")
    return {name: given[name] is True for name in _SUSPENSIONS if name in given}


def _create(logical_id: str, props: Mapping[str, Any], stack_name: str) -> Any:
    """`Ref` gives the resource, the dimension and the namespace, as on AWS."""
    try:
        with _lock:
            _register(_from_template(props))
    except Refused as refused:
        raise ValueError(f"{_RESOURCE_TYPE}: {refused.args[1]}") from refused
    physical_id = f"{props['ResourceId']}|{_DIMENSION}|{_NAMESPACE}"
    return physical_id, {"Id": physical_id}


def _update(
    physical_id: str, old_props: Mapping[str, Any], new_props: Mapping[str, Any], stack_name: str
) -> Any:
    if old_props.get("ResourceId") != new_props.get("ResourceId"):
        _delete(physical_id, old_props)
    return _create("", new_props, stack_name)


def _delete(physical_id: str, props: Mapping[str, Any]) -> None:
    with _lock:
        _targets.pop(physical_id.partition("|")[0], None)


def _from_template(props: Mapping[str, Any]) -> dict[str, Any]:
    """A template's parameters are text."""
    data = dict(props)
    for name in ("MinCapacity", "MaxCapacity"):
        if str(data.get(name, "")).isdigit():
            data[name] = int(str(data[name]))
    suspended = data.get("SuspendedState")
    if isinstance(suspended, dict):
        data["SuspendedState"] = {
            name: str(value).lower() == "true" for name, value in suspended.items()
        }
    return data
