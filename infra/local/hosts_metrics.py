"""The CPU that a host's containers use: `CPUUtilization` in `AWS/EC2`.

Replaces nothing of MiniStack.
Why: an alarm on a host watches it, and a restart has to bring it down. Measured from /proc: what
the containers' processes used of one vCPU, in percent, 100 at most. A host has its vCPU for itself
and this machine is shared, so what was ready to run when looked at counts as if it had run: the
greater of the two shares is published.
Does not: AWS publishes it every 5 minutes, or every minute with detailed monitoring; here every
5 seconds, so that alarms with periods of 10 seconds work. No other metric of EC2, and none of the
CloudWatch agent. Not counted are the last moments of a process that ended, the children of a
container's process until it has collected them, and everything on systems without /proc, where
nothing is published.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from pathlib import Path

import hosts
import metrics_store
from hosts import Host
from metrics_series import Datum
from selfcheck import Name

REQUIRED = [
    Name("core.responses", "request_scope", "(account_id, region)"),
    *metrics_store.REQUIRED,
]

INTERVAL_SECONDS = 5.0

# Between two looks at what is ready to run. Programs like to wake up at whole parts of a second.
_LOOK_SECONDS = 0.23

# In /proc/<pid>/stat, after the name, which ends with the last `)`: own and collected children's
# time in user and in kernel mode, in ticks.
_TIMES = slice(11, 15)

# In /proc/<pid>/task/<tid>/stat, first after the name: it runs, or would if it were let.
_READY = "R"

logger = logging.getLogger("overlay.hosts")

# Seconds of CPU by host and process when last looked at.
_used: dict[tuple[str, int], float] = {}


async def publish_forever() -> None:
    """At multiples of the interval; a value has the time at which its interval began, as on AWS."""
    if not Path("/proc/self/stat").exists():
        return
    before = time.time()
    while True:
        looks = await _look_until((time.time() // INTERVAL_SECONDS + 1) * INTERVAL_SECONDS)
        now = time.time()
        began = (now // INTERVAL_SECONDS - 1) * INTERVAL_SECONDS
        try:
            _publish(now - before, began, looks)
        except Exception:
            logger.exception("the metrics of the hosts are lost")
        before = now


async def _look_until(end: float) -> list[set[str]]:
    """The hosts on which something was ready to run, at each look."""
    looks = []
    while (left := end - time.time()) > 0:
        await asyncio.sleep(min(left, _LOOK_SECONDS))
        looks.append({host.instance for host in hosts.every() if _is_ready(host)})
    return looks


def _publish(seconds: float, interval_began: float, looks: list[set[str]]) -> None:
    global _used
    from ministack.core.responses import request_scope

    used: dict[tuple[str, int], float] = {}
    for host in hosts.every():
        used_now = {
            (host.instance, pid): total
            for pid in _processes(host)
            if (total := cpu_seconds(pid)) is not None
        }
        spent = sum(total - _used.get(process, 0.0) for process, total in used_now.items())
        used.update(used_now)
        ready = sum(host.instance in look for look in looks) / max(1, len(looks))
        percent = min(100.0, max(0.0, 100.0 * spent / seconds, 100.0 * ready))
        with request_scope(host.account, host.region):
            metrics_store.store(
                Datum(
                    "AWS/EC2",
                    "CPUUtilization",
                    {"InstanceId": host.instance},
                    (percent,),
                    "Percent",
                    interval_began,
                )
            )
    _used = used


def _processes(host: Host) -> list[int]:
    return [pid for container in host.containers.values() if (pid := container.pid) is not None]


def _is_ready(host: Host) -> bool:
    return any(map(is_ready, _processes(host)))


def is_ready(pid: int) -> bool:
    """Whether a thread of the process runs, or would if it were let."""
    for file in Path(f"/proc/{pid}/task").glob("*/stat"):
        try:
            text = file.read_text()
        except OSError:
            continue
        if text.rpartition(")")[2].split()[:1] == [_READY]:
            return True
    return False


def cpu_seconds(pid: int) -> float | None:
    """What a process has used since it began; `None` if it has just ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    ticks = text.rpartition(")")[2].split()[_TIMES]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
