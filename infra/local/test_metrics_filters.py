"""Filter patterns, line by line, and what filters publish."""

from __future__ import annotations

import json
import unittest
from typing import Any

from metrics_filters import PatternError, datum, matcher
from metrics_from_logs import embedded, filtered
from metrics_series import Datum

ERROR = {
    "level": "ERROR",
    "status": 500,
    "user": None,
    "ok": False,
    "request": {"path": "/api/checkout", "ms": 12.5},
    "tags": ["a", "b"],
    "odd.name": "x",
}


class JsonPatterns(unittest.TestCase):
    def check(self, pattern: str, expected: bool, document: Any = None) -> None:
        with self.subTest(pattern):
            line = json.dumps(ERROR if document is None else document)
            self.assertEqual(matcher(pattern)(line), expected)

    def test_equality(self) -> None:
        self.check('{ $.level = "ERROR" }', True)
        self.check('{$.level="WARN"}', False)
        self.check("{ $.level = ERROR }", True)
        self.check('{ $.level = "ERR*" }', True)
        self.check('{ $.level != "ERROR" }', False)
        self.check('{ $.level != "INFO" }', True)
        self.check('{ $.absent != "INFO" }', False)
        self.check("{ $.status = 500 }", True)
        self.check("{ $.status != 500 }", False)
        self.check('{ $["odd.name"] = "x" }', True)

    def test_numbers(self) -> None:
        self.check("{ $.status >= 500 }", True)
        self.check("{ $.status < 500 }", False)
        self.check("{ $.request.ms > 12 }", True)
        self.check("{ $.level > 3 }", False)

    def test_logic(self) -> None:
        self.check('{ $.level = "ERROR" && $.status = 404 }', False)
        self.check('{ $.level = "ERROR" || $.status = 404 }', True)
        self.check('{ ($.status = 404 || $.status = 500) && $.level = "ERROR" }', True)

    def test_fields_and_lists(self) -> None:
        self.check('{ $.request.path = "/api/*" }', True)
        self.check('{ $.tags[0] = "a" }', True)
        self.check('{ $.tags[1] = "a" }', False)
        self.check('{ $.tags[*] = "b" }', True)
        self.check("{ $.user IS NULL }", True)
        self.check("{ $.ok IS FALSE }", True)
        self.check("{ $.ok IS TRUE }", False)
        self.check("{ $.absent NOT EXISTS }", True)
        self.check("{ $.level NOT EXISTS }", False)

    def test_other_lines_do_not_match(self) -> None:
        self.assertFalse(matcher('{ $.level = "ERROR" }')("ERROR level"))
        self.check('{ $.level = "ERROR" }', False, ["ERROR"])

    def test_what_is_no_pattern_is_refused(self) -> None:
        wrong = ('{ $.a = "b"', "{ a = 1 }", "{ $.a }", "{ $.a > x }", "[ip, user]", "%a.*%")
        for pattern in wrong:
            with self.subTest(pattern), self.assertRaises(PatternError):
                matcher(pattern)


class Terms(unittest.TestCase):
    def check(self, pattern: str, line: str, expected: bool) -> None:
        with self.subTest(pattern, line=line):
            self.assertEqual(matcher(pattern)(line), expected)

    def test_terms(self) -> None:
        self.check("", "anything", True)
        self.check("ERROR", "an ERROR here", True)
        self.check("ERROR", "an error here", False)
        self.check("ERROR checkout", "checkout: ERROR", True)
        self.check("ERROR checkout", "ERROR", False)
        self.check('"null cart"', "a null cart", True)
        self.check('"null cart"', "null empty cart", False)
        self.check("ERROR -timeout", "ERROR timeout", False)
        self.check("?ERROR ?WARN", "WARN", True)
        self.check("?ERROR ?WARN", "INFO", False)


class Publishing(unittest.TestCase):
    FILTER = {
        "filterName": "errors",
        "filterPattern": '{ $.level = "ERROR" }',
        "metricTransformations": [
            {
                "metricNamespace": "Shop",
                "metricName": "Errors",
                "metricValue": "1",
                "unit": "Count",
                "defaultValue": 0.0,
            }
        ],
    }

    def test_each_line_that_matches_counts(self) -> None:
        events = [
            {"timestamp": 1_000, "message": json.dumps(ERROR)},
            {"timestamp": 2_000, "message": "ERROR"},
        ]
        self.assertEqual(
            filtered(self.FILTER, events, 9.0), [Datum("Shop", "Errors", {}, (1.0,), "Count", 1.0)]
        )

    def test_a_batch_without_a_match_publishes_the_default(self) -> None:
        events = [{"timestamp": 2_000, "message": "fine"}]
        self.assertEqual(
            filtered(self.FILTER, events, 9.0), [Datum("Shop", "Errors", {}, (0.0,), "Count", 9.0)]
        )

    def test_values_and_dimensions_may_come_from_the_line(self) -> None:
        transformation = {
            "metricNamespace": "Shop",
            "metricName": "Latency",
            "metricValue": "$.request.ms",
            "dimensions": {"Level": "$.level"},
        }
        line = json.dumps(ERROR)
        self.assertEqual(
            datum(transformation, line, 1.0),
            Datum("Shop", "Latency", {"Level": "ERROR"}, (12.5,), "None", 1.0),
        )
        self.assertIsNone(datum(transformation, "{}", 1.0))

    def test_a_pattern_that_is_not_supported_publishes_nothing(self) -> None:
        with self.assertLogs("overlay.metrics", "WARNING"):
            self.assertEqual(filtered({**self.FILTER, "filterPattern": "[a]"}, [], 1.0), [])

    def test_an_invalid_line_stays_a_line(self) -> None:
        bad = {"message": '{"_aws": {"Timestamp": "x", "CloudWatchMetrics": []}}'}
        with self.assertLogs("overlay.metrics", "WARNING"):
            self.assertEqual(embedded([bad], 1.0, "/aws/lambda/f"), [])


if __name__ == "__main__":
    unittest.main()
