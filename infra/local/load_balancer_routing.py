"""What a load balancer asks of its targets: requests of clients, and health checks.

Replaces nothing itself: `load_balancer` puts `forward` in the place of MiniStack's.
Why: MiniStack forwards to any registered target, and answers itself with JSON where an ALB has
pages.
Does not: try another target when one does not answer (AWS does so before a request is sent).
"""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections.abc import Mapping
from typing import Any

import load_balancer_http as http
import load_balancer_metrics as metrics
import load_balancer_targets as targets
from load_balancer_health import CHECKS_FAILED, TIMED_OUT, Reason, Target, TargetGroup
from load_balancer_metrics import Exchange
from selfcheck import Name

REQUIRED = [Name("services.alb", "TARGET_IDLE_TIMEOUT")]

_PHRASES = {
    502: "Bad Gateway",
    503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
}

# What becomes of the request that is being carried out.
exchange: contextvars.ContextVar[Exchange | None] = contextvars.ContextVar(
    "exchange", default=None
)

_checks: set[asyncio.Task[None]] = set()


async def forward(
    tg_arn: str,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    query_params: Mapping[str, Any],
    raw_query_string: str | None = None,
    raw_path: str | None = None,
) -> tuple[int, dict[str, Any], bytes]:
    from ministack.services import alb

    target_path = (raw_path or path) + (f"?{raw_query_string}" if raw_query_string else "")
    asked = http.Request(method.upper(), target_path, encoded(headers), bytes(body or b""))
    told = exchange.get() or Exchange("")
    with targets.InFlight(tg_arn) as target:
        if target is None:
            return _own_answer(503)
        told.target_group = metrics.target_group_dimension(tg_arn)
        port = targets.local_port(target.address)
        begun = time.monotonic()
        try:
            if port is None:
                raise http.ConnectError(f"{target.address} is not on this machine")
            async with asyncio.timeout(alb.TARGET_IDLE_TIMEOUT):
                response = await http.request(port, asked)
        except TimeoutError:
            return _own_answer(504)
        except http.ConnectError:
            told.could_not_connect = True
            return _own_answer(502)
        except http.BrokenResponse:
            return _own_answer(502)
        told.response_seconds = time.monotonic() - begun
        told.target_status = response.status
    answered: dict[str, Any] = {}
    for name, value in response.headers:
        answered.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return response.status, answered, response.body


def page(status: int) -> str:
    title = f"{status} {_PHRASES[status]}"
    head = f"<head><title>{title}</title></head>"
    body = f"<body>\r\n<center><h1>{title}</h1></center>\r\n</body>"
    return f"<html>\r\n{head}\r\n{body}\r\n</html>\r\n"


def _own_answer(status: int) -> tuple[int, dict[str, Any], bytes]:
    return status, {"Content-Type": "text/html"}, page(status).encode()


def encoded(headers: Mapping[str, str | list[str]]) -> http.Headers:
    return [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, values in headers.items()
        for value in (values if isinstance(values, list) else [values])
    ]


def begin_checks() -> None:
    for group, target in targets.due():
        task = asyncio.create_task(_check(group, target))
        _checks.add(task)
        task.add_done_callback(_checks.discard)


async def _check(group: TargetGroup, target: Target) -> None:
    targets.checked(group, target, await _outcome(group, target))


async def _outcome(group: TargetGroup, target: Target) -> int | Reason:
    """The status that the target answers with, or why it has none."""
    settings = group.settings
    port = targets.local_port((target.id, settings.port or target.port))
    headers = [
        (b"host", f"{target.id}:{settings.port or target.port}".encode()),
        (b"user-agent", b"ELB-HealthChecker/2.0"),
    ]
    if port is None:
        return TIMED_OUT
    try:
        async with asyncio.timeout(settings.timeout):
            return (await http.request(port, http.Request("GET", settings.path, headers))).status
    except TimeoutError:
        return TIMED_OUT
    except (http.ConnectError, http.BrokenResponse):
        return CHECKS_FAILED
