"""What comes in through a bucket: who is set off by it, how long it stays, and which secrets its handling may read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .events import transformed
from .records import prefixes as granted_prefixes
from .stack import Stack, arn_text, items

# What was promised to those whose logs may hold anything.
LONGEST_DAYS = 30

PARAMETER_ARN = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter"


def uploads_may_invoke(stack: Stack) -> Iterator[str]:
    permitted = [one for _, one in transformed(stack, "AWS::Lambda::Permission")]
    for name, function in stack.functions():
        # The bucket's ARN would make the template circular; another bucket of ours is refused by the function.
        wanted = {
            "FunctionName": {"Ref": name},
            "Principal": "s3.amazonaws.com",
            "SourceAccount": {"Ref": "AWS::AccountId"},
        }
        if any(stack.uploads(function)) and not any(wanted.items() <= one.items() for one in permitted):
            yield f"{name} does not let S3 invoke it for this account alone"


def nothing_written_comes_back(stack: Stack) -> Iterator[str]:
    writers = [function for _, function in stack.functions()]
    for name, function in stack.functions():
        for event, bucket, heard in stack.uploads(function):
            if bucket is None or not heard:
                yield f"{name}'s trigger {event} is not restricted to a prefix of a bucket of this template"
                continue
            for prefix in sorted({one for each in writers for one in granted_prefixes(stack, each, "s3:PutObject", bucket)}):
                if any(f"{prefix}/".startswith(one) or one.startswith(f"{prefix}/") for one in heard):
                    yield f"{name} is set off by what is written under {prefix}/ of {bucket}"


def what_comes_in_does_not_stay(stack: Stack) -> Iterator[str]:
    buckets = dict(stack.of_type("AWS::S3::Bucket"))
    for _, function in stack.functions():
        for _, bucket, heard in stack.uploads(function):
            rules = buckets.get(bucket or "", {}).get("LifecycleConfiguration", {}).get("Rules", [])
            for prefix in heard:
                if not any(removes(rule, prefix) for rule in rules):
                    yield f"{bucket} keeps what comes in under {prefix} for longer than {LONGEST_DAYS} days"


def removes(rule: dict[str, Any], prefix: str) -> bool:
    """Whether nothing stays of an object beyond the limit but a day of earlier versions."""
    active = rule.get("Status") == "Enabled" and rule.get("Prefix") == prefix
    earlier = rule.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays")
    return active and rule.get("ExpirationInDays", LONGEST_DAYS + 1) <= LONGEST_DAYS and earlier == 1


def only_configured_secrets_are_read(stack: Stack) -> Iterator[str]:
    for name, function in stack.functions():
        variables = function.get("Environment", {}).get("Variables", {})
        given = [value for key, value in variables.items() if key.endswith("_PARAMETER")]
        # Under a condition, the other branch is empty.
        named = [one["Ref"] for value in given for one in items(value) if isinstance(one, dict)]
        if not named:
            continue
        configured = {f"{PARAMETER_ARN}${{{parameter}}}" for parameter in named}
        grants = [one for one in stack.grants(function) if "ssm:GetParameter" in items(one.get("Action"))]
        readable = {arn_text(resource) or str(resource) for one in grants for resource in items(one.get("Resource"))}
        for arn in sorted(configured - readable):
            yield f"{name}'s role may not read {arn}, which it is told to read"
        for arn in sorted(readable - configured):
            yield f"{name}'s role may read {arn}, which no setting names"
        for parameter in named:
            pattern = stack.raw["Parameters"][parameter].get("AllowedPattern", "")
            if "*" in pattern.replace(")*", "") or not pattern.startswith("(/"):
                yield f"parameter {parameter} takes more than the name of one SSM parameter"


def keys_are_used_through_ssm_alone(stack: Stack) -> Iterator[str]:
    through_ssm = {"StringEquals": {"kms:ViaService": {"Fn::Sub": "ssm.${AWS::Region}.amazonaws.com"}}}
    for name, function in stack.functions():
        for grant in stack.grants(function):
            if "kms:Decrypt" in items(grant.get("Action")) and grant.get("Condition") != through_ssm:
                yield f"{name}'s role may use a key for more than what SSM keeps under it"
