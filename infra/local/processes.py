"""Ties every process that the cloud starts to the cloud's own life.

Replaces: `subprocess.Popen`, for the whole process, by a subclass.
Why: MiniStack starts one native process per concurrent Lambda invocation and leaves them running
when it is killed.
Does not: follow what such a process starts itself, and on systems without `prctl` (anything but
Linux) it cannot act when the cloud is killed with SIGKILL; a normal end kills them everywhere.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

_PR_SET_PDEATHSIG = 1

# A killed process is gone at once, unless the kernel holds it in a system call.
_COLLECT_WITHIN_SECONDS = 1.0

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
_cloud_pid = os.getpid()
_started: weakref.WeakSet[TiedPopen] = weakref.WeakSet()

# The kernel sends the signal when the *thread* that started the child ends, and MiniStack starts
# Lambda processes from threads that live for one invocation. So one thread, which lives as long
# as the cloud, starts them all.
_starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="process-starter")


def _die_with_the_cloud() -> None:
    """Runs in the child between fork and exec: system calls only, no imports and no locks."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != _cloud_pid:  # the cloud died before the line above
        os._exit(1)


class TiedPopen(subprocess.Popen):
    """A `Popen` whose process is killed when the cloud ends, however it ends."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if _libc is not None:
            kwargs.setdefault("preexec_fn", _die_with_the_cloud)
        _starter.submit(super().__init__, *args, **kwargs).result()
        _started.add(self)


def install() -> None:
    subprocess.Popen = TiedPopen


def kill_all() -> None:
    """Kills every process started since `install` that still runs, and collects its status.

    Collecting matters in a container whose first process does not: they would stay as zombies.
    """
    processes = list(_started)
    for process in processes:
        if process.poll() is None:
            process.kill()
    deadline = time.monotonic() + _COLLECT_WITHIN_SECONDS
    for process in processes:
        try:
            process.wait(timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return
