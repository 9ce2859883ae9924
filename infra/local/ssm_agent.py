"""Delivery of a command to a host, and what the agent there does with it.

Replaces nothing itself.
Why: a host whose agent is off line accepts no command, but SSM does, and carries it out when the
agent is back in time: https://docs.aws.amazon.com/systems-manager/latest/userguide/monitor-commands.html
The delivery timeout is the command's `TimeoutSeconds`, divided by `SSM_DELIVERY_SPEEDUP`, since AWS
allows no less than 30 seconds.
Does not: `onFailure` of steps, exit code 194 (reboot), cancellation. Steps for other platforms are
skipped. After how long a command that waits is called Delayed is not documented: two seconds here.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field
from typing import Any

import hosts
import ssm_parameters
import ssm_scripts
from hosts import Host
from ssm_documents import Document

_LOOK_EVERY_SECONDS = 0.05
_DELAYED_AFTER_SECONDS = 2.0
_PLATFORM = "Linux"

# https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-command-ssm-plugin-reference.html
_DEFAULT_EXECUTION_TIMEOUT = 3600.0
_LONGEST_EXECUTION_TIMEOUT = 172_800.0

FINAL = ("Success", "Failed", "TimedOut", "Cancelled")


def setting_problems() -> list[str]:
    """What is wrong with `SSM_DELIVERY_SPEEDUP`, for the start of the cloud to refuse."""
    try:
        is_good = _speedup() > 0
    except ValueError:
        is_good = False
    return [] if is_good else ["SSM_DELIVERY_SPEEDUP must be a number above 0"]


@dataclass
class Step:
    """A step of the document on one host: what SSM calls a plugin."""

    name: str
    action: str
    status: str = "Pending"
    details: str = "Pending"
    code: int = -1
    """-1: "the command hasn't started running on the managed node"."""
    began: float | None = None
    ended: float | None = None
    stdout: str = ""
    stderr: str = ""

    def end(self, status: str, details: str, code: int) -> None:
        """The status changes last: who sees a final one sees everything."""
        self.code, self.ended, self.details, self.status = code, time.time(), details, status


@dataclass
class Invocation:
    """A command on one host."""

    instance: str
    steps: list[Step] = field(default_factory=list)

    @property
    def outcome(self) -> tuple[str, str]:
        """Status and details of all steps together."""
        for step in self.steps:
            if step.status in ("Failed", "TimedOut"):
                is_over = all(other.status in FINAL for other in self.steps)
                return (step.status, step.details) if is_over else ("InProgress", "InProgress")
        for step in self.steps:
            if step.status != "Success":
                has_begun = any(other.began for other in self.steps)
                return ("InProgress",) * 2 if has_begun else (step.status, step.details)
        return "Success", "Success"


def carry_out(
    document: Document,
    values: ssm_parameters.Values,
    invocation: Invocation,
    timeout: float,
) -> None:
    """Waits for the agent, then runs the document. On a thread of its own."""
    host = _delivered_to(invocation, timeout / _speedup())
    if host is None:
        for step in invocation.steps:
            step.end("TimedOut", "DeliveryTimedOut", -1)
        return
    environment = ssm_parameters.environment(document.parameters, values)
    for step, content in zip(invocation.steps, document.body["mainSteps"], strict=True):
        _run(step, ssm_parameters.replaced(content, values), {**environment, **host.environment})


def _delivered_to(invocation: Invocation, within: float) -> Host | None:
    asked = time.monotonic()
    while time.monotonic() - asked < within:
        host = hosts.find(invocation.instance)
        if host is None:  # everything was reset meanwhile
            return None
        if host.is_online:
            return host
        if time.monotonic() - asked > _DELAYED_AFTER_SECONDS:
            for step in invocation.steps:
                step.details = step.status = "Delayed"
        time.sleep(_LOOK_EVERY_SECONDS)
    return None


def _run(step: Step, content: dict[str, Any], environment: dict[str, str]) -> None:
    step.began, step.details, step.status = time.time(), "InProgress", "InProgress"
    if not _is_for_this_platform(content.get("precondition")):
        step.end("Success", "Success", 0)
        return
    inputs = content["inputs"]
    commands = inputs["runCommand"]
    script = commands if isinstance(commands, str) else "\n".join(map(_text, commands))
    outcome = ssm_scripts.run(
        script, environment, str(inputs.get("workingDirectory") or ""), execution_timeout(inputs)
    )
    step.stdout, step.stderr = outcome.stdout, outcome.stderr
    if outcome.is_timed_out:
        step.end("TimedOut", "ExecutionTimedOut", outcome.status)
    elif outcome.status == 0:
        step.end("Success", "Success", 0)
    else:
        step.end("Failed", "Failed", outcome.status)


def execution_timeout(inputs: dict[str, Any]) -> float:
    try:
        seconds = float(inputs.get("timeoutSeconds") or _DEFAULT_EXECUTION_TIMEOUT)
    except (TypeError, ValueError):
        return _DEFAULT_EXECUTION_TIMEOUT
    return seconds if 0 < seconds <= _LONGEST_EXECUTION_TIMEOUT else _DEFAULT_EXECUTION_TIMEOUT


def _is_for_this_platform(precondition: Any) -> bool:
    equals = precondition.get("StringEquals") if isinstance(precondition, dict) else None
    if not isinstance(equals, list) or "platformType" not in equals:
        return True
    return _PLATFORM in equals


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _speedup() -> float:
    return float(os.environ.get("SSM_DELIVERY_SPEEDUP") or 1)
