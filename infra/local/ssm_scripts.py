"""A document's script as a real process on this machine.

Replaces nothing itself.
Why: what lambda-medic ships for hosts has to run, not to be believed.
The script is a file for `/bin/sh` (whatever its first line says), in a directory of its own, with
the environment given and nothing else; it is killed with what it started when its time is over, and
ends with the cloud (see `processes`).
Does not: run as another user; the agent's own variables (`AWS_SSM_INSTANCE_ID` and others).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

# As GetCommandInvocation documents them, in characters.
STDOUT_LIMIT = 24_000
STDERR_LIMIT = 8_000
_LONGEST_CHARACTER = 4

# What the agent reports for a script that it killed: 128 and SIGKILL.
KILLED = 137

# A child that lives on may keep the pipes open.
_LAST_OUTPUT_WITHIN_SECONDS = 1.0


@dataclass(frozen=True)
class Outcome:
    status: int
    stdout: str
    stderr: str
    is_timed_out: bool = False


def run(script: str, environment: Mapping[str, str], directory: str, timeout: float) -> Outcome:
    scratch = Path(tempfile.mkdtemp(prefix="ssm-"))
    try:
        return _run(script, environment, directory, timeout, scratch)
    except (OSError, ValueError) as error:  # no such directory, or a zero byte in a value
        return Outcome(1, "", f"the script cannot be started: {error}"[:STDERR_LIMIT])
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _run(
    script: str, environment: Mapping[str, str], directory: str, timeout: float, scratch: Path
) -> Outcome:
    path = scratch / "_script.sh"
    path.write_bytes(script.encode("utf-8", "surrogatepass"))
    process = subprocess.Popen(
        ["/bin/sh", str(path)],
        env=dict(environment),
        cwd=directory or str(scratch),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    stdout, stderr = _Output(process.stdout, STDOUT_LIMIT), _Output(process.stderr, STDERR_LIMIT)
    is_timed_out = False
    try:
        status = process.wait(timeout)
    except subprocess.TimeoutExpired:
        is_timed_out = True
        _kill_group(process.pid)
        process.wait()
        status = KILLED
    # As a shell tells it: 128 and the number of the signal.
    status = status if status >= 0 else 128 - status
    return Outcome(status, stdout.text(), stderr.text(), is_timed_out)


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


class _Output:
    """The beginning of a stream. All of it is read, or the process would stand still."""

    def __init__(self, stream: IO[bytes] | None, limit: int) -> None:
        assert stream is not None
        self._stream, self._limit, self._kept = stream, limit, b""
        self._reader = threading.Thread(target=self._read, name="ssm-output", daemon=True)
        self._reader.start()

    def text(self) -> str:
        self._reader.join(_LAST_OUTPUT_WITHIN_SECONDS)
        return self._kept.decode("utf-8", "replace")[: self._limit]

    def _read(self) -> None:
        with self._stream as stream:
            while chunk := stream.read1(65536):  # type: ignore[attr-defined]
                room = self._limit * _LONGEST_CHARACTER - len(self._kept)
                self._kept += chunk[: max(0, room)]
