"""The real cloud: what one alarm tells, one schedule starts, and one log line counts.

A few seconds long, because periods and schedules of a second have to pass.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
import unittest
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import cloud
from botocore.config import Config

ACCOUNT = "111122223333"
REGION = "eu-west-1"

# A function as small as one can be: it logs its event, and a metric in embedded format.
BOOTSTRAP = f"""#!{sys.executable}
import json, os, time, urllib.request
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(api + "next") as response:
        request_id = response.headers["Lambda-Runtime-Aws-Request-Id"]
        print("EVENT " + response.read().decode(), flush=True)
    metric = {{"Namespace": "Test", "Dimensions": [["Function"]], "Metrics": [{{"Name": "Runs"}}]}}
    aws = {{"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [metric]}}
    print(json.dumps({{"_aws": aws, "Function": "f", "Runs": 1}}), flush=True)
    urllib.request.urlopen(api + request_id + "/response", data=b"null")
"""


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


class Observability(unittest.TestCase):
    process: subprocess.Popen[str]

    @classmethod
    def setUpClass(cls) -> None:
        cls.process = subprocess.Popen(
            [sys.executable, str(Path(cloud.__file__))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert cls.process.stdout is not None
        cls.endpoint = json.loads(cls.process.stdout.readline())["endpoint"]

    @classmethod
    def tearDownClass(cls) -> None:
        assert cls.process.stdin is not None and cls.process.stdout is not None
        cls.process.stdin.close()
        cls.process.wait(timeout=10)
        cls.process.stdout.close()

    def client(self, service: str) -> Any:
        client = boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"max_attempts": 1}),
        )
        self.addCleanup(client.close)
        return client

    def eventually(self, found: Callable[[], Any], within: float = 8.0) -> Any:
        deadline = time.monotonic() + within
        while not (result := found()):
            self.assertLess(time.monotonic(), deadline, "it did not happen in time")
            time.sleep(0.05)
        return result

    def queue(self, name: str) -> Callable[[], list[Any]]:
        """Makes a queue; the result reads all that has arrived so far."""
        sqs = self.client("sqs")
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        arrived: list[Any] = []

        def read() -> list[Any]:
            answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
            for message in answer.get("Messages", []):
                arrived.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return arrived

        return read

    def test_everybody_is_told_the_same_moment_of_a_state_change(self) -> None:
        cloudwatch, sns, rules = map(self.client, ("cloudwatch", "sns", "events"))
        events, messages = self.queue("alarm-events"), self.queue("alarm-messages")
        pattern = {"source": ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"]}
        rules.put_rule(Name="alarms", EventPattern=json.dumps(pattern))
        rules.put_targets(Rule="alarms", Targets=[{"Id": "1", "Arn": arn("sqs", "alarm-events")}])
        topic = sns.create_topic(Name="alerts")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn("sqs", "alarm-messages"))
        alarm = {
            "AlarmName": "errors",
            "Namespace": "Shop",
            "MetricName": "Errors",
            "Statistic": "Sum",
            "Period": 1,
            "EvaluationPeriods": 1,
            "Threshold": 10,
            "ComparisonOperator": "GreaterThanThreshold",
            "AlarmActions": [topic],
        }
        cloudwatch.put_metric_alarm(**alarm)
        cloudwatch.put_metric_data(
            Namespace="Shop", MetricData=[{"MetricName": "Errors", "Value": 11}]
        )
        event = self.eventually(
            lambda: next((e for e in events() if e["detail"]["state"]["value"] == "ALARM"), None)
        )
        (envelope,) = self.eventually(messages)
        moment = event["detail"]["state"]["timestamp"]
        self.assertEqual(json.loads(envelope["Message"])["StateChangeTime"], moment)
        self.assertEqual(event["resources"], [arn("cloudwatch", "alarm:errors")])
        history = cloudwatch.describe_alarm_history(
            AlarmName="errors", HistoryItemType="StateUpdate", MaxRecords=100
        )["AlarmHistoryItems"]
        changes = [item for item in history if item["HistorySummary"].endswith("to ALARM")]
        told = changes[0]["Timestamp"].strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
        self.assertEqual(told, moment)

        raised = alarm | {"Threshold": 1000}
        before = cloudwatch.describe_alarms(ActionPrefix=topic)["MetricAlarms"][0]
        cloudwatch.put_metric_alarm(**raised)
        after = cloudwatch.describe_alarms(AlarmNames=["errors"])["MetricAlarms"][0]
        self.assertGreater(
            after["AlarmConfigurationUpdatedTimestamp"],
            before["AlarmConfigurationUpdatedTimestamp"],
        )
        item = cloudwatch.describe_alarm_history(
            AlarmName="errors", HistoryItemType="ConfigurationUpdate", MaxRecords=1
        )["AlarmHistoryItems"][0]
        self.assertEqual(json.loads(item["HistoryData"])["originalUpdatedFields"]["threshold"], 10)

    def test_an_alarm_on_an_expression(self) -> None:
        cloudwatch = self.client("cloudwatch")

        def metric(name: str) -> dict[str, Any]:
            stat = {"Metric": {"Namespace": "Rate", "MetricName": name}, "Period": 1, "Stat": "Sum"}
            return {"Id": name, "MetricStat": stat, "ReturnData": False}

        expression = {"Id": "rate", "Expression": "FILL(errors, 0) / requests"}
        cloudwatch.put_metric_alarm(
            AlarmName="rate",
            EvaluationPeriods=1,
            Threshold=0.2,
            ComparisonOperator="GreaterThanThreshold",
            Metrics=[expression, metric("errors"), metric("requests")],
        )
        data = [{"MetricName": "errors", "Value": 3}, {"MetricName": "requests", "Value": 10}]
        started = time.time()
        cloudwatch.put_metric_data(Namespace="Rate", MetricData=data)
        self.eventually(
            lambda: "to ALARM" in str(cloudwatch.describe_alarm_history(AlarmName="rate"))
        )
        result = cloudwatch.get_metric_data(
            StartTime=started - 2,
            EndTime=started + 3,
            MetricDataQueries=[expression, metric("errors"), metric("requests")],
        )["MetricDataResults"]
        self.assertEqual([(each["Id"], each["Values"]) for each in result], [("rate", [0.3])])

    def test_a_schedule_invokes_a_function_whose_log_lines_are_metrics(self) -> None:
        cloudwatch, functions, rules = map(self.client, ("cloudwatch", "lambda", "events"))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            entry = zipfile.ZipInfo("bootstrap")
            entry.external_attr = 0o755 << 16
            archive.writestr(entry, BOOTSTRAP)
        functions.create_function(
            FunctionName="f",
            Runtime="provided.al2023",
            Handler="bootstrap",
            Role=arn("iam", "role/f").replace(f":{REGION}:", "::"),
            Code={"ZipFile": packed.getvalue()},
        )
        rule = rules.put_rule(Name="tick", ScheduleExpression="rate(1 second)")["RuleArn"]
        rules.put_targets(Rule="tick", Targets=[{"Id": "f", "Arn": arn("lambda", "function:f")}])

        def names() -> set[str]:
            listed = cloudwatch.list_metrics()["Metrics"]
            return {f"{each['Namespace']} {each['MetricName']}" for each in listed}

        time.sleep(1.2)
        self.assertNotIn("AWS/Lambda Invocations", names(), "its policy does not allow it yet")
        functions.add_permission(
            FunctionName="f",
            StatementId="tick",
            Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com",
            SourceArn=rule,
        )
        self.eventually(lambda: "Test Runs" in names())
        self.assertLessEqual({"AWS/Lambda Invocations", "AWS/Lambda AsyncEventAge"}, names())
        logged = self.client("logs").filter_log_events(logGroupName="/aws/lambda/f")["events"]
        line = next(e["message"] for e in logged if e["message"].startswith("EVENT "))
        event = json.loads(line.removeprefix("EVENT "))
        self.assertRegex(event.pop("id"), r"^[0-9a-f-]{36}$")
        self.assertRegex(event.pop("time"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(
            event,
            {
                "version": "0",
                "detail-type": "Scheduled Event",
                "source": "aws.events",
                "account": ACCOUNT,
                "region": REGION,
                "resources": [rule],
                "detail": {},
            },
        )


if __name__ == "__main__":
    unittest.main()
