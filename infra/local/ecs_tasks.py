"""The lifecycle of ECS tasks: from PENDING to STOPPED, with a process or without.

Replaces: wraps `ecs._run_task`; replaces `ecs._stop_task`.
Why: in MiniStack a task without a container engine is RUNNING for ever, and one that is stopped is
STOPPED at once. Here a task whose image `ECS_LOCAL_IMAGES` names (see `tasks`) is as far as its
processes are (see `ecs_containers`); any other one is simulated as MiniStack does it.
Does not: placement, PROVISIONING and ACTIVATING, task protection, exec.
"""

from __future__ import annotations

import copy
import json
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

import ecs_containers
import ecs_events
import ecs_task_records
import tasks
from ecs_task_records import lock, wake
from selfcheck import Name

REQUIRED = [
    Name("services.ecs", "_run_task", "(data)"),
    Name("services.ecs", "_stop_task", "(data)"),
    Name("services.ecs", "_resolve_cluster_name", "(ref)"),
    Name("services.ecs", "_resolve_task", "(ref, cluster_name='default')"),
    Name("services.ecs", "_resolve_td_key", "(ref)"),
    Name("services.ecs", "_sanitize", "(obj)"),
    Name("services.ecs", "_iso", "()"),
    Name("services.ecs", "_task_defs.get", "(key, default=None)"),
    Name("services.ecs", "_tasks.get", "(key, default=None)"),
    Name("services.ecs", "_ACTION_MAP"),
    Name("core.responses", "json_response"),
    Name("core.responses", "error_response_json"),
    *ecs_containers.REQUIRED,
    *ecs_task_records.REQUIRED,
]


def install() -> None:
    from ministack.services import ecs

    run_task = ecs._run_task

    def run(data: dict[str, Any]) -> Any:
        with lock:
            return _run(run_task, data)

    ecs._run_task = ecs._ACTION_MAP["RunTask"] = run
    ecs._stop_task = ecs._ACTION_MAP["StopTask"] = _stop_task


def has_started(task: Mapping[str, Any]) -> bool:
    """Whether a task without a load balancer counts as healthy."""
    return task["lastStatus"] == "RUNNING" and time.monotonic() >= task["_settled_at"]


def begin_stop(task: dict[str, Any], reason: str, stop_code: str) -> None:
    """A task with targets goes on until the scheduler has drained them, and terminates it."""
    from ministack.services import ecs

    if task["desiredStatus"] == "STOPPED":
        return
    task["desiredStatus"] = "STOPPED"
    task["stoppingAt"] = ecs._iso()
    task["stoppedReason"], task["stopCode"] = reason, stop_code
    processes = ecs_containers.of(task)
    if processes is None:
        ecs_task_records.stopped(task, simulated_exit_code=0)
    elif not processes.targets:
        ecs_containers.terminate(processes)
    else:
        ecs_task_records.changed(task, "DEACTIVATING")
    wake.set()


def _run(run_task: Callable[[dict[str, Any]], Any], data: dict[str, Any]) -> Any:
    from ministack.core.responses import json_response
    from ministack.services import ecs

    response = run_task(data)
    status, _, body = response
    if status != 200:
        return response
    answer = json.loads(body)
    records = [ecs._tasks.get(task["taskArn"]) for task in answer["tasks"]]
    definition = ecs._task_defs.get(ecs._resolve_td_key(data["taskDefinition"]))
    overrides = (data.get("overrides") or {}).get("containerOverrides") or []
    for task in records:
        _launch(task, copy.deepcopy(definition), {o["name"]: o for o in overrides})
    answer["tasks"] = [ecs._sanitize(task) for task in records]
    return json_response(answer)


def _launch(
    task: dict[str, Any], definition: dict[str, Any], overrides: Mapping[str, dict[str, Any]]
) -> None:
    from ministack.services import ecs

    containers = [
        (container, path)
        for container in definition["containerDefinitions"]
        if (path := tasks.local_program(container["image"]))
    ]
    if not containers:
        task["_settled_at"] = time.monotonic() + float(os.environ["ECS_ROLLOUT_SECONDS"])
        ecs_events.task_changed(ecs._sanitize(task))
        return
    task["lastStatus"] = "PENDING"
    task["startedAt"] = task["pullStartedAt"] = task["pullStoppedAt"] = None
    for container in task["containers"]:
        container["lastStatus"] = "PENDING"
    ecs_events.task_changed(ecs._sanitize(task))
    ecs_containers.start(task, containers, overrides)


def _stop_task(data: dict[str, Any]) -> Any:
    from ministack.core.responses import error_response_json, json_response
    from ministack.services import ecs

    with lock:
        cluster = ecs._resolve_cluster_name(data.get("cluster", "default"))
        if cluster is None:
            return error_response_json("ClusterNotFoundException", "Cluster not found.", 400)
        task = ecs._resolve_task(data.get("task", ""), cluster)
        if task is None:
            message = "The referenced task was not found."
            return error_response_json("InvalidParameterException", message, 400)
        begin_stop(task, data.get("reason") or "Task stopped by user", "UserInitiated")
        return json_response({"task": ecs._sanitize(task)})
