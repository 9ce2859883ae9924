"""The records: what they hold must last, and "at most one remediation" rests on how they are written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .stack import Stack, items, statements

PUBLIC_ACCESS_BLOCK = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")

# Lambda retries first a minute after a failure. The lease lasts 15 seconds longer than the invocation (src/aws.rs of
# alarm-playbook), and must be over by then; the rest is for the clocks of two machines.
LONGEST_LEASED_TIMEOUT_SECONDS = 40


def buckets_keep_what_they_hold(stack: Stack) -> Iterator[str]:
    policies = [policy for _, policy in stack.of_type("AWS::S3::BucketPolicy")]
    for name, bucket in stack.of_type("AWS::S3::Bucket"):
        resource = stack.raw["Resources"][name]
        if {resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")} != {"Retain"}:
            yield f"{name} would go with the stack"
        if bucket.get("VersioningConfiguration", {}).get("Status") != "Enabled":
            yield f"{name} is not versioned"
        if "BucketEncryption" not in bucket:
            yield f"{name} does not say how it encrypts"
        block = bucket.get("PublicAccessBlockConfiguration", {})
        if not all(block.get(key) is True for key in PUBLIC_ACCESS_BLOCK):
            yield f"{name} could be made public"
        attached = [one for one in policies if stack.referred(one["Bucket"], "AWS::S3::Bucket") == name]
        if not any(refuses_plain_http(policy) for policy in attached):
            yield f"{name} can be used over plain HTTP"


def refuses_plain_http(policy: dict[str, Any]) -> bool:
    return any(
        one["Effect"] == "Deny" and one.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport") == "false"
        for one in statements(policy["PolicyDocument"])
    )


def records_change_only_conditionally(stack: Stack) -> Iterator[str]:
    for bucket in sorted(record_buckets(stack, "s3:PutObject")):
        wanted = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": records_of(bucket),
            # Nothing beside it: every further key would let some unconditional write through.
            "Condition": {"Null": {"s3:if-match": "true", "s3:if-none-match": "true"}},
        }
        policies = [one for _, one in stack.of_type("AWS::S3::BucketPolicy")]
        attached = [one for one in policies if stack.referred(one["Bucket"], "AWS::S3::Bucket") == bucket]
        denied = [statement for policy in attached for statement in statements(policy["PolicyDocument"])]
        if not any(wanted.items() <= statement.items() for statement in denied):
            yield f"{bucket} takes an unconditional write of a record, which could hide another attempt"


def missing_records_are_told_from_forbidden_ones(stack: Stack) -> Iterator[str]:
    for name, function in stack.functions():
        for bucket in sorted(buckets_of(stack, function, "s3:GetObject")):
            wanted = {
                "Effect": "Allow",
                "Action": "s3:ListBucket",
                "Resource": {"Fn::GetAtt": [bucket, "Arn"]},
                "Condition": {"StringLike": {"s3:prefix": "targets/*"}},
            }
            if not any(wanted.items() <= grant.items() for grant in stack.grants(function)):
                yield f"{name}'s role may not list the records of {bucket}, so a target's first alarm gets a 403"


def a_retry_finds_the_lease_over(stack: Stack) -> Iterator[str]:
    for name, function in stack.functions():
        leases = "s3:PutObject" in stack.actions(function)
        if leases and not function.get("Timeout", 0) <= LONGEST_LEASED_TIMEOUT_SECONDS:
            yield f"{name} may run longer than {LONGEST_LEASED_TIMEOUT_SECONDS} s, so a retry could find the lease held"


def record_buckets(stack: Stack, action: str) -> set[str]:
    return {bucket for _, function in stack.functions() for bucket in buckets_of(stack, function, action)}


def buckets_of(stack: Stack, function: dict[str, Any], action: str) -> set[str]:
    """The buckets whose records the function may use so."""
    grants = [grant for grant in stack.grants(function) if action in items(grant.get("Action"))]
    granted = [resource for grant in grants for resource in items(grant.get("Resource"))]
    return {name for name, _ in stack.of_type("AWS::S3::Bucket") if records_of(name) in granted}


def records_of(bucket: str) -> dict[str, str]:
    return {"Fn::Sub": f"${{{bucket}.Arn}}/targets/*"}
