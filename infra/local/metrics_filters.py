"""The filter patterns of CloudWatch Logs' metric filters, as pure functions.

Replaces: nothing; MiniStack stores metric filters and never applies them.
Why: an alarm on `{ $.level = "ERROR" }` is how errors in a log become known.
Does not: patterns for space-delimited lines (`[ip, user, ...]`), regular expressions between `%`,
`IS`-selectors inside arrays (`$.a[*]` works). `matcher` refuses what it does not understand.
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from metrics_series import Datum

Match = Callable[[str], bool]

_TERM = re.compile(r'\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))')
_JSON_TOKEN = re.compile(
    r'\s*(?:(\$(?:\.[\w-]+|\.?\["[^"]+"\]|\[(?:\d+|\*)\])*)|("(?:[^"\\]|\\.)*")'
    r"|(&&|\|\||!=|<=|>=|[=<>()])|([^\s=<>!()&|]+))"
)
_STEP = re.compile(r'\.([\w-]+)|\.?\["([^"]+)"\]|\[(\d+|\*)\]')

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


class PatternError(ValueError):
    """The pattern is not one, or of a kind that is not supported."""


def matcher(pattern: str) -> Match:
    """Whether a line matches; terms are case-sensitive, as on AWS."""
    pattern = pattern.strip()
    if pattern.startswith("{"):
        return _json_matcher(pattern)
    if pattern.startswith("[") or "%" in pattern:
        raise PatternError(f"patterns like `{pattern}` are not supported by the local cloud")
    return _terms_matcher(pattern)


def _terms_matcher(pattern: str) -> Match:
    wanted, unwanted, optional = [], [], []
    position = 0
    while position < len(pattern):
        match = _TERM.match(pattern, position)
        if not match:
            raise PatternError(f"cannot read the pattern `{pattern}`")
        position = match.end()
        text = match[3] if match[2] is None else re.sub(r"\\(.)", r"\1", match[2])
        {"": wanted, "-": unwanted, "?": optional}[match[1]].append(text)

    def matches(line: str) -> bool:
        # AWS ignores terms marked with ? as soon as there are others.
        if optional and not wanted and not unwanted:
            return any(term in line for term in optional)
        return all(term in line for term in wanted) and not any(term in line for term in unwanted)

    return matches


def _json_matcher(pattern: str) -> Match:
    if not pattern.endswith("}"):
        raise PatternError(f"a brace is missing in the pattern `{pattern}`")
    condition = _Conditions(pattern[1:-1]).whole()

    def matches(line: str) -> bool:
        try:
            document = json.loads(line)
        except ValueError:
            return False
        return isinstance(document, dict) and condition(document)

    return matches


class _Conditions:
    """`||` binds loosest, then `&&`; parentheses as usual."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[str] = []
        position = 0
        while position < len(text.rstrip()):
            match = _JSON_TOKEN.match(text, position)
            if not match:
                raise PatternError(f"cannot read the pattern `{{{text}}}`")
            self.tokens.append(match[0].strip())
            position = match.end()

    def whole(self) -> Callable[[Any], bool]:
        condition = self.either()
        if self.tokens:
            raise PatternError(f"unexpected `{self.tokens[0]}` in the pattern `{{{self.text}}}`")
        return condition

    def take(self) -> str:
        if not self.tokens:
            raise PatternError(f"the pattern `{{{self.text}}}` is not complete")
        return self.tokens.pop(0)

    def either(self) -> Callable[[Any], bool]:
        parts = [self.both()]
        while self.tokens[:1] == ["||"]:
            self.take()
            parts.append(self.both())
        return lambda document: any(part(document) for part in parts)

    def both(self) -> Callable[[Any], bool]:
        parts = [self.single()]
        while self.tokens[:1] == ["&&"]:
            self.take()
            parts.append(self.single())
        return lambda document: all(part(document) for part in parts)

    def single(self) -> Callable[[Any], bool]:
        token = self.take()
        if token == "(":
            condition = self.either()
            if self.take() != ")":
                raise PatternError(f"a parenthesis is missing in the pattern `{{{self.text}}}`")
            return condition
        if not token.startswith("$"):
            raise PatternError(f"`$.` expected instead of `{token}`")
        comparison = self.take()
        if comparison == "IS":
            return _is(token, self.take())
        if comparison == "NOT":
            if self.take() != "EXISTS":
                raise PatternError(f"EXISTS expected after NOT in `{{{self.text}}}`")
            return lambda document: not select(document, token)
        return _compare(token, comparison, self.take())


def _is(selector: str, what: str) -> Callable[[Any], bool]:
    expected = {"NULL": None, "TRUE": True, "FALSE": False}
    if what not in expected:
        raise PatternError(f"IS {what} is not known")
    return lambda document: any(value is expected[what] for value in select(document, selector))


def _compare(selector: str, comparison: str, given: str) -> Callable[[Any], bool]:
    if comparison in _COMPARISONS:
        bound = _number(given)
        if bound is None:
            raise PatternError(f"`{comparison}` needs a number, not `{given}`")
        return lambda document: any(
            _COMPARISONS[comparison](number, bound)
            for value in select(document, selector)
            if (number := _number(value)) is not None
        )
    if comparison not in ("=", "!="):
        raise PatternError(f"the comparison `{comparison}` is not known")
    text = json.loads(given) if given.startswith('"') else given

    def equals(value: Any) -> bool:
        number = _number(value)
        if number is not None and not given.startswith('"') and _number(given) is not None:
            return number == _number(given)
        return isinstance(value, str) and fnmatch.fnmatchcase(value, text.replace("[", "[[]"))

    def holds(document: Any) -> bool:
        values = select(document, selector)
        return bool(values) and (any(equals(v) for v in values) == (comparison == "="))

    return holds


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def select(document: Any, selector: str) -> list[Any]:
    """The values that `$.a.b[0]` stands for in the document; none if there is no such field."""
    found = [document]
    for field, quoted, index in _STEP.findall(selector[1:]):
        name = field or quoted
        if name:
            found = [value[name] for value in found if isinstance(value, dict) and name in value]
        elif index == "*":
            found = [each for value in found if isinstance(value, list) for each in value]
        else:
            place = int(index)
            found = [v[place] for v in found if isinstance(v, list) and place < len(v)]
    return found


def datum(transformation: Mapping[str, Any], line: str, time: float) -> Datum | None:
    """What a line that matches publishes; `None` if it lacks the value or a dimension."""
    value = _transformed(str(transformation.get("metricValue", "1")), line)
    if value is None:
        return None
    dimensions = {}
    for name, selector in (transformation.get("dimensions") or {}).items():
        text = _first(selector, line)
        if text is None:
            return None
        dimensions[name] = str(text)
    return Datum(
        transformation["metricNamespace"],
        transformation["metricName"],
        dimensions,
        (value,),
        transformation.get("unit") or "None",
        time,
    )


def _transformed(metric_value: str, line: str) -> float | None:
    return _number(_first(metric_value, line) if metric_value.startswith("$") else metric_value)


def _first(selector: str, line: str) -> Any:
    try:
        found: Sequence[Any] = select(json.loads(line), selector)
    except ValueError:
        return None
    return found[0] if found else None
