"""When schedules fire. Times are minutes and seconds after 2026-02-18T21:47:00Z."""

from __future__ import annotations

import unittest

from schedules import next_run, rate_seconds, take_due

MINUTE = 1_771_451_220.0
KEY = ("111122223333", "eu-west-1", "default|tick")


class Expressions(unittest.TestCase):
    def test_rates(self) -> None:
        for expression, seconds in (
            ("rate(1 minute)", 60),
            ("rate(5 minutes)", 300),
            ("rate(10 seconds)", 10),
            ("rate(1 day)", 86_400),
            ("rate(1 minutes)", None),
            ("rate(5 minute)", None),
            ("rate(0 seconds)", None),
            ("rate(1.5 minutes)", None),
            ("cron(* * * * ? *)", None),
        ):
            with self.subTest(expression):
                self.assertEqual(rate_seconds(expression), seconds)

    def test_the_next_run(self) -> None:
        for expression, after, run in (
            ("rate(10 seconds)", 0.0, 10.0),
            ("rate(10 seconds)", 9.99, 10.0),
            ("rate(1 minute)", 0.01, 60.0),
            ("cron(* * * * ? *)", 0.0, 60.0),
            ("cron(* * * * ? *)", 59.9, 60.0),
            ("cron(50 * * * ? *)", 0.0, 180.0),
            ("cron(0/5 * * * ? *)", 0.0, 180.0),
        ):
            with self.subTest(expression, after=after):
                self.assertEqual(next_run(expression, MINUTE + after), MINUTE + run)

    def test_what_is_no_schedule_never_runs(self) -> None:
        self.assertIsNone(next_run("every now and then", MINUTE))


class Firing(unittest.TestCase):
    def fired(self, due: dict, rules: dict, at: float) -> list[float]:
        return [moment - MINUTE for _, _, moment in take_due(due, rules, MINUTE + at)]

    def test_each_moment_fires_once(self) -> None:
        due: dict = {}
        rules = {KEY: {"ScheduleExpression": "rate(10 seconds)"}}
        seen = [m for at in (5, 9.99, 10.01, 10.5, 20, 20.02) for m in self.fired(due, rules, at)]
        self.assertEqual(seen, [10.0, 20.0])

    def test_a_new_rule_does_not_fire_at_once(self) -> None:
        rules = {KEY: {"ScheduleExpression": "cron(* * * * ? *)"}}
        self.assertEqual(self.fired({}, rules, 0.0), [])

    def test_a_changed_schedule_counts_anew(self) -> None:
        due: dict = {}
        self.fired(due, {KEY: {"ScheduleExpression": "rate(10 seconds)"}}, 5)
        self.assertEqual(self.fired(due, {KEY: {"ScheduleExpression": "rate(1 minute)"}}, 11), [])

    def test_a_disabled_rule_is_forgotten(self) -> None:
        due: dict = {}
        rules = {KEY: {"ScheduleExpression": "rate(10 seconds)"}}
        self.fired(due, rules, 5)
        self.assertEqual(self.fired(due, {}, 11), [])
        self.assertEqual(self.fired(due, rules, 12), [])

    def test_what_was_missed_is_not_made_up_for(self) -> None:
        due: dict = {}
        rules = {KEY: {"ScheduleExpression": "rate(10 seconds)"}}
        self.fired(due, rules, 5)
        self.assertEqual(self.fired(due, rules, 45), [10.0])
        self.assertEqual(self.fired(due, rules, 46), [])


if __name__ == "__main__":
    unittest.main()
