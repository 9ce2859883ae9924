"""How CloudWatch decides the state of a metric alarm, as pure functions.

Replaces: the arithmetic of MiniStack's `cloudwatch._evaluate_alarm`, which puts all dimensions of a
metric together, ignores periods and M-of-N, and takes no account of missing data.
Why: the product proves recovery with the alarm's own rules, so the alarm must follow them here too.
Does not: anomaly bands, Metrics Insights, `EvaluateLowSampleCountPercentile`. The datapoints of an
alarm on metric math are computed elsewhere (`metrics`) and judged here like all others.

The rules are those of the CloudWatch user guide ("Configuring how CloudWatch alarms treat missing
data"), including the evaluation range that reaches further back than the evaluation periods.
AWS does not say by how much; its examples use two more for three, and so does this.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from metrics_series import Sample, by_period, statistic

OK = "OK"
ALARM = "ALARM"
INSUFFICIENT_DATA = "INSUFFICIENT_DATA"

# How many periods beyond the evaluation periods are looked at when data are missing.
EXTRA_PERIODS = 2

_COMPARISONS = {
    "GreaterThanThreshold": "greater than",
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}


@dataclass(frozen=True)
class Datapoint:
    """The alarm's statistic over one whole period."""

    start: int
    value: float
    # `None` for the result of an expression.
    sample_count: float | None = None


@dataclass(frozen=True)
class Rule:
    """What an alarm watches for. `datapoints_to_alarm` is `None` when the alarm does not set it.

    `statistic` is empty when the alarm watches an expression.
    """

    statistic: str
    period: int
    evaluation_periods: int
    datapoints_to_alarm: int | None
    comparison: str
    threshold: float
    treat_missing_data: str

    @property
    def to_alarm(self) -> int:
        return self.datapoints_to_alarm or self.evaluation_periods

    @property
    def range_seconds(self) -> int:
        return self.period * (self.evaluation_periods + EXTRA_PERIODS)


@dataclass(frozen=True)
class Verdict:
    state: str
    reason: str
    reason_data: dict[str, Any]


def is_evaluable(rule: Rule) -> bool:
    return rule.comparison in _COMPARISONS and rule.period > 0 and rule.evaluation_periods > 0


def evaluate(rule: Rule, state: str, samples: Iterable[Sample], now: float) -> Verdict | None:
    """The state the alarm should be in at `now`, or `None` to keep the one it is in."""
    return judge(rule, state, complete_datapoints(rule, samples, now), now)


def judge(rule: Rule, state: str, datapoints: Sequence[Datapoint], now: float) -> Verdict | None:
    """As `evaluate`, for the datapoints of the range's complete periods, oldest first."""
    if len(datapoints) >= rule.evaluation_periods:
        evaluated = datapoints[-rule.evaluation_periods :]
        missing = 0
    else:
        evaluated = datapoints
        missing = rule.evaluation_periods - len(datapoints)

    new_state = _state(rule, evaluated, missing, now)
    if new_state is None or new_state == state:
        return None
    return Verdict(
        new_state,
        _reason(rule, new_state, evaluated, missing),
        _reason_data(rule, evaluated, now),
    )


def complete_datapoints(rule: Rule, samples: Iterable[Sample], now: float) -> list[Datapoint]:
    """The datapoints of the evaluation range, oldest first, without the period still running."""
    begin, end = evaluation_range(rule, now)
    within = (sample for sample in samples if begin <= sample.time < end)
    datapoints = []
    for start, its_samples in by_period(within, rule.period).items():
        value = statistic(rule.statistic, its_samples)
        if value is not None:
            count = sum(sample.count for sample in its_samples)
            datapoints.append(Datapoint(start, value, count))
    return datapoints


def evaluation_range(rule: Rule, now: float) -> tuple[int, int]:
    """From the first period that counts to the end of the last complete one."""
    end = math.floor(now / rule.period) * rule.period
    return end - rule.range_seconds, end


def _state(rule: Rule, evaluated: Sequence[Datapoint], missing: int, now: float) -> str | None:
    breaching = sum(1 for point in evaluated if breaches(rule, point.value))
    if missing and rule.treat_missing_data == "breaching":
        breaching += missing
    if breaching >= rule.to_alarm:
        return ALARM
    if not missing or rule.treat_missing_data in ("breaching", "notBreaching"):
        return OK
    if any(not breaches(rule, point.value) for point in evaluated):
        return OK
    if rule.treat_missing_data == "ignore":
        return None
    if not evaluated:
        return INSUFFICIENT_DATA
    return _state_of_intermittent_breaches(rule, evaluated, now)


