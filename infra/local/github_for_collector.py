"""For tests of the collector: as much of GitHub as it asks, with state.

Runs with jobs and their logs, which it redirects to another host as GitHub does, and identity tokens. Does not: paginate by
links, limit rates, know any other call, or check a token beyond its equality.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "ghs-for-tests"
IDENTITY_TOKEN = "header.payload.signature"


@dataclass
class Run:
    conclusion: str | None
    jobs: list[dict[str, Any]]
    event: str = "push"
    head_branch: str = "main"
    head_repository: str = "acme/shop"
    name: str = "ci"

    @property
    def facts(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "event": self.event,
            "head_branch": self.head_branch,
            "head_sha": "0" * 39 + "1",
            "status": "completed" if self.conclusion else "in_progress",
            "conclusion": self.conclusion,
            "repository": {"full_name": "acme/shop"},
            "head_repository": {"full_name": self.head_repository},
        }


def job(number: int, name: str, conclusion: str | None) -> dict[str, Any]:
    status = "completed" if conclusion else "in_progress"
    return {"id": number, "name": name, "status": status, "conclusion": conclusion}


@dataclass
class GitHub:
    """Where runs and logs are kept; `broken` answers everything with 503."""

    runs: dict[str, Run] = field(default_factory=dict)
    logs: dict[str, bytes] = field(default_factory=dict)
    broken: bool = False
    # The headers of each request for a log at the host that GitHub redirects to.
    at_blob_host: list[dict[str, str]] = field(default_factory=list)

    def start(self) -> None:
        blobs = self._server(self._blob)
        self.blob_host = f"http://127.0.0.1:{blobs.server_port}"
        self._servers = [blobs, self._server(self._api)]
        self.endpoint = f"http://127.0.0.1:{self._servers[1].server_port}"

    def stop(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def _server(self, answer: Any) -> ThreadingHTTPServer:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, headers, body = answer(self.path, dict(self.headers))
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def _blob(self, path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        self.at_blob_host.append(headers)
        return 200, {}, self.logs[path.strip("/")]

    def _api(self, path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if self.broken:
            return 503, {}, b"::error::not for your log"
        if path.startswith("/identity"):
            return self._identity(path, headers)
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {}, b"{}"
        parts = urlsplit(path)
        words = parts.path.removeprefix("/repos/acme/shop").strip("/").split("/")
        match words:
            case [""]:
                return 200, {}, json.dumps({"default_branch": "main"}).encode()
            case ["actions", "runs", run, "attempts", "1"] if run in self.runs:
                return 200, {}, json.dumps(self.runs[run].facts).encode()
            case ["actions", "runs", run, "attempts", "1", "jobs"] if run in self.runs:
                page = int(parse_qs(parts.query)["page"][0])
                jobs = self.runs[run].jobs[(page - 1) * 100 : page * 100]
                return 200, {}, json.dumps({"jobs": jobs}).encode()
            case ["actions", "jobs", number, "logs"] if number in self.logs:
                return 302, {"Location": f"{self.blob_host}/{number}"}, b""
        return 404, {}, b"{}"

    def _identity(self, path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        asked = parse_qs(urlsplit(path).query).get("audience")
        if headers.get("Authorization") != "Bearer ask-for-identity" or asked != ["sts.amazonaws.com"]:
            return 403, {}, b"{}"
        return 200, {}, json.dumps({"value": IDENTITY_TOKEN}).encode()
