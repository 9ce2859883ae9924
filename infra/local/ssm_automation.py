"""Automation: StartAutomationExecution and GetAutomationExecution.

Replaces nothing of MiniStack, which answers InvalidAction.
Why: `run_automation` of a playbook starts one, with a client token that makes a second start of the
same the first one:
https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartAutomationExecution.html
Runs documents of type Automation whose steps are `aws:sleep` with a `Duration`; a step with another
action fails the execution, where AWS would carry it out. `AWS-RestartEC2Instance` is there: it
restarts all containers of the hosts named in `InstanceId`.
Does not: targets, rate control, outputs, branches, `onFailure`, assuming a role; a token never
expires.
"""

from __future__ import annotations

import re
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import hosts
import ssm_document_store
import ssm_parameters
from hosts_containers import STOP_TIMEOUT_SECONDS
from ssm_errors import SsmError

_TOKEN = re.compile(r"[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}")
_DURATION = re.compile(r"PT(?:(\d{1,4})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?")
# So that who looks at once sees that nothing has begun.
_PENDING_SECONDS = 0.2

_RESTART = "AWS-RestartEC2Instance"
_RESTART_PARAMETERS = {
    "InstanceId": {"type": "StringList", "minItems": 1},
    "AutomationAssumeRole": {"type": "String", "default": ""},
}
_RESTART_STEPS = [
    {"name": "stopInstances", "action": "aws:changeInstanceState"},
    {"name": "startInstances", "action": "aws:changeInstanceState"},
]
_INVALID = "InvalidAutomationExecutionParametersException"


@dataclass
class Step:
    name: str
    action: str
    status: str = "Pending"
    began: float | None = None
    ended: float | None = None
    problem: str = ""


@dataclass
class Execution:
    document: str
    version: str
    parameters: dict[str, Any]
    scope: tuple[str, str]
    steps: list[Step]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    began: float = field(default_factory=time.time)
    ended: float | None = None
    status: str = "Pending"
    problem: str = ""


_executions: dict[str, Execution] = {}
_by_token: dict[tuple[str, str, str], Execution] = {}


def reset() -> None:
    _executions.clear()
    _by_token.clear()


def start(data: dict[str, Any]) -> dict[str, Any]:
    scope = _scope()
    token = data.get("ClientToken")
    if token is not None and not (isinstance(token, str) and _TOKEN.fullmatch(token)):
        raise SsmError("ValidationException", "clientToken must be a UUID of 36 characters")
    name, version = data.get("DocumentName"), data.get("DocumentVersion") or "$DEFAULT"
    given = data.get("Parameters") or {}
    key = (*scope, token.lower()) if token else None
    known = _by_token.get(key) if key else None
    if known is not None:
        if (known.document, known.version, known.parameters) != (name, version, given):
            text = "the client token was used with other parameters"
            raise SsmError("IdempotentParameterMismatch", text)
        return {"AutomationExecutionId": known.id}
    definitions, steps = _definition(name, version)
    values = ssm_parameters.checked(definitions, given, _INVALID)
    execution = Execution(
        name, version, given, scope, [Step(step["name"], step["action"]) for step in steps]
    )
    _executions[execution.id] = execution
    if key:
        _by_token[key] = execution
    contents = ssm_parameters.replaced(steps, values)
    threading.Thread(
        target=_run, args=(execution, contents, values), name="ssm-automation", daemon=True
    ).start()
    return {"AutomationExecutionId": execution.id}


def get(data: dict[str, Any]) -> dict[str, Any]:
    execution = _executions.get(str(data.get("AutomationExecutionId")))
    if execution is None or execution.scope != _scope():
        raise SsmError("AutomationExecutionNotFoundException", "there is no such execution")
    return {"AutomationExecution": _description(execution)}


def _definition(name: Any, version: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    if name == _RESTART:
        return _RESTART_PARAMETERS, _RESTART_STEPS
    try:
        document = ssm_document_store.find(name, version)
    except SsmError as error:
        is_version = error.code == "InvalidDocumentVersion"
        what = "VersionNotFound" if is_version else "NotFound"
        raise SsmError(f"AutomationDefinition{what}Exception", error.message) from None
    if document.type != "Automation":
        text = f"{document.name} is no Automation document"
        raise SsmError("AutomationDefinitionNotFoundException", text)
    return document.parameters, document.body["mainSteps"]


def _run(execution: Execution, contents: list[dict[str, Any]], values: dict[str, Any]) -> None:
    time.sleep(_PENDING_SECONDS)
    execution.status = "InProgress"
    for step, content in zip(execution.steps, contents, strict=True):
        step.began, step.status = time.time(), "InProgress"
        try:
            if execution.document == _RESTART:
                _change_state(step.name, values["InstanceId"])
            else:
                _carry_out(step.action, content.get("inputs"))
        except Exception as error:  # whatever a step runs into is the end of the execution
            step.problem, step.ended, step.status = str(error)[:1000], time.time(), "Failed"
            execution.problem = f"Step {step.name} failed: {step.problem}"
            execution.ended, execution.status = time.time(), "Failed"
            return
        step.ended, step.status = time.time(), "Success"
    execution.ended, execution.status = time.time(), "Success"


def _carry_out(action: str, inputs: Any) -> None:
    if action != "aws:sleep":
        raise ValueError(f"the local cloud does not carry out {action}")
    duration = inputs.get("Duration") if isinstance(inputs, dict) else None
    found = _DURATION.fullmatch(duration) if isinstance(duration, str) else None
    if not found or not any(found.groups()):
        raise ValueError("Duration must be like PT10M")
    hours, minutes, seconds = (int(number or 0) for number in found.groups())
    time.sleep(hours * 3600 + minutes * 60 + seconds)


def _change_state(step: str, instances: list[str]) -> None:
    found = [hosts.find(instance) for instance in instances]
    for instance, host in zip(instances, found, strict=True):
        if host is None:
            raise ValueError(f"The instance ID '{instance[:100]}' does not exist")
        if step == "startInstances":  # nothing is kept in between: stopping is part of it
            for container in host.containers.values():
                container.restart(STOP_TIMEOUT_SECONDS)


def _description(execution: Execution) -> dict[str, Any]:
    running = [step for step in execution.steps if step.status == "InProgress"]
    described: dict[str, Any] = {
        "AutomationExecutionId": execution.id,
        "DocumentName": execution.document,
        "DocumentVersion": "1" if execution.version.startswith("$") else execution.version,
        "ExecutionStartTime": execution.began,
        "ExecutionEndTime": execution.ended,
        "AutomationExecutionStatus": execution.status,
        "StepExecutions": [_step_description(step) for step in execution.steps],
        "StepExecutionsTruncated": False,
        "Parameters": execution.parameters,
        "Outputs": {},
        "FailureMessage": execution.problem or None,
        "Mode": "Auto",
        "CurrentStepName": running[0].name if running else None,
        "CurrentAction": running[0].action if running else None,
    }
    return {name: value for name, value in described.items() if value is not None}


def _step_description(step: Step) -> dict[str, Any]:
    described = {
        "StepName": step.name,
        "Action": step.action,
        "StepStatus": step.status,
        "ExecutionStartTime": step.began,
        "ExecutionEndTime": step.ended,
        "FailureMessage": step.problem or None,
    }
    return {name: value for name, value in described.items() if value is not None}


def _scope() -> tuple[str, str]:
    from ministack.core.responses import get_account_id, get_region

    return get_account_id(), get_region()
