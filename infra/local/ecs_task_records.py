"""The records of ECS tasks, and the lock that all of ECS's state is under.

Replaces nothing itself.
Why: the API, the scheduler and the processes each change tasks, from threads of their own.
Does not: forget stopped tasks, which AWS does after an hour.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any

import ecs_events
from selfcheck import Name

REQUIRED = [
    Name("services.ecs", "_bump_task_version", "(task)"),
    Name("services.ecs", "_cluster_name_from_arn", "(arn)"),
    Name("services.ecs", "_recount_cluster", "(cluster_name)"),
    Name("services.ecs", "_sanitize", "(obj)"),
    Name("services.ecs", "_iso", "()"),
    Name("services.ecs", "_tasks.values", "()"),
]

# One request, one step of the scheduler, or one change of a task at a time.
lock = threading.RLock()

# Set when the scheduler has something to look at.
wake = threading.Event()


def of_service(service: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The tasks of a service, oldest first, stopped ones included."""
    from ministack.services import ecs

    group = f"service:{service['serviceName']}"
    for task in ecs._tasks.values():
        if task.get("group") == group and task.get("clusterArn") == service["clusterArn"]:
            yield task


def container_of(task: Mapping[str, Any], name: str) -> dict[str, Any]:
    return next(container for container in task["containers"] if container["name"] == name)


def changed(task: dict[str, Any], status: str) -> None:
    from ministack.services import ecs

    task["lastStatus"] = status
    ecs._bump_task_version(task)
    cluster = ecs._cluster_name_from_arn(task["clusterArn"])
    ecs._recount_cluster(cluster)
    ecs_events.task_changed(ecs._sanitize(task))


def stopped(task: dict[str, Any], simulated_exit_code: int | None = None) -> None:
    from ministack.services import ecs

    task["executionStoppedAt"] = task["stoppedAt"] = ecs._iso()
    task["stoppingAt"] = task.get("stoppingAt") or task["stoppedAt"]
    for container in task["containers"]:
        container["lastStatus"] = "STOPPED"
        if simulated_exit_code is not None:
            container["exitCode"] = simulated_exit_code
    for attachment in task["attachments"]:
        attachment["status"] = "DELETED"
    changed(task, "STOPPED")
