"""Lines in embedded metric format, and lines that only look like it."""

from __future__ import annotations

import json
import unittest
from typing import Any

import emf
from metrics_series import Datum

NOW = 1_771_451_220.0


def line(directive: dict[str, Any] | None = None, /, timestamp: Any = None, **fields: Any) -> str:
    usual = {
        "Namespace": "LambdaMedic",
        "Dimensions": [["FunctionName"]],
        "Metrics": [{"Name": "Ticks", "Unit": "Count"}],
    }
    aws = {
        "Timestamp": int(NOW * 1000) if timestamp is None else timestamp,
        "CloudWatchMetrics": [usual | (directive or {})],
    }
    return json.dumps({"_aws": aws, "FunctionName": "alarm-playbook", "Ticks": 1} | fields)


class Valid(unittest.TestCase):
    def check(self, message: str, *expected: Datum) -> None:
        self.assertEqual(emf.metrics(message, NOW), list(expected))

    def test_one_metric(self) -> None:
        function = {"FunctionName": "alarm-playbook"}
        self.check(line(), Datum("LambdaMedic", "Ticks", function, (1.0,), "Count", NOW))

    def test_a_metric_for_each_dimension_set(self) -> None:
        sets = [["FunctionName"], ["FunctionName", "Decision"], []]
        data = emf.metrics(line({"Dimensions": sets}, Decision="wait"), NOW)
        self.assertEqual(
            [datum.dimensions for datum in data],
            [
                {"FunctionName": "alarm-playbook"},
                {"FunctionName": "alarm-playbook", "Decision": "wait"},
                {},
            ],
        )

    def test_values_may_be_a_list_and_resolution_a_second(self) -> None:
        metrics = [{"Name": "Ticks", "StorageResolution": 1}]
        (datum,) = emf.metrics(line({"Metrics": metrics}, Ticks=[1, 2.5, 0]), NOW)
        self.assertEqual((datum.values, datum.unit), ((1.0, 2.5, 0.0), "None"))

    def test_ordinary_lines_publish_nothing(self) -> None:
        for message in (
            "",
            "START RequestId: 1",
            '{"level":"INFO","message":"no \\"_aws\\" here"}',
            '{"_aws": 1}',
            '{"_aws": {"Timestamp": 1}}',
            '["_aws"]',
            'not json "_aws"',
        ):
            with self.subTest(message):
                self.check(message)


class Invalid(unittest.TestCase):
    def check(self, message: str, problem: str) -> None:
        with self.subTest(problem), self.assertRaisesRegex(emf.Invalid, problem):
            emf.metrics(message, NOW)

    def test_what_breaks_a_rule_is_not_taken(self) -> None:
        self.check(line({"Namespace": ""}), "Namespace")
        self.check(line({"Metrics": "Ticks"}), "Metrics")
        self.check(line({"Metrics": [{"Name": f"m{n}"} for n in range(101)]}), "Metrics")
        self.check(line({"Dimensions": [["Missing"]]}), "Missing")
        self.check(line(FunctionName=7), "FunctionName")
        self.check(line({"Dimensions": ["FunctionName"]}), "dimension set")
        self.check(line(Ticks="1"), "neither a number")
        self.check(line(Ticks=[1] * 101), "neither a number")
        self.check(line(Ticks=True), "neither a number")
        self.check(line(Ticks=10**400), "neither a number")
        self.check(line({"Metrics": [{"Name": "Ticks", "Unit": []}]}), "unit")
        self.check(line({"Metrics": [{"Name": "Absent"}]}), "Absent")
        self.check(line({"Metrics": [{"Name": "Ticks", "Unit": "Pieces"}]}), "unit")
        self.check(line({"Metrics": [{"Name": "Ticks", "StorageResolution": 5}]}), "Resolution")
        self.check(line(timestamp="now"), "Timestamp")
        self.check(line(timestamp=int((NOW - 15 * 86_400) * 1000)), "two weeks")
        self.check(line(timestamp=int((NOW + 3 * 3_600) * 1000)), "two hours")


if __name__ == "__main__":
    unittest.main()
