"""SSM of the local cloud: documents, commands on a host, automation, as AWS's API shows them."""

from __future__ import annotations

import json
import time
import unittest
from datetime import datetime, timezone
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from hosts_for_tests import INSTANCE, SLEEP, HostCloud
from started_cloud import until

NO_DEFINITION = "AutomationDefinitionNotFoundException"
TOKEN = "6f1c8a52-0b7e-4d39-9a64-2c5d7e8f9a01"


def shell(script: str, timeout: str = "60", **parameters: Any) -> str:
    step = {
        "action": "aws:runShellScript",
        "name": "run",
        "inputs": {"timeoutSeconds": timeout, "runCommand": script.splitlines()},
    }
    return json.dumps({"schemaVersion": "2.2", "parameters": parameters, "mainSteps": [step]})


class Ssm(unittest.TestCase):
    def start(self, containers: dict[str, str] | None = None) -> HostCloud:
        self.cloud = HostCloud(self, containers or {})
        self.ssm = self.cloud.ssm
        return self.cloud

    def document(self, name: str, content: str) -> None:
        self.ssm.create_document(Name=name, Content=content, DocumentType="Command")

    def send(self, document: str, **request: Any) -> str:
        sent = self.ssm.send_command(DocumentName=document, InstanceIds=[INSTANCE], **request)
        return sent["Command"]["CommandId"]

    def code(self, operation: str, **request: Any) -> str:
        with self.assertRaises(ClientError) as caught:
            getattr(self.ssm, operation)(**request)
        return caught.exception.response["Error"]["Code"]

    def test_parameters_reach_a_script_as_text_or_as_variables_and_nothing_else_does(self) -> None:
        self.start()
        text = {"type": "String", "default": "d"}
        self.document(
            "greet",
            shell(
                'echo "{{Plain}}|$SSM_Literal|{{ Other }}"\n[ -z "${SSM_Plain+x}" ] && env',
                Plain=text,
                Literal={**text, "interpolationType": "ENV_VAR"},
            ),
        )
        values = {"Plain": ["$(echo run)"], "Literal": ["$(echo no) `no` \"'\n; {{ Plain }}"]}
        ended = self.cloud.ended(self.send("greet", Parameters=values))
        self.assertEqual((ended["Status"], ended["StandardErrorContent"]), ("Success", ""))
        first, rest = ended["StandardOutputContent"].split("|{{ Other }}\n")
        self.assertEqual(first, "run|$(echo no) `no` \"'\n; {{ Plain }}")
        names = sorted(line.partition("=")[0] for line in rest.splitlines() if "=" in line)
        of_the_host = ["LAMBDA_MEDIC_ATTEMPTS", "MEDIC_LOCAL_HOST", "MEDIC_LOCAL_PYTHON", "PATH"]
        self.assertEqual(names, [*of_the_host, "PWD", "SSM_Literal"])

    def test_a_script_is_described_as_the_api_does(self) -> None:
        self.start()
        self.document("fail", shell("echo out\necho err >&2\nexit 7"))
        asked = time.time()
        command = self.send("fail", Comment="c" * 100)
        code = self.code("get_command_invocation", CommandId=command, InstanceId=INSTANCE)
        self.assertEqual(code, "InvocationDoesNotExist")
        self.assertEqual(self.ssm.list_commands(CommandId=command)["Commands"], [])
        ended = self.cloud.ended(command)
        self.assertGreaterEqual(time.time() - asked, 1)
        began, finished = (
            datetime.fromisoformat(ended.pop(name).replace("Z", "+00:00"))
            for name in ("ExecutionStartDateTime", "ExecutionEndDateTime")
        )
        self.assertLessEqual(began, finished)
        self.assertRegex(ended.pop("ExecutionElapsedTime"), r"^PT\d+\.\d{3}S$")
        ended.pop("ResponseMetadata")
        self.assertEqual(
            ended,
            {
                "CommandId": command,
                "InstanceId": INSTANCE,
                "Comment": "c" * 100,
                "DocumentName": "fail",
                "DocumentVersion": "$DEFAULT",
                "PluginName": "run",
                "ResponseCode": 7,
                "Status": "Failed",
                "StatusDetails": "Failed",
                "StandardOutputContent": "out\n",
                "StandardErrorContent": "err\n",
                "StandardOutputUrl": "",
                "StandardErrorUrl": "",
                "CloudWatchOutputConfig": {
                    "CloudWatchLogGroupName": "",
                    "CloudWatchOutputEnabled": False,
                },
            },
        )

    def test_output_is_cut_and_a_script_that_takes_too_long_is_killed(self) -> None:
        self.start()
        self.document("talk", shell("head -c 900000 /dev/zero | tr '\\0' x | tee /dev/stderr"))
        self.document("hang", shell("echo begun\nsleep 60 & wait", timeout="2"))
        talk, hang = self.send("talk"), self.send("hang")
        ended = self.cloud.ended(talk)
        lengths = [len(ended[f"Standard{name}Content"]) for name in ("Output", "Error")]
        self.assertEqual((ended["Status"], lengths), ("Success", [24000, 8000]))
        running = self.cloud.invocation(hang)
        if running and running["Status"] == "InProgress":
            self.assertEqual((running["ResponseCode"], running["StandardOutputContent"]), (-1, ""))
        ended = self.cloud.ended(hang)
        self.assertEqual(
            [ended[name] for name in ("Status", "StatusDetails", "ResponseCode")],
            ["TimedOut", "ExecutionTimedOut", 137],
        )

    def test_commands_are_found_by_time_and_comment_page_by_page(self) -> None:
        self.start()
        self.document("nothing", shell("true"))
        early = self.send("nothing", Comment="attempt 0")
        time.sleep(1.2)
        since = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        commands = [self.send("nothing", Comment=f"attempt {n}") for n in (1, 2, 3)]
        self.cloud.ended(commands[-1])
        filters = [{"key": "InvokedAfter", "value": since}]
        pages = self.ssm.get_paginator("list_commands").paginate(
            InstanceId=INSTANCE, Filters=filters, PaginationConfig={"PageSize": 2}
        )
        found = [page["Commands"] for page in pages]
        comments = [[each["Comment"] for each in page] for page in found]
        self.assertEqual(comments, [["attempt 3", "attempt 2"], ["attempt 1"]])
        expected = {
            "CommandId": commands[-1],
            "DocumentName": "nothing",
            "InstanceIds": [INSTANCE],
            "Status": "Success",
            "TargetCount": 1,
            "CompletedCount": 1,
            "ErrorCount": 0,
        }
        self.assertEqual({name: found[0][0][name] for name in expected}, expected)
        before = self.ssm.list_commands(Filters=[{"key": "InvokedBefore", "value": since}])
        self.assertEqual([each["CommandId"] for each in before["Commands"]], [early])
        other = self.ssm.list_commands(InstanceId="i-00000000000000000")["Commands"]
        self.assertEqual(other, [])
        self.assertEqual(self.code("list_commands", NextToken="nonsense"), "InvalidNextToken")

    def test_what_the_api_does_not_allow_is_refused(self) -> None:
        self.start()
        word = {"type": "String", "allowedValues": ["a", "b"], "default": "a"}
        self.document("nothing", shell("true", Word=word))
        valid = {"DocumentName": "nothing", "InstanceIds": [INSTANCE]}
        for more, expected in (
            ({"Comment": "c" * 101}, "ValidationException"),
            ({"TimeoutSeconds": 29}, "ValidationException"),
            ({"TimeoutSeconds": 2592001}, "ValidationException"),
            ({"Parameters": {"Word": ["c"]}}, "InvalidParameters"),
            ({"Parameters": {"word": ["a"]}}, "InvalidParameters"),
        ):
            with self.subTest(more=more):
                # botocore checks some of it itself, so the request goes round that.
                self.assertEqual(self.raw_code({**valid, **more}), expected)

    def raw_code(self, request: dict[str, Any]) -> str:
        client = boto3.client(
            "ssm",
            endpoint_url=self.cloud.endpoint,
            region_name="eu-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(parameter_validation=False),
        )
        self.addCleanup(client.close)
        with self.assertRaises(ClientError) as caught:
            client.send_command(**request)
        return caught.exception.response["Error"]["Code"]

    def test_a_document_is_kept_as_it_was_given_and_checked(self) -> None:
        self.start()
        word = {"type": "String", "description": "A word.", "default": "a"}
        content = shell("true", Word=word)
        self.document("nothing", content)
        described = self.ssm.describe_document(Name="nothing")["Document"]
        shown = {"Name": "Word", "Type": "String", "Description": "A word.", "DefaultValue": "a"}
        wanted = {
            "Name": "nothing",
            "Status": "Active",
            "DocumentVersion": "1",
            "SchemaVersion": "2.2",
            "DocumentType": "Command",
            "Owner": "111122223333",
            "Parameters": [shown],
        }
        self.assertEqual({name: described[name] for name in wanted}, wanted)
        self.assertEqual(self.ssm.get_document(Name="nothing")["Content"], content)
        (step,) = json.loads(content)["mainSteps"]
        twice = json.dumps({"schemaVersion": "2.2", "mainSteps": [step, step]})
        for name, text, expected in (
            ("nothing", content, "DocumentAlreadyExists"),
            ("other", "{", "InvalidDocumentContent"),
            ("other", "[]", "InvalidDocumentContent"),
            ("other", content.replace("2.2", "1.0"), "InvalidDocumentSchemaVersion"),
            ("other", content.replace("runShellScript", "other"), "InvalidDocumentContent"),
            ("other", content.replace('"String"', '"Text"'), "InvalidDocumentContent"),
            ("other", twice, "InvalidDocumentContent"),
            ("other", " " * 65537, "MaxDocumentSizeExceeded"),
            ("AWS-other", content, "ValidationException"),
        ):
            with self.subTest(name=name, expected=expected):
                code = self.code("create_document", Name=name, Content=text)
                self.assertEqual(code, expected)
        self.assertEqual(self.code("get_document", Name="other"), "InvalidDocument")

    def test_an_automation_is_started_once_for_a_token(self) -> None:
        self.start({"web": SLEEP, "db": SLEEP})
        request: dict[str, Any] = {
            "DocumentName": "AWS-RestartEC2Instance",
            "Parameters": {"InstanceId": [INSTANCE]},
            "ClientToken": TOKEN,
        }
        first = self.ssm.start_automation_execution(**request)["AutomationExecutionId"]
        again = self.ssm.start_automation_execution(**{**request, "ClientToken": TOKEN.upper()})
        self.assertEqual(again["AutomationExecutionId"], first)
        ended = self.automation(first)
        self.assertEqual(
            [(step["StepName"], step["StepStatus"]) for step in ended["StepExecutions"]],
            [("stopInstances", "Success"), ("startInstances", "Success")],
        )
        self.assertEqual(ended["AutomationExecutionStatus"], "Success")
        self.assertEqual([each["restarts"] for each in self.cloud.host()["containers"]], [1, 1])
        other, invalid = TOKEN[:-1] + "2", "InvalidAutomationExecutionParametersException"
        for change, expected in (
            ({"Parameters": {"InstanceId": ["i-1"]}}, "IdempotentParameterMismatch"),
            ({"ClientToken": "z" * 36}, "ValidationException"),
            ({"ClientToken": other, "Parameters": {"Instance": [INSTANCE]}}, invalid),
            ({"ClientToken": other, "DocumentName": "no-such"}, NO_DEFINITION),
        ):
            with self.subTest(change=change):
                code = self.code("start_automation_execution", **{**request, **change})
                self.assertEqual(code, expected)
        unknown = self.code("get_automation_execution", AutomationExecutionId=TOKEN)
        self.assertEqual(unknown, "AutomationExecutionNotFoundException")

    def test_a_step_that_cannot_be_carried_out_fails_the_automation(self) -> None:
        self.start()
        sleep = {"name": "wait", "action": "aws:sleep", "inputs": {"Duration": "{{ Long }}"}}
        pause = {"name": "ask", "action": "aws:pause", "inputs": {}}
        body = {"schemaVersion": "0.3", "parameters": {"Long": {"type": "String"}}}
        for name, steps in (("sleeps", [sleep]), ("asks", [sleep, pause])):
            content = json.dumps({**body, "mainSteps": steps})
            self.ssm.create_document(Name=name, DocumentType="Automation", Content=content)
        outcomes = []
        for name in ("sleeps", "asks"):
            started = self.ssm.start_automation_execution(
                DocumentName=name, Parameters={"Long": ["PT1S"]}
            )["AutomationExecutionId"]
            found = self.ssm.get_automation_execution(AutomationExecutionId=started)
            status = found["AutomationExecution"]["AutomationExecutionStatus"]
            self.assertIn(status, ("Pending", "InProgress"))
            ended = self.automation(started)
            outcomes.append((ended["AutomationExecutionStatus"], ended.get("FailureMessage")))
        problem = "Step ask failed: the local cloud does not carry out aws:pause"
        self.assertEqual(outcomes, [("Success", None), ("Failed", problem)])

    def automation(self, execution: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            found = self.ssm.get_automation_execution(AutomationExecutionId=execution)
            status = found["AutomationExecution"]["AutomationExecutionStatus"]
            is_over = status not in ("Pending", "InProgress")
            return found["AutomationExecution"] if is_over else None

        return until("the end of the automation", look)

    def test_a_secret_is_stored_and_read_back(self) -> None:
        self.start()
        self.ssm.put_parameter(Name="/medic/key", Value="s3cret", Type="SecureString")
        read = [
            self.ssm.get_parameter(Name="/medic/key", WithDecryption=plain)["Parameter"]["Value"]
            for plain in (True, False)
        ]
        self.assertEqual((read[0], "s3cret" in read[1]), ("s3cret", False))


if __name__ == "__main__":
    unittest.main()
