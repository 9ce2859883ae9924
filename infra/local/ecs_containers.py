"""The processes of ECS tasks: prepared, started, and seen to their end.

Replaces nothing itself.
Why: MiniStack runs a task in a container engine or not at all.
Output goes to CloudWatch Logs as `logConfiguration` says; a log group that does not exist keeps
the task from starting. For the addresses of tasks see `ecs_task_network`.
Does not: what `tasks` leaves out; other log drivers.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import ecs_task_network
import load_balancer_targets
import tasks
from ecs_task_records import changed, container_of, lock, stopped, wake
from load_balancer_targets import Address
from selfcheck import Name

REQUIRED = [
    Name("services.ecs", "_resolve_container_secrets", "(cdef)"),
    Name("services.ecs", "_awslogs_config", "(cdef, task_id, container_id)"),
    Name("services.ecs", "_ensure_awslogs_stream", "(config)"),
    Name("services.ecs", "_emit_awslogs_event", "(config, message)"),
    Name("services.ecs", "_iso", "()"),
    Name("core.responses", "request_scope", "(account_id, region)"),
    Name("core.responses", "get_account_id", "()"),
    Name("core.responses", "get_region", "()"),
    *ecs_task_network.REQUIRED,
]

# A process that has run this long has started, where no load balancer can tell.
_SETTLED_AFTER_SECONDS = 1.0

# AWS stops what does not stop by itself after this long, unless the container definition says.
_STOP_TIMEOUT_SECONDS = 30

# What ECS gives as the reason of such a container (user guide, "Stopped tasks error messages").
_OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"

Programs = list[tuple[dict[str, Any], str]]
"""Container definitions, each with the program that its image stands for."""

logger = logging.getLogger("overlay.ecs_containers")

_processes: dict[str, Processes] = {}


@dataclass
class Processes:
    """The processes of one task, by the name of their container."""

    task: dict[str, Any]
    account: str
    region: str
    address: str
    programs: list[tasks.Program]
    logs: dict[str, dict[str, Any] | None]
    ports: dict[str, int]
    running: dict[str, tasks.Container] = field(default_factory=dict)
    targets: list[tuple[str, Address]] = field(default_factory=list)
    """Where it is registered, or still draining."""
    too_large: set[str] = field(default_factory=set)
    """Containers that were killed because of their memory."""
    is_draining: bool = False
    is_ended: bool = False


def start(task: dict[str, Any], programs: Programs, overrides: Mapping[str, Any]) -> None:
    """Starts the processes of a PENDING task; it is RUNNING a moment later."""
    processes = _processes[task["taskArn"]] = _prepare(task, programs, overrides)
    threading.Thread(
        target=_start, args=(processes, programs), name="task-start", daemon=True
    ).start()


def of(task: Mapping[str, Any]) -> Processes | None:
    """`None` for a simulated task, and for one that has stopped."""
    return _processes.get(task["taskArn"])


def every() -> list[Processes]:
    """Of all tasks that have not stopped."""
    return list(_processes.values())


def out_of_memory(processes: Processes, name: str) -> None:
    """Kills a container, as the kernel does with one that outgrows its limit."""
    container = processes.running.get(name)
    if container is not None and name not in processes.too_large:
        processes.too_large.add(name)
        container.kill()


def terminate(processes: Processes) -> None:
    task = processes.task
    if task["lastStatus"] in ("STOPPING", "STOPPED"):
        return
    was_pending = task["lastStatus"] == "PENDING"
    changed(task, "STOPPING")
    for container in processes.running.values():
        container.stop()
    if not processes.running and not was_pending:
        _end(processes)
    # A pending one is ended by the thread that is about to start it.


def reset() -> None:
    """Forgets all tasks, and kills their processes."""
    with lock:
        for processes in list(_processes.values()):
            processes.is_ended = True
            _forget(processes)
            for container in processes.running.values():
                container.kill()


def _prepare(
    task: dict[str, Any],
    containers: Programs,
    overrides: Mapping[str, dict[str, Any]],
) -> Processes:
    from ministack.core.responses import get_account_id, get_region

    task_id = task["taskArn"].rsplit("/", 1)[-1]
    address = ecs_task_network.attach(task)
    taken = {port for other in _processes.values() for port in other.ports.values()}
    programs, ports = [], {}
    for container, path in containers:
        name = container["name"]
        port = ports[name] = tasks.free_port(taken)
        taken.add(port)
        programs.append(_program(container, path, overrides.get(name) or {}, port, task_id))
        ecs_task_network.bind(task, container, port)
    return Processes(task, get_account_id(), get_region(), address, programs, {}, ports)


def _program(
    container: Mapping[str, Any],
    path: str,
    override: Mapping[str, Any],
    port: int,
    task_id: str,
) -> tasks.Program:
    variables = [*(container.get("environment") or []), *(override.get("environment") or [])]
    environment = {str(v["name"]): str(v["value"]) for v in variables}
    return tasks.Program(
        container["name"],
        path,
        [str(word) for word in override.get("command") or container.get("command") or []],
        {**environment, "PORT": str(port), "ECS_TASK_ID": task_id},
        bool(container.get("essential", True)),
        float(container.get("stopTimeout") or _STOP_TIMEOUT_SECONDS),
        container.get("memory"),
    )


def _start(processes: Processes, containers: Programs) -> None:
    """Runs on a thread of its own: starting a process takes a moment, and ECS goes on meanwhile."""
    from ministack.core.responses import request_scope
    from ministack.services import ecs

    with request_scope(processes.account, processes.region):
        try:
            environments = {c["name"]: ecs._resolve_container_secrets(c) for c, _ in containers}
            _open_logs(processes, [container for container, _ in containers])
        except Exception as error:  # a secret or a log group that is not there
            _fail_to_start(processes, f"ResourceInitializationError: {error}")
            return
        for program in processes.programs:
            with lock:
                if processes.task["desiredStatus"] == "STOPPED" or processes.is_ended:
                    break
            environment = {**environments[program.name], **program.environment}
            try:
                _start_container(processes, replace(program, environment=environment))
            except OSError as error:
                _fail_to_start(processes, f"CannotStartContainerError: {error}")
                return
        _started(processes)


def _open_logs(processes: Processes, containers: list[dict[str, Any]]) -> None:
    from ministack.services import ecs

    for container in containers:
        task_id = processes.task["taskArn"].rsplit("/", 1)[-1]
        config = ecs._awslogs_config(container, task_id, task_id)
        if config is not None and not ecs._ensure_awslogs_stream(config):
            raise LookupError(
                "failed to validate logger args: failed to create Cloudwatch log stream: "
                "ResourceNotFoundException: The specified log group does not exist: "
                f"{config['group']}"
            )
        processes.logs[container["name"]] = config


def _start_container(processes: Processes, program: tasks.Program) -> None:
    from ministack.core.responses import request_scope
    from ministack.services import ecs

    log = processes.logs.get(program.name)

    def on_line(line: str) -> None:
        if log is not None:
            with request_scope(processes.account, log["region"] or processes.region):
                ecs._emit_awslogs_event(log, line)

    def on_exit(status: int) -> None:
        with lock, request_scope(processes.account, processes.region):
            _exited(processes, program, status)

    with lock:
        processes.running[program.name] = tasks.Container(program, on_line, on_exit)
        container_of(processes.task, program.name)["lastStatus"] = "RUNNING"
        if processes.is_ended:  # everything was reset meanwhile
            processes.running[program.name].kill()


def _started(processes: Processes) -> None:
    from ministack.services import ecs

    task = processes.task
    with lock:
        if processes.is_ended:
            return
        if task["desiredStatus"] == "STOPPED":
            for container in processes.running.values():
                container.stop()
            if not processes.running:
                _end(processes)
            return
        task["startedAt"] = task["pullStoppedAt"] = task["pullStartedAt"] = ecs._iso()
        task["_settled_at"] = time.monotonic() + _SETTLED_AFTER_SECONDS
        changed(task, "RUNNING")
        wake.set()


def _fail_to_start(processes: Processes, reason: str) -> None:
    logger.warning("task %s failed to start: %s", processes.task["taskArn"], reason)
    with lock:
        if processes.is_ended:
            return
        task = processes.task
        if task["desiredStatus"] != "STOPPED":
            task["desiredStatus"] = "STOPPED"
            task["stoppedReason"], task["stopCode"] = reason, "TaskFailedToStart"
        for container in processes.running.values():
            container.stop()
        if not processes.running:
            _end(processes)


def _exited(processes: Processes, program: tasks.Program, status: int) -> None:
    from ministack.services import ecs

    processes.running.pop(program.name, None)
    if processes.is_ended:
        return
    task = processes.task
    container = container_of(task, program.name)
    container["lastStatus"], container["exitCode"] = "STOPPED", status
    if program.name in processes.too_large:
        container["reason"] = _OUT_OF_MEMORY
    if task["desiredStatus"] != "STOPPED" and (program.is_essential or not processes.running):
        task["desiredStatus"] = "STOPPED"
        task["stoppingAt"] = ecs._iso()
        task["stoppedReason"] = "Essential container in task exited"
        task["stopCode"] = "EssentialContainerExited"
        for other in processes.running.values():
            other.stop()
    if task["desiredStatus"] == "STOPPED" and not processes.running:
        _end(processes)


def _end(processes: Processes) -> None:
    processes.is_ended = True
    stopped(processes.task)
    _forget(processes)
    wake.set()


def _forget(processes: Processes) -> None:
    for group_arn, address in processes.targets:
        load_balancer_targets.deregister(group_arn, address)
        load_balancer_targets.withdraw(address)
        if not processes.is_draining:
            processes.task.setdefault("_left_groups", []).append(group_arn)
    _processes.pop(processes.task["taskArn"], None)