def _state_of_intermittent_breaches(
    rule: Rule, evaluated: Sequence[Datapoint], now: float
) -> str | None:
    """Only breaching datapoints, fewer than it takes, and the rest missing.

    CloudWatch waits while the next datapoint could still tell otherwise, and goes to ALARM once
    the oldest of them, within the evaluation periods, is as old as the datapoints to alarm.
    """
    end = math.floor(now / rule.period) * rule.period
    ages = [(end - point.start) // rule.period for point in evaluated]
    within = [age for age in ages if age <= rule.evaluation_periods]
    if within and max(within) >= rule.to_alarm:
        return ALARM
    return None


def breaches(rule: Rule, value: float) -> bool:
    match rule.comparison:
        case "GreaterThanThreshold":
            return value > rule.threshold
        case "GreaterThanOrEqualToThreshold":
            return value >= rule.threshold
        case "LessThanThreshold":
            return value < rule.threshold
        case _:
            return value <= rule.threshold


def _reason(rule: Rule, state: str, evaluated: Sequence[Datapoint], missing: int) -> str:
    if state == INSUFFICIENT_DATA:
        were = "datapoint was" if missing == 1 else "datapoints were"
        return f"Insufficient Data: {missing} {were} unknown."
    parts = []
    decisive = [point for point in evaluated if breaches(rule, point.value) == (state == ALARM)]
    if decisive:
        parts.append(_crossing(rule, state, decisive))
    elif not evaluated:
        periods = "1 period" if missing == 1 else f"{missing} periods"
        parts.append(f"no datapoints were received for {periods}")
    if missing and rule.treat_missing_data in ("breaching", "notBreaching"):
        treated = "Breaching" if rule.treat_missing_data == "breaching" else "NonBreaching"
        were = "datapoint was" if missing == 1 else "datapoints were"
        parts.append(f"{missing} missing {were} treated as [{treated}]")
    ending = _minimum(rule, state) if evaluated else ""
    return f"Threshold Crossed: {' and '.join(parts)}{ending}."


def _crossing(rule: Rule, state: str, decisive: Sequence[Datapoint]) -> str:
    newest_first = ", ".join(
        f"{point.value} ({_short_time(point.start)})" for point in reversed(decisive)
    )
    were = "was" if len(decisive) == 1 else "were"
    negation = "" if state == ALARM else "not "
    return (
        f"{_counted(rule, len(decisive))} [{newest_first}] {were} {negation}"
        f"{_COMPARISONS[rule.comparison]} the threshold ({rule.threshold})"
    )


def _counted(rule: Rule, decisive: int) -> str:
    # CloudWatch words it "out of" only for alarms that set the datapoints to alarm.
    if rule.datapoints_to_alarm is not None:
        return f"{decisive} out of the last {rule.evaluation_periods} datapoints"
    return "1 datapoint" if decisive == 1 else f"{decisive} datapoints"


def _minimum(rule: Rule, state: str) -> str:
    if rule.datapoints_to_alarm is None:
        return ""
    if state == ALARM:
        needed, transition = rule.to_alarm, "OK -> ALARM"
    else:
        needed, transition = rule.evaluation_periods - rule.to_alarm + 1, "ALARM -> OK"
    datapoints = "1 datapoint" if needed == 1 else f"{needed} datapoints"
    return f" (minimum {datapoints} for {transition} transition)"


def _reason_data(rule: Rule, evaluated: Sequence[Datapoint], now: float) -> dict[str, Any]:
    data: dict[str, Any] = {"version": "1.0", "queryDate": aws_time(now)}
    if evaluated:
        data["startDate"] = aws_time(evaluated[0].start)
    if rule.statistic:
        data["statistic"] = rule.statistic
    return data | {
        "period": rule.period,
        "recentDatapoints": [point.value for point in evaluated],
        "threshold": rule.threshold,
        "evaluatedDatapoints": [_evaluated(point) for point in reversed(evaluated)],
    }


def _evaluated(point: Datapoint) -> dict[str, Any]:
    counted = {} if point.sample_count is None else {"sampleCount": point.sample_count}
    return {"timestamp": aws_time(point.start), **counted, "value": point.value}


def aws_time(epoch: float) -> str:
    """CloudWatch's own form: `2026-02-18T21:47:01.123+0000`."""
    moment = datetime.fromtimestamp(epoch, tz=timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"


def _short_time(epoch: int) -> str:
    return datetime.fromtimestamp(epoch, tz=timezone.utc).strftime("%d/%m/%y %H:%M:%S")
