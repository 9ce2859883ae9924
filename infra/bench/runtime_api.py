"""The Lambda Runtime API, for one function that gets one event after another.

Stands in for: what a sandbox of Lambda talks to (developer guide, "Using the Lambda runtime API").
Does not: retry, freeze the process between events, enforce time, memory or the size of an answer, know extensions,
stream answers, or carry traces.
"""

from __future__ import annotations

import queue
import threading
import time
import uuid
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

PREFIX = "/2018-06-01/runtime"
FUNCTION_ARN = "arn:aws:lambda:eu-west-1:111122223333:function:alarm-playbook"


@dataclass(frozen=True)
class Answer:
    """`kind` is `response`, `error`, or `init` for a function that could not start."""

    kind: str
    body: bytes


class RuntimeApi:
    def __init__(self, timeout_seconds: float = 30.0) -> None:
        self._timeout = timeout_seconds
        self._events: queue.Queue[bytes] = queue.Queue()
        self._answers: queue.Queue[Answer] = queue.Queue()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> RuntimeApi:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def deliver(self, event: bytes) -> Answer:
        """Hands the event out and waits for the answer; fails if there is none when the invocation's time is up."""
        self._events.put(event)
        try:
            return self._answers.get(timeout=self._timeout)
        except queue.Empty:
            raise TimeoutError(f"no answer after {self._timeout:.0f} s") from None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if self.path != f"{PREFIX}/invocation/next":
                    self._send(404, b"")
                    return
                event = api._events.get()
                deadline = round((time.time() + api._timeout) * 1000)
                headers = {
                    "Lambda-Runtime-Aws-Request-Id": str(uuid.uuid4()),
                    "Lambda-Runtime-Deadline-Ms": str(deadline),
                    "Lambda-Runtime-Invoked-Function-Arn": FUNCTION_ARN,
                    "Content-Type": "application/json",
                }
                self._send(200, event, headers)

            def do_POST(self) -> None:
                body = self._body()
                kind = "init" if self.path == f"{PREFIX}/init/error" else self.path.rsplit("/", 1)[-1]
                self._send(202, b"{}")
                api._answers.put(Answer(kind, body))

            def _body(self) -> bytes:
                length = self.headers.get("Content-Length")
                if length is not None:
                    return self.rfile.read(int(length))
                parts = []
                while size := int(self.rfile.readline(), 16):
                    parts.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(parts)

            def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
                self.send_response(status)
                for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler
