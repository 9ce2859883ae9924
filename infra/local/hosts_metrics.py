"""The CPU that a host's containers use: `CPUUtilization` in `AWS/EC2`.

Replaces nothing of MiniStack.
Why: an alarm on a host watches it, and a restart has to bring it down. Measured from /proc: what
the containers' processes used of one vCPU, in percent, 100 at most.
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

# In /proc/<pid>/stat, after the name, which ends with the last `)`: own and collected children's
# time in user and in kernel mode, in ticks.
_TIMES = slice(11, 15)

logger = logging.getLogger("overlay.hosts")

# Seconds of CPU by host and process when last looked at.
_used: dict[tuple[str, int], float] = {}


async def publish_forever() -> None:
    """At multiples of the interval; a value has the time at which its interval began, as on AWS."""
    if not Path("/proc/self/stat").exists():
        return
    before = time.time()
    while True:
        await asyncio.sleep(INTERVAL_SECONDS - time.time() % INTERVAL_SECONDS)
        now = time.time()
        try:
            _publish(now - before, now // INTERVAL_SECONDS * INTERVAL_SECONDS - INTERVAL_SECONDS)
        except Exception:
            logger.exception("the metrics of the hosts are lost")
        before = now


def _publish(seconds: float, interval_began: float) -> None:
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
        percent = min(100.0, max(0.0, 100.0 * spent / seconds))
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


def cpu_seconds(pid: int) -> float | None:
    """What a process has used since it began; `None` if it has just ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    ticks = text.rpartition(")")[2].split()[_TIMES]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
