"""What ECS tells EventBridge of its services and tasks.

Replaces nothing itself.
Why: MiniStack's ECS publishes nothing. The events leave in their order from one thread, outside of
ECS's lock, because a rule's target may call ECS again.
Does not: container instances, `SERVICE_TASK_PLACEMENT_FAILURE` and other service actions than
those below.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import events

SOURCE = "aws.ecs"

logger = logging.getLogger("overlay.ecs_events")


@dataclass(frozen=True)
class Event:
    detail_type: str
    resource: str
    detail: Mapping[str, Any]
    account: str
    region: str


_waiting: queue.SimpleQueue[Event] = queue.SimpleQueue()


def install() -> None:
    threading.Thread(target=_publish_forever, name="ecs-events", daemon=True).start()


def task_changed(task: Mapping[str, Any]) -> None:
    """`task` is a description as DescribeTasks gives it; call it once it is as it is to be told."""
    _send("ECS Task State Change", task["taskArn"], {**task, "updatedAt": _now()})


def deployment_changed(
    service_arn: str, deployment: Mapping[str, Any], name: str, reason: str
) -> None:
    detail = {
        "eventType": "ERROR" if name == "SERVICE_DEPLOYMENT_FAILED" else "INFO",
        "eventName": name,
        "deploymentId": deployment["id"],
        "updatedAt": deployment["updatedAt"],
        "reason": reason,
    }
    _send("ECS Deployment State Change", service_arn, detail)


def service_acted(
    service_arn: str, cluster_arn: str, name: str, kind: str = "INFO"
) -> None:
    detail = {
        "eventType": kind,
        "eventName": name,
        "clusterArn": cluster_arn,
        "createdAt": _now(),
    }
    _send("ECS Service Action", service_arn, detail)


def _now() -> str:
    from ministack.core.responses import now_iso

    return now_iso()


def _send(detail_type: str, resource: str, detail: Mapping[str, Any]) -> None:
    from ministack.core.responses import get_account_id, get_region

    _waiting.put(Event(detail_type, resource, detail, get_account_id(), get_region()))


def _publish_forever() -> None:
    while True:
        event = _waiting.get()
        try:
            events.publish(
                SOURCE,
                event.detail_type,
                event.detail,
                [event.resource],
                event.account,
                event.region,
            )
        except Exception:  # a rule that breaks must not end the events of all others
            logger.exception("the event %s is lost", event.detail_type)
