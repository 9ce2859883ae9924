"""The metrics of load balancers, counted by the second and put into CloudWatch soon after.

Replaces nothing itself.
Why: MiniStack's load balancers have no metrics. Names, units, dimensions and what is left out are
AWS's: a count is published in a period in which something was counted, and never as zero.
Does not: metrics by availability zone, connections, bytes, LCUs, TLS, authentication, rules, Lambda
targets. AWS publishes by the minute; here each second has its own data, so that short periods work.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

NAMESPACE = "AWS/ApplicationELB"

# Response times in steps of a tenth of a millisecond, so that equal ones are stored together.
_TIME_DIGITS = 4


@dataclass
class Exchange:
    """One request, and what became of it."""

    load_balancer: str
    """As in the dimension: `app/<name>/<id>`."""
    target_group: str | None = None
    """As in the dimension, `targetgroup/<name>/<id>`, once a target was chosen."""
    target_status: int | None = None
    response_seconds: float | None = None
    could_not_connect: bool = False


@dataclass(frozen=True)
class Datum:
    second: int
    name: str
    unit: str
    dimensions: Mapping[str, str]
    counted: Mapping[float, int]
    """How often each value was seen."""


@dataclass
class Seconds:
    """What was counted and is not yet published."""

    _counted: dict[tuple[int, str, str, str, str | None], Counter[float]] = field(
        default_factory=lambda: defaultdict(Counter)
    )

    def count(self, exchange: Exchange, status: int, second: int) -> None:
        """Counts a request in the second in which its response was complete."""
        balancer, group = exchange.load_balancer, exchange.target_group
        if group is not None:  # AWS counts requests for which a target could be chosen
            self._add(second, "RequestCount", "Count", balancer, group)
        if exchange.could_not_connect:
            self._add(second, "TargetConnectionErrorCount", "Count", balancer, group)
        if exchange.target_status is not None:
            name = f"HTTPCode_Target_{exchange.target_status // 100}XX_Count"
            self._add(second, name, "Count", balancer, group)
            if exchange.response_seconds is not None:
                value = round(exchange.response_seconds, _TIME_DIGITS)
                self._add(second, "TargetResponseTime", "Seconds", balancer, group, value)
        elif status >= 400:
            self._add(second, f"HTTPCode_ELB_{status // 100}XX_Count", "Count", balancer, None)
            if status in (500, 502, 503, 504):
                self._add(second, f"HTTPCode_ELB_{status}_Count", "Count", balancer, None)

    def take(self, before: int) -> list[Datum]:
        """Takes out what was counted before this second."""
        keys = [key for key in self._counted if key[0] < before]
        data = []
        for key in keys:
            second, name, unit, balancer, group = key
            counted = self._counted.pop(key)
            data.append(Datum(second, name, unit, {"LoadBalancer": balancer}, counted))
            if group is not None:
                data.append(Datum(second, name, unit, _both(balancer, group), counted))
        return data

    def _add(
        self,
        second: int,
        name: str,
        unit: str,
        balancer: str,
        group: str | None,
        value: float = 1.0,
    ) -> None:
        self._counted[second, name, unit, balancer, group][value] += 1


def hosts(
    second: int, balancer: str, group: str, healthy: int, unhealthy: int
) -> list[Datum]:
    """These two AWS publishes with both dimensions only, and as zero, too."""
    values = {"HealthyHostCount": healthy, "UnHealthyHostCount": unhealthy}
    return [
        Datum(second, name, "Count", _both(balancer, group), {float(value): 1})
        for name, value in values.items()
    ]


def _both(balancer: str, group: str) -> dict[str, str]:
    return {"LoadBalancer": balancer, "TargetGroup": group}


def load_balancer_dimension(arn: str) -> str:
    return arn.split(":loadbalancer/", 1)[-1]


def target_group_dimension(arn: str) -> str:
    return arn.rsplit(":", 1)[-1]
