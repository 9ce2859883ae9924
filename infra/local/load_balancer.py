"""Application load balancers that listen, check their targets, route and count.

Replaces: `alb._forward_to_tg` for targets that are addresses; wraps `alb.dispatch_request`.
Why: MiniStack opens no port for a load balancer, calls all targets healthy and counts nothing.
Each listener gets a port on 127.0.0.1; which one, `GET /_medic/load-balancers` tells. Rules and
their actions are MiniStack's. Requests through MiniStack's own address (`/_alb/<name>/`) are
routed and counted in the same way.
`ALB_HEALTH_CHECK_SPEEDUP` (default 1) divides the interval of health checks and the deregistration
delay, so that a template can keep values that AWS accepts; thresholds and timeouts stay.
Does not: what `load_balancer_http`, `_health` and `_metrics` leave out; network and gateway
load balancers; weighted target groups; certificates (an HTTPS listener speaks plain HTTP here).
"""

from __future__ import annotations

import asyncio
import logging
import time
from functools import partial
from typing import Any
from urllib.parse import parse_qs, unquote

import load_balancer_http as http
import load_balancer_metrics as metrics
import load_balancer_routing as routing
import load_balancer_targets as targets
from load_balancer_metrics import Exchange
from selfcheck import Name

REQUIRED = [
    Name(
        "services.alb",
        "_forward_to_tg",
        "(tg_arn, method, path, headers, body, query_params, raw_query_string=None, raw_path=None)",
    ),
    Name(
        "services.alb",
        "dispatch_request",
        "(lb, method, path, headers, body, query_params, port=80, client_ip=None, "
        "raw_query_string=None, raw_path=None)",
    ),
    Name("services.alb", "_tgs.get", "(key, default=None)"),
    Name("services.alb", "_lbs.get", "(key, default=None)"),
    Name("services.alb", "_lbs.all_items", "()"),
    Name("services.alb", "_listeners.all_items", "()"),
    Name("services.alb", "_listeners.contains_scoped", "(account_id, region, key)"),
    Name(
        "services.cloudwatch",
        "_store_datum",
        "(namespace, name, dims, ts, unit, value, values, counts, stat_values)",
    ),
    Name("core.responses", "request_scope", "(account_id, region)"),
    *routing.REQUIRED,
    *targets.REQUIRED,
]

_HERE = "127.0.0.1"

# How soon a new listener, a due health check and a finished second are noticed.
_TICK_SECONDS = 0.05

_ListenerKey = tuple[str, str, str]
"""Account, region and ARN."""

logger = logging.getLogger("overlay.load_balancer")

_servers: dict[_ListenerKey, asyncio.Server] = {}
_opening = asyncio.Lock()
_seconds = metrics.Seconds()
_published_until = 0


def install() -> None:
    from ministack.services import alb

    targets.install()
    dispatch = alb.dispatch_request
    forward = alb._forward_to_tg

    async def dispatch_and_count(lb: Any, *args: Any, **kwargs: Any) -> Any:
        exchange = Exchange(metrics.load_balancer_dimension(lb["LoadBalancerArn"]))
        token = routing.exchange.set(exchange)
        try:
            response = await dispatch(lb, *args, **kwargs)
        finally:
            routing.exchange.reset(token)
        _seconds.count(exchange, response[0], int(time.time()))
        return response

    async def forward_to_group(tg_arn: str, *args: Any, **kwargs: Any) -> Any:
        group = alb._tgs.get(tg_arn)
        if group is None or group.get("TargetType") == "lambda":
            return await forward(tg_arn, *args, **kwargs)
        return await routing.forward(tg_arn, *args, **kwargs)

    alb.dispatch_request = dispatch_and_count
    alb._forward_to_tg = forward_to_group


async def serve_forever() -> None:
    """Runs on MiniStack's event loop, where its records change, so no record changes meanwhile."""
    while True:
        try:
            await _open_and_close()
            targets.refresh()
            routing.begin_checks()
            _publish(int(time.time()))
        except Exception:  # one bad record must not stop all load balancers
            logger.exception("the load balancers failed")
        await asyncio.sleep(_TICK_SECONDS)


