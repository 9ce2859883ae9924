"""The overlay as a whole: what it relies on, how it is put in place, and the application served.

Replaces nothing itself; it adds the endpoints under `/_medic/` in front of MiniStack.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import alarm_configuration
import alarm_description
import alarm_history
import alarms
import autoscaling
import buckets
import ecs_services
import ecs_templates
import events
import lambdas
import load_balancer
import mails
import metrics
import metrics_from_logs
import metrics_of_services
import resource_policies
import schedules
from selfcheck import Name

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_PARTS = (
    alarms,
    alarm_configuration,
    alarm_description,
    alarm_history,
    autoscaling,
    buckets,
    ecs_services,
    ecs_templates,
    events,
    lambdas,
    load_balancer,
    mails,
    metrics,
    metrics_from_logs,
    metrics_of_services,
    schedules,
)

REQUIRED = [
    Name("app", "app", "(scope, receive, send)"),
    *(name for part in (*_PARTS, resource_policies) for name in part.REQUIRED),
]

_background: set[asyncio.Task[None]] = set()


def install() -> None:
    for part in _PARTS:
        part.install()


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application: our own endpoints, then MiniStack."""
    from ministack.app import app as ministack

    if scope["type"] == "lifespan":
        _background.add(asyncio.create_task(alarms.evaluate_forever()))
        _background.add(asyncio.create_task(load_balancer.serve_forever()))
        _background.add(asyncio.create_task(metrics_of_services.publish_queues_forever()))
    elif scope["type"] == "http" and scope["path"].startswith("/_medic/"):
        await _answer(scope, send)
        return
    await ministack(scope, receive, send)


async def _answer(scope: Scope, send: Send) -> None:
    if scope["method"] == "GET" and scope["path"] == "/_medic/mails":
        await _send_json(send, 200, mails.all_mails())
    elif scope["method"] == "GET" and scope["path"] == "/_medic/load-balancers":
        await _send_json(send, 200, await load_balancer.describe())
    else:
        message = "the only endpoints here are GET /_medic/mails and GET /_medic/load-balancers"
        await _send_json(send, 404, {"message": message})


async def _send_json(send: Send, status: int, value: Any) -> None:
    body = json.dumps(value).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
