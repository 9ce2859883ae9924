"""Containers of tasks as real processes on this machine.

Replaces nothing itself: `ecs_tasks` decides when they start and stop.
Why: MiniStack runs containers only with a container engine.
`ECS_LOCAL_IMAGES` is a JSON object of images, without tag, and the programs that they stand for:
`{"demo-app": "/abs/path/to/program"}`. A program gets the container definition's environment and
nothing else, except `PORT` (where to listen, on 127.0.0.1) and `ECS_TASK_ID`; the definition's
`command` becomes its arguments. It ends with the cloud (see `processes`).
Does not: isolate anything (file system, network, user, CPU; for memory see `ecs_task_metrics`);
entry points, volumes, health checks of containers, dependencies between containers, the metadata
endpoint, task roles.
"""

from __future__ import annotations

import json
import logging
import os
import random
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_HERE = "127.0.0.1"

# Below the range from which the kernel takes ports for outgoing connections, one of which could
# otherwise get the port between its choice and the process that listens on it.
_PORTS = range(20000, 32000)

# What a process wrote just before it ended is still in the pipe; a child of its own may keep the
# pipe open for ever.
_LAST_LINES_WITHIN_SECONDS = 1.0

# A line without end must not fill the memory; CloudWatch Logs cuts events at 256 KB.
_LINE_BYTES = 256 * 1024

logger = logging.getLogger("overlay.tasks")

_random = random.Random()


@dataclass(frozen=True)
class Program:
    """What a container is to run."""

    name: str
    """Of the container."""
    path: str
    arguments: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    is_essential: bool = True
    stop_timeout: float = 30.0
    memory_mib: int | None = None
    """Its hard limit, if it has one of its own."""


def local_program(image: str) -> str | None:
    """The program that an image stands for on this machine, if any."""
    return local_images().get(image_name(image))


def local_images() -> dict[str, str]:
    return json.loads(os.environ.get("ECS_LOCAL_IMAGES") or "{}")


def image_problems() -> list[str]:
    """What is wrong with `ECS_LOCAL_IMAGES`, for the start of the cloud to refuse."""
    try:
        images = local_images()
    except json.JSONDecodeError as error:
        return [f"ECS_LOCAL_IMAGES is no JSON: {error}"]
    if not isinstance(images, dict):
        return ["ECS_LOCAL_IMAGES must be a JSON object of images and paths"]
    return [
        f"ECS_LOCAL_IMAGES: the program of image `{image}` is no executable file: `{path}`"
        for image, path in images.items()
        if not (Path(str(path)).is_absolute() and os.access(str(path), os.X_OK))
    ]


def image_name(image: str) -> str:
    """The image without digest and tag; a port in the registry's name is no tag."""
    name = image.split("@", 1)[0]
    repository, colon, tag = name.rpartition(":")
    return repository if colon and "/" not in tag else name


def free_port(taken: set[int]) -> int:
    while True:
        port = _random.choice(_PORTS)
        if port not in taken and _is_free(port):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do, so that a port whose last connections linger counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HERE, port))
        except OSError:
            return False
    return True


class Container:
    """A running process. Its output and its end are told from threads of its own."""

    def __init__(
        self,
        program: Program,
        on_line: Callable[[str], None],
        on_exit: Callable[[int], None],
    ) -> None:
        """Raises OSError if the program cannot be started."""
        self._stop_timeout = program.stop_timeout
        self._on_line = on_line
        self._on_exit = on_exit
        self._process = subprocess.Popen(
            [program.path, *program.arguments],
            env=dict(program.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._reader = threading.Thread(target=self._read, name="task-output", daemon=True)
        self._reader.start()
        threading.Thread(target=self._wait, name="task-exit", daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self, timeout: float | None = None) -> None:
        """SIGTERM, and SIGKILL if it still runs after the timeout, or its own stop timeout."""
        self._send(signal.SIGTERM)
        timer = threading.Timer(self._stop_timeout if timeout is None else timeout, self.kill)
        timer.daemon = True
        timer.start()

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self._process.poll() is None:
            self._process.send_signal(number)

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as output:
            while line := output.readline(_LINE_BYTES):
                text = line.decode("utf-8", errors="replace").rstrip("\r\n")
                try:
                    self._on_line(text)
                except Exception:  # output must be read on, or the process stands still
                    logger.exception("a line of output is lost")

    def _wait(self) -> None:
        status = self._process.wait()
        self._reader.join(_LAST_LINES_WITHIN_SECONDS)
        # As a container engine tells it: 128 and the number of the signal.
        self._on_exit(status if status >= 0 else 128 - status)
