"""How long a function takes from the start of its process to its first poll, and how much memory it has taken by then.

The poll is `GET /2018-06-01/runtime/invocation/next` of the Lambda Runtime API: from then on the function waits for work.
It is never answered; the process is killed. Nothing of Lambda's own share of a cold start is measured (fetching the
package, starting the sandbox), and no limit of memory or CPU is put on the process.
"""

from __future__ import annotations

import os
import signal
import socket
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

NEXT = b"GET /2018-06-01/runtime/invocation/next "

# Python needs a quarter of a second; a busy machine may need several.
WITHIN_SECONDS = 30.0


@dataclass(frozen=True)
class Start:
    seconds: float
    peak_bytes: int


def first_poll(command: Sequence[str], environment: Mapping[str, str]) -> Start:
    """Starts the function once. `posix_spawn` and one thread, so that as little as possible of the time is ours."""
    with socket.create_server(("127.0.0.1", 0)) as api, tempfile.TemporaryFile() as output:
        api.settimeout(WITHIN_SECONDS)
        variables = {**environment, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.getsockname()[1]}"}
        redirected = [(os.POSIX_SPAWN_DUP2, output.fileno(), stream) for stream in (1, 2)]
        began = time.perf_counter()
        process = os.posix_spawn(command[0], command, variables, file_actions=redirected)
        try:
            connection, _ = api.accept()
            # Open until the memory is read: without its answer the function would end.
            with connection:
                request = read_request(connection)
                seconds = time.perf_counter() - began
                if not request.startswith(NEXT):
                    raise ChildProcessError(f"{command[0]} did not poll: {said(request, output.fileno())}")
                return Start(seconds, peak_bytes(process))
        except TimeoutError:
            raise ChildProcessError(f"{command[0]} did not poll: {said(b'', output.fileno())}") from None
        finally:
            end(process)


def read_request(connection: socket.socket) -> bytes:
    connection.settimeout(WITHIN_SECONDS)
    request = b""
    while b"\r\n\r\n" not in request and (part := connection.recv(4096)):
        request += part
    return request


def said(request: bytes, output: int) -> str:
    """What a process that did something else said, the end of it."""
    os.lseek(output, 0, os.SEEK_SET)
    return (request + os.read(output, 1 << 20))[-2000:].decode(errors="replace")


def peak_bytes(process: int) -> int:
    """The most memory that the process has held at any time (`VmHWM`)."""
    status = Path(f"/proc/{process}/status").read_text()
    kibibytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(kibibytes) * 1024


def end(process: int) -> None:
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
