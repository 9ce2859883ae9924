"""Targets through their states: what each check, registration and request makes of them."""

from __future__ import annotations

import unittest

import load_balancer_health
from load_balancer_health import CHECKING, REGISTERING, TIMED_OUT, Settings, State, TargetGroup

A, B = ("10.0.0.1", 8080), ("10.0.0.2", 8080)

SETTINGS = Settings(interval=10, healthy_threshold=3, unhealthy_threshold=2)


def group(*addresses: tuple[str, int], **settings: object) -> TargetGroup:
    made = TargetGroup(Settings(**{**SETTINGS.__dict__, **settings}), is_used=True)
    for address in addresses:
        made.register(address, now=0)
    return made


class Checks(unittest.TestCase):
    def states(self, *statuses: int | None) -> list[str]:
        """The states after each check, `None` for one that timed out."""
        made = group(A)
        target = made.targets[A]
        seen = []
        for status in statuses:
            if status is None:
                made.check_failed(target, TIMED_OUT)
            else:
                made.check_answered(target, status)
            seen.append(target.state.value)
        return seen

    def test_a_new_target_passes_one_check(self) -> None:
        self.assertEqual(self.states(200), ["healthy"])

    def test_a_new_target_may_fail_as_often_as_the_threshold_allows(self) -> None:
        self.assertEqual(self.states(None, 200), ["initial", "healthy"])
        self.assertEqual(self.states(None, None), ["initial", "unhealthy"])

    def test_one_failure_does_not_make_a_healthy_target_unhealthy(self) -> None:
        found = self.states(200, 500, 200, 500, 500)
        self.assertEqual(found, ["healthy", "healthy", "healthy", "healthy", "unhealthy"])

    def test_an_unhealthy_target_passes_as_many_as_the_threshold_says(self) -> None:
        found = self.states(500, 500, 200, 200, 500, 200, 200, 200)
        self.assertEqual(found[1:], ["unhealthy"] * 6 + ["healthy"])

    def test_the_reason_is_told(self) -> None:
        made = group(A)
        target = made.targets[A]
        self.assertEqual(target.reason, REGISTERING)
        made.check_answered(target, 500)
        self.assertEqual(target.reason, CHECKING)
        made.check_answered(target, 503)
        assert target.reason is not None
        self.assertEqual(
            (target.reason.code, target.reason.description),
            ("Target.ResponseCodeMismatch", "Health checks failed with these codes: [503]"),
        )

    def test_checks_come_at_the_interval(self) -> None:
        made = group(A)
        due = [now for now in range(31) if made.due(now)]
        self.assertEqual(due, [10, 20, 30])

    def test_matchers(self) -> None:
        for matcher, status, expected in (
            ("200", 200, True),
            ("200", 204, False),
            ("200,202", 202, True),
            ("200-299", 250, True),
            ("200-299, 404", 404, True),
            ("200-299", 300, False),
        ):
            with self.subTest(matcher=matcher, status=status):
                self.assertEqual(load_balancer_health.matches(matcher, status), expected)


class Routing(unittest.TestCase):
    def chosen(self, made: TargetGroup, times: int) -> set[tuple[str, int]]:
        targets = [made.choose() for _ in range(times)]
        return {target.address for target in targets if target}

    def test_healthy_targets_take_turns(self) -> None:
        made = group(A, B)
        for target in made.targets.values():
            made.check_answered(target, 200)
        self.assertEqual(self.chosen(made, 2), {A, B})

    def test_an_unhealthy_one_gets_nothing_while_another_is_healthy(self) -> None:
        made = group(A, B)
        made.check_answered(made.targets[A], 200)
        self.assertEqual(self.chosen(made, 4), {A})

    def test_it_fails_open(self) -> None:
        made = group(A, B)
        for target in made.targets.values():
            made.check_failed(target, TIMED_OUT)
            made.check_failed(target, TIMED_OUT)
        self.assertEqual(self.chosen(made, 2), {A, B})

    def test_draining_and_unused_targets_get_nothing(self) -> None:
        made = group(A, B)
        made.deregister(A, now=1)
        self.assertEqual(self.chosen(made, 4), {B})
        made.is_used = False
        made.settle(1)
        self.assertIsNone(made.choose())

    def test_without_checks_all_are_served(self) -> None:
        made = group(A, B, is_enabled=False)
        self.assertEqual(made.count(State.UNAVAILABLE), 2)
        self.assertEqual(self.chosen(made, 2), {A, B})


class Leaving(unittest.TestCase):
    def test_a_target_without_requests_is_gone_at_once(self) -> None:
        made = group(A)
        made.deregister(A, now=1)
        made.settle(1)
        self.assertEqual(made.targets, {})

    def test_requests_in_flight_are_waited_for(self) -> None:
        made = group(A, deregistration_delay=30)
        target = made.targets[A]
        target.in_flight = 1
        made.deregister(A, now=1)
        made.settle(30.9)
        self.assertEqual(target.state, State.DRAINING)
        target.in_flight = 0
        made.settle(30.9)
        self.assertEqual(made.targets, {})

    def test_but_no_longer_than_the_delay(self) -> None:
        made = group(A, deregistration_delay=0)
        made.targets[A].in_flight = 1
        made.deregister(A, now=1)
        made.settle(1)
        self.assertEqual(made.targets, {})

    def test_a_late_check_does_not_bring_it_back(self) -> None:
        made = group(A)
        target = made.targets[A]
        made.deregister(A, now=1)
        made.check_answered(target, 200)
        self.assertEqual(target.state, State.DRAINING)

    def test_registered_again_it_begins_anew(self) -> None:
        made = group(A)
        made.check_answered(made.targets[A], 200)
        made.targets[A].in_flight = 1
        made.deregister(A, now=1)
        made.register(A, now=2)
        self.assertEqual(made.targets[A].state, State.INITIAL)
        self.assertEqual(made.targets[A].in_flight, 1)


if __name__ == "__main__":
    unittest.main()
