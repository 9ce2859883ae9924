"""Conditions of CloudFormation that join a list.

Wraps: `engine._evaluate_conditions`, in each module that uses it.
Why: MiniStack compares `Fn::Join` itself, and not what it yields, so that a condition which asks
whether a list is empty says that it is not, whatever the list holds.
Does not: resolve other functions in conditions (`Fn::FindInMap`, `Fn::Split`), nor a join of
anything but a parameter or a list of parameters and texts; neither does MiniStack.
"""

from __future__ import annotations

import importlib
from typing import Any

from selfcheck import Name

_MODULES = ("engine", "changesets", "handlers", "stacks")

REQUIRED = [
    Name(f"services.cloudformation.{module}", "_evaluate_conditions", "(template, params)")
    for module in _MODULES
]


def install() -> None:
    for name in _MODULES:
        module = importlib.import_module(f"ministack.services.cloudformation.{name}")
        module._evaluate_conditions = _with_joins(module._evaluate_conditions)


def _with_joins(evaluate: Any) -> Any:
    def evaluated(template: dict[str, Any], params: dict[str, Any]) -> dict[str, bool]:
        conditions = joined(template.get("Conditions", {}), params)
        return evaluate({**template, "Conditions": conditions}, params)

    return evaluated


def joined(value: Any, params: dict[str, Any]) -> Any:
    """`value` with the text of each join in its place. `params` are MiniStack's: name to `Value`."""
    if isinstance(value, list):
        return [joined(part, params) for part in value]
    if not isinstance(value, dict):
        return value
    if set(value) != {"Fn::Join"}:
        return {key: joined(part, params) for key, part in value.items()}
    separator, parts = value["Fn::Join"]
    return separator.join(_texts(parts, params))


def _texts(parts: Any, params: dict[str, Any]) -> list[str]:
    if isinstance(parts, list):
        return [text for part in parts for text in _texts(part, params)]
    if isinstance(parts, dict):
        listed = str(params[parts["Ref"]]["Value"])
        return [text.strip() for text in listed.split(",")]
    return [str(parts)]
