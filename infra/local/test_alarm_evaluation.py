"""The tables of the CloudWatch user guide, the reason texts, and the edges of a period."""

from __future__ import annotations

import unittest

from alarm_evaluation import ALARM, INSUFFICIENT_DATA, OK, Rule, Sample, evaluate, statistic

# 2026-02-18T21:47:00Z, the beginning of a minute.
NOW = 1_771_451_220


def rule(**changes: object) -> Rule:
    settings: dict[str, object] = {
        "statistic": "Sum",
        "period": 60,
        "evaluation_periods": 3,
        "datapoints_to_alarm": 3,
        "comparison": "GreaterThanThreshold",
        "threshold": 10.0,
        "treat_missing_data": "missing",
    }
    return Rule(**(settings | changes))  # type: ignore[arg-type]


def sample(time: float, value: float) -> Sample:
    return Sample(time, 1.0, value, value, value)


def samples(pattern: str) -> list[Sample]:
    """The user guide's notation, newest last: `X` breaches, `0` does not, `-` is missing."""
    found = []
    for age, mark in enumerate(reversed(pattern.split()), start=1):
        if mark != "-":
            found.append(sample(NOW - 60 * age + 5, 20.0 if mark == "X" else 0.0))
    return found


def state_after(before: str, watched: Rule, pattern: str) -> str:
    verdict = evaluate(watched, before, samples(pattern), NOW + 1)
    return verdict.state if verdict else before


class MissingData(unittest.TestCase):
    # Columns: missing, ignore, breaching, notBreaching. "keep" retains the state it is in.
    def check(self, to_alarm: int, pattern: str, *expected: str) -> None:
        treatments = ("missing", "ignore", "breaching", "notBreaching")
        for treatment, state in zip(treatments, expected, strict=True):
            watched = rule(datapoints_to_alarm=to_alarm, treat_missing_data=treatment)
            for before in (OK, ALARM):
                with self.subTest(pattern=pattern, treatment=treatment, before=before):
                    want = before if state == "keep" else state
                    self.assertEqual(state_after(before, watched, pattern), want)

    def test_three_out_of_three(self) -> None:
        self.check(3, "0 - X - X", OK, OK, OK, OK)
        self.check(3, "0 - - - -", OK, OK, OK, OK)
        self.check(3, "- - - - -", INSUFFICIENT_DATA, "keep", ALARM, OK)
        self.check(3, "0 X X - X", ALARM, ALARM, ALARM, ALARM)
        self.check(3, "- - X - -", ALARM, "keep", ALARM, OK)

    def test_two_out_of_three(self) -> None:
        self.check(2, "0 - X - X", ALARM, ALARM, ALARM, ALARM)
        self.check(2, "0 0 X 0 X", ALARM, ALARM, ALARM, ALARM)
        self.check(2, "0 - X - -", OK, OK, ALARM, OK)
        self.check(2, "- - - - 0", OK, OK, ALARM, OK)
        self.check(2, "- - - X -", ALARM, "keep", ALARM, OK)

    def test_intermittent_data_do_not_alarm_before_time(self) -> None:
        for pattern in ("- - - - X", "- - - X -"):
            with self.subTest(pattern=pattern):
                self.assertEqual(state_after(OK, rule(), pattern), OK)

    def test_a_new_alarm_without_data(self) -> None:
        watched = rule(treat_missing_data="notBreaching")
        self.assertEqual(state_after(INSUFFICIENT_DATA, watched, "- - - - -"), OK)
        self.assertEqual(state_after(INSUFFICIENT_DATA, rule(), "- - - - -"), INSUFFICIENT_DATA)


class Periods(unittest.TestCase):
    def state(self, watched: Rule, published: list[Sample], now: float) -> str | None:
        verdict = evaluate(watched, OK, published, now)
        return verdict.state if verdict else None

    def test_a_period_counts_only_once_it_is_over(self) -> None:
        watched = rule(evaluation_periods=1, datapoints_to_alarm=1)
        published = [sample(NOW, 50.0)]
        self.assertIsNone(self.state(rule(treat_missing_data="ignore"), published, NOW + 59.9))
        self.assertEqual(self.state(watched, published, NOW + 60), ALARM)

    def test_samples_of_one_period_are_put_together(self) -> None:
        watched = rule(evaluation_periods=1, datapoints_to_alarm=1)
        published = [sample(NOW - 60, 6.0), sample(NOW - 0.001, 6.0)]
        self.assertEqual(self.state(watched, published, NOW), ALARM)

    def test_samples_of_two_periods_are_not(self) -> None:
        watched = rule(evaluation_periods=2, datapoints_to_alarm=1)
        published = [sample(NOW - 61, 6.0), sample(NOW - 60, 6.0)]
        self.assertIsNone(self.state(watched, published, NOW))

    def test_a_datapoint_of_the_past_counts_for_its_period(self) -> None:
        watched = rule(evaluation_periods=2, datapoints_to_alarm=2)
        published = [sample(NOW - 119, 11.0), sample(NOW - 1, 11.0)]
        self.assertEqual(self.state(watched, published, NOW), ALARM)

    def test_data_beyond_the_evaluation_range_are_forgotten(self) -> None:
        watched = rule(
            evaluation_periods=1, datapoints_to_alarm=1, treat_missing_data="notBreaching"
        )
        old = [sample(NOW - 4 * 60, 50.0)]
        self.assertIsNone(self.state(watched, old, NOW))
        self.assertEqual(self.state(watched, [sample(NOW - 3 * 60, 50.0)], NOW), ALARM)


