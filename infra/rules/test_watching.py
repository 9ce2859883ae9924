"""Whether somebody is told when a function is not well."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

from . import findings
from .broken import FUNCTION, SOURCE, Resources, Rules, changed_stack, properties

UNLISTED = "is an alarm of this template or of the dashboard, but not of both"


def widgets(change: Callable[[list[dict[str, Any]]], object]) -> Callable[[Resources], None]:
    """A change of the dashboard's widgets."""

    def changed(resources: Resources) -> None:
        body = properties(resources, "Dashboard")["DashboardBody"]
        board = json.loads(body["Fn::Sub"])
        change(board["widgets"])
        body["Fn::Sub"] = json.dumps(board)

    return changed


class Watching(Rules):
    def test_each_function_is_watched(self) -> None:
        for alarm, metric in {
            "AlarmPlaybookErrorsAlarm": "Errors",
            "AlarmPlaybookThrottlesAlarm": "Throttles",
            "AlarmPlaybookDurationAlarm": "Duration",
            "AlarmPlaybookEventAgeAlarm": "AsyncEventAge",
            "AlarmPlaybookEventsDroppedAlarm": "AsyncEventsDropped",
            "AlarmPlaybookDestinationAlarm": "DestinationDeliveryFailures",
        }.items():
            sentence = f"no alarm tells of {metric} of {FUNCTION}"
            self.expect(lambda r: r.pop(alarm), sentence, f"{alarm} {UNLISTED}")
            self.expect(lambda r: properties(r, alarm).pop("AlarmActions"), sentence)

    def test_a_slow_function_is_noticed_before_it_is_cut_off(self) -> None:
        alarm = "AlarmPlaybookDurationAlarm"
        sentence = f"{alarm} does not go off between half of {FUNCTION}'s timeout and the whole of it"
        for threshold in (30000, 14999):
            self.expect(lambda r: properties(r, alarm).update(Threshold=threshold), sentence)
        self.expect(lambda r: properties(r, FUNCTION).update(Timeout=20), sentence)

    def test_a_dead_function_is_noticed(self) -> None:
        alarm = "AlarmPlaybookNoDecisionAlarm"
        sentence = f"no alarm tells that {FUNCTION} decides nothing about what AlertsTopic carries"
        self.expect(lambda r: r.pop(alarm), sentence, f"{alarm} {UNLISTED}")
        self.expect(lambda r: properties(r, alarm).update(ActionsEnabled=False), sentence)
        self.expect(lambda r: properties(r, alarm)["Metrics"].pop(1), sentence)

    def test_a_dead_function_is_noticed_by_its_missing_ticks(self) -> None:
        alarm, sentence = "AlarmPlaybookNoTickAlarm", f"no alarm tells that {FUNCTION} does not tick"
        self.expect(lambda r: r.pop(alarm), sentence, f"{alarm} {UNLISTED}")
        self.expect(lambda r: properties(r, alarm).update(TreatMissingData="notBreaching"), sentence)
        self.expect(lambda r: properties(r, alarm).update(ComparisonOperator="GreaterThanThreshold"), sentence)
        self.expect(lambda r: properties(r, alarm).update(Threshold=0), sentence)

    def test_what_is_watched_exists(self) -> None:
        alarm = "AlarmPlaybookNoTickAlarm"
        self.expect(
            lambda r: properties(r, alarm).update(MetricName="Tick"),
            f"no alarm tells that {FUNCTION} does not tick",
            f"{alarm} looks at LambdaMedic Tick FunctionName={FUNCTION}, which no function emits",
        )
        self.expect(
            lambda r: properties(r, "AlarmPlaybookErrorsAlarm").update(MetricName="Error"),
            f"no alarm tells of Errors of {FUNCTION}",
            f"AlarmPlaybookErrorsAlarm looks at AWS/Lambda Error FunctionName={FUNCTION}, which no resource of this template "
            "sends",
        )
        sentence = "functions/alarm-playbook/src/metrics.rs is missing, so nobody knows what AlarmPlaybookFunction emits"
        self.assertEqual(findings(changed_stack(source=dataclasses.replace(SOURCE, metrics=None))), [sentence])

    def test_what_is_watched_exists_on_the_dashboard_too(self) -> None:
        def line(*words: str) -> Callable[[list[dict[str, Any]]], None]:
            return lambda all_of_them: all_of_them[1]["properties"]["metrics"].append([*words, {"label": "added"}])

        of_function = ("FunctionName", f"${{{FUNCTION}}}")
        for words, sender in {
            ("LambdaMedic", "Decision", *of_function): "function emits",
            ("LambdaMedic", "Decisions", *of_function, "Decision", "remediated"): "function emits",
            ("LambdaMedic", "Ticks", *of_function, "Decision", "wait"): "function emits",
            ("LambdaMedic", "Ticks", "FunctionName", "${AlertsTopic}"): "function emits",
            ("AWS/SNS", "NumberOfMessagesPublished", "TopicName", "${AlertsTopic}"): "resource of this template sends",
            ("AWS/ECS", "CPUUtilization", "ClusterName", "shop"): "resource of this template sends",
        }.items():
            pairs = zip(words[2::2], words[3::2], strict=True)
            named = " ".join([*words[:2], *(f"{key}={value.strip('${}')}" for key, value in pairs)])
            self.expect(widgets(line(*words)), f"Dashboard looks at {named}, which no {sender}")
        query = "SOURCE '${AlarmPlaybookLog}' | fields message"
        self.expect(
            widgets(lambda all_of_them: all_of_them[-1]["properties"].update(query=query)),
            "Dashboard reads AlarmPlaybookLog, which is no log group of this template",
        )

    def test_the_dashboard_shows_everything(self) -> None:
        def unlisted(all_of_them: list[dict[str, Any]]) -> None:
            all_of_them[0]["properties"]["alarms"].remove("${AlarmPlaybookNoTickAlarm.Arn}")

        self.expect(widgets(unlisted), f"AlarmPlaybookNoTickAlarm {UNLISTED}")
        self.expect(widgets(lambda all_of_them: all_of_them[3].update(properties={})), *[
            f"no dashboard shows {metric}, which {FUNCTION} emits" for metric in ("TimeToRecover", "TimeToRemediate")
        ])
