"""Refuses to start on a MiniStack that the overlay was not written for.

The overlay replaces and calls private names, so their names and signatures are checked, and the
version must be exactly the pinned one. It does not check what the functions behind the names do:
that is what pinning the version is for.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata

MINISTACK_VERSION = "1.5.33"


@dataclass(frozen=True)
class Name:
    """A name in MiniStack that the overlay relies on.

    `signature` lists a function's parameters with their defaults, without annotations (their
    spelling depends on the Python version); it is `None` for a value.
    """

    module: str
    attribute: str
    signature: str | None = None


def version_problems() -> list[str]:
    try:
        found = metadata.version("ministack")
    except metadata.PackageNotFoundError:
        return [f"ministack is not installed; {_how_to_install()}"]
    if found != MINISTACK_VERSION:
        return [f"ministack is {found}, and must be {MINISTACK_VERSION}; {_how_to_install()}"]
    return []


def name_problems(names: Iterable[Name]) -> list[str]:
    return [problem for name in names if (problem := _problem(name))]


def _how_to_install() -> str:
    return "run `python -m pip install -r infra/local/requirements.txt`"


def _problem(name: Name) -> str | None:
    where = f"ministack's `{name.module}.{name.attribute}`"
    try:
        module = importlib.import_module(f"ministack.{name.module}")
    except ImportError as error:
        return f"{where} is missing: {error}"
    found: object = module
    for part in name.attribute.split("."):
        if not hasattr(found, part):
            return f"{where} is missing"
        found = getattr(found, part)
    if name.signature is None:
        return None
    if not callable(found):
        return f"{where} is not a function any more"
    signature = _without_annotations(inspect.signature(found))
    if signature != name.signature:
        return f"{where} has the signature {signature}, and must have {name.signature}"
    return None


def _without_annotations(signature: inspect.Signature) -> str:
    bare = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in signature.parameters.values()
    ]
    return str(inspect.Signature(bare))
