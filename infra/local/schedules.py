"""EventBridge rules with a schedule, fired on time.

Replaces: `eventbridge._tick_scheduled_rules` (by a thread of our own; MiniStack's goes on and finds
nothing to do), `_validate_schedule_expression`.
Why: MiniStack looks at its schedules every ten seconds, and fires rules whose next run it counts
from the last, so that a rule for the top of the minute runs up to ten seconds late, and drifts.
Does not: `rate` counts from the moment the rule is made on AWS; here it fires at multiples of it
since the epoch. `rate(N seconds)` exists here alone, for demonstrations that are faster than life:
EventBridge's shortest is a minute. No time zones, no EventBridge Scheduler. What was missed while
the machine slept is not made up for.
"""

from __future__ import annotations

import logging
import math
import re
import threading
import time
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

import events
from selfcheck import Name

REQUIRED = [
    Name("services.eventbridge", "_tick_scheduled_rules", "()"),
    Name("services.eventbridge", "_validate_schedule_expression", "(expr)"),
    Name("services.eventbridge", "_parse_cron_fields", "(expr)"),
    Name("services.eventbridge", "_cron_next_fire", "(fields, after_dt)"),
    Name("services.eventbridge", "_pattern_event_view", "(event)"),
    Name("services.eventbridge", "_invoke_target", "(target, event, rule, view=None)"),
    Name("services.eventbridge", "_rules.to_dict", "()"),
    Name("services.eventbridge", "_targets.get", "(key, default=None)"),
    Name("services.eventbridge", "new_uuid", "()"),
    Name("core.responses", "request_scope", "(account_id, region)"),
    *events.REQUIRED,
]

_POLL_SECONDS = 0.02

_RATE = re.compile(r"rate\((\d+)\s+(second|minute|hour|day)(s?)\)")
_UNIT_SECONDS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}

logger = logging.getLogger("overlay.schedules")

_Key = tuple[str, str, str]


def install() -> None:
    from ministack.services import eventbridge

    is_valid = eventbridge._validate_schedule_expression

    def validate(expr: str) -> bool:
        return rate_seconds(expr) is not None or (not expr.startswith("rate(") and is_valid(expr))

    eventbridge._validate_schedule_expression = validate
    eventbridge._tick_scheduled_rules = lambda: None
    threading.Thread(target=_fire_forever, daemon=True, name="schedules").start()


def rate_seconds(expression: str) -> int | None:
    """The interval of a `rate(...)`, or `None` if it is none; AWS wants `1 minute`, `2 minutes`."""
    match = _RATE.fullmatch(expression.strip())
    if not match:
        return None
    number = int(match[1])
    if number == 0 or (number == 1) == bool(match[3]):
        return None
    return number * _UNIT_SECONDS[match[2]]


def next_run(expression: str, after: float) -> float | None:
    """When the schedule next runs after this moment, or `None` if never or not a schedule."""
    from ministack.services import eventbridge

    interval = rate_seconds(expression)
    if interval is not None:
        return float((math.floor(after / interval) + 1) * interval)
    fields = eventbridge._parse_cron_fields(expression)
    if fields is None:
        return None
    run = eventbridge._cron_next_fire(fields, datetime.fromtimestamp(after, tz=timezone.utc))
    return run.timestamp() if run else None


def _fire_forever() -> None:
    due: dict[_Key, tuple[str, float | None]] = {}
    while True:
        time.sleep(_POLL_SECONDS)
        try:
            for key, rule, moment in take_due(due, _enabled_rules(), time.time()):
                _fire(key, rule, moment)
        except Exception:  # a bad rule must not stop the others for ever
            logger.exception("the schedules failed")


def _enabled_rules() -> dict[_Key, Mapping[str, Any]]:
    from ministack.services import eventbridge

    return {
        key: rule
        for key, rule in eventbridge._rules.to_dict().items()
        if rule.get("ScheduleExpression") and rule.get("State") == "ENABLED"
    }


def take_due(
    due: dict[_Key, tuple[str, float | None]], rules: Mapping[_Key, Mapping[str, Any]], now: float
) -> list[tuple[_Key, Mapping[str, Any], float]]:
    """The rules to fire at `now`, each with its moment; `due` remembers when each fires next."""
    for key in [key for key in due if key not in rules]:
        del due[key]
    firing = []
    for key, rule in rules.items():
        expression = rule["ScheduleExpression"]
        known, moment = due.get(key, ("", None))
        if known != expression:  # new, or changed since
            due[key] = (expression, next_run(expression, now))
            if due[key][1] is None:  # CloudFormation lets anything pass here
                logger.warning("rule %s never runs: %s is no schedule", key[2], expression)
        elif moment is not None and now >= moment:
            firing.append((key, rule, moment))
            due[key] = (expression, next_run(expression, now))
    return firing


def scheduled_event(
    rule: Mapping[str, Any], account: str, region: str, at: float
) -> dict[str, Any]:
    """MiniStack's record of the event; a target gets it in EventBridge's own form."""
    from ministack.services import eventbridge

    return {
        "EventId": eventbridge.new_uuid(),
        "Source": "aws.events",
        "DetailType": "Scheduled Event",
        "Detail": "{}",
        "EventBusName": rule.get("EventBusName", "default"),
        "Time": int(at),
        "Resources": [rule["Arn"]],
        "Account": account,
        "Region": region,
    }


def _fire(key: _Key, rule: Mapping[str, Any], at: float) -> None:
    from ministack.core.responses import request_scope
    from ministack.services import eventbridge

    account, region, rule_key = key
    with request_scope(account, region):
        event = scheduled_event(rule, account, region, at)
        view = eventbridge._pattern_event_view(event)
        for target in list(eventbridge._targets.get(rule_key, [])):
            # Failures are logged inside; a Lambda target is only handed over, not waited for.
            eventbridge._invoke_target(target, event, rule, view)
