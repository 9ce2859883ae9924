"""DescribeAlarms, complete.

Replaces: `cloudwatch._describe_alarms`.
Why: MiniStack has no `ActionPrefix`, by which lost alarms are looked for, and leaves most fields
out of its Query answers.
Does not: refuse combinations of parameters that AWS refuses; mute rules, contributors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import metrics_wire
from metrics_wire import Moment, Response, Wire
from selfcheck import Name

REQUIRED = [
    Name("services.cloudwatch", "_describe_alarms", "(params, cbor_data, is_cbor, is_json=False)"),
    Name("services.cloudwatch", "_max_records_error", "(raw)"),
    Name("services.cloudwatch", "_composite_children", "(alarm)"),
    Name("services.cloudwatch", "_alarms.values", "()"),
    Name("services.cloudwatch", "_composite_alarms.values", "()"),
    *metrics_wire.REQUIRED,
]

_ACTION_LISTS = ("AlarmActions", "OKActions", "InsufficientDataActions")


def install() -> None:
    from ministack.services import cloudwatch

    cloudwatch._describe_alarms = _describe_alarms


def _describe_alarms(
    params: Mapping[str, Any], data: Mapping[str, Any], is_cbor: bool, is_json: bool = False
) -> Response:
    from ministack.services import cloudwatch

    wire = Wire(is_cbor, is_json)
    request = metrics_wire.request(params, data, wire)
    invalid = cloudwatch._max_records_error(request.get("MaxRecords"))
    if invalid:
        return wire.error("ValidationError", invalid)
    types = request.get("AlarmTypes") or ["MetricAlarm"]
    alarms = []
    if "MetricAlarm" in types:
        alarms += cloudwatch._alarms.values()
    if "CompositeAlarm" in types:
        alarms += cloudwatch._composite_alarms.values()
    found = sorted((a for a in alarms if _is_asked_for(a, request)), key=_place)
    # The token is the name of the next page's first alarm, so that alarms which come and go
    # between two pages shift nothing.
    if request.get("NextToken"):
        found = [alarm for alarm in found if alarm["AlarmName"] >= request["NextToken"]]
    limit = int(request.get("MaxRecords") or 50)
    page = [described(alarm) for alarm in found[:limit]]
    result: dict[str, Any] = {
        "CompositeAlarms": [alarm for alarm in page if "AlarmRule" in alarm],
        "MetricAlarms": [alarm for alarm in page if "AlarmRule" not in alarm],
    }
    if len(found) > limit:
        result["NextToken"] = found[limit]["AlarmName"]
    return wire.answer("DescribeAlarms", result)


def _place(alarm: Mapping[str, Any]) -> tuple[str, bool]:
    return alarm["AlarmName"], "AlarmRule" in alarm


def _is_asked_for(alarm: Mapping[str, Any], request: Mapping[str, Any]) -> bool:
    from ministack.services import cloudwatch

    name = alarm["AlarmName"]
    if request.get("AlarmNames") and name not in request["AlarmNames"]:
        return False
    if not name.startswith(request.get("AlarmNamePrefix") or ""):
        return False
    if request.get("StateValue") not in (None, "", alarm["StateValue"]):
        return False
    if request.get("ActionPrefix") and not uses_action(alarm, request["ActionPrefix"]):
        return False
    parent = request.get("ChildrenOfAlarmName")
    if parent:
        composite = cloudwatch._composite_alarms.get(parent)
        return composite is not None and name in cloudwatch._composite_children(composite)
    child = request.get("ParentsOfAlarmName")
    return not child or ("AlarmRule" in alarm and child in cloudwatch._composite_children(alarm))


def uses_action(alarm: Mapping[str, Any], prefix: str) -> bool:
    return any(
        action.startswith(prefix) for name in _ACTION_LISTS for action in alarm.get(name) or []
    )


def described(alarm: Mapping[str, Any]) -> dict[str, Any]:
    """The record without what is unset, with its times marked as times."""
    return {
        name: Moment(value) if name.endswith("Timestamp") else value
        for name, value in alarm.items()
        if value is not None and not (value == "" and name != "StateReason")
    }
