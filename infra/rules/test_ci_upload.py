"""Who may upload CI logs, and what else they could do with that."""

from __future__ import annotations

import copy
import unittest
from collections.abc import Callable
from typing import Any

import validate

from . import UPLOAD_RULES, findings
from .stack import Stack

TEMPLATE = validate.read_template(validate.UPLOAD_TEMPLATE)


def found(change: Callable[[dict[str, Any]], object] = lambda _: None) -> list[str]:
    template = copy.deepcopy(TEMPLATE)
    change(template)
    return findings(Stack(template, {}, {}, validate.read_source(validate.ROOT / "shared")), UPLOAD_RULES)


def role(template: dict[str, Any]) -> dict[str, Any]:
    return template["Resources"]["UploadRole"]["Properties"]


def trust(template: dict[str, Any]) -> dict[str, Any]:
    return role(template)["AssumeRolePolicyDocument"]["Statement"][0]


def grant(template: dict[str, Any]) -> dict[str, Any]:
    return role(template)["Policies"][0]["PolicyDocument"]["Statement"][0]


class CiUpload(unittest.TestCase):
    def test_the_template_as_it_is_has_no_findings(self) -> None:
        self.assertEqual(found(), [])

    def test_only_the_repository_is_trusted(self) -> None:
        subject = "token.actions.githubusercontent.com:sub"
        subjects = "UploadRole does not trust the two forms of one repository's subject and nothing else"
        for wrong in ("repo:${Owner}/*", "repo:${Owner}@*/${Repository}@*:*", "repo:${Owner}/${Repository}*", "*"):
            self.assertEqual(
                found(lambda t: trust(t)["Condition"]["StringLike"][subject].append({"Fn::Sub": wrong})), [subjects]
            )
            self.assertEqual(
                found(lambda t: trust(t)["Condition"]["StringLike"][subject].__setitem__(0, {"Fn::Sub": wrong})), [subjects]
            )
        self.assertEqual(found(lambda t: trust(t)["Condition"]["StringLike"][subject].pop()), [subjects])
        audience = "UploadRole takes tokens that were not issued for AWS"
        self.assertEqual(found(lambda t: trust(t)["Condition"]["StringEquals"].clear()), [audience])
        operators = "UploadRole compares tokens by other operators than StringEquals and StringLike"
        self.assertEqual(
            found(lambda t: trust(t)["Condition"].update({"ForAllValues:StringLike": {subject: "repo:*"}})), [operators]
        )
        self.assertEqual(found(lambda t: trust(t)["Condition"].pop("StringLike")), [operators, subjects])
        self.assertEqual(
            found(lambda t: trust(t).update(Principal={"AWS": "*"})), ["UploadRole trusts others than GitHub's identity provider"]
        )
        self.assertEqual(
            found(lambda t: trust(t).update(Action="sts:AssumeRole")), ["UploadRole may be taken by others than workflows"]
        )

    def test_workflows_upload_and_do_nothing_else(self) -> None:
        elsewhere = "UploadRole lets workflows write elsewhere than under their own repository"
        for resource in (
            "arn:${AWS::Partition}:s3:::${LogsBucketName}/logs/*",
            "arn:${AWS::Partition}:s3:::${LogsBucketName}/analysis/${Owner}/${Repository}/*",
            "arn:${AWS::Partition}:s3:::${LogsBucketName}/logs/${Owner}/${Repository}*",
        ):
            self.assertEqual(found(lambda t: grant(t)["Resource"].append({"Fn::Sub": resource})), [elsewhere])
        more = "UploadRole lets workflows do more than put objects"
        self.assertEqual(found(lambda t: grant(t).update(Action=["s3:PutObject", "s3:GetObject"])), [more])
        self.assertEqual(found(lambda t: grant(t).update(Action="s3:*")), [more])
        self.assertEqual(
            found(lambda t: role(t).update(ManagedPolicyArns=["arn:aws:iam::aws:policy/AmazonS3FullAccess"])),
            ["UploadRole takes a managed policy, which grants more than is used and changes without us"],
        )

    def test_parameters_name_one_repository(self) -> None:
        self.assertEqual(
            found(lambda t: t["Parameters"]["Repository"].update(AllowedPattern="[A-Za-z0-9_.*-]{1,100}")),
            ["parameter Repository takes values with '*'"],
        )
        self.assertEqual(
            found(lambda t: t["Parameters"]["OwnerId"].update(AllowedPattern="[0-9]*")),
            ["parameter OwnerId takes values with ''"],
        )
