"""Creating, changing and deleting alarms.

Replaces: wraps `cloudwatch._put_metric_alarm`, `_put_composite_alarm`, `_delete_alarms`,
`_enable_alarm_actions`, `_disable_alarm_actions`, `cloudformation_put_metric_alarm`,
`cloudformation_delete_metric_alarm`, and CloudFormation's `provisioners._cw_metric_alarm_record`.
Why: MiniStack keeps no `Metrics` (and its CloudFormation refuses them), forgets when the state of
an updated alarm last changed and why, rounds to seconds, and tells neither the alarm's history nor
EventBridge of a changed configuration. A responder must notice that a threshold was raised.
Does not: CloudFormation's `AWS::CloudWatch::CompositeAlarm`; check the parameters of `Metrics`
beyond what an evaluation needs; anomaly bands.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import alarm_events
import alarm_history
import events
import metrics_expression
import metrics_wire
from metrics_wire import Response, Wire
from selfcheck import Name

_HANDLER = "(params, cbor_data, is_cbor, is_json=False)"

REQUIRED = [
    Name("services.cloudwatch", "_put_metric_alarm", _HANDLER),
    Name("services.cloudwatch", "_put_composite_alarm", _HANDLER),
    Name("services.cloudwatch", "_delete_alarms", _HANDLER),
    Name("services.cloudwatch", "_enable_alarm_actions", _HANDLER),
    Name("services.cloudwatch", "_disable_alarm_actions", _HANDLER),
    Name("services.cloudwatch", "cloudformation_put_metric_alarm", "(alarm)"),
    Name(
        "services.cloudwatch",
        "cloudformation_delete_metric_alarm",
        "(name, refuse_dependents=False)",
    ),
    Name("services.cloudwatch", "_alarms.items", "()"),
    Name("services.cloudwatch", "_composite_alarms.items", "()"),
    Name("services.cloudformation.provisioners", "_cw_metric_alarm_record", "(name, props)"),
    Name("core.responses", "get_account_id", "()"),
    Name("core.responses", "get_region", "()"),
]

# What an alarm on metric math does not have, and MiniStack fills in.
_SINGLE_METRIC = (
    "MetricName",
    "Namespace",
    "Statistic",
    "ExtendedStatistic",
    "Period",
    "Dimensions",
    "Unit",
)
_KEPT_BY_AN_UPDATE = (
    "StateValue",
    "StateReason",
    "StateReasonData",
    "StateUpdatedTimestamp",
    "StateTransitionedTimestamp",
)
_SUPPRESSION = (
    "ActionsSuppressor",
    "ActionsSuppressorWaitPeriod",
    "ActionsSuppressorExtensionPeriod",
)
_Records = dict[str, dict[str, Any]]


def install() -> None:
    from ministack.services import cloudwatch
    from ministack.services.cloudformation import provisioners

    for name, refuses in (
        ("_put_metric_alarm", _refusal_of_metrics),
        ("_put_composite_alarm", None),
        ("_delete_alarms", None),
        ("_enable_alarm_actions", None),
        ("_disable_alarm_actions", None),
    ):
        setattr(cloudwatch, name, _noticing(getattr(cloudwatch, name), refuses))
    for name in ("cloudformation_put_metric_alarm", "cloudformation_delete_metric_alarm"):
        setattr(cloudwatch, name, _noticing_template(getattr(cloudwatch, name)))
    provisioners._cw_metric_alarm_record = _record_with_metrics(
        provisioners._cw_metric_alarm_record
    )


def _noticing(
    handler: Callable[..., Response], refuses: Callable[[Mapping[str, Any]], str | None] | None
) -> Callable[..., Response]:
    def handle(
        params: Mapping[str, Any], data: Mapping[str, Any], is_cbor: bool, is_json: bool = False
    ) -> Response:
        wire = Wire(is_cbor, is_json)
        request = metrics_wire.request(params, data, wire)
        refusal = refuses(request) if refuses else None
        if refusal:
            return wire.error("ValidationError", refusal)
        before = _records()
        response = handler(params, data, is_cbor, is_json)
        if response[0] == 200:
            _notice(before, request)
        return response

    return handle


def _noticing_template(change: Callable[..., None]) -> Callable[..., None]:
    def changing(subject: Any, *rest: Any, **named: Any) -> None:
        before = _records()
        change(subject, *rest, **named)
        _notice(before, {"AlarmName": subject["AlarmName"]} if isinstance(subject, dict) else {})

    return changing


def _records() -> _Records:
    """Every alarm of the scope as it is now; copied, because some handlers change them in place."""
    from ministack.services import cloudwatch

    kept = [*cloudwatch._alarms.items(), *cloudwatch._composite_alarms.items()]
    return {name: copy.copy(alarm) for name, alarm in kept}


def _notice(before: _Records, request: Mapping[str, Any]) -> None:
    from ministack.services import cloudwatch

    now = round(time.time(), 3)
    put = request.get("AlarmName")
    for name in _names(before, request):
        was = before.get(name)
        alarm = cloudwatch._alarms.get(name) or cloudwatch._composite_alarms.get(name)
        if alarm is None:
            if was is not None:
                _tell("delete", was, None, now)
        elif name == put or _actions_differ(was, alarm):
            _complete(alarm, request, was, now)
            _tell("update" if was else "create", alarm, was, now)


def _names(before: _Records, request: Mapping[str, Any]) -> Iterable[str]:
    put = request.get("AlarmName")
    return [put] if put else list(before)


def _actions_differ(was: Mapping[str, Any] | None, alarm: Mapping[str, Any]) -> bool:
    return was is not None and was.get("ActionsEnabled") != alarm.get("ActionsEnabled")


def _complete(
    alarm: dict[str, Any], request: Mapping[str, Any], was: Mapping[str, Any] | None, now: float
) -> None:
    """What MiniStack leaves out of the record that it stored."""
    alarm["AlarmConfigurationUpdatedTimestamp"] = now
    if "AlarmRule" in alarm:
        for name in _SUPPRESSION:
            if request.get(name):
                alarm[name] = request[name] if name == "ActionsSuppressor" else int(request[name])
        return
    if was is None:
        alarm["StateUpdatedTimestamp"] = now
        alarm["StateTransitionedTimestamp"] = now
    else:
        alarm.update({name: was[name] for name in _KEPT_BY_AN_UPDATE if name in was})
    if request.get("EvaluateLowSampleCountPercentile"):
        alarm["EvaluateLowSampleCountPercentile"] = request["EvaluateLowSampleCountPercentile"]
    if request.get("Metrics"):
        alarm["Metrics"] = normalised(request["Metrics"])
    if request.get("InsufficientDataActions"):  # MiniStack's Query protocol drops them
        alarm["InsufficientDataActions"] = list(request["InsufficientDataActions"])
    if alarm.get("Metrics"):
        for name in _SINGLE_METRIC:
            alarm.pop(name, None)
    elif alarm.get("ExtendedStatistic"):
        alarm.pop("Statistic", None)


def normalised(metrics: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """`Metrics` with its numbers and truth values as such, whatever protocol they came by."""
    queries = []
    for given in metrics:
        query = copy.deepcopy(dict(given))
        query["ReturnData"] = metrics_wire.boolean(query.get("ReturnData"), True)
        if query.get("Period"):
            query["Period"] = int(query["Period"])
        if query.get("MetricStat"):
            query["MetricStat"]["Period"] = int(query["MetricStat"]["Period"])
        queries.append(query)
    return queries


def _refusal_of_metrics(request: Mapping[str, Any]) -> str | None:
    metrics = request.get("Metrics")
    if not metrics:
        return None
    if request.get("MetricName"):
        return "MetricName and Metrics cannot be given together"
    returned = [q for q in metrics if metrics_wire.boolean(q.get("ReturnData"), True)]
    if len(returned) != 1:
        return "exactly one element of Metrics must have ReturnData true"
    try:
        for query in metrics:
            if query.get("Expression"):
                metrics_expression.parse(query["Expression"])
    except metrics_expression.MathError as error:
        return str(error)
    return None


def _record_with_metrics(
    record: Callable[[str, Mapping[str, Any]], dict[str, Any]],
) -> Callable[[str, Mapping[str, Any]], dict[str, Any]]:
    def make(name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
        metrics = properties.get("Metrics")
        if not metrics:
            return record(name, properties)
        refusal = _refusal_of_metrics(properties)
        if refusal:
            raise ValueError(f"AWS::CloudWatch::Alarm {refusal}")
        # MiniStack refuses the property, so it is shown an alarm on some metric instead.
        shown = {**properties, "MetricName": "Metrics", "Namespace": "Metrics"}
        del shown["Metrics"]
        return record(name, shown) | {"Metrics": normalised(metrics)}

    return make


def _tell(
    operation: str, alarm: Mapping[str, Any], before: Mapping[str, Any] | None, now: float
) -> None:
    from ministack.core.responses import get_account_id, get_region

    alarm_history.record_configuration_update(operation, alarm, before, now)
    events.publish(
        "aws.cloudwatch",
        alarm_events.CONFIGURATION_CHANGE,
        alarm_events.configuration_change(operation, alarm, before),
        [alarm["AlarmArn"]],
        get_account_id(),
        get_region(),
    )
