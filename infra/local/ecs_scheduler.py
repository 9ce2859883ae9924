"""What the service scheduler of ECS does next, as a pure function of how a service stands.

Replaces nothing itself: `ecs_rollouts` carries its actions out.
Why: a rolling update is a loop of small decisions (start, stop, fail, complete), and a table can
test them where a running cloud cannot.
Does not: place tasks on hosts, rebalance zones, blue/green, linear and canary deployments, the
EXTERNAL and CODE_DEPLOY controllers, alarms that stop a deployment, the DAEMON strategy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """How a task stands, as the scheduler sees it."""

    STARTING = "starting"
    """On its way, or running and not yet known to be healthy."""
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    STOPPING = "stopping"
    """Draining or shutting down; it counts neither as capacity nor against it."""


class Rollout(Enum):
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


@dataclass(frozen=True)
class Task:
    id: str
    state: State
    is_current: bool
    """Whether it belongs to the PRIMARY deployment."""


@dataclass(frozen=True)
class Service:
    desired: int
    rollout: Rollout
    """Of the PRIMARY deployment."""
    tasks: Sequence[Task] = ()
    """Oldest first; those that have stopped are left out."""
    minimum_healthy_percent: int = 100
    maximum_percent: int = 200
    failed_tasks: int = 0
    """Of the PRIMARY deployment."""
    failure_threshold: int | None = None
    """`None` without a circuit breaker: the deployment goes on trying."""
    may_start: bool = True
    """False while the scheduler holds back after tasks that failed one after the other."""
    is_steady: bool = False
    """Whether the steady state has been announced."""


class Why(Enum):
    """Why the scheduler stops tasks."""

    UNHEALTHY = "unhealthy"
    REPLACED = "replaced"
    SCALED_IN = "scaled in"


@dataclass(frozen=True)
class Start:
    count: int


@dataclass(frozen=True)
class Stop:
    tasks: tuple[str, ...]
    why: Why


@dataclass(frozen=True)
class Fail:
    """The circuit breaker was triggered."""


@dataclass(frozen=True)
class Complete:
    """The deployment is complete, and the service in a steady state."""


@dataclass(frozen=True)
class Steady:
    """The service is in a steady state again, without a deployment."""


@dataclass(frozen=True)
class Blocked:
    """The deployment's percentages leave no room to start or to stop anything."""


Action = Start | Stop | Fail | Complete | Steady | Blocked


def next_actions(service: Service) -> list[Action]:
    """The actions to carry out now; the result is empty when there is nothing to do but wait."""
    if _breaker_is_triggered(service):
        return [Fail()]
    current, old = _current(service), _old(service)
    # Scaling in takes those that do not serve yet before those that do.
    good = sorted(
        (task for task in current if task.state is not State.UNHEALTHY),
        key=lambda task: task.state is not State.HEALTHY,
    )
    bad = [task for task in current if task.state is State.UNHEALTHY]
    missing = max(0, service.desired - len(good))
    room = max(0, _most(service) - len(current) - len(old))
    if service.rollout is Rollout.FAILED:
        # It launches nothing any more, and keeps what it has.
        return _stop(bad, Why.UNHEALTHY)
    actions: list[Action] = []
    if service.may_start and min(missing, room):
        actions.append(Start(min(missing, room)))
    actions += _stop(_unhealthy_to_stop(service, good, bad, missing, room), Why.UNHEALTHY)
    actions += _stop(good[service.desired :], Why.SCALED_IN)
    actions += _stop(_old_to_stop(service, good, old, max(0, missing - room)), Why.REPLACED)
    if not actions and _is_blocked(service, missing, room):
        actions.append(Blocked())
    if not actions and _is_finished(service, good):
        actions += _announcement(service)
    return actions


def failure_threshold(desired: int, kind: str = "BOUNDED_PERCENT", value: float = 50) -> int:
    """How many failed tasks trigger the circuit breaker: half of the desired count, 3 to 200."""
    if kind == "COUNT":
        return max(1, int(value))
    share = math.ceil(value * desired / 100)
    return max(1, share) if kind == "UNBOUNDED_PERCENT" else min(200, max(3, share))


def _breaker_is_triggered(service: Service) -> bool:
    return (
        service.rollout is Rollout.IN_PROGRESS
        and service.failure_threshold is not None
        and service.failed_tasks >= service.failure_threshold
    )


def _current(service: Service) -> list[Task]:
    return [task for task in service.tasks if task.is_current and task.state is not State.STOPPING]


def _old(service: Service) -> list[Task]:
    return [
        task for task in service.tasks if not task.is_current and task.state is not State.STOPPING
    ]


def _least(service: Service) -> int:
    """ECS rounds the minimum up and the maximum down."""
    return math.ceil(service.desired * service.minimum_healthy_percent / 100)


def _most(service: Service) -> int:
    return service.desired * service.maximum_percent // 100


def _stop(tasks: Sequence[Task], why: Why) -> list[Action]:
    return [Stop(tuple(task.id for task in tasks), why)] if tasks else []


def _unhealthy_to_stop(
    service: Service, good: Sequence[Task], bad: Sequence[Task], missing: int, room: int
) -> list[Task]:
    """While it deploys, at once. In a steady service a replacement is started first, if it may."""
    if service.rollout is Rollout.IN_PROGRESS or service.desired == 0:
        return list(bad)
    if _healthy(good) >= service.desired:
        return list(bad)
    return list(bad)[: max(0, missing - room)]


def _old_to_stop(
    service: Service, good: Sequence[Task], old: Sequence[Task], short_of_room: int
) -> list[Task]:
    """As many as healthy new ones stand in for, and more only if they stand in the way.

    No healthy one goes if fewer than the minimum would be left; unhealthy ones do not count there.
    """
    if service.desired == 0:
        return list(old)
    healthy_new = min(_healthy(good), service.desired)
    kept = service.desired - healthy_new
    wanted = max(len(old) - kept, min(short_of_room, len(old)))
    sick = [task for task in old if task.state is not State.HEALTHY]
    sound = [task for task in old if task.state is State.HEALTHY]
    spare = max(0, healthy_new + len(sound) - _least(service))
    going = sick[:wanted]
    return going + sound[: min(wanted - len(going), spare)]


def _healthy(tasks: Sequence[Task]) -> int:
    return sum(task.state is State.HEALTHY for task in tasks)


def _is_blocked(service: Service, missing: int, room: int) -> bool:
    """Whether nothing will happen by itself: no task stops, and none may become healthy."""
    moving = any(
        task.state is State.STOPPING or (task.is_current and task.state is State.STARTING)
        for task in service.tasks
    )
    return service.may_start and missing > 0 and room == 0 and not moving


def _is_finished(service: Service, good: Sequence[Task]) -> bool:
    others = [task for task in service.tasks if task not in good]
    return _healthy(good) == len(good) == service.desired and not others


def _announcement(service: Service) -> list[Action]:
    if service.rollout is Rollout.IN_PROGRESS:
        return [Complete()]
    return [] if service.is_steady else [Steady()]
