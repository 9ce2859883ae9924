"""What would do harm before anybody noticed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .stack import Stack, strings

SECRET_NAME = re.compile(r"(password|passwd|secret|token|api_?key|private_?key|credential)s?$", re.IGNORECASE)

SECRET_VALUE = re.compile(
    r"(AKIA|ASIA)[A-Z0-9]{16}|gh[pousr]_\w{20,}|github_pat_\w{20,}|sk-[\w-]{20,}|gsk_\w{20,}|xox[abprs]-|hf_\w{20,}"
    r"|-----BEGIN|eyJ[\w-]{10,}\.eyJ"
)


def no_secret_is_written_down(stack: Stack) -> Iterator[str]:
    for path, text in strings(stack.raw):
        named = bool(path) and SECRET_NAME.search(path[-1]) and text and not text.startswith("{{resolve:")
        if named or SECRET_VALUE.search(text):
            yield f"{'.'.join(path)} looks like a literal secret; keep it in SSM and name the parameter"
    for name, parameter in stack.raw.get("Parameters", {}).items():
        if SECRET_NAME.search(name):
            yield f"parameter {name} would carry a secret through CloudFormation; keep it in SSM"


def a_first_installation_acts_on_nothing(stack: Stack) -> Iterator[str]:
    if stack.raw.get("Parameters", {}).get("DryRun", {}).get("Default") != "true":
        yield "DryRun does not default to 'true'"
    for name, function in stack.functions():
        variables = function.get("Environment", {}).get("Variables", {})
        if variables.get("DRY_RUN") not in ({"Ref": "DryRun"}, None):
            yield f"{name} does not take DRY_RUN from the parameter DryRun"


def the_kill_switch_reaches_each_function(stack: Stack) -> Iterator[str]:
    for name, function in stack.functions():
        if function.get("Environment", {}).get("Variables", {}).get("MEDIC_PAUSED") != {"Ref": "Paused"}:
            yield f"{name} does not take MEDIC_PAUSED from the parameter Paused"
