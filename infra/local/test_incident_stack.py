"""The real template on the real cloud, as far as incidents go: what tells the analyst of an alarm, and where failures go.

The function is a stand-in that writes down its events; the binaries have tests of their own.
"""

from __future__ import annotations

import io
import json
import re
import sys
import time
import unittest
import zipfile
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from started_cloud import StartedCloud, until

TEMPLATE = Path(__file__).resolve().parents[1] / "template.yaml"

# It writes down its event, and fails on one with `stumble` in it.
BOOTSTRAP = f"""#!{sys.executable}
import os, urllib.request
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(api + "next") as response:
        request_id = response.headers["Lambda-Runtime-Aws-Request-Id"]
        event = response.read()
    print("EVENT " + event.decode(), flush=True)
    answer = "error" if b"stumble" in event else "response"
    urllib.request.urlopen(api + request_id + "/" + answer, data=b'{{"errorType": "Asked"}}')
"""


def package() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, BOOTSTRAP)
    return packed.getvalue()


def told_by(event: dict[str, Any]) -> tuple[str, str, str]:
    """Who brought the state change, of which alarm, and the new state."""
    if "Records" in event:
        message = json.loads(event["Records"][0]["Sns"]["Message"])
        return "SNS", message["AlarmName"], message["NewStateValue"]
    return event["detail-type"], event["detail"]["alarmName"], event["detail"]["state"]["value"]


class IncidentStack(unittest.TestCase):
    def setUp(self) -> None:
        self.cloud = cloud = StartedCloud(self, LAMBDA_ASYNC_RETRY_BASE_SECONDS="0.05")
        self.s3, self.lambdas, self.logs = map(cloud.client, ("s3", "lambda", "logs"))
        self.sqs, self.stacks, self.alarms = map(cloud.client, ("sqs", "cloudformation", "cloudwatch"))
        self.s3.create_bucket(
            Bucket="packages", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        self.s3.put_object(Bucket="packages", Key="function.zip", Body=package())

    def deploy(self, **parameters: str) -> dict[str, str]:
        uploaded = "CodeUri: s3://packages/function.zip"
        template = re.sub(r"CodeUri: \.\./target/lambda/\S+", uploaded, TEMPLATE.read_text())
        self.s3.put_object(Bucket="packages", Key="template.yaml", Body=template.encode())
        self.stacks.create_stack(
            StackName="medic",
            TemplateURL="https://s3.amazonaws.com/packages/template.yaml",
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
            ],
        )

        def created() -> dict[str, Any] | None:
            (stack,) = self.stacks.describe_stacks(StackName="medic")["Stacks"]
            self.assertIn(stack["StackStatus"], ("CREATE_IN_PROGRESS", "CREATE_COMPLETE"))
            return stack if stack["StackStatus"] == "CREATE_COMPLETE" else None

        stack = until("the stack is created", created)
        return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}

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

    def events(self) -> list[dict[str, Any]]:
        """The events that the function was given so far."""
        try:
            logged = self.logs.filter_log_events(logGroupName="/aws/lambda/medic-incident-analyst")
        except ClientError:
            return []
        lines = [event["message"] for event in logged["events"]]
        return [json.loads(line[6:]) for line in lines if line.startswith("EVENT ")]

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
            every = [told_by(event) for event in self.events()]
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

        def kept() -> list[Any] | None:
            queue = outputs["IncidentAnalystFailureQueueUrl"]
            return self.sqs.receive_message(QueueUrl=queue).get("Messages")

        (message,) = until("the event in the queue", kept)
        record = json.loads(message["Body"])
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
            "OWN_ALARMS": "medic-alarm-playbook-,medic-ci-log-analyzer-,medic-incident-analyst-",
            "MEDIC_PAUSED": "false",
        }
        variables = configuration["Environment"]["Variables"]
        self.assertEqual({name: variables[name] for name in expected}, expected)
        # No model is asked unless somebody says so, whatever is set for failed CI runs.
        self.assertEqual({value for name, value in variables.items() if name not in expected}, {""})
        self.assertEqual((configuration["Timeout"], configuration["MemorySize"]), (30, 256))


if __name__ == "__main__":
    unittest.main()
