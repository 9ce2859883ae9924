"""Periods and order of expressions of GetMetricData; the Query protocol's names."""

from __future__ import annotations

import unittest
from unittest import mock

import metrics
import metrics_store
import metrics_wire
from metrics_expression import MathError
from metrics_series import Sample, is_period, is_statistic, series


def samples(*points: tuple[float, float]) -> list[Sample]:
    return [Sample(time, 1.0, value, value, value) for time, value in points]


def stat(identity: str, period: int = 60, statistic: str = "Sum") -> dict[str, object]:
    metric = {"Namespace": "N", "MetricName": identity, "Dimensions": []}
    return {"Id": identity, "MetricStat": {"Metric": metric, "Period": period, "Stat": statistic}}


def expression(identity: str, text: str) -> dict[str, object]:
    return {"Id": identity, "Expression": text}


class Series(unittest.TestCase):
    def test_a_datapoint_bears_the_start_of_its_period(self) -> None:
        self.assertEqual(series(samples((61, 1), (119.9, 2), (120, 4)), 60, "Sum"), {60: 3, 120: 4})
        self.assertEqual(series(samples((9.99, 1), (10, 2)), 10, "Maximum"), {0: 1, 10: 2})

    def test_percentiles(self) -> None:
        points = samples(*((second, second) for second in range(11)))
        self.assertEqual(series(points, 60, "p50"), {0: 5.0})
        self.assertEqual(series(points, 60, "p90"), {0: 9.0})
        self.assertEqual(series([Sample(0, 2, 5, 2, 3)], 60, "p90"), {})

    def test_what_is_a_statistic_and_a_period(self) -> None:
        self.assertTrue(all(map(is_statistic, ("Sum", "SampleCount", "p99", "p99.9", "p100"))))
        self.assertFalse(any(map(is_statistic, ("sum", "p101", "tm90", "", "p"))))
        self.assertTrue(all(map(is_period, (1, 5, 10, 30, 60, 300))))
        self.assertFalse(any(map(is_period, (0, 2, 15, 61, -60))))


class Queries(unittest.TestCase):
    def setUp(self) -> None:
        self.data: dict[str, list[Sample]] = {}
        patch = mock.patch.object(metrics_store, "samples", self.stored)
        patch.start()
        self.addCleanup(patch.stop)

    def stored(
        self, namespace: str, name: str, dimensions: object, unit: str | None, since: float
    ) -> list[Sample]:
        return [sample for sample in self.data.get(name, []) if sample.time >= since]

    def test_the_start_is_inclusive_and_the_end_exclusive(self) -> None:
        self.data["m"] = samples((0, 1), (60, 2), (120, 4), (180, 8))
        self.assertEqual(metrics.evaluate([stat("m")], 60, 180), {"m": {60: 2, 120: 4}})

    def test_the_start_is_rounded_down_to_the_period(self) -> None:
        self.data["m"] = samples((0, 1), (60, 2), (100, 4))
        self.assertEqual(metrics.evaluate([stat("m")], 90, 180), {"m": {60: 6}})

    def test_a_running_period_has_the_data_so_far(self) -> None:
        self.data["m"] = samples((0, 1), (60, 2), (120, 4))
        self.assertEqual(metrics.evaluate([stat("m", 300)], 0, 119), {"m": {0: 3}})

    def test_expressions_may_come_before_what_they_use(self) -> None:
        self.data["m"] = samples((0, 1), (60, 2))
        expressions = [expression("f", "e * 2"), expression("e", "FILL(n, 0) + m")]
        values = metrics.evaluate([*expressions, stat("m"), stat("n")], 0, 120)
        self.assertEqual(values["f"], {0: 2.0, 60: 4.0})

    def test_all_metrics_are_those_of_the_request_only(self) -> None:
        self.data["m"] = samples((0, 1))
        self.data["n"] = samples((0, 5))
        expressions = [expression("e", "m * 100"), expression("s", "SUM(METRICS())")]
        values = metrics.evaluate([*expressions, stat("m"), stat("n")], 0, 60)
        self.assertEqual(values["s"], {0: 6.0})

    def test_a_circle_and_an_unknown_id_are_refused(self) -> None:
        with self.assertRaises(MathError):
            metrics.evaluate([expression("e", "f"), expression("f", "e")], 0, 60)
        with self.assertRaises(MathError):
            metrics.evaluate([expression("e", "m1 + 1")], 0, 60)

    def test_bad_queries_are_refused(self) -> None:
        for query in (
            stat("m", period=7),
            stat("m", statistic="tm90"),
            {"Id": "m"},
            {**stat("m"), "Expression": "m"},
            {"Expression": "1"},
        ):
            with self.subTest(query), self.assertRaises(metrics.QueryError):
                metrics.evaluate([query], 0, 60)


class QueryProtocol(unittest.TestCase):
    def test_flat_names_become_a_nested_request(self) -> None:
        flat = {
            "Action": ["GetMetricData"],
            "Q.member.1.Id": ["a"],
            "Q.member.1.Metric.Dimensions.member.1.Name": ["d"],
            "Q.member.10.Id": ["c"],
            "Q.member.2.Id": ["b"],
        }
        self.assertEqual(
            metrics_wire.nested(flat),
            {
                "Action": "GetMetricData",
                "Q": [
                    {"Id": "a", "Metric": {"Dimensions": [{"Name": "d"}]}},
                    {"Id": "b"},
                    {"Id": "c"},
                ],
            },
        )

    def test_truth_is_text(self) -> None:
        self.assertFalse(metrics_wire.boolean("false", True))
        self.assertTrue(metrics_wire.boolean("true", False))
        self.assertTrue(metrics_wire.boolean(None, True))


if __name__ == "__main__":
    unittest.main()
