"""Where the template and the Rust code have to say the same."""

from __future__ import annotations

from collections.abc import Iterator

from .source import Source, operations
from .stack import Stack, package_of

# Actions that no code of ours calls, and who does.
CALLED_BY_OTHERS = {
    "s3:ListBucket": "S3 looks at it before it answers 404 rather than 403 for a missing key",
    "s3:GetObjectVersion": "S3 looks at it when get_object names a version",
    "kms:Decrypt": "SSM decrypts parameters in the function's name",
    "iam:PassRole": "SSM looks at it when an automation is to act in a role",
    "sqs:SendMessage": "Lambda sends failed events to the function's queue",
    "logs:CreateLogStream": "Lambda writes the function's log",
    "logs:PutLogEvents": "Lambda writes the function's log",
    "xray:PutTraceSegments": "Lambda sends the function's traces",
    "xray:PutTelemetryRecords": "Lambda sends the function's traces",
}

# Settings that config.rs reads and the template leaves alone, and why.
LEFT_UNSET = {"PLAYBOOK_FILE": "package.sh packs one playbook, under the default name"}

# Calls that are authorised by an action of another name.
AUTHORISED_BY = {
    "delete_objects": "s3:DeleteObject",
    "get_bucket_encryption": "s3:GetEncryptionConfiguration",
    "get_object_lock_configuration": "s3:GetBucketObjectLockConfiguration",
    "head_bucket": "s3:ListBucket",
    "head_object": "s3:GetObject",
    "list_objects_v2": "s3:ListBucket",
}

# IAM's prefix where it is not the SDK's name.
IAM_PREFIX = {
    "applicationautoscaling": "application-autoscaling",
    "cloudwatchlogs": "logs",
    "elasticloadbalancingv2": "elasticloadbalancing",
    "resourcegroupstagging": "tag",
    "sesv2": "ses",
}


def variables_set_are_variables_read(stack: Stack) -> Iterator[str]:
    for name, function in stack.functions():
        package = package_of(function)
        source = stack.sources.get(package)
        if source is None or source.variables is None:
            yield f"{name}: functions/{package}/src/config.rs is missing, so nobody reads its variables"
            continue
        given = set(function.get("Environment", {}).get("Variables", {}))
        for variable in sorted(given - source.variables):
            yield f"{name} sets {variable}, which its config.rs does not read"
        for variable in sorted(given & set(LEFT_UNSET)):
            yield f"{name} sets {variable}: {LEFT_UNSET[variable]}"
        for variable in sorted(source.variables - given - set(LEFT_UNSET)):
            yield f"{name} does not set {variable}, which its config.rs reads"


def settings_by_hand_are_the_templates(stack: Stack) -> Iterator[str]:
    for name, function in stack.functions():
        file = f"infra/local/env/{package_of(function)}.json"
        by_hand = stack.by_hand.get(package_of(function))
        if by_hand is None:
            yield f"{file} is missing, so {name} cannot be run by hand"
            continue
        given = set(function.get("Environment", {}).get("Variables", {}))
        for variable in sorted(given ^ set(by_hand)):
            yield f"{file} and {name} do not agree on {variable}: one sets it and the other does not"
        for variable in sorted(variable for variable, value in by_hand.items() if not isinstance(value, str)):
            yield f"{file} sets {variable} to something that is no text, which an environment cannot hold"


def actions_granted_are_calls_made(stack: Stack) -> Iterator[str]:
    everything: set[str] = set()
    for name, function in stack.functions():
        source = stack.sources.get(package_of(function), Source(None, frozenset(), frozenset()))
        granted = stack.actions(function)
        everything |= granted
        made = source.calls | stack.shared.calls
        for action in sorted(granted - set(CALLED_BY_OTHERS)):
            if not any(action in authorised_by(call, {action.split(":")[0]}) for call in made):
                yield f"{name} may do {action}, which no code calls"
        yield from ungranted(f"functions/{package_of(function)}", source.calls, source.services, granted)
    yield from ungranted("shared", stack.shared.calls, stack.shared.services, everything)


def ungranted(where: str, calls: frozenset[str], services: frozenset[str], granted: set[str]) -> Iterator[str]:
    for call in sorted(calls):
        callable_on = [service for service in services if call in operations(service)]
        needed = authorised_by(call, {IAM_PREFIX.get(service, service) for service in callable_on})
        if needed and not needed & granted:
            yield f"{where} calls {call}, but no role of it grants {' or '.join(sorted(needed))}"


def the_document_is_that_of_the_host(stack: Stack) -> Iterator[str]:
    for name, document in stack.of_type("AWS::SSM::Document"):
        if stack.document is not None and document.get("Content") != stack.document:
            yield f"{name} is not what infra/host/restart-container.yaml says"


def authorised_by(call: str, prefixes: set[str]) -> set[str]:
    """`update_service` of `ecs` -> `ecs:UpdateService`."""
    operation = "".join(word.capitalize() for word in call.split("_"))
    return {AUTHORISED_BY.get(call, f"{prefix}:{operation}") for prefix in prefixes}
