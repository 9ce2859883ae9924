"""One container of a host: a real process that can be stopped and started again.

Replaces nothing itself.
Why: `docker restart` has to end one process and begin another, and a test has to see that it did.
A container gets the environment it was made with and `PORT`, and nothing else; what it writes goes
to the cloud's log at level DEBUG.
Does not: restart by itself when its process ends (docker's restart policy `no`), keep its output
for `docker logs`; isolate anything (see `tasks`).
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from tasks import Container, Program

# The zero value of docker's language, which docker prints for what has not happened.
NEVER = "0001-01-01T00:00:00Z"

# How long docker waits between SIGTERM and SIGKILL.
STOP_TIMEOUT_SECONDS = 10.0

logger = logging.getLogger("overlay.hosts")


class HostContainer:
    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], port: int | None
    ) -> None:
        self.name = name
        self.command = list(command)
        self.environment = dict(environment)
        if port is not None:
            self.environment.setdefault("PORT", str(port))
        self.port = port
        self.id = secrets.token_hex(32)
        self.created = _now()
        self.started_at = self.finished_at = NEVER
        self.exit_code = 0
        self.restarts = 0
        self._process: Container | None = None
        self._ended = threading.Event()
        self._is_removed = False
        self._state = threading.Lock()
        # docker, too, lets one restart of a container finish before it begins the next.
        self._changing = threading.Lock()

    @property
    def pid(self) -> int | None:
        """`None` if it does not run."""
        return self._process.pid if self._process else None

    @property
    def status(self) -> str:
        return "running" if self._process else "exited"

    def start(self) -> None:
        """Raises OSError if the program cannot be started."""
        ended = threading.Event()
        program = Program(self.name, self.command[0], self.command[1:], self.environment)

        def on_line(line: str) -> None:
            logger.debug("%s: %s", self.name, line)

        def on_exit(status: int) -> None:
            with self._state:
                self._process, self.exit_code, self.finished_at = None, status, _now()
            ended.set()

        with self._state:
            if self._is_removed:
                raise OSError("the container was removed")
            self.started_at = _now()
            self._process, self._ended = Container(program, on_line, on_exit), ended

    def restart(self, timeout: float) -> None:
        """Raises OSError if the program cannot be started again. It is then stopped."""
        with self._changing:
            process = self._process
            if process is not None:
                if timeout > 0:
                    process.stop(timeout)
                else:
                    process.kill()
                self._ended.wait()
            self.start()
            self.restarts += 1

    def remove(self) -> None:
        with self._state:
            self._is_removed = True
            if self._process is not None:
                self._process.kill()

    def describe(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "id": self.id,
            "pid": self.pid,
            "status": self.status,
            "exit_code": None if self._process else self.exit_code,
            "port": self.port,
            "endpoint": f"http://127.0.0.1:{self.port}" if self.port else None,
            "started_at": self.started_at,
            "restarts": self.restarts,
        }


def _now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"
