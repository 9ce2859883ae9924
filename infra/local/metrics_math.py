"""CloudWatch's metric math, as pure functions.

Replaces: nothing; MiniStack answers every expression with "Expressions not implemented".
Why: alarms and dashboards use it, and so does the proof of recovery of such an alarm.
Does not: SEARCH, INSIGHTS, SELECT, ANOMALY_DETECTION_BAND and other functions than those in
`_FUNCTIONS`; strings; `LINEAR` filling.

A value is a number (a scalar, S in the user guide), a series (TS), or a list of them (TS[]).
Arithmetic between two series gives a datapoint only where both have one; a division by zero gives
none. Comparisons give 1 and 0. SUM, AVG, MIN and MAX of a series are scalars; of a list they are
series, over every moment at which any member has a datapoint.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metrics_expression import MathError, Tree, parse
from metrics_series import Series

Value = float | Series | list[Any]

@dataclass(frozen=True)
class Context:
    """What an expression is evaluated in.

    `values` are the results of the other queries by id, `starts` the starts of all periods of the
    time range, oldest first: FILL needs to know which are missing. `metrics` are the ids that are
    no expressions themselves, for METRICS().
    """

    values: Mapping[str, Value]
    starts: Sequence[int]
    period: int
    metrics: Sequence[str] = ()


def evaluate(expression: str, context: Context) -> Series:
    """The series that `expression` stands for; an expression must not be a bare scalar or list."""
    value = _eval(parse(expression), context)
    if not isinstance(value, dict):
        raise MathError(f"the expression `{expression}` is not a time series")
    return value


def _eval(tree: Tree, context: Context) -> Value:
    match tree:
        case ("number", value):
            return value
        case ("name", name):
            if name not in context.values:
                raise MathError(f"there is no metric with the id `{name}`")
            return context.values[name]
        case ("list", *members):
            return [_eval(member, context) for member in members]
        case ("binary", token, left, right):
            return _combine(_OPERATORS[token], _eval(left, context), _eval(right, context))
        case ("call", "FILL", filled, how):
            return _fill(_eval(filled, context), how, context)
        case ("call", name, *arguments):
            function = _FUNCTIONS.get(name)
            if function is None:
                raise MathError(f"the function `{name}` is not supported by the local cloud")
            try:
                return function(context, *[_eval(argument, context) for argument in arguments])
            except TypeError as error:
                raise MathError(f"wrong arguments for the function `{name}`") from error
    raise MathError("an expression that cannot be evaluated")


def _combine(apply: Callable[[float, float], float], left: Value, right: Value) -> Value:
    match left, right:
        case (list(), list()):
            raise MathError("two lists cannot be combined")
        case (list(), _):
            return [_combine(apply, member, right) for member in left]
        case (_, list()):
            return [_combine(apply, left, member) for member in right]
        case (dict(), dict()):
            pairs = {start: (left[start], right[start]) for start in left if start in right}
        case (dict(), _):
            pairs = {start: (value, right) for start, value in left.items()}
        case (_, dict()):
            pairs = {start: (left, value) for start, value in right.items()}
        case _:
            return apply(left, right)
    return _without_failures(apply, pairs)


def _without_failures(
    apply: Callable[[float, float], float], pairs: Mapping[int, tuple[float, float]]
) -> Series:
    combined = {}
    for start, (first, second) in pairs.items():
        try:
            combined[start] = float(apply(first, second))
        except (ZeroDivisionError, OverflowError):
            continue
    return combined


def _fill(value: Value, how: Tree, context: Context) -> Value:
    if isinstance(value, list):
        return [_fill(member, how, context) for member in value]
    if not isinstance(value, dict):
        raise MathError("FILL needs a time series")
    if how == ("name", "REPEAT"):
        return _repeat(value, context)
    filling = _eval(how, context)
    if isinstance(filling, list):
        raise MathError("FILL cannot fill with a list")
    filled = dict(value)
    for start in context.starts:
        if start not in filled:
            replacement = filling.get(start) if isinstance(filling, dict) else filling
            if replacement is not None:
                filled[start] = replacement
    return dict(sorted(filled.items()))


def _repeat(value: Series, context: Context) -> Series:
    filled: Series = {}
    last = None
    for start in sorted({*context.starts, *value}):
        last = value.get(start, last)
        if last is not None:
            filled[start] = last
    return filled


def _if(_: Context, condition: Value, then: Value, otherwise: Value | None = None) -> Value:
    if isinstance(condition, list):
        raise MathError("the condition of IF must not be a list")
    if not isinstance(condition, dict):
        chosen = then if condition else otherwise
        return {} if chosen is None else chosen
    result = {}
    for start, holds in condition.items():
        chosen = then if holds else otherwise
        value = chosen.get(start) if isinstance(chosen, dict) else chosen
        if value is not None:
            result[start] = value
    return result


def _aggregate(reduce: Callable[[Sequence[float]], float]) -> Callable[[Context, Value], Value]:
    def aggregate(_: Context, value: Value) -> Value:
        if isinstance(value, dict):
            if not value:
                return {}  # nothing to reduce: an expression made of it has no datapoints
            return reduce(list(value.values()))
        if not isinstance(value, list):
            return value
        starts = sorted({start for member in value if isinstance(member, dict) for start in member})
        return {start: reduce(_members_at(value, start)) for start in starts}

    return aggregate


def _members_at(members: Sequence[Value], start: int) -> list[float]:
    found = [member.get(start) if isinstance(member, dict) else member for member in members]
    return [value for value in found if value is not None]


def _each(apply: Callable[[float], float]) -> Callable[[Context, Value], Value]:
    def each(context: Context, value: Value) -> Value:
        if isinstance(value, list):
            return [each(context, member) for member in value]
        if isinstance(value, dict):
            return {start: float(apply(datapoint)) for start, datapoint in value.items()}
        return float(apply(value))

    return each


def _changes(per_second: bool) -> Callable[[Context, Value], Value]:
    """The change from one datapoint to the next, DIFF, or per second of the time between, RATE."""

    def changes(context: Context, value: Value) -> Value:
        if isinstance(value, list):
            return [changes(context, member) for member in value]
        starts = sorted(value)
        return {
            later: (value[later] - value[earlier]) / ((later - earlier) if per_second else 1)
            for earlier, later in zip(starts, starts[1:])
        }

    return changes


def _metrics(context: Context) -> Value:
    return [context.values[name] for name in context.metrics]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


_OPERATORS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "AND": lambda left, right: bool(left) and bool(right),
    "&&": lambda left, right: bool(left) and bool(right),
    "OR": lambda left, right: bool(left) or bool(right),
    "||": lambda left, right: bool(left) or bool(right),
}

_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "IF": _if,
    "METRICS": _metrics,
    "SUM": _aggregate(sum),
    "AVG": _aggregate(_mean),
    "MIN": _aggregate(min),
    "MAX": _aggregate(max),
    "METRIC_COUNT": lambda _, members: float(len(members)),
    "DATAPOINT_COUNT": lambda _, value: float(len(value)),
    "ABS": _each(abs),
    "CEIL": _each(lambda value: -(-value // 1)),
    "FLOOR": _each(lambda value: value // 1),
    "DIFF": _changes(per_second=False),
    "RATE": _changes(per_second=True),
    "PERIOD": lambda context, _: float(context.period),
    "TIME_SERIES": lambda context, value: {start: value for start in context.starts},
}
