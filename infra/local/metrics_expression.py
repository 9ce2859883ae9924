"""The grammar of metric math, as pure functions; see `metrics_math` for what it means.

Replaces: nothing; MiniStack has no expressions.
Why: alarms and GetMetricData need them.
Does not: strings, and with them SEARCH and the like.
"""

from __future__ import annotations

import re
from typing import Any

# What an expression is read as: its kind, then its parts.
Tree = tuple[Any, ...]

_TOKEN = re.compile(
    r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|(\w+)|(&&|\|\||[<>=!]=|[-+*/^(),<>\[\]]))"
)

# Loosest first; every operator here is left-associative.
_LEVELS = (("OR", "||"), ("AND", "&&"), ("==", "!=", "<=", ">=", "<", ">"), ("+", "-"), ("*", "/"))


class MathError(ValueError):
    """The expression is not one, or uses what is not supported; its text goes to the caller."""


def names(expression: str) -> set[str]:
    """The ids that the expression refers to; `METRICS()` refers to none by name."""
    return _names(parse(expression))


def parse(expression: str) -> Tree:
    parser = _Parser(expression)
    tree = parser.level(0)
    if parser.peek():
        raise MathError(f"unexpected `{parser.peek()}` in the expression `{expression}`")
    return tree


class _Parser:
    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.tokens: list[str] = []
        position = 0
        text = expression.rstrip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if not match:
                raise MathError(f"cannot read `{text[position:].strip()}` in `{expression}`")
            self.tokens.append(match[0].strip())
            position = match.end()

    def peek(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def take(self, expected: str = "") -> str:
        token = self.peek()
        if not token or (expected and token != expected):
            wanted = f"`{expected}`" if expected else "more"
            raise MathError(f"{wanted} expected in the expression `{self.expression}`")
        return self.tokens.pop(0)

    def level(self, index: int) -> Tree:
        if index == len(_LEVELS):
            return self.unary()
        tree = self.level(index + 1)
        while self.peek() in _LEVELS[index]:
            operator_token = self.take()
            tree = ("binary", operator_token, tree, self.level(index + 1))
        return tree

    def unary(self) -> Tree:
        if self.peek() == "-":
            self.take()
            return ("binary", "-", ("number", 0.0), self.unary())
        base = self.primary()
        if self.peek() == "^":
            self.take()
            return ("binary", "^", base, self.unary())
        return base

    def primary(self) -> Tree:
        token = self.take()
        if token[0].isdigit() or token[0] == ".":
            return ("number", float(token))
        if token == "(":
            tree = self.level(0)
            self.take(")")
            return tree
        if token == "[":
            return ("list", *self.arguments("]"))
        if not re.fullmatch(r"\w+", token):
            raise MathError(f"unexpected `{token}` in the expression `{self.expression}`")
        if self.peek() == "(":
            self.take()
            return ("call", token, *self.arguments(")"))
        return ("name", token)

    def arguments(self, end: str) -> list[Tree]:
        found = []
        while self.peek() != end:
            if found:
                self.take(",")
            found.append(self.level(0))
        self.take(end)
        return found


def _names(tree: Tree) -> set[str]:
    if tree[0] == "name":
        return {tree[1]} - {"REPEAT"}
    return {name for part in tree[1:] if isinstance(part, tuple) for name in _names(part)}
