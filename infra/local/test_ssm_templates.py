"""`AWS::SSM::Document` in templates: made, changed, replaced and removed with its stack."""

from __future__ import annotations

import json
import unittest
from typing import Any

import yaml
from botocore.exceptions import ClientError
from hosts_for_tests import HOST_FILES
from started_cloud import StartedCloud, until


class Template(unittest.TestCase):
    def setUp(self) -> None:
        self.cloud = StartedCloud(self)
        self.stacks, self.ssm = self.cloud.client("cloudformation"), self.cloud.client("ssm")
        self.content = yaml.safe_load((HOST_FILES / "restart-container.yaml").read_text())

    def deploy(self, operation: str, **properties: Any) -> tuple[str, str]:
        """The stack's final status and the document's name."""
        properties = {"Content": self.content, "DocumentType": "Command", **properties}
        resource = {"Type": "AWS::SSM::Document", "Properties": properties}
        outputs = {"Name": {"Value": {"Ref": "Restart"}}}
        body = json.dumps({"Resources": {"Restart": resource}, "Outputs": outputs})
        getattr(self.stacks, operation)(StackName="medic", TemplateBody=body)

        def look() -> tuple[str, str] | None:
            (stack,) = self.stacks.describe_stacks(StackName="medic")["Stacks"]
            if stack["StackStatus"].endswith("IN_PROGRESS"):
                return None
            (output,) = stack.get("Outputs") or [{"OutputValue": ""}]
            return stack["StackStatus"], output["OutputValue"]

        return until("the stack", look)

    def script(self, name: str) -> str:
        content = json.loads(self.ssm.get_document(Name=name)["Content"])
        return content["mainSteps"][0]["inputs"]["runCommand"][0]

    def change(self) -> None:
        self.content["mainSteps"][0]["inputs"]["runCommand"] = ["true"]

    def test_the_document_is_made_with_the_stack_and_removed_with_it(self) -> None:
        status, name = self.deploy("create_stack")
        self.assertEqual(status, "CREATE_COMPLETE")
        self.assertTrue(name.startswith("medic-Restart-"), name)
        self.assertEqual(self.script(name), (HOST_FILES / "lambda-medic-restart").read_text())
        self.stacks.delete_stack(StackName="medic")

        def is_gone() -> bool:
            try:
                self.ssm.describe_document(Name=name)
            except ClientError as error:
                return error.response["Error"]["Code"] == "InvalidDocument"
            return False

        until("the end of the document", is_gone)

    def test_changed_content_is_a_replacement_or_a_new_version(self) -> None:
        _, first = self.deploy("create_stack")
        self.change()
        status, second = self.deploy("update_stack")
        self.assertEqual((status, self.script(second)), ("UPDATE_COMPLETE", "true"))
        self.assertNotEqual(first, second)
        self.content["mainSteps"][0]["inputs"]["runCommand"] = ["false"]
        status, third = self.deploy("update_stack", UpdateMethod="NewVersion")
        self.assertEqual((status, third, self.script(third)), ("UPDATE_COMPLETE", second, "false"))
        described = self.ssm.describe_document(Name=third)["Document"]
        self.assertEqual((described["DocumentVersion"], described["DefaultVersion"]), ("2", "2"))

    def test_a_document_with_a_name_of_its_own_cannot_be_replaced(self) -> None:
        self.assertEqual(
            self.deploy("create_stack", Name="restart-it"), ("CREATE_COMPLETE", "restart-it")
        )
        self.change()
        status, _ = self.deploy("update_stack", Name="restart-it")
        self.assertEqual(status, "UPDATE_ROLLBACK_COMPLETE")
        status, name = self.deploy("update_stack", Name="restart-it", UpdateMethod="NewVersion")
        self.assertEqual((status, self.script(name)), ("UPDATE_COMPLETE", "true"))

    def test_content_that_ssm_refuses_fails_the_stack(self) -> None:
        self.content["schemaVersion"] = "9"
        status, _ = self.deploy("create_stack")
        self.assertIn(status, ("ROLLBACK_COMPLETE", "CREATE_FAILED"))


if __name__ == "__main__":
    unittest.main()
