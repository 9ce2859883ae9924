"""SSM documents as such: what a document may contain, as pure functions.

Replaces nothing itself.
Why: MiniStack has no documents. What SSM refuses when a document is made must not surprise anybody
on AWS only; so content that the rest of the local cloud would not carry out is refused, too.
Rules: https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-syntax-data-elements-parameters.html
Does not: steps of Command documents other than `aws:runShellScript`, schema versions other than 2.2
(Command) and 0.3 (Automation), parameters of type StringMap and MapList, references to Parameter
Store in defaults, preconditions other than on `platformType`. The texts of errors are our own.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from ssm_errors import SsmError

# https://docs.aws.amazon.com/general/latest/gr/ssm.html: the quota for the size of documents.
LONGEST_CONTENT = 64 * 1024

SCHEMA_VERSIONS = {"Command": "2.2", "Automation": "0.3"}
_NAME = re.compile(r"[a-zA-Z0-9_.-]{3,128}")
# AWS keeps these beginnings for itself.
_RESERVED = ("aws", "amazon", "amzn")
_PARAMETER_NAME = re.compile(r"[a-zA-Z0-9]+")
# StringList is what Automation documents call a list, too.
_TYPES = ("String", "StringList", "Boolean", "Integer")


@dataclass(frozen=True)
class Document:
    name: str
    type: str
    format: str
    content: str
    """As it was given."""
    body: Mapping[str, Any]
    """The content, read."""
    version: int = 1
    created: float = field(default_factory=time.time)

    @property
    def parameters(self) -> dict[str, Any]:
        return dict(self.body.get("parameters") or {})

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.content.encode("utf-8", "surrogatepass")).hexdigest()


def parse(name: str, type: str, format: str, content: str, version: int = 1) -> Document:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise SsmError("ValidationException", "the name must match ^[a-zA-Z0-9_\\-.]{3,128}$")
    if name.lower().startswith(_RESERVED):
        raise SsmError("ValidationException", f"the name must not begin with one of {_RESERVED}")
    if type not in SCHEMA_VERSIONS:
        text = f"the local cloud has documents of the types {list(SCHEMA_VERSIONS)} only"
        raise SsmError("ValidationException", text)
    if not isinstance(content, str) or not content:
        raise SsmError("InvalidDocumentContent", "the content is empty")
    if len(content) > LONGEST_CONTENT:
        raise SsmError("MaxDocumentSizeExceeded", "the content is longer than 64 KB")
    body = _read(format, content)
    _check(type, body)
    return Document(name, type, format, content, body, version)


def _read(format: str, content: str) -> dict[str, Any]:
    try:
        if format == "JSON":
            body = json.loads(content)
        elif format == "YAML":
            body = yaml.safe_load(content)
        else:
            raise SsmError("ValidationException", "the format must be JSON or YAML")
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        text = f"the content is no {format}: {str(error)[:200]}"
        raise SsmError("InvalidDocumentContent", text) from None
    if not isinstance(body, dict):
        raise SsmError("InvalidDocumentContent", "the content is no object")
    return body


def _check(type: str, body: Mapping[str, Any]) -> None:
    if body.get("schemaVersion") != SCHEMA_VERSIONS[type]:
        text = f"schemaVersion of a {type} document must be \"{SCHEMA_VERSIONS[type]}\" here"
        raise SsmError("InvalidDocumentSchemaVersion", text)
    parameters = body.get("parameters") or {}
    if not isinstance(parameters, dict):
        raise _invalid("parameters must be an object")
    for name, definition in parameters.items():
        _check_parameter(name, definition)
    steps = body.get("mainSteps")
    if not isinstance(steps, list) or not steps:
        raise _invalid("mainSteps must be a list of at least one step")
    names: set[str] = set()
    for step in steps:
        if not isinstance(step, dict) or not isinstance(step.get("name"), str):
            raise _invalid("each step must be an object with a name")
        if step["name"] in names:
            raise _invalid(f"two steps are named {step['name']}")
        names.add(step["name"])
        if not isinstance(step.get("action"), str):
            raise _invalid(f"step {step['name']} has no action")
        if type == "Command":
            _check_shell_step(step)


def _check_parameter(name: Any, definition: Any) -> None:
    if not isinstance(name, str) or not _PARAMETER_NAME.fullmatch(name):
        raise _invalid(f"{name!r} is no name of a parameter")
    if not isinstance(definition, dict) or definition.get("type") not in _TYPES:
        raise _invalid(f"parameter {name}: type must be one of {_TYPES} here")
    interpolation = definition.get("interpolationType", "")
    if interpolation and (interpolation != "ENV_VAR" or definition["type"] != "String"):
        raise _invalid(f"parameter {name}: interpolationType is ENV_VAR, of type String only")
    try:
        re.compile(definition.get("allowedPattern") or "")
    except (re.error, TypeError):
        raise _invalid(f"parameter {name}: allowedPattern is no regular expression") from None


def _check_shell_step(step: Mapping[str, Any]) -> None:
    if step["action"] != "aws:runShellScript":
        raise _invalid(f"step {step['name']}: the local cloud runs aws:runShellScript only")
    inputs = step.get("inputs")
    commands = inputs.get("runCommand") if isinstance(inputs, dict) else None
    is_list = isinstance(commands, list) and all(isinstance(line, str) for line in commands)
    if not commands or not (is_list or isinstance(commands, str)):
        raise _invalid(f"step {step['name']}: runCommand must be a list of texts")


def _invalid(text: str) -> SsmError:
    return SsmError("InvalidDocumentContent", text)
