"""What SSM lists page by page: ListCommands and DescribeInstanceInformation.

Replaces: what MiniStack answers to them; it knows no filters.
Why: after an answer that was lost, a command is looked for by its time and comment; and before one
is sent, whether the host's agent is there.
Does not: filters on the status of commands that AWS has and nothing here reaches; filters of
instances other than the two below (InvalidFilterKey).
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import hosts
import ssm_commands
from hosts import Host
from ssm_agent import FINAL
from ssm_commands import Command
from ssm_errors import SsmError

_MOST_RESULTS = 50
# Not documented; MiniStack's.
_DEFAULT_RESULTS = 10

# Above 3.3.2746.0, the first agent that knows `interpolationType: ENV_VAR`.
_AGENT_VERSION = "3.3.3050.0"


def list_commands(data: dict[str, Any]) -> dict[str, Any]:
    tests = [_command_test(each) for each in data.get("Filters") or []]
    command_id, instance = data.get("CommandId"), data.get("InstanceId")
    if command_id is not None and len(str(command_id)) != 36:
        raise SsmError("InvalidCommandId")
    found = [
        ssm_commands.describe(command)
        for command in ssm_commands.every()
        if (command_id is None or command.id == command_id)
        and (instance is None or instance in command.invocations)
        and all(test(command) for test in tests)
    ]
    return _page(found, "Commands", data)


def _command_test(given: Any) -> Callable[[Command], bool]:
    given = given if isinstance(given, dict) else {}
    key, value = given.get("key"), given.get("value")
    if not isinstance(value, str) or not 1 <= len(value) <= 128:
        raise SsmError("ValidationException", "a filter has a key and a value")
    if key == "InvokedAfter":
        after = _moment(value)
        return lambda command: command.requested >= after
    if key == "InvokedBefore":
        before = _moment(value)
        return lambda command: command.requested < before
    if key == "Status":
        return lambda command: value in command.outcome
    if key == "DocumentName":
        return lambda command: command.document.name == value
    if key == "ExecutionStage" and value in ("Executing", "Complete"):
        return lambda command: (command.outcome[0] in FINAL) == (value == "Complete")
    raise SsmError("InvalidFilterKey")


def _moment(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        text = "the value of the filter must be a time like 2024-07-07T00:00:00Z"
        raise SsmError("ValidationException", text) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()


def describe_instances(data: dict[str, Any]) -> dict[str, Any]:
    from ministack.core.responses import get_account_id, get_region

    scope = (get_account_id(), get_region())
    given = [(each.get("Key"), each.get("Values")) for each in data.get("Filters") or []]
    given += [
        (each.get("key"), each.get("valueSet"))
        for each in data.get("InstanceInformationFilterList") or []
    ]
    tests = [_host_test(key, values) for key, values in given]
    found = [
        _description(host)
        for host in sorted(hosts.every(), key=lambda host: host.instance)
        if (host.account, host.region) == scope and all(test(host) for test in tests)
    ]
    return _page(found, "InstanceInformationList", data)


def _host_test(key: Any, values: Any) -> Callable[[Host], bool]:
    if not isinstance(values, list) or not values:
        raise SsmError("InvalidInstanceInformationFilterValue", "a filter needs values")
    if key == "InstanceIds":
        return lambda host: host.instance in values
    if key == "PingStatus":
        return lambda host: host.ping in values
    raise SsmError("InvalidFilterKey")


def _description(host: Host) -> dict[str, Any]:
    from ministack.services import ec2

    record = ec2._instances.get(host.instance) or {}
    return {
        "InstanceId": host.instance,
        "PingStatus": host.ping,
        "LastPingDateTime": time.time() if host.is_online else host.last_ping,
        "AgentVersion": _AGENT_VERSION,
        "IsLatestVersion": True,
        "PlatformType": "Linux",
        "PlatformName": "Amazon Linux",
        "PlatformVersion": "2023",
        "RegistrationDate": host.registered,
        "ResourceType": "EC2Instance",
        "IPAddress": record.get("PrivateIpAddress", ""),
        "ComputerName": record.get("PrivateDnsName", ""),
        "SourceId": host.instance,
        "SourceType": "AWS::EC2::Instance",
    }


def _page(items: list[dict[str, Any]], name: str, data: dict[str, Any]) -> dict[str, Any]:
    most = data.get("MaxResults", _DEFAULT_RESULTS)
    if type(most) is not int or not 1 <= most <= _MOST_RESULTS:
        raise SsmError("ValidationException", f"MaxResults must be 1 to {_MOST_RESULTS}")
    first = _position(data["NextToken"]) if data.get("NextToken") else 0
    page: dict[str, Any] = {name: items[first : first + most]}
    if first + most < len(items):
        page["NextToken"] = base64.b64encode(f"from {first + most}".encode()).decode()
    return page


def _position(token: Any) -> int:
    try:
        word, number = base64.b64decode(token, validate=True).decode().split(" ")
        if word == "from" and number.isascii() and number.isdigit():
            return int(number[:9])
    except (TypeError, ValueError):
        pass
    raise SsmError("InvalidNextToken", "The specified token isn't valid.")
