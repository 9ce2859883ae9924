"""CloudWatch alarms: real evaluation, and real notifications.

Replaces: `cloudwatch._evaluate_alarm`, `_dispatch_alarm_actions`, `_set_alarm_state` and
`_transition_composite`.
Why: see `alarm_evaluation`, `alarm_message`, `alarm_events`. An alarm is evaluated at the end of
each of its periods (of each minute, if they are longer), and again when late data change a period
that is already over. A state set by hand stays until then, as on AWS.
Does not: wait as long as AWS, which evaluates seconds after a period's end, this after a fraction
of a second.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import alarm_actions
import alarm_events
import alarm_history
import alarm_message
import events
import metrics
import metrics_store
import metrics_wire
from alarm_evaluation import (
    Datapoint,
    Rule,
    aws_time,
    complete_datapoints,
    evaluation_range,
    is_evaluable,
    judge,
)
from alarm_events import State
from metrics_wire import Response, Wire
from selfcheck import Name

REQUIRED = [
    Name("services.cloudwatch", "_evaluate_alarm", "(alarm)"),
    Name("services.cloudwatch", "_dispatch_alarm_actions", "(alarm, old_state, new_state, reason)"),
    Name("services.cloudwatch", "_set_alarm_state", "(params, cbor_data, is_cbor, is_json=False)"),
    Name(
        "services.cloudwatch",
        "_transition_composite",
        "(alarm, new_state, reason, triggers, seen=frozenset())",
    ),
    Name("services.cloudwatch", "_evaluate_parent_alarms", "(child, seen=frozenset())"),
    Name("services.cloudwatch", "_alarms.to_dict", "()"),
    Name("services.cloudwatch", "_alarms.get", "(key, default=None)"),
    Name("services.cloudwatch", "_composite_alarms.get", "(key, default=None)"),
    Name("services.cloudwatch", "_composite_triggers.pop", "(key, *args)"),
    *alarm_actions.REQUIRED,
    *metrics_store.REQUIRED,
    *metrics_wire.REQUIRED,
    Name("core.responses", "request_scope", "(account_id, region)"),
    Name("core.responses", "get_account_id", "()"),
    Name("core.responses", "get_region", "()"),
]

# A service may publish the last second of a period a moment after its end. Without this patience
# the evaluation would see a period without its last requests, and change the alarm's mind twice.
EVALUATION_DELAY_SECONDS = 0.3
_POLL_SECONDS = 0.1
# How often it is looked whether late data have changed a period that is over.
_LATE_DATA_SECONDS = 0.5
_LONGEST_CADENCE_SECONDS = 60

logger = logging.getLogger("overlay.alarms")


@dataclass(frozen=True)
class _Evaluation:
    """What an alarm was last judged by: the end of which period, and which datapoints."""

    boundary: float
    datapoints: tuple[Datapoint, ...]


_evaluations: dict[tuple[str, str, str], _Evaluation] = {}


def install() -> None:
    from ministack.services import cloudwatch

    cloudwatch._evaluate_alarm = lambda alarm: None  # `evaluate_forever` does, at its own times
    cloudwatch._dispatch_alarm_actions = lambda *_: None  # `_transition` does
    cloudwatch._set_alarm_state = _set_alarm_state
    cloudwatch._transition_composite = _transition_composite


async def evaluate_forever() -> None:
    """Runs on MiniStack's event loop, like every request, so no two evaluations overlap."""
    looked_for_late_data = 0.0
    while True:
        await asyncio.sleep(_POLL_SECONDS)
        now = time.time()
        late_data = now - looked_for_late_data >= _LATE_DATA_SECONDS
        if late_data:
            looked_for_late_data = now
        try:
            _evaluate_due(now - EVALUATION_DELAY_SECONDS, late_data)
        except Exception:  # one bad record must not stop the evaluation of all others
            logger.exception("evaluating the alarms failed")


def _evaluate_due(as_of: float, late_data: bool) -> None:
    from ministack.core.responses import request_scope
    from ministack.services import cloudwatch

    alarms = cloudwatch._alarms.to_dict()
    for key in [key for key in _evaluations if key not in alarms]:
        del _evaluations[key]
    for key, alarm in alarms.items():
        rule = rule_of(alarm)
        if rule is None or not (late_data or _is_due(key, rule, as_of)):
            continue
        account, region, _ = key
        with request_scope(account, region):
            _evaluate(key, alarm, rule, as_of)


def _is_due(key: tuple[str, str, str], rule: Rule, as_of: float) -> bool:
    last = _evaluations.get(key)
    return last is None or boundary(rule.period, as_of) > last.boundary


def boundary(period: int, as_of: float) -> float:
    """The last moment at which an alarm with this period had to be evaluated."""
    cadence = min(period, _LONGEST_CADENCE_SECONDS)
    return math.floor(as_of / cadence) * cadence


def _evaluate(
    key: tuple[str, str, str], alarm: dict[str, Any], rule: Rule, as_of: float
) -> None:
    datapoints = tuple(_datapoints(alarm, rule, as_of))
    evaluation = _Evaluation(boundary(rule.period, as_of), datapoints)
    # A state that was forced stays until there is something new to judge by, as on AWS.
    if _evaluations.get(key) == evaluation:
        return
    _evaluations[key] = evaluation
    verdict = judge(rule, alarm["StateValue"], datapoints, as_of)
    if verdict is not None:
        reason_data = json.dumps(verdict.reason_data, separators=(",", ":"))
        _transition(alarm, verdict.state, verdict.reason, reason_data)


