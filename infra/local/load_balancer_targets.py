"""The target groups of all load balancers: who is registered, and what DescribeTargetHealth says.

Replaces: `alb._register_targets`, `_deregister_targets` and `_describe_target_health`, except for
groups of Lambda functions.
Why: MiniStack tells targets apart by their id alone, and calls all of them healthy.
Does not: reach anything outside this machine. A target's address is either that of a task, which
stands for a process on 127.0.0.1 (see `tasks`), or 127.0.0.1 itself; of any other
one health checks time out and requests get 502.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape

from load_balancer_health import NOT_REGISTERED, Reason, Settings, State, Target, TargetGroup
from selfcheck import Name

REQUIRED = [
    Name("services.alb", "_register_targets", "(params)"),
    Name("services.alb", "_deregister_targets", "(params)"),
    Name("services.alb", "_describe_target_health", "(params)"),
    Name("services.alb", "_parse_targets_param", "(params, prefix='Targets')"),
    Name("services.alb", "_p", "(params, key, default='')"),
    Name("services.alb", "_xml", "(status, action, inner)"),
    Name("services.alb", "_empty", "(action)"),
    Name("services.alb", "_error", "(code, message, status=400)"),
    Name("services.alb", "_tgs.all_items", "()"),
    Name("services.alb", "_rules.all_items", "()"),
    Name("services.alb", "_listeners.all_items", "()"),
    Name("services.alb", "_tg_attrs.get", "(key, default=None)"),
    Name("services.alb", "_ACTION_MAP"),
    Name("core.responses", "request_scope", "(account_id, region)"),
]

Address = tuple[str, int]

_HERE = "127.0.0.1"

# An ALB's own default; a template that names other attributes leaves this one out.
_DEREGISTRATION_DELAY = "300"

_lock = threading.RLock()
_groups: dict[str, TargetGroup] = {}
_local_ports: dict[Address, int] = {}


def install() -> None:
    from ministack.services import alb

    replacements = {
        "RegisterTargets": _register_targets,
        "DeregisterTargets": _deregister_targets,
        "DescribeTargetHealth": _describe_target_health,
    }
    for action, replacement in replacements.items():
        alb._ACTION_MAP[action] = _unless_lambda(alb._ACTION_MAP[action], replacement)


def speedup() -> float:
    """By how much health checks and deregistration delays are faster than their settings say."""
    return float(os.environ.get("ALB_HEALTH_CHECK_SPEEDUP") or 1)


def announce(address: Address, local_port: int) -> None:
    """Says which port on 127.0.0.1 an invented address stands for."""
    with _lock:
        _local_ports[address] = local_port


def withdraw(address: Address) -> None:
    with _lock:
        _local_ports.pop(address, None)


def local_port(address: Address) -> int | None:
    host, port = address
    return port if host == _HERE else _local_ports.get(address)


def register(group_arn: str, address: Address) -> bool:
    """False if there is no such target group."""
    with _lock:
        refresh()
        group = _groups.get(group_arn)
        if group is not None:
            group.register(address, time.monotonic())
        return group is not None


def deregister(group_arn: str, address: Address) -> None:
    with _lock:
        group = _groups.get(group_arn)
        if group is not None:
            group.deregister(address, time.monotonic())
            group.settle(time.monotonic())


def health(group_arn: str, address: Address) -> tuple[State, Reason | None] | None:
    """`None` once the target is neither registered nor draining, or its group is gone."""
    with _lock:
        group = _groups.get(group_arn)
        target = group.targets.get(address) if group else None
        return (target.state, target.reason) if target else None


class InFlight:
    """A request to a target of the group, or to none; counted for as long as it takes."""

    def __init__(self, group_arn: str) -> None:
        with _lock:
            group = _groups.get(group_arn)
            self.target: Target | None = group.choose() if group else None
            if self.target:
                self.target.in_flight += 1

    def __enter__(self) -> Target | None:
        return self.target

    def __exit__(self, *_: object) -> None:
        if self.target:
            with _lock:
                self.target.in_flight -= 1


def due() -> list[tuple[TargetGroup, Target]]:
    """The health checks to begin now."""
    with _lock:
        now = time.monotonic()
        return [(group, target) for group in _groups.values() for target in group.due(now)]


def checked(group: TargetGroup, target: Target, outcome: int | Reason) -> None:
    with _lock:
        if isinstance(outcome, Reason):
            group.check_failed(target, outcome)
        else:
            group.check_answered(target, outcome)


def counts() -> Iterator[tuple[str, int, int]]:
    """Each group with its healthy and unhealthy targets; groups without targets are left out."""
    with _lock:
        for arn, group in _groups.items():
            if group.is_used and group.targets:
                yield arn, group.count(State.HEALTHY), group.count(State.UNHEALTHY)


def users() -> dict[str, list[str]]:
    """The load balancers of each target group that a rule forwards to."""
    from ministack.services import alb

    balancers = {arn: entry["LoadBalancerArn"] for (_, _, arn), entry in alb._listeners.all_items()}
    found: dict[str, list[str]] = {}
    for _, rule in alb._rules.all_items():
        balancer = balancers.get(rule.get("ListenerArn"))
        for action in rule.get("Actions") or []:
            group_arn = action.get("TargetGroupArn")
            if balancer and group_arn and balancer not in found.setdefault(group_arn, []):
                found[group_arn].append(balancer)
    return found


def refresh() -> None:
    """Follows MiniStack's records: groups that came, changed or went, and whether they are used."""
    from ministack.core.responses import request_scope
    from ministack.services import alb

    used = users()
    with _lock:
        present = {}
        for (account, region, arn), record in alb._tgs.all_items():
            group = present[arn] = _groups.get(arn) or TargetGroup()
            with request_scope(account, region):
                attributes = alb._tg_attrs.get(arn) or []
            group.settings = _settings(record, {a["Key"]: a["Value"] for a in attributes})
            group.is_used = bool(used.get(arn))
            group.settle(time.monotonic())
        _groups.clear()
        _groups.update(present)


