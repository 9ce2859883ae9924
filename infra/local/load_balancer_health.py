"""The targets of a target group: their health, whose turn it is, and how they leave.

Replaces nothing itself: `load_balancer_targets` keeps one `TargetGroup` for each of MiniStack's.
Why: MiniStack calls every registered target healthy. Here nothing reads a clock or a socket, so
that the states can be tested as a table.
Does not: slow start, stickiness, weights, anomaly mitigation, more than one zone, the minimum
healthy targets of target group health (only the documented default: fail open when none is).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum

class State(Enum):
    INITIAL = "initial"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    DRAINING = "draining"
    UNUSED = "unused"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True)
class Reason:
    """Why a target is in a state other than healthy, as DescribeTargetHealth tells it."""

    code: str
    description: str


REGISTERING = Reason("Elb.RegistrationInProgress", "Target registration is in progress")
CHECKING = Reason("Elb.InitialHealthChecking", "Initial health checks in progress")
DEREGISTERING = Reason(
    "Target.DeregistrationInProgress", "Target deregistration is in progress"
)
NOT_REGISTERED = Reason(
    "Target.NotRegistered", "Target is not registered to the target group"
)
NOT_IN_USE = Reason(
    "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer"
)
CHECKS_DISABLED = Reason(
    "Target.HealthCheckDisabled", "Health checks are disabled for this target group"
)
TIMED_OUT = Reason("Target.Timeout", "Request timed out")
CHECKS_FAILED = Reason("Target.FailedHealthChecks", "Health checks failed")


def mismatch(status: int) -> Reason:
    return Reason(
        "Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{status}]"
    )


@dataclass(frozen=True)
class Settings:
    """The health check settings of a target group; the times are the ones to live by."""

    path: str = "/"
    port: int | None = None
    """`None`: the port that the target receives traffic on."""
    interval: float = 30.0
    timeout: float = 5.0
    healthy_threshold: int = 5
    unhealthy_threshold: int = 2
    matcher: str = "200"
    is_enabled: bool = True
    deregistration_delay: float = 300.0


@dataclass
class Target:
    id: str
    port: int
    state: State = State.DRAINING
    reason: Reason | None = None
    next_check_at: float = math.inf
    in_flight: int = 0
    drained_at: float = math.inf
    """Of a draining target: when it is gone even if requests are still in flight."""
    passed: int = 0
    failed: int = 0

    @property
    def address(self) -> tuple[str, int]:
        return (self.id, self.port)


@dataclass
class TargetGroup:
    settings: Settings = field(default_factory=Settings)
    is_used: bool = False
    """Whether a listener's rule forwards to it."""
    targets: dict[tuple[str, int], Target] = field(default_factory=dict)
    _turn: int = 0

    def register(self, address: tuple[str, int], now: float) -> Target:
        """Registers a target, or takes a draining one back; a registered one stays as it is."""
        target = self.targets.get(address)
        if target is None:
            target = self.targets[address] = Target(*address)
        if target.state is State.DRAINING:
            self._begin(target, now)
            self.settle(now)
        return target

    def deregister(self, address: tuple[str, int], now: float) -> None:
        target = self.targets.get(address)
        if target is not None and target.state is not State.DRAINING:
            target.state, target.reason = State.DRAINING, DEREGISTERING
            target.drained_at = now + self.settings.deregistration_delay

    def settle(self, now: float) -> None:
        """Applies what the settings say about states, and lets go of what is drained."""
        for target in list(self.targets.values()):
            if target.state is State.DRAINING:
                if target.in_flight == 0 or now >= target.drained_at:
                    del self.targets[target.address]
            elif not self.is_used:
                _reset(target, State.UNUSED, NOT_IN_USE)
            elif not self.settings.is_enabled:
                _reset(target, State.UNAVAILABLE, CHECKS_DISABLED)
            elif target.state in (State.UNUSED, State.UNAVAILABLE):
                self._begin(target, now)

    def due(self, now: float) -> list[Target]:
        """The targets to check now; their next check is an interval away, however this one goes."""
        checked = (State.INITIAL, State.HEALTHY, State.UNHEALTHY)
        due = [
            target
            for target in self.targets.values()
            if target.state in checked and target.next_check_at <= now
        ]
        for target in due:
            target.next_check_at = now + self.settings.interval
        return due

    def check_answered(self, target: Target, status: int) -> None:
        if matches(self.settings.matcher, status):
            self._check_passed(target)
        else:
            self.check_failed(target, mismatch(status))

    def check_failed(self, target: Target, reason: Reason) -> None:
        target.passed = 0
        target.failed += 1
        if target.failed >= self.settings.unhealthy_threshold or target.state is State.UNHEALTHY:
            _move(target, State.UNHEALTHY, reason)
        elif target.state is State.INITIAL:
            target.reason = CHECKING

    def _begin(self, target: Target, now: float) -> None:
        _reset(target, State.INITIAL, REGISTERING)
        # AWS does not say when the first check comes, only that there is one in each interval.
        target.next_check_at = now + self.settings.interval
        target.drained_at = math.inf

    def _check_passed(self, target: Target) -> None:
        target.failed = 0
        target.passed += 1
        # A new target has to pass one check, an unhealthy one as many as the threshold says.
        if target.state is State.INITIAL or target.passed >= self.settings.healthy_threshold:
            _move(target, State.HEALTHY, None)

    def choose(self) -> Target | None:
        """The target of the next request: the healthy ones in turn; if none is, all in turn."""
        open_ones = [t for t in self.targets.values() if t.state in _MAY_SERVE]
        sound = [t for t in open_ones if t.state in (State.HEALTHY, State.UNAVAILABLE)]
        candidates = sound or open_ones
        if not candidates:
            return None
        self._turn += 1
        return candidates[self._turn % len(candidates)]

    def count(self, state: State) -> int:
        return sum(target.state is state for target in self.targets.values())


_MAY_SERVE = (State.INITIAL, State.HEALTHY, State.UNHEALTHY, State.UNAVAILABLE)


def matches(matcher: str, status: int) -> bool:
    """Whether a status is among the codes of a matcher, as in `200,202` and `200-299`."""
    for part in matcher.split(","):
        first, _, last = part.strip().partition("-")
        if first.isdigit() and int(first) <= status <= int(last or first):
            return True
    return False


def _reset(target: Target, state: State, reason: Reason) -> None:
    if target.state is not state:
        target.passed = target.failed = 0
        target.state, target.reason = state, reason


def _move(target: Target, state: State, reason: Reason | None) -> None:
    """A check may end after its target began to drain, which it must not undo."""
    if target.state in (State.INITIAL, State.HEALTHY, State.UNHEALTHY):
        target.state, target.reason = state, reason
