"""For tests: the real template on a started cloud, with a stand-in for the functions that writes down its events."""

from __future__ import annotations

import io
import json
import re
import sys
import unittest
import zipfile
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from started_cloud import StartedCloud, until

TEMPLATE = Path(__file__).resolve().parents[1] / "template.yaml"

# It asks `ask` of AWS about an event with `asks` in it, and fails on one with `fails`.
_BOOTSTRAP = """#!{python}
import json, os, urllib.request
{ask}
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(api + "next") as response:
        request_id = response.headers["Lambda-Runtime-Aws-Request-Id"]
        event = response.read()
    print("EVENT " + event.decode(), flush=True)
    if {asks!r} in event:
        ask(json.loads(event))
    answer = "error" if {fails!r} in event else "response"
    urllib.request.urlopen(api + request_id + "/" + answer, data=b'{{"errorType": "Asked"}}')
"""


class DeployedStack(unittest.TestCase):
    # Python that defines `ask(event)`.
    ask = "def ask(event): pass"
    asks = b"no event has this in it"
    fails = b"stumble"
    settings: dict[str, str] = {}

    def setUp(self) -> None:
        settings = {"LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.05", **self.settings}
        self.cloud = cloud = StartedCloud(self, **settings)
        self.s3, self.lambdas, self.logs = map(cloud.client, ("s3", "lambda", "logs"))
        self.sqs, self.stacks = map(cloud.client, ("sqs", "cloudformation"))
        self.s3.create_bucket(
            Bucket="packages", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        self.s3.put_object(Bucket="packages", Key="function.zip", Body=self._package())

    def _package(self) -> bytes:
        bootstrap = _BOOTSTRAP.format(
            python=sys.executable, ask=self.ask, asks=self.asks, fails=self.fails
        )
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            entry = zipfile.ZipInfo("bootstrap")
            entry.external_attr = 0o755 << 16
            archive.writestr(entry, bootstrap)
        return packed.getvalue()

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
            status = (stack["StackStatus"], stack.get("StackStatusReason"))
            self.assertIn(status[0], ("CREATE_IN_PROGRESS", "CREATE_COMPLETE"), status)
            return stack if stack["StackStatus"] == "CREATE_COMPLETE" else None

        stack = until("the stack is created", created)
        return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}

    def events_of(self, function: str) -> list[dict[str, Any]]:
        """The events that a function was given so far."""
        try:
            logged = self.logs.filter_log_events(logGroupName=f"/aws/lambda/medic-{function}")
        except ClientError:
            return []
        lines = [event["message"] for event in logged["events"]]
        return [json.loads(line[6:]) for line in lines if line.startswith("EVENT ")]

    def kept_in(self, queue: str) -> dict[str, Any]:
        """What a failure queue has of an event, once it has one."""

        def kept() -> list[Any] | None:
            return self.sqs.receive_message(QueueUrl=queue).get("Messages")

        (message,) = until("the event in the queue", kept)
        return json.loads(message["Body"])

    def calls(self, last: str) -> list[dict[str, Any]]:
        """What the functions asked of AWS, once `last` has been asked."""

        def asked() -> list[dict[str, Any]] | None:
            calls = self.cloud.get("/_medic/calls")
            return calls if last in [one["action"] for one in calls] else None

        return until("the calls of the function", asked)
