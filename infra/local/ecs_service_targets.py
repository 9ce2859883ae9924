"""The tasks of a service behind its load balancers: registered, watched and drained.

Replaces nothing itself: `ecs_rollouts` calls it at each of its looks at a service.
Why: MiniStack registers whatever runs, under addresses that nobody listens on, and withdraws it
without draining.
Does not: health checks of containers, Classic Load Balancers, service discovery.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

import ecs_containers
import ecs_tasks
import load_balancer_targets
from ecs_deployments import event
from ecs_scheduler import State
from load_balancer_health import State as Health


def state(service: Mapping[str, Any], task: Mapping[str, Any]) -> State:
    if task["desiredStatus"] == "STOPPED":
        return State.STOPPING
    processes = ecs_containers.of(task)
    if processes is None or not service.get("loadBalancers"):
        return State.HEALTHY if ecs_tasks.has_started(task) else State.STARTING
    healths = [load_balancer_targets.health(*target) for target in processes.targets]
    states = [health[0] if health else None for health in healths]
    if states and all(state in (Health.HEALTHY, Health.UNAVAILABLE) for state in states):
        return State.HEALTHY
    if Health.UNHEALTHY in states and not _is_in_grace_period(service, task):
        return State.UNHEALTHY
    return State.STARTING


def _is_in_grace_period(service: Mapping[str, Any], task: Mapping[str, Any]) -> bool:
    started = datetime.fromisoformat(task["startedAt"].replace("Z", "+00:00"))
    seconds = (datetime.now(timezone.utc) - started).total_seconds()
    return seconds < number(service.get("healthCheckGracePeriodSeconds"), 0)


def number(value: object, default: int) -> int:
    return default if value is None else int(str(value))


def register(service: dict[str, Any], tasks: Sequence[dict[str, Any]]) -> None:
    """Registers the running tasks that are not yet registered."""
    registered: dict[str, int] = defaultdict(int)
    for task in tasks:
        processes = ecs_containers.of(task)
        is_running = task["lastStatus"] == "RUNNING" and task["desiredStatus"] == "RUNNING"
        if processes is None or not is_running or processes.targets:
            continue
        for balancer in service.get("loadBalancers") or []:
            group_arn, port = balancer.get("targetGroupArn"), int(balancer["containerPort"])
            local_port = processes.ports.get(balancer["containerName"])
            if local_port is None:
                continue  # the container is simulated, and nobody listens
            address = (processes.address, port)
            load_balancer_targets.announce(address, local_port)
            if load_balancer_targets.register(group_arn, address):
                processes.targets.append((group_arn, address))
                registered[group_arn] += 1
    for group_arn, count in registered.items():
        event(service, f"registered {count} targets in (target-group {group_arn})")


def drain(service: dict[str, Any], tasks: Sequence[dict[str, Any]]) -> None:
    """Takes the targets of stopping tasks out, and ends the tasks whose targets are drained."""
    leaving: dict[str, int] = defaultdict(int)
    draining = 0
    for task in tasks:
        for group_arn in task.pop("_left_groups", ()):  # its processes ended by themselves
            leaving[group_arn] += 1
        processes = ecs_containers.of(task)
        if processes is None or task["lastStatus"] != "DEACTIVATING":
            continue
        if not processes.is_draining:
            processes.is_draining = True
            draining += 1
            for group_arn, address in processes.targets:
                load_balancer_targets.deregister(group_arn, address)
                leaving[group_arn] += 1
        if all(load_balancer_targets.health(*target) is None for target in processes.targets):
            ecs_containers.terminate(processes)
    if draining:
        event(service, f"has begun draining connections on {draining} tasks.")
    for group_arn, count in leaving.items():
        event(service, f"deregistered {count} targets in (target-group {group_arn})")
