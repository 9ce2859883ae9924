"""Who may upload CI logs, and what else they could do with that: rules about infra/ci-upload.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .stack import Stack, arn_text, items, statements

GITHUB = "token.actions.githubusercontent.com"

# Both forms of a subject: only what follows the repository is open.
SUBJECTS = [
    "repo:${Owner}/${Repository}:*",
    "repo:${Owner}@${OwnerId}/${Repository}@${RepositoryId}:*",
]

UPLOADS = [
    f"arn:${{AWS::Partition}}:s3:::${{LogsBucketName}}/{kind}/${{Owner}}/${{Repository}}/*" for kind in ("logs", "passing")
]

# What would make one value of a parameter stand for several repositories, or end it early.
SPECIAL = "*?$/:@ "


def only_the_repository_is_trusted(stack: Stack) -> Iterator[str]:
    for name, role in roles(stack):
        for trust in statements(role["AssumeRolePolicyDocument"]):
            condition = trust.get("Condition", {})
            if trust["Effect"] != "Allow" or items(trust["Action"]) != ["sts:AssumeRoleWithWebIdentity"]:
                yield f"{name} may be taken by others than workflows"
            if set(trust["Principal"]) != {"Federated"}:
                yield f"{name} trusts others than GitHub's identity provider"
            if set(condition) != {"StringEquals", "StringLike"}:
                yield f"{name} compares tokens by other operators than StringEquals and StringLike"
            if condition.get("StringEquals") != {f"{GITHUB}:aud": "sts.amazonaws.com"}:
                yield f"{name} takes tokens that were not issued for AWS"
            subjects = condition.get("StringLike", {}).get(f"{GITHUB}:sub")
            if [arn_text(one) for one in items(subjects)] != SUBJECTS:
                yield f"{name} does not trust the two forms of one repository's subject and nothing else"


def workflows_upload_and_do_nothing_else(stack: Stack) -> Iterator[str]:
    for name, role in roles(stack):
        if role.get("ManagedPolicyArns"):
            yield f"{name} takes a managed policy, which grants more than is used and changes without us"
        for policy in role.get("Policies", []):
            for grant in statements(policy["PolicyDocument"]):
                if items(grant.get("Action")) != ["s3:PutObject"]:
                    yield f"{name} lets workflows do more than put objects"
                if [arn_text(one) for one in items(grant.get("Resource"))] != UPLOADS:
                    yield f"{name} lets workflows write elsewhere than under their own repository"


def parameters_name_one_repository(stack: Stack) -> Iterator[str]:
    for name in ("Owner", "Repository", "OwnerId", "RepositoryId", "LogsBucketName"):
        pattern = stack.raw["Parameters"][name].get("AllowedPattern", ".*")
        # CloudFormation compares the whole value.
        taken = [special for special in ("", *SPECIAL) if re.fullmatch(pattern, f"1{special}1" if special else "")]
        if taken:
            yield f"parameter {name} takes values with {', '.join(map(repr, taken))}"


def roles(stack: Stack) -> Iterator[tuple[str, dict[str, Any]]]:
    return stack.of_type("AWS::IAM::Role")
