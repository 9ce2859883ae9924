"""The overlay as a whole: what it relies on, how it is put in place, and the application served.

Replaces nothing itself; the endpoints under `/_medic/` come in front of MiniStack (`endpoints`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import alarm_configuration
import alarm_description
import alarm_history
import alarms
import autoscaling
import bucket_events
import bucket_reads
import buckets
import calls
import ecs_services
import ecs_task_metrics
import ecs_templates
import endpoints
import events
import hosts
import hosts_metrics
import lambdas
import load_balancer
import log_api
import log_pages
import mails
import metrics
import metrics_from_logs
import metrics_of_services
import resource_policies
import schedules
import ssm
import ssm_templates
import template_conditions
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
    bucket_events,
    bucket_reads,
    buckets,
    calls,
    ecs_services,
    ecs_templates,
    events,
    hosts,
    lambdas,
    load_balancer,
    log_api,
    log_pages,
    mails,
    metrics,
    metrics_from_logs,
    metrics_of_services,
    schedules,
    ssm,
    ssm_templates,
    template_conditions,
)

REQUIRED = [
    Name("app", "app", "(scope, receive, send)"),
    *(name for part in (*_PARTS, ecs_task_metrics, hosts_metrics, resource_policies) for name in part.REQUIRED),
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
        _background.add(asyncio.create_task(hosts_metrics.publish_forever()))
        _background.add(asyncio.create_task(ecs_task_metrics.publish_forever()))
    elif scope["type"] == "http" and scope["path"].startswith("/_medic/"):
        await endpoints.answer(scope, receive, send)
        return
    elif scope["type"] == "http":
        listener = calls.Listener(scope, receive)
        await ministack(scope, listener.receive, send)
        listener.write_down()
        return
    await ministack(scope, receive, send)
