"""The alarm on alarms that nobody decided: its expression, evaluated with the local cloud's metric math."""

from __future__ import annotations

import sys
import unittest

import validate

from .broken import TEMPLATE, properties

sys.path.append(str(validate.ROOT / "infra" / "local"))

from metrics_math import Context, evaluate  # noqa: E402, it is not a package

PERIOD = 300


def values(published: dict[int, float], decided: dict[int, float]) -> list[float]:
    """What the alarm compares with its threshold in each of four periods but the first, given the sums of each."""
    metrics = properties(TEMPLATE["Resources"], "AlarmPlaybookNoDecisionAlarm")["Metrics"]
    starts = [PERIOD * n for n in range(4)]
    known = {
        "published": {PERIOD * n: value for n, value in published.items()},
        "decided": {PERIOD * n: value for n, value in decided.items()},
    }
    for query in metrics:
        if "Expression" in query:
            known[query["Id"]] = evaluate(query["Expression"], Context(known, starts, PERIOD))
    result = known[metrics[-1]["Id"]]
    return [result.get(start, 0.0) for start in starts[1:]]


class NoDecision(unittest.TestCase):
    def test_what_is_decided_at_once_is_fine(self) -> None:
        self.assertEqual(values({1: 2}, {1: 2}), [0, 0, 0])

    def test_what_is_decided_in_the_next_period_is_fine(self) -> None:
        self.assertEqual(values({1: 1}, {2: 1}), [0, 0, 0])

    def test_what_is_decided_twice_is_fine(self) -> None:
        self.assertEqual(values({1: 1}, {1: 1, 2: 1}), [0, 0, 0])

    def test_what_is_not_decided_is_told_in_the_next_period(self) -> None:
        self.assertEqual(values({1: 1}, {0: 1}), [0, 1, 0])

    def test_one_of_two_that_is_not_decided_is_told(self) -> None:
        self.assertEqual(values({1: 2}, {1: 1}), [0, 1, 0])

    def test_a_function_that_has_been_dead_for_long_is_told(self) -> None:
        self.assertEqual(values({1: 1}, {}), [0, 1, 0])

    def test_decisions_without_messages_are_fine(self) -> None:
        self.assertEqual(values({}, {0: 1, 1: 3, 3: 1}), [0, 0, 0])


if __name__ == "__main__":
    unittest.main()
