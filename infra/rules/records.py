"""The records: what they hold must last, and "at most one remediation" rests on how they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .stack import Stack, arn_text, items, statements

PUBLIC_ACCESS_BLOCK = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")

# Lambda retries first a minute after a failure. The lease lasts 15 seconds longer than the invocation (src/aws.rs of
# alarm-playbook), and must be over by then; the rest is for the clocks of two machines.
LONGEST_LEASED_TIMEOUT_SECONDS = 40

SOON_DAYS = 7

# What is written without a condition, and why no attempt can hide another one.
WRITTEN_ANEW = {
    ("CiLogsBucket", "analysis"): "an analysis follows from its log, whose record says how far it is",
    ("CiLogsBucket", "baselines"): "a baseline follows from the record of its passing runs",
    ("ExportBucket", "cloudwatch-logs"): "a key is made of what is under it, so that only the same can replace it",
    ("ExportBucket", "staging"): "export tasks write here, each attempt under a prefix of its own",
}


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
        owners = bucket.get("OwnershipControls", {}).get("Rules", [])
        if owners != [{"ObjectOwnership": "BucketOwnerEnforced"}]:
            yield f"{name} may hold objects that are not ours"
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
            # Nothing beside it: every further key would let some unconditional write through.
            "Condition": {"Null": {"s3:if-match": "true", "s3:if-none-match": "true"}},
        }
        policies = [one for _, one in stack.of_type("AWS::S3::BucketPolicy")]
        attached = [one for one in policies if stack.referred(one["Bucket"], "AWS::S3::Bucket") == bucket]
        refused = [one for policy in attached for one in statements(policy["PolicyDocument"]) if wanted.items() <= one.items()]
        guarded = [arn_text(resource) for one in refused for resource in items(one.get("Resource"))]
        for prefix in sorted(written(stack, bucket)):
            known = [f"{arn}/{prefix}/*" for arn in stack.bucket_arns(bucket)]
            if (bucket, prefix) not in WRITTEN_ANEW and not set(known) & set(guarded):
                yield f"{bucket} takes an unconditional write under {prefix}/, which could hide another attempt"


def missing_records_are_told_from_forbidden_ones(stack: Stack) -> Iterator[str]:
    for name, function in stack.functions():
        for bucket in sorted(buckets_of(stack, function, "s3:GetObject")):
            wanted = {"Effect": "Allow", "Action": "s3:ListBucket"}
            listing = [grant for grant in stack.grants(function) if wanted.items() <= grant.items()]
            granted = [grant for grant in listing if arn_text(grant.get("Resource")) in stack.bucket_arns(bucket)]
            listed = [items(one.get("Condition", {}).get("StringLikeIfExists", {}).get("s3:prefix")) for one in granted]
            # What is removed was found by a list.
            found = ("s3:GetObject", "s3:DeleteObject")
            for prefix in sorted({one for action in found for one in prefixes(stack, function, action, bucket)}):
                if f"{prefix}/*" not in [one for patterns in listed for one in patterns]:
                    yield f"{name}'s role may not list {prefix}/ of {bucket}, so what is not there yet gets a 403"


def what_is_settled_leaves_the_index(stack: Stack) -> Iterator[str]:
    for name, function in stack.functions():
        for bucket, properties in stack.of_type("AWS::S3::Bucket"):
            rules = properties.get("LifecycleConfiguration", {}).get("Rules", [])
            for prefix in sorted(prefixes(stack, function, "s3:DeleteObject", bucket)):
                # In a versioned bucket a deletion adds a marker, and a list of the prefix reads all of them.
                if not any(clears(rule, f"{prefix}/") for rule in rules):
                    yield f"{bucket} keeps what {name} deletes under {prefix}/, so its list grows with history"


def a_retry_finds_the_lease_over(stack: Stack) -> Iterator[str]:
    for name, function in stack.functions():
        leases = "s3:PutObject" in stack.actions(function)
        if leases and not function.get("Timeout", 0) <= LONGEST_LEASED_TIMEOUT_SECONDS:
            yield f"{name} may run longer than {LONGEST_LEASED_TIMEOUT_SECONDS} s, so a retry could find the lease held"


def clears(rule: dict[str, Any], prefix: str) -> bool:
    """Whether nothing stays of a deleted object for longer than a few days: no version, no delete marker. A rule by days removes
    markers of that age, too, and takes no word about them (S3 API reference, `LifecycleExpiration`)."""
    days = rule.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays", SOON_DAYS + 1)
    active = rule.get("Status") == "Enabled" and rule.get("Prefix") == prefix
    markers = rule.get("ExpiredObjectDeleteMarker") is True or rule.get("ExpirationInDays", SOON_DAYS + 1) <= SOON_DAYS
    return active and days <= SOON_DAYS and markers


def record_buckets(stack: Stack, action: str) -> set[str]:
    return {bucket for _, function in stack.functions() for bucket in buckets_of(stack, function, action)}


def buckets_of(stack: Stack, function: dict[str, Any], action: str) -> set[str]:
    """The buckets whose objects the function may use so."""
    return {name for name, _ in stack.of_type("AWS::S3::Bucket") if prefixes(stack, function, action, name)}


def written(stack: Stack, bucket: str) -> set[str]:
    return {one for _, function in stack.functions() for one in prefixes(stack, function, "s3:PutObject", bucket)}


def prefixes(stack: Stack, function: dict[str, Any], action: str, bucket: str) -> set[str]:
    """The prefixes of the bucket under which the function may use objects so."""
    grants = [grant for grant in stack.grants(function) if action in items(grant.get("Action"))]
    granted = [text for grant in grants for one in items(grant.get("Resource")) if (text := arn_text(one))]
    arns = "|".join(map(re.escape, stack.bucket_arns(bucket)))
    of_bucket = re.compile(rf"(?:{arns})/([^*]+)/\*")
    return {match[1] for match in map(of_bucket.fullmatch, granted) if match}
