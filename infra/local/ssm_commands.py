"""Run Command: SendCommand, GetCommandInvocation, ListCommands.

Replaces: what MiniStack answers to them, which needs a container engine, knows one document, checks
no parameters and forgets no delivery.
Why: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_SendCommand.html and the
pages of the other two; above all "Run Command API follows an eventual consistency model", so that
for a second neither of the two looking calls knows a command that was sent.
Does not: targets by tag or resource group, rate controls, output to S3 and CloudWatch Logs,
notifications, document hashes, CancelCommand, ListCommandInvocations. Nothing is ever forgotten
(AWS: after 30 days).
"""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import hosts
import ssm_agent
import ssm_document_store
import ssm_parameters
from ssm_agent import FINAL, Invocation, Step
from ssm_documents import Document
from ssm_errors import SsmError

# Documented is only that a command "might not be immediately visible".
INVISIBLE_SECONDS = 1.0

_LONGEST_COMMENT = 100
_LEAST_TIMEOUT, _DEFAULT_TIMEOUT, _LONGEST_TIMEOUT = 30, 3600, 2_592_000
_MOST_INSTANCES = 50


@dataclass
class Command:
    request: dict[str, Any]
    document: Document
    account: str
    region: str
    invocations: dict[str, Invocation]
    timeout: int
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    requested: float = field(default_factory=time.time)

    @property
    def is_visible(self) -> bool:
        return time.time() - self.requested >= INVISIBLE_SECONDS

    @property
    def expires(self) -> float:
        """After the total timeout: that of the delivery, and those of the steps."""
        steps = self.document.body["mainSteps"]
        execution = sum(ssm_agent.execution_timeout(step["inputs"]) for step in steps)
        return self.requested + self.timeout + execution

    @property
    def outcome(self) -> tuple[str, str]:
        outcomes = [invocation.outcome for invocation in self.invocations.values()]
        if any(status not in FINAL for status, _ in outcomes):
            has_begun = any(status in ("InProgress", *FINAL) for status, _ in outcomes)
            return ("InProgress",) * 2 if has_begun else ("Pending",) * 2
        # With `MaxErrors` 0, the default, one that did not succeed makes the command's outcome.
        return next((outcome for outcome in outcomes if outcome[0] != "Success"), outcomes[0])


_commands: dict[str, Command] = {}


def reset() -> None:
    _commands.clear()


def every() -> list[Command]:
    """Those of the scope which can be seen by now, newest first."""
    from ministack.core.responses import get_account_id, get_region

    scope = (get_account_id(), get_region())
    found = [c for c in _commands.values() if (c.account, c.region) == scope and c.is_visible]
    return sorted(found, key=lambda command: command.requested, reverse=True)


def send(data: dict[str, Any]) -> dict[str, Any]:
    from ministack.core.responses import get_account_id, get_region

    name = data.get("DocumentName")
    if not isinstance(name, str) or not name:
        raise SsmError("ValidationException", "DocumentName is needed")
    comment, timeout = data.get("Comment", ""), data.get("TimeoutSeconds", _DEFAULT_TIMEOUT)
    if not isinstance(comment, str) or len(comment) > _LONGEST_COMMENT:
        raise _constraint("comment", comment, f"length less than or equal to {_LONGEST_COMMENT}")
    if type(timeout) is not int or not _LEAST_TIMEOUT <= timeout <= _LONGEST_TIMEOUT:
        rule = f"value between {_LEAST_TIMEOUT} and {_LONGEST_TIMEOUT}"
        raise _constraint("timeoutSeconds", timeout, rule)
    document = ssm_document_store.find(name, data.get("DocumentVersion") or "$DEFAULT")
    if document.type != "Command":
        raise SsmError("InvalidDocument", f"{document.name} is no Command document")
    instances = _instances(data)
    values = ssm_parameters.checked(document.parameters, data.get("Parameters"))
    steps = document.body["mainSteps"]
    invocations = {
        instance: Invocation(instance, [Step(step["name"], step["action"]) for step in steps])
        for instance in instances
    }
    command = Command(
        dict(data), document, get_account_id(), get_region(), invocations, timeout
    )
    _commands[command.id] = command
    for invocation in invocations.values():
        threading.Thread(
            target=ssm_agent.carry_out,
            args=(document, values, invocation, float(timeout)),
            name="ssm-command",
            daemon=True,
        ).start()
    return {"Command": describe(command)}


