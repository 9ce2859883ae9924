"""What the functions may do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .stack import Stack, items, package_of, statements

# Statements that need `Resource: "*"`: action -> why there is nothing to narrow it to.
WILDCARD_RESOURCES: dict[str, str] = {
    "cloudwatch:DescribeAlarms": "tells of composite alarms only if granted so",
    "cloudwatch:DescribeAlarmHistory": "tells of composite alarms only if granted so",
    "cloudwatch:GetMetricData": "metrics are no resources",
    "ecs:DescribeTaskDefinition": "takes no resources",
    "ecs:ListClusters": "takes no resources",
    "ecs:ListServices": "takes no resources",
    "ecs:ListTasks": "tasks on Fargate have no resource to list by",
    "ecs:DescribeContainerInstances": "which instances run a service's tasks is not known before",
    "elasticloadbalancing:DescribeTargetGroups": "takes no resources",
    "elasticloadbalancing:DescribeTargetHealth": "takes no resources",
    "application-autoscaling:DescribeScalableTargets": "takes no resources",
    "logs:DescribeExportTasks": "export tasks are no resources",
    "logs:DescribeLogGroups": "all of them are listed, to find those that are exported",
    "logs:GetQueryResults": "queries are no resources",
    "ssm:DescribeInstanceInformation": "takes no resources",
    "ssm:GetCommandInvocation": "takes no resources",
    "ssm:ListCommands": "takes no resources that a document could be found by",
    "tag:GetResources": "takes no resources",
    "xray:PutTraceSegments": "traces are no resources",
    "xray:PutTelemetryRecords": "traces are no resources",
}

TRACING = ("xray:PutTraceSegments", "xray:PutTelemetryRecords")

# How the names of actions begin that change nothing.
READING = ("Describe", "Filter", "Get", "List")

# What a function that only looks may write: its records and reports, its log, its traces, and its failed events.
WRITES_OF_ITS_OWN = {"s3:PutObject", "sqs:SendMessage", "logs:CreateLogStream", "logs:PutLogEvents", *TRACING}

# ... and what changes nothing either.
DECRYPTS = {"kms:Decrypt"}

# What copies or counts logs and leaves them as they are; what it wrote itself, it may remove.
COPIES = {"log-exporter": {"logs:CreateExportTask", "logs:StartQuery", "s3:DeleteObject"}}

# A verified domain could otherwise be made to mail anything to anybody.
MAIL_CONDITION = {
    "StringEquals": {"ses:FromAddress": {"Ref": "MailFrom"}},
    "ForAllValues:StringEquals": {"ses:Recipients": [{"Ref": "MailTo"}]},
}


def each_function_has_its_own_role(stack: Stack) -> Iterator[str]:
    taken: dict[str, str] = {}
    for name, function in stack.functions():
        role = stack.referred(function.get("Role"), "AWS::IAM::Role")
        if role is None:
            yield f"{name} has no role of this template"
        elif role in taken:
            yield f"{name} shares {role} with {taken[role]}"
        else:
            taken[role] = name


def roles_grant_nothing_broad(stack: Stack) -> Iterator[str]:
    for name, role in stack.of_type("AWS::IAM::Role"):
        if role.get("ManagedPolicyArns"):
            yield f"{name} takes a managed policy, which grants more than is used and changes without us"
        for policy in role.get("Policies", []):
            for grant in statements(policy["PolicyDocument"]):
                yield from broad(name, grant)


def broad(role: str, grant: dict[str, Any]) -> Iterator[str]:
    for key in ("NotAction", "NotResource"):
        if key in grant:
            yield f"{role} grants by exclusion: {key}"
    for action in items(grant.get("Action")):
        if "*" in action:
            yield f"{role} grants {action}, a wildcard"
        if "*" in items(grant.get("Resource")) and action not in WILDCARD_RESOURCES:
            yield f"{role} grants {action} on every resource"


def services_are_admitted_for_us_alone(stack: Stack) -> Iterator[str]:
    for kind in ("AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy", "AWS::S3::BucketPolicy"):
        for name, policy in stack.of_type(kind):
            for statement in statements(policy["PolicyDocument"]):
                if statement["Effect"] != "Allow":
                    continue
                if not is_for_us(stack, statement.get("Condition", {})):
                    yield f"{name} admits {json.dumps(statement['Principal'])} on behalf of any account"


def is_for_us(stack: Stack, condition: dict[str, Any]) -> bool:
    """Whether the service has to act for this account, or for one resource of this template."""
    account = condition.get("StringEquals", {}).get("aws:SourceAccount")
    source = condition.get("ArnEquals", {}).get("aws:SourceArn")
    return account == {"Ref": "AWS::AccountId"} or stack.referred(source, "AWS::SNS::Topic") is not None


def each_function_is_traced(stack: Stack) -> Iterator[str]:
    for name, function in stack.functions():
        if function.get("Tracing") != "Active":
            yield f"{name} is not traced"
        for action in sorted(set(TRACING) - stack.actions(function)):
            yield f"{name}'s role may not do {action}; SAM adds that only to roles it makes itself"


def who_only_looks_changes_nothing(stack: Stack) -> Iterator[str]:
    for name, function in stack.functions():
        source = stack.sources.get(package_of(function))
        if source is None or "DRY_RUN" in (source.variables or ()):
            continue
        copies = COPIES.get(package_of(function), set())
        for action in sorted(stack.actions(function) - WRITES_OF_ITS_OWN - DECRYPTS - copies):
            if not action.split(":")[1].startswith(READING):
                yield f"{name} has no dry run, so it may not do {action}"


def mail_goes_from_one_address_to_one(stack: Stack) -> Iterator[str]:
    for name, function in stack.functions():
        for grant in stack.grants(function):
            if "ses:SendEmail" in items(grant.get("Action")) and grant.get("Condition") != MAIL_CONDITION:
                yield f"{name}'s role may send mail from other addresses than MailFrom or to others than MailTo"