def rule_of(alarm: Mapping[str, Any]) -> Rule | None:
    """The alarm's rule, or `None` if it is one that is not evaluated here."""
    expressions = alarm.get("Metrics")
    if not expressions and not (alarm.get("MetricName") and alarm.get("Namespace")):
        return None
    treat_missing_data = alarm.get("TreatMissingData") or "missing"
    if alarm.get("Namespace") == "AWS/DynamoDB":  # missing data of DynamoDB are ignored always
        treat_missing_data = "ignore"
    if expressions:
        statistic, period = "", alarm_message.expression_period(expressions)
    else:
        statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
        period = int(alarm["Period"])
    rule = Rule(
        statistic=statistic,
        period=period,
        evaluation_periods=int(alarm["EvaluationPeriods"]),
        datapoints_to_alarm=alarm.get("DatapointsToAlarm"),
        comparison=alarm.get("ComparisonOperator") or "",
        threshold=float(alarm["Threshold"]),
        treat_missing_data=treat_missing_data,
    )
    return rule if is_evaluable(rule) else None


def _datapoints(alarm: Mapping[str, Any], rule: Rule, as_of: float) -> Sequence[Datapoint]:
    begin, end = evaluation_range(rule, as_of)
    if not alarm.get("Metrics"):
        samples = metrics_store.samples(
            alarm["Namespace"],
            alarm["MetricName"],
            alarm.get("Dimensions") or [],
            alarm.get("Unit"),
            since=begin,
        )
        return complete_datapoints(rule, samples, as_of)
    try:
        values = metrics.evaluate(alarm["Metrics"], begin, end)
    except ValueError as error:  # a mistake in the expression: AWS has no data for it either
        logger.warning("alarm %s cannot be evaluated: %s", alarm["AlarmName"], error)
        return []
    watched = next(query["Id"] for query in alarm["Metrics"] if query["ReturnData"])
    return [
        Datapoint(start, value)
        for start, value in sorted(values[watched].items())
        if begin <= start < end
    ]


def _set_alarm_state(
    params: Mapping[str, Any], data: Mapping[str, Any], is_cbor: bool, is_json: bool = False
) -> Response:
    from ministack.services import cloudwatch

    wire = Wire(is_cbor, is_json)
    request = metrics_wire.request(params, data, wire)
    name = request.get("AlarmName") or ""
    alarm = cloudwatch._alarms.get(name) or cloudwatch._composite_alarms.get(name)
    if alarm is None:
        return wire.error("ResourceNotFound", f"Alarm {name} not found", 404)
    state = request.get("StateValue")
    if state not in alarm_actions.ACTION_LISTS:
        return wire.error("ValidationError", f"StateValue is not a state: {state}")
    reason, reason_data = request.get("StateReason") or "", request.get("StateReasonData")
    if state != alarm["StateValue"]:
        cloudwatch._composite_triggers.pop(name, None)
        _transition(alarm, state, reason, reason_data or None)
    else:
        alarm["StateReason"] = reason
        alarm["StateReasonData"] = reason_data or None
        alarm["StateUpdatedTimestamp"] = round(time.time(), 3)
    return wire.answer("SetAlarmState", {})


def _transition_composite(
    alarm: dict[str, Any],
    new_state: str,
    reason: str,
    triggers: Sequence[str],
    seen: frozenset[str] = frozenset(),
) -> None:
    """`triggers` are the names of the children that brought the change about, newest first."""
    from ministack.services import cloudwatch

    children = [cloudwatch._alarms.get(n) or cloudwatch._composite_alarms.get(n) for n in triggers]
    triggering = [
        {
            "arn": child["AlarmArn"],
            "state": {
                "value": child["StateValue"],
                "timestamp": aws_time(child["StateUpdatedTimestamp"]),
            },
        }
        for child in children
        if child
    ]
    cloudwatch._composite_triggers.pop(alarm["AlarmName"], None)
    reason_data = json.dumps({"triggeringAlarms": triggering}, separators=(",", ":"))
    _transition(alarm, new_state, reason, reason_data, seen)


def _transition(
    alarm: dict[str, Any],
    new_state: str,
    reason: str,
    reason_data: str | None,
    seen: frozenset[str] = frozenset(),
) -> None:
    """The only place where a state changes, so that everybody is told the same moment."""
    from ministack.core.responses import get_account_id, get_region
    from ministack.services import cloudwatch

    before = State.of(alarm)
    changed_at = round(time.time(), 3)
    alarm["StateValue"] = new_state
    alarm["StateReason"] = reason
    alarm["StateReasonData"] = reason_data
    alarm["StateUpdatedTimestamp"] = changed_at
    alarm["StateTransitionedTimestamp"] = changed_at
    alarm_actions.note_suppression(alarm)
    alarm_history.record_state_update(alarm, before)
    alarm_actions.carry_out(alarm, before, changed_at)
    events.publish(
        "aws.cloudwatch",
        alarm_events.STATE_CHANGE,
        alarm_events.state_change(alarm, before),
        [alarm["AlarmArn"]],
        get_account_id(),
        get_region(),
    )
    cloudwatch._evaluate_parent_alarms(alarm, seen)
