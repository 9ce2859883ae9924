"""The scheduler's decisions, one line of a table each."""

from __future__ import annotations

import math
import random
import unittest

from ecs_scheduler import (
    Blocked,
    Complete,
    Fail,
    Rollout,
    Service,
    Start,
    State,
    Steady,
    Stop,
    Task,
    Why,
    failure_threshold,
    next_actions,
)

_STATES = {
    "s": State.STARTING,
    "h": State.HEALTHY,
    "u": State.UNHEALTHY,
    "d": State.STOPPING,
}


def tasks(old: str, new: str) -> list[Task]:
    """One letter for each task: starting, healthy, unhealthy, draining; named o1, o2, n1, ..."""
    return [
        Task(f"{name}{number}", _STATES[letter], is_current=name == "n")
        for name, letters in (("o", old), ("n", new))
        for number, letter in enumerate(letters, 1)
    ]


class RollingUpdate(unittest.TestCase):
    def check(self, old: str, new: str, *expected: object, **service: object) -> None:
        service = {"desired": 1, "rollout": Rollout.IN_PROGRESS, **service}
        found = next_actions(Service(tasks=tasks(old, new), **service))
        self.assertEqual(found, list(expected))

    def test_one_task_is_replaced_step_by_step(self) -> None:
        self.check("h", "", Start(1))
        self.check("h", "s")
        self.check("h", "h", Stop(("o1",), Why.REPLACED))
        self.check("d", "h")
        self.check("", "h", Complete())

    def test_a_first_deployment(self) -> None:
        self.check("", "", Start(3), desired=3)
        self.check("", "hsh", desired=3)
        self.check("", "hhh", Complete(), desired=3)

    def test_each_healthy_new_task_relieves_an_old_one(self) -> None:
        self.check("hhhh", "hsss", Stop(("o1",), Why.REPLACED), desired=4)
        self.check("dhhh", "hsss", desired=4)

    def test_the_maximum_is_rounded_down(self) -> None:
        self.check("hhh", "", Start(1), desired=3, maximum_percent=150)
        self.check("hhh", "s", desired=3, maximum_percent=150)

    def test_old_tasks_make_room_down_to_the_minimum(self) -> None:
        percent = {"minimum_healthy_percent": 50, "maximum_percent": 100}
        self.check("hhhh", "", Stop(("o1", "o2"), Why.REPLACED), desired=4, **percent)
        self.check("ddhh", "", Start(2), desired=4, **percent)
        self.check("hh", "ss", desired=4, **percent)
        self.check("hh", "hh", Stop(("o1", "o2"), Why.REPLACED), desired=4, **percent)

    def test_the_minimum_is_rounded_up(self) -> None:
        percent = {"minimum_healthy_percent": 50, "maximum_percent": 100}
        self.check("hhh", "", Stop(("o1",), Why.REPLACED), desired=3, **percent)

    def test_no_room_at_all_is_said(self) -> None:
        self.check("h", "", Blocked(), maximum_percent=100)

    def test_an_unhealthy_old_task_stays_until_there_is_a_better_one(self) -> None:
        self.check("u", "", Start(1))
        self.check("u", "s")
        self.check("u", "h", Stop(("o1",), Why.REPLACED))
        self.check("u", "", Stop(("o1",), Why.REPLACED), maximum_percent=100)

    def test_two_deployments_in_a_row(self) -> None:
        # o1 is of the last completed deployment, o2 of the one that was overtaken.
        self.check("hs", "", Stop(("o2",), Why.REPLACED))
        self.check("hs", "", Start(1), Stop(("o2",), Why.REPLACED), maximum_percent=300)
        self.check("h", "h", Stop(("o1",), Why.REPLACED), maximum_percent=300)


