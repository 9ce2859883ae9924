"""What the functions asked of AWS, and whether their roles grant it.

Wraps: `lambda_svc._provided_worker_env`, so that each function signs with a key of its own; requests
are listened to on their way in.
Why: MiniStack serves a function whatever its role says, unless it checks signatures of everybody. So
a permission that is missing would be found out on AWS.
Does not: refuse anything; look at the conditions of a policy, at denials, at policies of resources,
or at policies that are managed; see what AWS does in the role's name, such as logs and traces.

`GET /_medic/calls` lists each action on each resource once: `function`, `role`, `action`,
`resource`, `granted`, `count`.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import parse_qs

from selfcheck import Name

REQUIRED = [
    Name("services.lambda_svc", "_provided_worker_env", "(config, code_dir, port)"),
    Name("services.iam", "_roles"),
    Name("core.router", "detect_service", "(method, path, headers, query_params)"),
    Name("core.router", "extract_access_key_id", "(headers, query_params=None)"),
    Name(
        "core.iam_actions",
        "extract_iam_action",
        "(service, method, path, headers, body, query_params)",
    ),
    Name(
        "core.iam_actions",
        "extract_resource_arn",
        "(service, method, path, headers, body, query_params, region, account_id)",
    ),
    Name("core.responses", "request_scope", "(account_id, region)"),
]

# The names of resources stand at the beginning of a body; what S3 gets is not looked at.
_LONGEST_BODY = 65_536

# Different ones; a function that names ever new objects is not followed for ever.
_MOST_CALLS = 20_000

logger = logging.getLogger("overlay.calls")

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]


@dataclass(frozen=True)
class Caller:
    function: str
    role: str
    account: str
    region: str


_callers: dict[str, Caller] = {}
_calls: dict[tuple[Caller, str, str], int] = {}


def install() -> None:
    from ministack.services import lambda_svc

    worker_environment = lambda_svc._provided_worker_env

    def environment(config: dict[str, Any], code_dir: str, port: int) -> dict[str, str]:
        given = worker_environment(config, code_dir, port)
        given["AWS_ACCESS_KEY_ID"] = key_of(config)
        return given

    lambda_svc._provided_worker_env = environment


def key_of(config: dict[str, Any]) -> str:
    """The access key of a function, by which its calls are known; `config` is MiniStack's."""
    arn, role = config["FunctionArn"], config.get("Role", "")
    _, _, _, region, account, *_ = arn.split(":")
    key = f"ASIA{hashlib.sha256(f'{arn} {role}'.encode()).hexdigest()[:16].upper()}"
    name = role.rsplit("/", 1)[-1]
    _callers[key] = Caller(config["FunctionName"], name, account, region)
    return key


class Listener:
    """Writes down a function's request, once it has been answered."""

    def __init__(self, scope: Message, receive: Receive) -> None:
        self._headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        self._scope, self._receive, self._body = scope, receive, bytearray()
        self._caller = _callers.get(_access_key(self._headers))

    async def receive(self) -> Message:
        message = await self._receive()
        if self._caller and message["type"] == "http.request":
            self._body.extend(message.get("body", b"")[: _LONGEST_BODY - len(self._body)])
        return message

    def write_down(self) -> None:
        if self._caller:
            try:
                _write_down(self._caller, self._scope, self._headers, bytes(self._body))
            except Exception:  # it has been answered; what was asked in an odd way is only not listed
                logger.exception("could not tell what %s asked for", self._caller.function)


def _access_key(headers: dict[str, str]) -> str:
    from ministack.core.router import extract_access_key_id

    return extract_access_key_id(headers)


def _write_down(caller: Caller, scope: Message, headers: dict[str, str], body: bytes) -> None:
    from ministack.core import iam_actions, router

    method, path = scope["method"], scope["path"]
    params = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        params = {**parse_qs(body.decode(errors="replace"), keep_blank_values=True), **params}
    service = router.detect_service(method, path, headers, params)
    action = iam_actions.extract_iam_action(service, method, path, headers, body, params)
    if action is None:
        return
    resource = iam_actions.extract_resource_arn(
        service, method, path, headers, body, params, caller.region, caller.account
    )
    if action == "logs:DescribeLogGroups":
        # What AWS names when it denies it; MiniStack has `*`, which no policy on log groups grants.
        resource = f"arn:aws:logs:{caller.region}:{caller.account}:log-group::log-stream:"
    call = (caller, action, resource)
    if call in _calls or len(_calls) < _MOST_CALLS:
        _calls[call] = _calls.get(call, 0) + 1


def every() -> list[dict[str, Any]]:
    return [
        {
            "function": caller.function,
            "role": caller.role,
            "action": action,
            "resource": resource,
            "granted": is_granted(action, resource, _policies(caller)),
            "count": count,
        }
        for (caller, action, resource), count in _calls.items()
    ]


def _policies(caller: Caller) -> list[dict[str, Any]]:
    """The policies in the function's role, as the stack wrote them."""
    from ministack.core.responses import request_scope
    from ministack.services import iam

    with request_scope(caller.account, caller.region):
        policies = iam._roles.get(caller.role, {}).get("InlinePolicies", {}).values()
    return [json.loads(one) if isinstance(one, str) else one for one in policies]


def is_function_refused(access_key: str, action: str, resource: str) -> bool:
    """Whether a function asks, and its role does not grant it. A role that IAM does not know grants all."""
    from ministack.core.responses import request_scope
    from ministack.services import iam

    caller = _callers.get(access_key)
    if caller is None:
        return False
    with request_scope(caller.account, caller.region):
        is_known = caller.role in iam._roles
    return is_known and not is_granted(action, resource, _policies(caller))


def is_granted(action: str, resource: str, policies: list[dict[str, Any]]) -> bool:
    allowed = [
        one
        for policy in policies
        for one in _listed(policy["Statement"])
        if one["Effect"] == "Allow"
    ]
    return any(
        any(fnmatchcase(action.lower(), each.lower()) for each in _listed(one["Action"]))
        and any(fnmatchcase(resource, each) for each in _listed(one["Resource"]))
        for one in allowed
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
