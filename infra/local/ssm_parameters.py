"""The values given to a document's parameters: checked, put into its text, or into the environment.

Replaces nothing itself. Pure.
Why: what a hostile value can do on a host is decided here and in the document, so the rules are
SSM's, and where its documentation is silent, the more dangerous reading is taken:
- `{{ Name }}` is replaced as plain text, also if the parameter has `interpolationType: ENV_VAR`
  (SSM does not document what becomes of it then; Agents before 3.3.2746.0 do this);
- `allowedPattern` is searched for, not matched as a whole, and `$` allows for a last line feed.
Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-syntax-data-elements-parameters.html
and `docparser` of the SSM Agent. The texts of errors are our own.
Does not: values of other types than `ssm_documents` knows; the quota of 64 KB for a document and
its values together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ssm_errors import SsmError

Values = dict[str, Any]
"""A text, or a list of texts for a StringList, by the parameter's name."""

_REFERENCE = re.compile(r"\{\{\s*([a-zA-Z0-9]+)\s*\}\}")


def checked(
    definitions: Mapping[str, Any], given: Any, error: str = "InvalidParameters"
) -> Values:
    """The values with which the document runs: those given, and defaults for the others."""
    given = {} if given is None else given
    if not isinstance(given, dict):
        raise SsmError("ValidationException", "Parameters must be an object")
    for name in given:
        if name not in definitions:
            raise SsmError(error, f"the document has no parameter {name[:100]!r}")
    return {
        name: _value(name, definition, given.get(name), error)
        for name, definition in definitions.items()
    }


def _value(name: str, definition: Mapping[str, Any], given: Any, error: str) -> Any:
    if given is None:
        if "default" not in definition:
            raise SsmError(error, f"parameter {name} has no value and no default")
        default = definition["default"]
        return default if isinstance(default, list) else _as_text(default)
    if isinstance(given, str):  # as the command line's shorthand, which SSM's API refuses
        raise SsmError("ValidationException", f"the value of parameter {name} must be a list")
    if not isinstance(given, list) or not all(isinstance(item, str) for item in given):
        raise SsmError("ValidationException", f"parameter {name}: a list of texts is needed")
    is_list = definition["type"] == "StringList"
    if not is_list and len(given) != 1:
        raise SsmError(error, f"parameter {name} is a {definition['type']} and takes one value")
    problem = _items_problem(definition, given) if is_list else None
    problem = problem or next(filter(None, (_problem(definition, item) for item in given)), None)
    if problem:
        raise SsmError(error, f"parameter {name}: {problem}")
    return list(given) if is_list else given[0]


def _items_problem(definition: Mapping[str, Any], items: list[str]) -> str | None:
    least, most = definition.get("minItems"), definition.get("maxItems")
    if least is not None and len(items) < int(least) or most is not None and len(items) > int(most):
        return "the number of values is not allowed"
    return None


def _problem(definition: Mapping[str, Any], text: str) -> str | None:
    kind = definition["type"]
    if kind == "Boolean" and text not in ("true", "false"):
        return "the value is neither true nor false"
    if kind == "Integer" and not re.fullmatch(r"-?\d+", text, re.ASCII):
        return "the value is no whole number"
    allowed = definition.get("allowedValues")
    if allowed is not None and text not in map(_as_text, allowed):
        return "the value is not one of the allowed values"
    pattern = definition.get("allowedPattern")
    if pattern and not re.search(pattern, text):
        return "the value does not match the allowed pattern"
    least, most = definition.get("minChars"), definition.get("maxChars")
    if least is not None and len(text) < int(least) or most is not None and len(text) > int(most):
        return "the length of the value is not allowed"
    return None


def replaced(value: Any, values: Values) -> Any:
    """The value with each `{{ Name }}` in its texts replaced, at any depth.

    A text that is nothing but one reference becomes the parameter's value, which may be a list.
    """
    if isinstance(value, dict):
        return {key: replaced(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [replaced(item, values) for item in value]
    if not isinstance(value, str):
        return value
    alone = _REFERENCE.fullmatch(value)
    if alone and alone[1] in values:
        return values[alone[1]]
    return _REFERENCE.sub(
        lambda match: _as_text(values[match[1]]) if match[1] in values else match[0], value
    )


def environment(definitions: Mapping[str, Any], values: Values) -> dict[str, str]:
    """`SSM_<Name>` of each parameter with `interpolationType: ENV_VAR`."""
    return {
        f"SSM_{name}": values[name]
        for name, definition in definitions.items()
        if definition.get("interpolationType") == "ENV_VAR"
    }


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