class Failures(unittest.TestCase):
    def check(self, new: str, *expected: object, **service: object) -> None:
        service = {"desired": 1, "rollout": Rollout.IN_PROGRESS, **service}
        self.assertEqual(next_actions(Service(tasks=tasks("", new), **service)), list(expected))

    def test_an_unhealthy_new_task_is_stopped_and_replaced(self) -> None:
        self.check("u", Start(1), Stop(("n1",), Why.UNHEALTHY))

    def test_after_failures_it_waits_before_it_starts_another(self) -> None:
        self.check("", may_start=False)

    def test_the_breaker_is_triggered_at_its_threshold(self) -> None:
        self.check("", Start(1), failed_tasks=2, failure_threshold=3)
        self.check("", Fail(), failed_tasks=3, failure_threshold=3)

    def test_without_a_breaker_it_goes_on(self) -> None:
        self.check("", Start(1), failed_tasks=500)

    def test_a_failed_deployment_starts_nothing(self) -> None:
        self.check("u", Stop(("n1",), Why.UNHEALTHY), rollout=Rollout.FAILED)
        self.check("", rollout=Rollout.FAILED)

    def test_the_threshold_is_half_the_desired_count_within_bounds(self) -> None:
        found = [failure_threshold(desired) for desired in (0, 1, 6, 7, 100, 399, 1000)]
        self.assertEqual(found, [3, 3, 3, 4, 50, 200, 200])

    def test_the_threshold_can_be_configured(self) -> None:
        self.assertEqual(failure_threshold(10, "COUNT", 2), 2)
        self.assertEqual(failure_threshold(10, "UNBOUNDED_PERCENT", 10), 1)
        self.assertEqual(failure_threshold(10, "BOUNDED_PERCENT", 100), 10)


class SteadyService(unittest.TestCase):
    def check(self, new: str, *expected: object, **service: object) -> None:
        service = {"desired": 1, "rollout": Rollout.COMPLETED, "is_steady": True, **service}
        self.assertEqual(next_actions(Service(tasks=tasks("", new), **service)), list(expected))

    def test_nothing_to_do(self) -> None:
        self.check("h")

    def test_a_task_that_is_gone_or_going_is_replaced(self) -> None:
        self.check("", Start(1))
        self.check("d", Start(1))

    def test_the_steady_state_is_said_once_more_afterwards(self) -> None:
        self.check("h", Steady(), is_steady=False)

    def test_scaled_out_in_and_to_nothing(self) -> None:
        self.check("h", Start(2), desired=3)
        self.check("hhs", Stop(("n2", "n3"), Why.SCALED_IN))
        self.check("shh", Stop(("n3", "n1"), Why.SCALED_IN))
        self.check("h", Stop(("n1",), Why.SCALED_IN), desired=0)
        self.check("d", desired=0)
        self.check("", Steady(), desired=0, is_steady=False)

    def test_an_unhealthy_task_goes_when_its_replacement_is_healthy(self) -> None:
        self.check("u", Start(1))
        self.check("us")
        self.check("uh", Stop(("n1",), Why.UNHEALTHY))

    def test_an_unhealthy_task_makes_room_if_there_is_none(self) -> None:
        self.check("u", Stop(("n1",), Why.UNHEALTHY), maximum_percent=100)


def letters(chance: random.Random) -> str:
    return "".join(chance.choices("shud", k=chance.randrange(5)))


class AnyRollout(unittest.TestCase):
    def test_healthy_tasks_are_never_stopped_below_the_minimum(self) -> None:
        chance = random.Random(7)
        stops = 0
        for _ in range(20_000):
            minimum = chance.choice((0, 50, 75, 100))
            service = Service(
                desired=chance.randrange(5),
                rollout=chance.choice((Rollout.IN_PROGRESS, Rollout.COMPLETED)),
                tasks=tasks(letters(chance), letters(chance)),
                minimum_healthy_percent=minimum,
                maximum_percent=chance.choice((100, 150, 200)),
            )
            healthy = {task.id for task in service.tasks if task.state is State.HEALTHY}
            left = set(healthy)
            for action in next_actions(service):
                if isinstance(action, Stop):
                    left -= set(action.tasks)
            stops += left != healthy
            least = math.ceil(service.desired * minimum / 100)
            self.assertGreaterEqual(len(left), min(least, len(healthy)), service)
        self.assertGreater(stops, 1_000)


if __name__ == "__main__":
    unittest.main()