def _settings(record: Mapping[str, Any], attributes: Mapping[str, str]) -> Settings:
    port = str(record["HealthCheckPort"])
    delay = attributes.get("deregistration_delay.timeout_seconds") or _DEREGISTRATION_DELAY
    return Settings(
        path=record["HealthCheckPath"] or "/",
        port=int(port) if port.isdigit() else None,
        interval=float(record["HealthCheckIntervalSeconds"]) / speedup(),
        # Not made shorter: a busy machine is slow in real seconds.
        timeout=float(record["HealthCheckTimeoutSeconds"]),
        healthy_threshold=int(record["HealthyThresholdCount"]),
        unhealthy_threshold=int(record["UnhealthyThresholdCount"]),
        matcher=str(record["Matcher"]["HttpCode"]),
        is_enabled=bool(record["HealthCheckEnabled"]),
        deregistration_delay=float(delay) / speedup(),
    )


def _unless_lambda(original: Any, replacement: Any) -> Any:
    def handle(params: Mapping[str, Any]) -> Any:
        from ministack.services import alb

        arn = alb._p(params, "TargetGroupArn")
        record = alb._tgs.get(arn)
        if record is None:
            return alb._error("TargetGroupNotFound", f"Target group '{arn}' not found.")
        if record.get("TargetType") == "lambda":
            return original(params)
        return replacement(params, arn, int(record["Port"]))

    return handle


def _named_targets(params: Mapping[str, Any], default_port: int) -> list[Address]:
    from ministack.services import alb

    targets = alb._parse_targets_param(params)
    return [(target["Id"], int(target.get("Port") or default_port)) for target in targets]


def _register_targets(params: Mapping[str, Any], arn: str, default_port: int) -> Any:
    from ministack.services import alb

    for address in _named_targets(params, default_port):
        register(arn, address)
    return alb._empty("RegisterTargets")


def _deregister_targets(params: Mapping[str, Any], arn: str, default_port: int) -> Any:
    from ministack.services import alb

    for address in _named_targets(params, default_port):
        deregister(arn, address)
    return alb._empty("DeregisterTargets")


def _describe_target_health(params: Mapping[str, Any], arn: str, default_port: int) -> Any:
    from ministack.services import alb

    named = _named_targets(params, default_port)
    with _lock:
        refresh()
        group = _groups[arn]
        members = "".join(
            _member(address, group.targets.get(address), group.settings)
            for address in named or group.targets
        )
    inner = f"<TargetHealthDescriptions>{members}</TargetHealthDescriptions>"
    return alb._xml(200, "DescribeTargetHealth", inner)


def _member(address: Address, target: Target | None, settings: Settings) -> str:
    state, reason = (target.state, target.reason) if target else (State.UNUSED, NOT_REGISTERED)
    told = f"<State>{state.value}</State>"
    if reason is not None:
        told += f"<Reason>{reason.code}</Reason>"
        told += f"<Description>{escape(reason.description)}</Description>"
    return (
        f"<member><Target><Id>{escape(address[0])}</Id><Port>{address[1]}</Port></Target>"
        f"<HealthCheckPort>{settings.port or address[1]}</HealthCheckPort>"
        f"<TargetHealth>{told}</TargetHealth></member>"
    )
