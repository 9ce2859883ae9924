"""What ECS tasks use, and what becomes of one that uses more memory than it may.

Replaces nothing of MiniStack.
Why: alarms on `CPUUtilization` and `MemoryUtilization` in `AWS/ECS` watch services, and a container
that outgrows its limit is killed: exit code 137 and `OutOfMemoryError`, as ECS tells it. Measured
from /proc: the resident memory and the CPU time of the tasks' processes, in percent of what the
task definition gives to a task (user guide, "Amazon ECS service utilization metrics"); one value
for each task, every second.
Does not: AWS publishes every minute; metrics of clusters, capacity providers and volumes, and
Container Insights. The limit is looked at every second, too, so a process may be above it for so
long; a task of its own has no other bound here. The children of a container's process are not
counted. On systems without /proc nothing is published and nothing killed.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import ecs_containers
import metrics_store
from ecs_containers import Processes
from ecs_task_records import lock
from hosts_metrics import cpu_seconds
from metrics_series import Datum
from selfcheck import Name

REQUIRED = [
    Name("core.responses", "request_scope", "(account_id, region)"),
    Name("services.ecs", "_cluster_name_from_arn", "(arn)"),
    *metrics_store.REQUIRED,
]

INTERVAL_SECONDS = 1.0

_SERVICE = "service:"
_MIB = 1024 * 1024

# CPU units of one vCPU.
_UNITS = 1024

# Fargate gives a task no more than its share; here nothing holds a process back.
_MOST_PERCENT = 100.0

# In /proc/<pid>/statm: the resident pages.
_RESIDENT = 1

logger = logging.getLogger("overlay.ecs_task_metrics")

# Seconds of CPU by process when last looked at.
_used: dict[int, float] = {}


async def publish_forever() -> None:
    if not Path("/proc/self/statm").exists():
        return
    before = time.time()
    while True:
        await asyncio.sleep(INTERVAL_SECONDS - time.time() % INTERVAL_SECONDS)
        now = time.time()
        try:
            _look(now - before, now)
        except Exception:
            logger.exception("the metrics of the tasks are lost")
        before = now


def _look(seconds: float, now: float) -> None:
    global _used
    used: dict[int, float] = {}
    measured: dict[tuple[str, str, str, str], list[tuple[float, float]]] = defaultdict(list)
    for processes in ecs_containers.every():
        pids = {name: container.pid for name, container in list(processes.running.items())}
        memory = {name: resident_bytes(pid) or 0 for name, pid in pids.items()}
        for name in too_large(processes, memory):
            with lock:
                ecs_containers.out_of_memory(processes, name)
        totals = {pid: total for pid in pids.values() if (total := cpu_seconds(pid)) is not None}
        spent = sum(total - _used.get(pid, total) for pid, total in totals.items())
        used.update(totals)
        task = processes.task
        if task["lastStatus"] == "RUNNING" and task["group"].startswith(_SERVICE):
            key = (processes.account, processes.region, task["clusterArn"], task["group"])
            measured[key].append(
                (
                    percent(spent, seconds * int(task["cpu"]) / _UNITS),
                    percent(sum(memory.values()), int(task["memory"]) * _MIB),
                )
            )
    _used = used
    for (account, region, cluster, group), values in measured.items():
        _publish(account, region, cluster, group.removeprefix(_SERVICE), values, now)


def _publish(
    account: str,
    region: str,
    cluster: str,
    service: str,
    values: list[tuple[float, float]],
    now: float,
) -> None:
    from ministack.core.responses import request_scope
    from ministack.services import ecs

    with request_scope(account, region):
        dimensions = {"ClusterName": ecs._cluster_name_from_arn(cluster), "ServiceName": service}
        of_each = zip(*values, strict=True)
        for name, percents in zip(("CPUUtilization", "MemoryUtilization"), of_each, strict=True):
            datum = Datum("AWS/ECS", name, dimensions, tuple(percents), "Percent", now)
            metrics_store.store(datum)


def percent(used: float, available: float) -> float:
    return min(_MOST_PERCENT, max(0.0, 100.0 * used / available)) if available else 0.0


def too_large(processes: Processes, memory: Mapping[str, int]) -> list[str]:
    """The containers above their own limit, or else the largest one of a task above its limit."""
    limits = {program.name: program.memory_mib for program in processes.programs}
    above = [
        name
        for name, used in memory.items()
        if (limit := limits.get(name)) is not None and used > limit * _MIB
    ]
    if not above and memory and sum(memory.values()) > int(processes.task["memory"]) * _MIB:
        above = [max(memory, key=lambda name: memory[name])]
    return above


def resident_bytes(pid: int) -> int | None:
    """What a process has in memory; `None` if it has just ended."""
    try:
        text = Path(f"/proc/{pid}/statm").read_text()
    except OSError:
        return None
    return int(text.split()[_RESIDENT]) * os.sysconf("SC_PAGE_SIZE")