def _instances(data: dict[str, Any]) -> list[str]:
    from ministack.core.responses import get_account_id

    instances = list(data.get("InstanceIds") or [])
    for target in data.get("Targets") or []:
        if not isinstance(target, dict) or target.get("Key") != "InstanceIds":
            text = "the local cloud knows targets with the key InstanceIds only"
            raise SsmError("ValidationException", text)
        instances += target.get("Values") or []
    if not instances or len(instances) > _MOST_INSTANCES:
        raise SsmError("ValidationException", f"1 to {_MOST_INSTANCES} instances are needed")
    if not all(isinstance(instance, str) for instance in instances):
        raise SsmError("ValidationException", "InstanceIds must be texts")
    if len(set(instances)) < len(instances):
        raise SsmError("DuplicateInstanceId", "an instance is named twice")
    unmanaged = [instance for instance in instances if hosts.find(instance) is None]
    if unmanaged:
        listed = ", ".join(unmanaged)[:1000]
        text = f"Instances [[{listed}]] not in a valid state for account {get_account_id()}"
        raise SsmError("InvalidInstanceId", text)
    return instances


def _constraint(member: str, value: Any, rule: str) -> SsmError:
    return SsmError(
        "ValidationException",
        f"1 validation error detected: Value '{str(value)[:200]}' at '{member}' failed to satisfy "
        f"constraint: Member must have {rule}",
    )


def get_invocation(data: dict[str, Any]) -> dict[str, Any]:
    from ministack.core.responses import get_account_id, get_region

    command = _commands.get(str(data.get("CommandId")))
    invocation = command.invocations.get(str(data.get("InstanceId"))) if command else None
    scope = (get_account_id(), get_region())
    if command is None or invocation is None or not command.is_visible:
        raise SsmError("InvocationDoesNotExist")
    if (command.account, command.region) != scope:
        raise SsmError("InvocationDoesNotExist")
    name = data.get("PluginName")
    if name is None and len(invocation.steps) == 1:
        step = invocation.steps[0]
    else:
        named = [step for step in invocation.steps if step.name == name]
        if not named:
            raise SsmError("InvalidPluginName")
        (step,) = named
    return {
        "CommandId": command.id,
        "InstanceId": invocation.instance,
        "Comment": command.request.get("Comment", ""),
        "DocumentName": command.document.name,
        "DocumentVersion": command.request.get("DocumentVersion", "$DEFAULT"),
        "PluginName": step.name,
        **_outcome(step),
        "StandardOutputUrl": "",
        "StandardErrorUrl": "",
        "CloudWatchOutputConfig": {"CloudWatchLogGroupName": "", "CloudWatchOutputEnabled": False},
    }


def _outcome(step: Step) -> dict[str, Any]:
    # Read first: it is written last.
    status = step.status
    is_over = status in FINAL
    ended = step.ended if is_over else None
    elapsed = f"PT{ended - step.began:.3f}S" if ended and step.began else ""
    return {
        "Status": status,
        "StatusDetails": step.details if is_over else status,
        "ResponseCode": step.code if is_over else -1,
        "ExecutionStartDateTime": _time_text(step.began),
        "ExecutionElapsedTime": elapsed,
        "ExecutionEndDateTime": _time_text(ended if step.began else None),
        "StandardOutputContent": step.stdout if is_over else "",
        "StandardErrorContent": step.stderr if is_over else "",
    }


def _time_text(moment: float | None) -> str:
    if moment is None:
        return ""
    utc = datetime.fromtimestamp(moment, timezone.utc)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def describe(command: Command) -> dict[str, Any]:
    status, details = command.outcome
    outcomes = [invocation.outcome for invocation in command.invocations.values()]
    request = command.request
    return {
        "CommandId": command.id,
        "DocumentName": command.document.name,
        "DocumentVersion": request.get("DocumentVersion", "$DEFAULT"),
        "Comment": request.get("Comment", ""),
        "ExpiresAfter": command.expires,
        "Parameters": request.get("Parameters") or {},
        "InstanceIds": request.get("InstanceIds") or [],
        "Targets": request.get("Targets") or [],
        "RequestedDateTime": command.requested,
        "Status": status,
        "StatusDetails": details,
        "OutputS3Region": command.region,
        "OutputS3BucketName": "",
        "OutputS3KeyPrefix": "",
        "MaxConcurrency": request.get("MaxConcurrency", "50"),
        "MaxErrors": request.get("MaxErrors", "0"),
        "TargetCount": len(outcomes),
        "CompletedCount": sum(1 for status, _ in outcomes if status in FINAL),
        "ErrorCount": sum(1 for _, d in outcomes if d in ("Failed", "ExecutionTimedOut")),
        "DeliveryTimedOutCount": sum(1 for _, d in outcomes if d == "DeliveryTimedOut"),
        "ServiceRole": "",
        "TimeoutSeconds": command.timeout,
    }
