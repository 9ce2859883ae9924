"""DescribeAlarmHistory: what happened to an alarm, its configuration included.

Replaces: `cloudwatch._record_history` and `cloudwatch._describe_alarm_history`.
Why: MiniStack keeps no configuration updates, leaves out the old state's reason, rounds to seconds
and takes the creation of an alarm for a change of state. Whoever has to prove a recovery by the
rule that was in force must be able to find it here: an update's item names the fields it changed
with the values they had before.
Does not: forget after 30 days; the published message in the items of actions; AppConfig's
monitors, which read MiniStack's own items, see none of these.

HistoryData of a `ConfigurationUpdate`: `{"version", "type": "Create", "createdAlarm": {...}}`, or
`"Update"` with `updatedAlarm` (all of the configuration as it is now) and `originalUpdatedFields`
(only the changed fields, as they were), or `"Delete"` with `deletedAlarm`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import metrics_wire
from alarm_events import State
from alarm_evaluation import aws_time
from metrics_wire import Moment, Response, Wire
from selfcheck import Name

REQUIRED = [
    Name(
        "services.cloudwatch",
        "_record_history",
        "(alarm_name, old_state, new_state, reason, alarm_type='MetricAlarm', reason_data=None)",
    ),
    Name(
        "services.cloudwatch",
        "_describe_alarm_history",
        "(params, cbor_data, is_cbor, is_json=False)",
    ),
    Name("services.cloudwatch", "_history_entries", "()"),
    Name("services.cloudwatch", "_max_records_error", "(raw)"),
    Name("services.cloudwatch", "_encode_page_token", "(position)"),
    Name("services.cloudwatch", "_decode_page_token", "(token)"),
    *metrics_wire.REQUIRED,
]

_TYPES = {"create": "created", "update": "updated", "delete": "deleted"}

# What AWS names in an item, by MiniStack's names, where lower-casing the first letter is not it.
_OWN_NAMES = {"OKActions": "okactions", "AlarmArn": "alarmArn"}
_NOT_CONFIGURATION = {
    "StateValue",
    "StateReason",
    "StateReasonData",
    "StateUpdatedTimestamp",
    "StateTransitionedTimestamp",
    "ActionsSuppressedBy",
    "ActionsSuppressedReason",
}


def install() -> None:
    from ministack.services import cloudwatch

    cloudwatch._record_history = lambda *_, **__: None  # `alarms` records every change itself
    cloudwatch._describe_alarm_history = _describe_alarm_history


def record_state_update(alarm: Mapping[str, Any], before: State) -> None:
    after = State.of(alarm)
    data = {"version": "1.0", "oldState": _state(before), "newState": _state(after)}
    summary = f"Alarm updated from {before.value} to {after.value}"
    _record(alarm, "StateUpdate", summary, data, after.at)


def record_action(alarm: Mapping[str, Any], action: str, problem: str | None) -> None:
    """`problem` is why the action failed, or `None` when it did not."""
    at = State.of(alarm).at
    data = {
        "actionState": "Failed" if problem else "Succeeded",
        "stateUpdateTimestamp": round(at * 1000),
        "notificationResource": action,
    }
    if problem:
        data["error"] = problem
    summary = f"{'Failed to execute' if problem else 'Successfully executed'} action {action}"
    _record(alarm, "Action", summary, data, at)


def record_configuration_update(
    operation: str, alarm: Mapping[str, Any], before: Mapping[str, Any] | None, at: float
) -> None:
    """`operation` is create, update or delete; `before` the record before an update."""
    verb = _TYPES[operation]
    data = configuration_data(operation, alarm, before)
    _record(alarm, "ConfigurationUpdate", f'Alarm "{alarm["AlarmName"]}" {verb}', data, at)


def configuration_data(
    operation: str, alarm: Mapping[str, Any], before: Mapping[str, Any] | None
) -> dict[str, Any]:
    now = _fields(alarm)
    state = {
        "stateValue": alarm["StateValue"],
        "stateUpdatedTimestamp": aws_time(alarm["StateUpdatedTimestamp"]),
    }
    data = {
        "version": "1.0",
        "type": operation.capitalize(),
        f"{_TYPES[operation]}Alarm": now | state,
    }
    if before is not None:
        was = _fields(before)
        changed = {name: value for name, value in was.items() if now.get(name) != value}
        added = {name: None for name in now if name not in was}
        data["originalUpdatedFields"] = changed | added
    return data


def _fields(alarm: Mapping[str, Any]) -> dict[str, Any]:
    told = {}
    for name, value in alarm.items():
        if name in _NOT_CONFIGURATION or value is None or value == "":
            continue
        if name.endswith("Timestamp"):
            value = aws_time(value)
        told[_OWN_NAMES.get(name, _lower_first(name))] = _lower_names(value)
    return told


def _lower_names(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_lower_first(name): _lower_names(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_lower_names(member) for member in value]
    return value


def _lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]


def _state(state: State) -> dict[str, Any]:
    told: dict[str, Any] = {"stateValue": state.value, "stateReason": state.reason}
    if state.reason_data:
        told["stateReasonData"] = _json_or_text(state.reason_data)
    return told


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:  # whoever forces a state may write anything
        return text


def _record(
    alarm: Mapping[str, Any], item_type: str, summary: str, data: Mapping[str, Any], at: float
) -> None:
    from ministack.services import cloudwatch

    cloudwatch._history_entries().append(
        {
            "AlarmName": alarm["AlarmName"],
            "AlarmType": "CompositeAlarm" if "AlarmRule" in alarm else "MetricAlarm",
            "Timestamp": Moment(at),
            "HistoryItemType": item_type,
            "HistorySummary": summary,
            "HistoryData": json.dumps(data, separators=(",", ":"), ensure_ascii=False),
        }
    )


def _describe_alarm_history(
    params: Mapping[str, Any], data: Mapping[str, Any], is_cbor: bool, is_json: bool = False
) -> Response:
    from ministack.services import cloudwatch

    wire = Wire(is_cbor, is_json)
    request = metrics_wire.request(params, data, wire)
    invalid = cloudwatch._max_records_error(request.get("MaxRecords"))
    if invalid:
        return wire.error("ValidationError", invalid)
    token = request.get("NextToken")
    position = cloudwatch._decode_page_token(token) if token else "0"
    if position is None or not position.isdigit():
        return wire.error("InvalidNextToken", f"Invalid NextToken : {token}")

    descending = request.get("ScanBy") != "TimestampAscending"
    found = _matching(cloudwatch._history_entries(), request, descending)
    if token:
        begin = int(position)
        found = [item for item in found if (item[0] <= begin if descending else item[0] >= begin)]
    limit = int(request.get("MaxRecords") or 50)
    result: dict[str, Any] = {"AlarmHistoryItems": [item for _, item in found[:limit]]}
    if len(found) > limit:
        result["NextToken"] = cloudwatch._encode_page_token(str(found[limit][0]))
    return wire.answer("DescribeAlarmHistory", result)


def _matching(
    items: Sequence[Mapping[str, Any]], request: Mapping[str, Any], descending: bool
) -> list[tuple[int, Mapping[str, Any]]]:
    """Items with their place in the history, which is what a token of the next page holds."""
    types = request.get("AlarmTypes") or ["MetricAlarm"]
    since = metrics_wire.moment(request.get("StartDate"))
    until = metrics_wire.moment(request.get("EndDate"))
    found = [
        (place, item)
        for place, item in enumerate(items)
        if item["AlarmType"] in types
        and request.get("AlarmName") in (None, "", item["AlarmName"])
        and request.get("HistoryItemType") in (None, "", item["HistoryItemType"])
        and (since is None or item["Timestamp"] >= since)
        and (until is None or item["Timestamp"] <= until)
    ]
    return found[::-1] if descending else found
