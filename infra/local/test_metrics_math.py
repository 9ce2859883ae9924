"""Tables of expressions and what they give."""

from __future__ import annotations

import unittest

from metrics_expression import MathError, names, parse
from metrics_math import Context, evaluate

STARTS = [0, 60, 120, 180]


def context() -> Context:
    values = {
        "a": {0: 10.0, 60: 20.0, 120: 30.0},
        "b": {0: 2.0, 60: 0.0, 180: 5.0},
        "none": {},
    }
    return Context(values, STARTS, 60, ("a", "b", "none"))


class Expressions(unittest.TestCase):
    def check(self, expression: str, expected: dict[int, float]) -> None:
        with self.subTest(expression):
            self.assertEqual(evaluate(expression, context()), expected)

    def test_arithmetic_joins_where_both_have_data(self) -> None:
        self.check("a + b", {0: 12.0, 60: 20.0})
        self.check("a - b", {0: 8.0, 60: 20.0})
        self.check("a * 2", {0: 20.0, 60: 40.0, 120: 60.0})
        self.check("100 - a", {0: 90.0, 60: 80.0, 120: 70.0})
        self.check("-b", {0: -2.0, 60: 0.0, 180: -5.0})
        self.check("a ^ 2", {0: 100.0, 60: 400.0, 120: 900.0})
        self.check("a + none", {})

    def test_a_division_by_zero_gives_no_datapoint(self) -> None:
        self.check("a / b", {0: 5.0})

    def test_precedence_and_parentheses(self) -> None:
        self.check("a + b * 2", {0: 14.0, 60: 20.0})
        self.check("(a + b) * 2", {0: 24.0, 60: 40.0})
        self.check("a - b - 1", {0: 7.0, 60: 19.0})
        self.check("b > 1 AND a < 15 OR b == 0", {0: 1.0, 60: 1.0})

    def test_comparisons_and_logic(self) -> None:
        self.check("a >= 20", {0: 0.0, 60: 1.0, 120: 1.0})
        self.check("a != 20", {0: 1.0, 60: 0.0, 120: 1.0})
        self.check("a > 5 && b > 1", {0: 1.0, 60: 0.0})
        self.check("a > 25 || b > 1", {0: 1.0, 60: 0.0})

    def test_if(self) -> None:
        self.check("IF(a > 15, a, 0)", {0: 0.0, 60: 20.0, 120: 30.0})
        self.check("IF(a > 15, a)", {60: 20.0, 120: 30.0})
        self.check("IF(a > 15, b, -1)", {0: -1.0, 60: 0.0})
        self.check("IF(1, a, b)", {0: 10.0, 60: 20.0, 120: 30.0})

    def test_fill(self) -> None:
        self.check("FILL(b, 0)", {0: 2.0, 60: 0.0, 120: 0.0, 180: 5.0})
        self.check("FILL(b, REPEAT)", {0: 2.0, 60: 0.0, 120: 0.0, 180: 5.0})
        self.check("FILL(a, REPEAT)", {0: 10.0, 60: 20.0, 120: 30.0, 180: 30.0})
        self.check("FILL(none, 7)", {0: 7.0, 60: 7.0, 120: 7.0, 180: 7.0})
        self.check("FILL(none, REPEAT)", {})
        self.check("FILL(b, a)", {0: 2.0, 60: 0.0, 120: 30.0, 180: 5.0})

    def test_aggregates_of_lists_are_series_and_of_series_scalars(self) -> None:
        self.check("SUM([a, b])", {0: 12.0, 60: 20.0, 120: 30.0, 180: 5.0})
        self.check("MAX([a, b])", {0: 10.0, 60: 20.0, 120: 30.0, 180: 5.0})
        self.check("MIN([a, b])", {0: 2.0, 60: 0.0, 120: 30.0, 180: 5.0})
        self.check("AVG(METRICS())", {0: 6.0, 60: 10.0, 120: 30.0, 180: 5.0})
        self.check("a / SUM(a)", {0: 10 / 60, 60: 20 / 60, 120: 0.5})
        self.check("MAX([a, 15])", {0: 15.0, 60: 20.0, 120: 30.0})
        self.check("METRIC_COUNT([a, b]) * a", {0: 20.0, 60: 40.0, 120: 60.0})

    def test_other_functions(self) -> None:
        self.check("RATE(a)", {60: 10 / 60, 120: 10 / 60})
        self.check("DIFF(a)", {60: 10.0, 120: 10.0})
        self.check("a / PERIOD(a)", {0: 10 / 60, 60: 20 / 60, 120: 0.5})
        self.check("FLOOR(a / 3)", {0: 3.0, 60: 6.0, 120: 10.0})
        self.check("CEIL(a / 3)", {0: 4.0, 60: 7.0, 120: 10.0})
        self.check("ABS(-a)", {0: 10.0, 60: 20.0, 120: 30.0})
        self.check("TIME_SERIES(3)", dict.fromkeys(STARTS, 3.0))

    def test_mistakes_are_named(self) -> None:
        for expression, complaint in (
            ("a +", "more"),
            ("a b", "unexpected `b`"),
            ("missing * 2", "`missing`"),
            ("SEARCH(a)", "`SEARCH` is not supported"),
            ("SUM(a)", "not a time series"),
            ("IF(a)", "wrong arguments"),
            ("a § b", "cannot read"),
            ("", "more"),
        ):
            with self.subTest(expression), self.assertRaisesRegex(MathError, complaint):
                evaluate(expression, context())

    def test_names(self) -> None:
        self.assertEqual(names("IF(a > 1, FILL(b, REPEAT), SUM([c, d2]))"), {"a", "b", "c", "d2"})
        self.assertEqual(names("SUM(METRICS())"), set())
        parse("m1 / m2")


if __name__ == "__main__":
    unittest.main()
