"""What exports logs: whose it must not be, that it can, and that what is proven stays and what is not is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .metrics import OURS, Metric, metrics_of
from .stack import Stack, arn_text, items, statements
from .watching import telling

LOGS = {"Service": {"Fn::Sub": "logs.${AWS::Region}.amazonaws.com"}}

# What an export task does with a bucket, and on what (user guide of CloudWatch Logs, "Exporting log data to Amazon S3").
NEEDED_BY_TASKS = {"s3:GetBucketAcl": "", "s3:PutObject": "/staging/*"}

# For this account's log groups alone. The key is the policy's, in which the service has to say who owns the object.
ACCOUNT = {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
SOURCE = {"aws:SourceArn": {"Fn::Sub": "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*"}}
OWNED = {"s3:x-amz-acl": "bucket-owner-full-control"}

# What S3 may forget by itself.
PASSING = "staging/"

HOUR = 3600

# What somebody has to hear of who relies on the export, and by which of the function's metrics.
MUST_BE_TOLD = (
    ("LagHours", {"Mode": "export_task"}),
    ("LagHours", {"Mode": "direct"}),
    ("SuspectWindows", {}),
    ("ExpiringHours", {}),
    ("ExpiredWindows", {}),
)


def exporters(stack: Stack) -> Iterator[tuple[str, dict[str, Any]]]:
    """The functions that ask for export tasks."""
    for name, function in stack.functions():
        if "logs:CreateExportTask" in stack.actions(function):
            yield name, function


def nobody_exports_itself(stack: Stack) -> Iterator[str]:
    """What it writes about an export would have to be exported, and so on."""
    for name, function in exporters(stack):
        own = arn_text(function.get("Environment", {}).get("Variables", {}).get("OWN_GROUPS")) or ""
        for group, properties in stack.of_type("AWS::Logs::LogGroup"):
            if arn_text(properties.get("LogGroupName")) not in own.split(","):
                yield f"{name} would export {group}, which is lambda-medic's own"


def export_tasks_may_write(stack: Stack) -> Iterator[str]:
    policies = [policy for _, policy in stack.of_type("AWS::S3::BucketPolicy")]
    for name, function in exporters(stack):
        variable = function.get("Environment", {}).get("Variables", {}).get("EXPORT_BUCKET")
        bucket = stack.referred(variable, "AWS::S3::Bucket")
        if bucket is None:
            yield f"{name} exports to no bucket of this template"
            continue
        attached = [one for one in policies if stack.referred(one["Bucket"], "AWS::S3::Bucket") == bucket]
        allowed = [one for policy in attached for one in statements(policy["PolicyDocument"]) if one["Effect"] == "Allow"]
        for action, below in NEEDED_BY_TASKS.items():
            wanted = {
                "Effect": "Allow",
                "Principal": LOGS,
                "Action": action,
                "Condition": {"StringEquals": ACCOUNT | (OWNED if below else {}), "ArnLike": SOURCE},
            }
            let_in = [arn_text(one.get("Resource")) for one in allowed if wanted.items() <= one.items()]
            if not set(let_in) & {f"{arn}{below}" for arn in stack.bucket_arns(bucket)}:
                yield f"no policy of {bucket} lets export tasks of this account, and no others, do {action}"


def what_is_proven_stays(stack: Stack) -> Iterator[str]:
    for name, function in exporters(stack):
        bucket = stack.referred(function.get("Environment", {}).get("Variables", {}).get("EXPORT_BUCKET"), "AWS::S3::Bucket")
        lifecycle = dict(stack.of_type("AWS::S3::Bucket")).get(bucket or "", {}).get("LifecycleConfiguration", {})
        for rule in items(lifecycle.get("Rules")):
            ends = [key for key in rule if re.fullmatch("Expiration(InDays|Date)", key)]
            if ends and not rule.get("Prefix", "").startswith(PASSING):
                yield f"{bucket} forgets what {name} has proven: rule {rule['Id']}"


def what_is_not_proven_is_told(stack: Stack) -> Iterator[str]:
    watched = [metric for _, alarm in telling(stack) for metric in metrics_of(alarm)]
    for name, _ in exporters(stack):
        for metric, dimensions in MUST_BE_TOLD:
            wanted = Metric(OURS, metric, {"FunctionName": name, **dimensions})
            if wanted not in watched:
                yield f"no alarm tells of {wanted}"


def what_fails_each_hour_is_told(stack: Stack) -> Iterator[str]:
    """The exporter tries once an hour what would fail again (tick/look.rs, tick/turn.rs), and is silent about it in between."""
    for name, _ in exporters(stack):
        wanted = Metric(OURS, "Failures", {"FunctionName": name})
        alarms = [alarm for _, alarm in telling(stack) if metrics_of(alarm) == [wanted]]
        if not any(hears_hourly(alarm) for alarm in alarms):
            yield f"no alarm tells of what {name} fails on once an hour"


def hears_hourly(alarm: dict[str, Any]) -> bool:
    """Whether it goes off on what happens once in each hour, and some minutes late."""
    period, periods = alarm.get("Period", 0), alarm.get("EvaluationPeriods", 0)
    wanted = alarm.get("DatapointsToAlarm", periods)
    return period <= HOUR and period * periods >= wanted * HOUR + period
