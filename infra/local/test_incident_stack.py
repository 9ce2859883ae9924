"""The real template on the real cloud, as far as incidents go: what tells the analyst of an alarm, and where failures go.

The function is a stand-in that writes down its events; the binaries have tests of their own.
"""

from __future__ import annotations

import json
import time
import unittest
from typing import Any

from deployed_stack import DeployedStack
from started_cloud import until


def told_by(event: dict[str, Any]) -> tuple[str, str, str]:
    """Who brought the state change, of which alarm, and the new state."""
    if "Records" in event:
        message = json.loads(event["Records"][0]["Sns"]["Message"])
        return "SNS", message["AlarmName"], message["NewStateValue"]
    return event["detail-type"], event["detail"]["alarmName"], event["detail"]["state"]["value"]


class IncidentStack(DeployedStack):
    def setUp(self) -> None:
        super().setUp()
        self.alarms = self.cloud.client("cloudwatch")

    def put_alarm(self, name: str, *topics: str) -> None:
        self.alarms.put_metric_alarm(
            AlarmName=name,
            Namespace="Shop",
            MetricName="Errors",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            AlarmActions=list(topics),
            OKActions=list(topics),
        )

    def set_state(self, name: str, state: str) -> None:
        self.alarms.set_alarm_state(AlarmName=name, StateValue=state, StateReason="asked")

    def test_who_does_not_want_it_has_nothing_of_it_and_no_link_in_mails(self) -> None:
        outputs = self.deploy(AnalyzeIncidents="false")
        self.assertEqual([name for name in outputs if name.startswith("Incident")], [])
        functions = [one["FunctionName"] for one in self.lambdas.list_functions()["Functions"]]
        self.assertEqual([name for name in functions if "IncidentAnalyst" in name], [])
        playbook = self.lambdas.get_function_configuration(
            FunctionName=outputs["AlarmPlaybookFunctionName"]
        )
        self.assertEqual(playbook["Environment"]["Variables"]["INCIDENT_REPORTS"], "false")

    def test_an_alarm_reaches_the_function_on_two_ways_and_one_without_actions_on_one(self) -> None:
        outputs = self.deploy()
        self.put_alarm("checkout-5xx", outputs["AlertsTopicArn"])
        self.put_alarm("nobody-told")
        for state in ("ALARM", "OK"):
            self.set_state("checkout-5xx", state)
        self.set_state("nobody-told", "ALARM")
        self.set_state("nobody-told", "INSUFFICIENT_DATA")

        def told() -> list[tuple[str, str, str]]:
            """What was told of these two; the alarms on lambda-medic itself change their state, too."""
            every = [told_by(event) for event in self.events_of("incident-analyst")]
            return sorted(one for one in every if not one[1].startswith("medic-"))

        until("all events", lambda: len(told()) >= 5)
        time.sleep(0.3)  # what must not come has had its time
        rule = "CloudWatch Alarm State Change"
        expected = [
            (rule, "checkout-5xx", "ALARM"),
            (rule, "checkout-5xx", "OK"),
            (rule, "nobody-told", "ALARM"),
            ("SNS", "checkout-5xx", "ALARM"),
            ("SNS", "checkout-5xx", "OK"),
        ]
        self.assertEqual(told(), expected)

    def test_an_event_that_every_attempt_fails_on_is_kept(self) -> None:
        outputs = self.deploy()
        self.put_alarm("checkout-stumbles")
        self.set_state("checkout-stumbles", "ALARM")

        record = self.kept_in(outputs["IncidentAnalystFailureQueueUrl"])
        self.assertEqual(record["requestContext"]["approximateInvokeCount"], 3)
        self.assertEqual(record["requestPayload"]["detail"]["alarmName"], "checkout-stumbles")

    def test_settings_arrive(self) -> None:
        services = "arn:aws:ecs:eu-west-1:111122223333:service/shop/checkout"
        outputs = self.deploy(
            ServiceArns=services,
            LogGroups="/ecs/a,/ecs/b",
            CallGraphKey="control/graph.json",
            GroqKeyParameter="/medic/groq",
        )
        function = outputs["IncidentAnalystFunctionName"]
        configuration = self.lambdas.get_function_configuration(FunctionName=function)
        expected = {
            "STATE_BUCKET": outputs["StateBucketName"],
            "SERVICE_ARNS": services,
            "LOG_GROUPS": "/ecs/a,/ecs/b",
            "CALL_GRAPH": "control/graph.json",
            "OWN_ALARMS": "medic-alarm-playbook-,medic-ci-log-analyzer-,medic-incident-analyst-,"
            "medic-log-exporter-",
            "MEDIC_PAUSED": "false",
        }
        variables = configuration["Environment"]["Variables"]
        self.assertEqual({name: variables[name] for name in expected}, expected)
        # No model is asked unless somebody says so, whatever is set for failed CI runs.
        self.assertEqual({value for name, value in variables.items() if name not in expected}, {""})
        self.assertEqual((configuration["Timeout"], configuration["MemorySize"]), (30, 256))


if __name__ == "__main__":
    unittest.main()