class Reasons(unittest.TestCase):
    def check(self, watched: Rule, before: str, pattern: str, expected: str) -> None:
        verdict = evaluate(watched, before, samples(pattern), NOW)
        self.assertIsNotNone(verdict)
        self.assertEqual(verdict.reason if verdict else None, expected)

    def test_alarm(self) -> None:
        verdict = evaluate(
            rule(evaluation_periods=2, datapoints_to_alarm=2),
            OK,
            [sample(NOW - 120, 15.0), sample(NOW - 60, 12.0)],
            NOW,
        )
        self.assertEqual(
            verdict.reason if verdict else None,
            "Threshold Crossed: 2 out of the last 2 datapoints [12.0 (18/02/26 21:46:00), "
            "15.0 (18/02/26 21:45:00)] were greater than the threshold (10.0) "
            "(minimum 2 datapoints for OK -> ALARM transition).",
        )

    def test_recovery_needs_the_rest_of_the_periods(self) -> None:
        self.check(
            rule(datapoints_to_alarm=2),
            ALARM,
            "0 0 X",
            "Threshold Crossed: 2 out of the last 3 datapoints [0.0 (18/02/26 21:45:00), "
            "0.0 (18/02/26 21:44:00)] were not greater than the threshold (10.0) "
            "(minimum 2 datapoints for ALARM -> OK transition).",
        )

    def test_an_alarm_that_sets_no_datapoints_to_alarm_is_worded_shorter(self) -> None:
        self.check(
            rule(
                evaluation_periods=1,
                datapoints_to_alarm=None,
                comparison="GreaterThanOrEqualToThreshold",
            ),
            OK,
            "X",
            "Threshold Crossed: 1 datapoint [20.0 (18/02/26 21:46:00)] was greater than or equal "
            "to the threshold (10.0).",
        )

    def test_nothing_but_missing_data(self) -> None:
        self.check(
            rule(evaluation_periods=2, treat_missing_data="notBreaching"),
            INSUFFICIENT_DATA,
            "- -",
            "Threshold Crossed: no datapoints were received for 2 periods and 2 missing "
            "datapoints were treated as [NonBreaching].",
        )
        self.check(
            rule(evaluation_periods=1, datapoints_to_alarm=1, treat_missing_data="breaching"),
            OK,
            "-",
            "Threshold Crossed: no datapoints were received for 1 period and 1 missing "
            "datapoint was treated as [Breaching].",
        )
        self.check(rule(), OK, "- - -", "Insufficient Data: 3 datapoints were unknown.")

    def test_some_missing_data(self) -> None:
        self.check(
            rule(datapoints_to_alarm=2, treat_missing_data="breaching"),
            OK,
            "- - - - X",
            "Threshold Crossed: 1 out of the last 3 datapoints [20.0 (18/02/26 21:46:00)] was "
            "greater than the threshold (10.0) and 2 missing datapoints were treated as "
            "[Breaching] (minimum 2 datapoints for OK -> ALARM transition).",
        )

    def test_the_data_behind_the_reason(self) -> None:
        watched = rule(evaluation_periods=1, datapoints_to_alarm=1)
        verdict = evaluate(watched, OK, [Sample(NOW - 30, 2.0, 30.0, 10.0, 20.0)], NOW + 1.5)
        self.assertEqual(
            verdict.reason_data if verdict else None,
            {
                "version": "1.0",
                "queryDate": "2026-02-18T21:47:01.500+0000",
                "startDate": "2026-02-18T21:46:00.000+0000",
                "statistic": "Sum",
                "period": 60,
                "recentDatapoints": [30.0],
                "threshold": 10.0,
                "evaluatedDatapoints": [
                    {
                        "timestamp": "2026-02-18T21:46:00.000+0000",
                        "sampleCount": 2.0,
                        "value": 30.0,
                    }
                ],
            },
        )


class Statistics(unittest.TestCase):
    def check(self, name: str, expected: float | None) -> None:
        published = [Sample(0, 2.0, 8.0, 4.0, 4.0), sample(1, 1.0), sample(2, 9.0)]
        self.assertEqual(statistic(name, published), expected)

    def test_each(self) -> None:
        self.check("Sum", 18.0)
        self.check("SampleCount", 4.0)
        self.check("Average", 4.5)
        self.check("Minimum", 1.0)
        self.check("Maximum", 9.0)
        self.check("p50", 4.0)
        self.check("p100", 9.0)
        self.check("tm90", None)

    def test_a_statistic_set_has_no_percentiles(self) -> None:
        self.assertIsNone(statistic("p90", [Sample(0, 2.0, 8.0, 1.0, 7.0)]))

    def test_nothing_published(self) -> None:
        self.assertIsNone(statistic("Sum", []))


class Comparisons(unittest.TestCase):
    def test_the_threshold_itself(self) -> None:
        expected = {
            "GreaterThanThreshold": OK,
            "GreaterThanOrEqualToThreshold": ALARM,
            "LessThanThreshold": OK,
            "LessThanOrEqualToThreshold": ALARM,
        }
        for comparison, state in expected.items():
            with self.subTest(comparison=comparison):
                watched = rule(evaluation_periods=1, datapoints_to_alarm=1, comparison=comparison)
                verdict = evaluate(watched, INSUFFICIENT_DATA, [sample(NOW - 1, 10.0)], NOW)
                self.assertEqual(verdict.state if verdict else None, state)


if __name__ == "__main__":
    unittest.main()
