"""The overlay's own endpoints, under `/_medic/`.

Replaces nothing: MiniStack knows no such paths.
Why: tests and the demo have to see what AWS would show to nobody, and make what its API cannot.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import calls
import hosts
import hosts_docker
import load_balancer
import log_api
import log_exports
import log_faults
import mails

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_KNOWN = (
    "GET /_medic/mails, GET /_medic/calls, GET /_medic/load-balancers, GET /_medic/hosts, "
    "POST /_medic/hosts, "
    "POST /_medic/hosts/<instance>/ping, POST /_medic/hosts/<instance>/docker, "
    "GET, POST and DELETE /_medic/log-faults, POST /_medic/log-groups, "
    "POST /_medic/foreign-export-task"
)

_OF_LOGS = ("log-faults", "log-groups", "foreign-export-task")

_LONGEST_BODY = 1024 * 1024

# Of its own, so that slow containers do not keep MiniStack's threads.
_docker = ThreadPoolExecutor(max_workers=32, thread_name_prefix="docker")


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    method, path = scope["method"], scope["path"].split("/")[2:]
    try:
        if method == "GET" and path == ["mails"]:
            await _send_json(send, 200, mails.all_mails())
        elif method == "GET" and path == ["calls"]:
            await _send_json(send, 200, calls.every())
        elif method == "GET" and path == ["load-balancers"]:
            await _send_json(send, 200, await load_balancer.describe())
        elif method == "GET" and path == ["hosts"]:
            await _send_json(send, 200, [hosts.describe(host) for host in hosts.every()])
        elif method == "POST" and path == ["hosts"]:
            await _send_json(send, 201, hosts.add(await _body(receive)))
        elif method == "POST" and len(path) == 3 and path[0] == "hosts":
            await _send_json(send, 200, await _of_host(path[1], path[2], await _body(receive)))
        elif len(path) == 1 and path[0] in _OF_LOGS:
            request = await _body(receive) if method == "POST" else None
            await _send_json(send, 200, _of_logs(method, path[0], request))
        else:
            raise LookupError(f"the only endpoints here are {_KNOWN}")
    except LookupError as error:
        await _send_json(send, 404, {"message": str(error.args[0])})
    except (hosts.Refused, ValueError, RecursionError) as error:
        await _send_json(send, 400, {"message": str(error)})


async def _of_host(instance: str, what: str, request: Any) -> dict[str, Any]:
    host = hosts.find(instance)
    if host is None:
        raise LookupError("there is no such host")
    if what == "ping":
        return hosts.set_ping(host, request)
    if what == "docker":
        # A container takes its time to stop.
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(_docker, hosts_docker.run, host, request)
    raise LookupError(f"the only endpoints here are {_KNOWN}")


def _of_logs(method: str, what: str, request: Any) -> Any:
    if what == "log-faults" and method == "DELETE":
        log_faults.reset()
    elif what == "log-faults" and method == "POST":
        return log_faults.add(request)
    elif what == "log-groups" and method == "POST":
        return log_api.set_age(request)
    elif what == "foreign-export-task" and method == "POST":
        return log_exports.add_foreign(request)
    elif what != "log-faults" or method != "GET":
        raise LookupError(f"the only endpoints here are {_KNOWN}")
    return log_faults.every()


async def _body(receive: Receive) -> Any:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > _LONGEST_BODY:
            raise ValueError(f"the body is longer than {_LONGEST_BODY} bytes")
        if not message.get("more_body"):
            return json.loads(body)


async def _send_json(send: Send, status: int, value: Any) -> None:
    body = json.dumps(value).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