async def describe() -> list[dict[str, Any]]:
    """Each load balancer, where it listens, and each of its listeners."""
    from ministack.services import alb

    await _open_and_close()
    found = []
    for _, balancer in alb._lbs.all_items():
        listeners = sorted(_listeners_of(balancer["LoadBalancerArn"]), key=lambda l: l["port"])
        found.append(
            {
                "arn": balancer["LoadBalancerArn"],
                "name": balancer["LoadBalancerName"],
                "dns_name": balancer["DNSName"],
                # AWS opens no port without a listener, either.
                "endpoint": listeners[0]["endpoint"] if listeners else None,
                "listeners": listeners,
            }
        )
    return found


def _listeners_of(balancer_arn: str) -> list[dict[str, Any]]:
    from ministack.services import alb

    return [
        {
            "arn": key[2],
            "port": listener["Port"],
            "endpoint": f"http://{_HERE}:{_servers[key].sockets[0].getsockname()[1]}",
        }
        for key, listener in alb._listeners.all_items()
        if listener["LoadBalancerArn"] == balancer_arn and key in _servers
    ]


async def _open_and_close() -> None:
    from ministack.services import alb

    async with _opening:
        present = dict(alb._listeners.all_items())
        for key in [key for key in _servers if key not in present]:
            _servers.pop(key).close()
        for key in [key for key in present if key not in _servers]:
            _servers[key] = await asyncio.start_server(partial(_serve, key), _HERE, 0)


async def _serve(
    key: _ListenerKey, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    client = writer.get_extra_info("peername")[0]
    await http.serve(reader, writer, partial(_answer, key, client))


async def _answer(key: _ListenerKey, client: str, asked: http.Request) -> http.Response:
    from ministack.core.responses import request_scope
    from ministack.services import alb

    account, region, arn = key
    path, _, query = asked.target.partition("?")
    headers: dict[str, str] = {}
    for raw_name, raw_value in asked.headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    with request_scope(account, region):
        listener = dict(alb._listeners.all_items()).get(key)
        balancer = alb._lbs.get(listener["LoadBalancerArn"]) if listener else None
        if listener is None or balancer is None:
            return http.Response(503, [(b"connection", b"close")], routing.page(503).encode())
        status, answered, body = await alb.dispatch_request(
            balancer,
            asked.method,
            unquote(path),
            headers,
            asked.body,
            parse_qs(query, keep_blank_values=True),
            listener["Port"],
            client_ip=client,
            raw_query_string=query,
            raw_path=path,
        )
    return http.Response(status, routing.encoded(answered), body)


def _publish(second: int) -> None:
    """Publishes what the seconds before this one have brought, each once and under its own time."""
    from ministack.core.responses import request_scope
    from ministack.services import alb, cloudwatch

    global _published_until
    if second <= _published_until:
        return
    _published_until = second
    data = _seconds.take(before=second)
    used_by = targets.users()
    for group_arn, healthy, unhealthy in targets.counts():
        group = metrics.target_group_dimension(group_arn)
        for balancer_arn in used_by.get(group_arn, ()):
            balancer = metrics.load_balancer_dimension(balancer_arn)
            data += metrics.hosts(second - 1, balancer, group, healthy, unhealthy)
    scopes = {
        metrics.load_balancer_dimension(arn): (account, region)
        for (account, region, arn), _ in alb._lbs.all_items()
    }
    for datum in data:
        scope = scopes.get(datum.dimensions["LoadBalancer"])
        if scope is None:
            continue  # deleted since
        with request_scope(*scope):
            cloudwatch._store_datum(
                metrics.NAMESPACE,
                datum.name,
                dict(datum.dimensions),
                float(datum.second),
                datum.unit,
                None,
                list(datum.counted),
                list(datum.counted.values()),
                None,
            )
