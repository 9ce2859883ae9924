"""Checks the templates: linters on the raw and on the transformed one, then what linters cannot know.

`sam validate --lint` passes a circular template and a literal token, so the template is linted again as CloudFormation
sees it after SAM's transform, and the rules below look at what is particular to this project. Each yields sentences
that name the resource; infra/test_validate.py breaks the template once per rule and expects the sentence.

Usage: .venv/bin/python infra/validate.py [TEMPLATE...]
"""

from __future__ import annotations

import copy
import json
import logging
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOG_RETENTION_DAYS = 14

# cfn-lint-serverless knows SAM's defaults, not ours.
SERVERLESS_EXCEPTIONS = {
    "ES6000": "a failure queue needs no failure queue of its own",
    "ES7000": "a mail subscription has nothing to redrive; our rule covers the functions' subscriptions",
    "WS1000": "no X-Ray: one invocation makes a handful of calls, and its log has them all",
    "WS1004": "looks for a log group by the function's name; our rule follows LoggingConfig",
}

# Actions that no code of ours calls, and who does.
CALLED_BY_OTHERS = {
    "s3:ListBucket": "S3 looks at it before it answers 404 rather than 403 for a missing key",
    "sqs:SendMessage": "Lambda sends failed events to the function's queue",
    "logs:CreateLogStream": "Lambda writes the function's log",
    "logs:PutLogEvents": "Lambda writes the function's log",
}

# Calls that are authorised by an action of another name.
AUTHORISED_BY = {"head_object": "s3:GetObject", "list_objects_v2": "s3:ListBucket"}

# IAM's prefix where it is not the SDK's name.
IAM_PREFIX = {"sesv2": "ses", "cloudwatchlogs": "logs"}
BOTOCORE_NAME = {"cloudwatchlogs": "logs"}

# Statements that need `Resource: "*"`: action -> why there is nothing to narrow it to.
WILDCARD_RESOURCES: dict[str, str] = {}

PUBLIC_ACCESS_BLOCK = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")

SECRET_NAME = re.compile(r"(password|passwd|secret|token|api_?key|private_?key|credential)s?$", re.IGNORECASE)
SECRET_VALUE = re.compile(
    r"(AKIA|ASIA)[A-Z0-9]{16}|gh[pousr]_\w{20,}|github_pat_\w{20,}|sk-[\w-]{20,}|gsk_\w{20,}|xox[abprs]-|hf_\w{20,}"
    r"|-----BEGIN|eyJ[\w-]{10,}\.eyJ"
)


@dataclass(frozen=True)
class Source:
    """What the Rust code of one package says about itself."""

    variables: frozenset[str] | None  # read by config.rs; None if there is no config.rs
    calls: frozenset[str]  # `.call()` outside of tests
    services: frozenset[str]  # the SDK crates it uses, without `aws-sdk-`


@dataclass(frozen=True)
class Stack:
    raw: dict[str, Any]
    transformed: dict[str, Any]
    sources: dict[str, Source]
    shared: Source

    def of_type(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Name and properties of each resource of the raw template."""
        for name, resource in self.raw["Resources"].items():
            if resource["Type"] == kind:
                yield name, resource.get("Properties", {})

    def functions(self) -> Iterator[tuple[str, dict[str, Any]]]:
        return self.of_type("AWS::Serverless::Function")

    def referred(self, value: Any, kind: str) -> str | None:
        """The logical id that `!Ref` or `!GetAtt` names, if it is a resource of that type."""
        if not isinstance(value, dict):
            return None
        name = value.get("Ref") or value.get("Fn::GetAtt")
        name = name[0] if isinstance(name, list) else str(name).split(".")[0]
        return name if self.raw["Resources"].get(name, {}).get("Type") == kind else None

    def grants(self, function: dict[str, Any]) -> list[dict[str, Any]]:
        """The statements of the function's role, those under a condition included."""
        role = self.referred(function.get("Role"), "AWS::IAM::Role")
        policies = self.raw["Resources"][role]["Properties"].get("Policies", []) if role else []
        return [one for policy in policies for one in statements(policy["PolicyDocument"])]

    def actions(self, function: dict[str, Any]) -> set[str]:
        return {action for grant in self.grants(function) for action in items(grant.get("Action"))}


def items(value: Any) -> list[Any]:
    """One or many, as IAM allows both; both branches of an `!If`."""
    if isinstance(value, dict) and "Fn::If" in value:
        return [one for branch in value["Fn::If"][1:] for one in items(branch)]
    if value is None or value == {"Ref": "AWS::NoValue"}:
        return []
    return [one for part in value for one in items(part)] if isinstance(value, list) else [value]


def statements(document: dict[str, Any]) -> list[dict[str, Any]]:
    return items(document["Statement"])


def strings(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every literal string of the template, with the keys that lead to it."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from strings(part, (*path, str(key)))
    elif isinstance(value, list):
        for part in value:
            yield from strings(part, path)
    elif isinstance(value, str):
        yield path, value


# ---- The rules


def no_secret_is_written_down(stack: Stack) -> Iterator[str]:
    for path, text in strings(stack.raw):
        named = bool(path) and SECRET_NAME.search(path[-1]) and text and not text.startswith("{{resolve:")
        if named or SECRET_VALUE.search(text):
            yield f"{'.'.join(path)} looks like a literal secret; keep it in SSM and name the parameter"
    for name, parameter in stack.raw.get("Parameters", {}).items():
        if SECRET_NAME.search(name):
            yield f"parameter {name} would carry a secret through CloudFormation; keep it in SSM"


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


def each_function_has_a_log_that_expires(stack: Stack) -> Iterator[str]:
    groups = dict(stack.of_type("AWS::Logs::LogGroup"))
    for name, function in stack.functions():
        group = stack.referred(function.get("LoggingConfig", {}).get("LogGroup"), "AWS::Logs::LogGroup")
        if group is None:
            yield f"{name} names no log group of this template, so Lambda makes one that never expires"
        elif groups[group].get("RetentionInDays") != LOG_RETENTION_DAYS:
            yield f"{group} does not keep its events for {LOG_RETENTION_DAYS} days"


def each_failed_event_is_kept(stack: Stack) -> Iterator[str]:
    for name, function in stack.functions():
        on_failure = function.get("EventInvokeConfig", {}).get("DestinationConfig", {}).get("OnFailure", {})
        queue = stack.referred(on_failure.get("Destination"), "AWS::SQS::Queue")
        if queue is None:
            yield f"{name} has no queue for events it failed on"
            continue
        sends = [one for one in stack.grants(function) if "sqs:SendMessage" in items(one.get("Action"))]
        targets = [target for one in sends for target in items(one["Resource"])]
        if queue not in [stack.referred(target, "AWS::SQS::Queue") for target in targets]:
            yield f"{name}'s role may not send to {queue}; SAM adds that only to roles it makes itself"


def each_undelivered_alarm_is_kept(stack: Stack) -> Iterator[str]:
    for name, function in stack.functions():
        for event, trigger in function.get("Events", {}).items():
            if trigger["Type"] != "SNS":
                continue
            redrive = trigger["Properties"].get("RedrivePolicy", {})
            queue = stack.referred(redrive.get("deadLetterTargetArn"), "AWS::SQS::Queue")
            if queue is None:
                yield f"{name}'s subscription {event} has no queue for what SNS cannot deliver"
            elif not admits(stack, "AWS::SQS::QueuePolicy", "Queues", queue, "sns.amazonaws.com"):
                yield f"no policy lets SNS send to {queue}, so what it cannot deliver to {name} is lost"


def nothing_published_comes_back(stack: Stack) -> Iterator[str]:
    for name, function in stack.functions():
        events = [one["Properties"] for one in function.get("Events", {}).values() if one["Type"] == "SNS"]
        heard = {stack.referred(one["Topic"], "AWS::SNS::Topic") for one in events}
        for grant in stack.grants(function):
            if "sns:Publish" not in items(grant.get("Action")):
                continue
            for topic in items(grant.get("Resource")):
                if stack.referred(topic, "AWS::SNS::Topic") in heard | {None}:
                    yield f"{name} may publish to a topic that it hears, or to one from elsewhere: {json.dumps(topic)}"


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
        for variable in sorted(source.variables - given):
            yield f"{name} does not set {variable}, which its config.rs reads"


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


def authorised_by(call: str, prefixes: set[str]) -> set[str]:
    """`update_service` of `ecs` -> `ecs:UpdateService`."""
    operation = "".join(word.capitalize() for word in call.split("_"))
    return {AUTHORISED_BY.get(call, f"{prefix}:{operation}") for prefix in prefixes}


def alarms_can_publish(stack: Stack) -> Iterator[str]:
    topics = dict(stack.of_type("AWS::SNS::Topic"))
    for name, topic in topics.items():
        service = "cloudwatch.amazonaws.com"
        key = str(topic.get("KmsMasterKeyId", ""))
        if key.startswith("alias/aws/") and admits(stack, "AWS::SNS::TopicPolicy", "Topics", name, service):
            yield f"{name} is under the AWS-managed key, through which alarms cannot publish"
    for function, properties in stack.functions():
        for trigger in properties.get("Events", {}).values():
            if trigger["Type"] == "SNS":
                topic = stack.referred(trigger["Properties"]["Topic"], "AWS::SNS::Topic")
                if topic and not admits(stack, "AWS::SNS::TopicPolicy", "Topics", topic, "cloudwatch.amazonaws.com"):
                    yield f"no policy lets CloudWatch publish to {topic}, which {function} hears"


def services_are_admitted_for_us_alone(stack: Stack) -> Iterator[str]:
    for kind in ("AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy", "AWS::S3::BucketPolicy"):
        for name, policy in stack.of_type(kind):
            for statement in statements(policy["PolicyDocument"]):
                if statement["Effect"] != "Allow":
                    continue
                conditions = {key for test in statement.get("Condition", {}).values() for key in test}
                if not conditions & {"aws:SourceAccount", "aws:SourceArn"}:
                    yield f"{name} admits {json.dumps(statement['Principal'])} on behalf of any account"


def admits(stack: Stack, kind: str, targets: str, resource: str, service: str) -> bool:
    """Whether a policy of that type, attached to the resource, allows the service in."""
    for _, policy in stack.of_type(kind):
        attached = {stack.referred(one, kind.removesuffix("Policy")) for one in items(policy[targets])}
        for statement in statements(policy["PolicyDocument"]):
            allowed = statement["Effect"] == "Allow" and isinstance(statement["Principal"], dict)
            if resource in attached and allowed and service in items(statement["Principal"].get("Service")):
                return True
    return False


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


def a_first_installation_acts_on_nothing(stack: Stack) -> Iterator[str]:
    if stack.raw.get("Parameters", {}).get("DryRun", {}).get("Default") != "true":
        yield "DryRun does not default to 'true'"
    for name, function in stack.functions():
        variables = function.get("Environment", {}).get("Variables", {})
        if variables.get("DRY_RUN") not in ({"Ref": "DryRun"}, None):
            yield f"{name} does not take DRY_RUN from the parameter DryRun"


def subscriptions_may_invoke(stack: Stack) -> Iterator[str]:
    resources = stack.transformed["Resources"]
    permitted = [one["Properties"] for one in resources.values() if one["Type"] == "AWS::Lambda::Permission"]
    for name, resource in resources.items():
        properties = resource.get("Properties", {})
        if resource["Type"] != "AWS::SNS::Subscription" or properties.get("Protocol") != "lambda":
            continue
        function = properties["Endpoint"]["Fn::GetAtt"][0]
        asked = ({"Ref": function}, properties["TopicArn"])
        if asked not in [(one["FunctionName"], one.get("SourceArn")) for one in permitted]:
            yield f"{name} delivers to {function}, which does not let that topic invoke it"


RULES = (
    no_secret_is_written_down,
    each_function_has_its_own_role,
    each_function_has_a_log_that_expires,
    each_failed_event_is_kept,
    each_undelivered_alarm_is_kept,
    nothing_published_comes_back,
    roles_grant_nothing_broad,
    variables_set_are_variables_read,
    actions_granted_are_calls_made,
    alarms_can_publish,
    services_are_admitted_for_us_alone,
    buckets_keep_what_they_hold,
    a_first_installation_acts_on_nothing,
    subscriptions_may_invoke,
)


def findings(stack: Stack) -> list[str]:
    return [sentence for rule in RULES for sentence in rule(stack)]


# ---- Reading the template and the code


def package_of(function: dict[str, Any]) -> str:
    return Path(str(function.get("CodeUri", ""))).name


def read_template(path: Path) -> dict[str, Any]:
    from cfnlint.decode import decode

    template, problems = decode(str(path))
    if problems:
        sys.exit(f"{path}: {problems[0].message}")
    # Plain dictionaries instead of cfn-lint's, which carry line numbers.
    return json.loads(json.dumps(template))


def transform(raw: dict[str, Any]) -> dict[str, Any]:
    """The template after SAM's transform, as CloudFormation will see it."""
    from samtranslator.translator.transform import transform as sam_transform

    # It would otherwise tell at exit that nobody collected its usage metrics.
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")
    template = copy.deepcopy(raw)
    for resource in template["Resources"].values():
        if "CodeUri" in resource.get("Properties", {}):
            resource["Properties"]["CodeUri"] = "s3://packages/function.zip"
    defaults = {name: one["Default"] for name, one in template.get("Parameters", {}).items() if "Default" in one}
    return sam_transform(template, defaults, managed_policy_loader=None)


def production(path: Path) -> str:
    """A Rust file without its tests and comments."""
    code = path.read_text().split("#[cfg(test)]")[0]
    return re.sub(r"//.*", "", code)


def calls(folder: Path) -> frozenset[str]:
    code = [production(path) for path in sorted(folder.rglob("*.rs")) if "tests" not in (path.stem, path.parent.name)]
    return frozenset(re.findall(r"\.([a-z][a-z0-9_]*)\(\s*\)", "\n".join(code)))


def read_source(package: Path) -> Source:
    config = package / "src" / "config.rs"
    names = re.findall(r'"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"', production(config)) if config.exists() else None
    # Lambda itself sets these.
    ours = None if names is None else frozenset(name for name in names if not name.startswith(("AWS_", "LAMBDA_")))
    dependencies = (package / "Cargo.toml").read_text().split("[dev-dependencies]")[0]
    return Source(ours, calls(package / "src"), frozenset(re.findall(r"^aws-sdk-(\w+)", dependencies, re.MULTILINE)))


def operations(service: str, known: dict[str, frozenset[str]] = {}) -> frozenset[str]:  # noqa: B006, a cache on purpose
    """All operations of an AWS service, as the SDK names them."""
    if service not in known:
        import botocore.session
        from botocore import xform_name

        model = botocore.session.get_session().get_service_model(BOTOCORE_NAME.get(service, service))
        known[service] = frozenset(xform_name(name) for name in model.operation_names)
    return known[service]


def read_stack(template: Path) -> Stack:
    raw = read_template(template)
    packages = sorted(ROOT.glob("functions/*/Cargo.toml"))
    sources = {path.parent.name: read_source(path.parent) for path in packages}
    return Stack(raw, transform(raw), sources, read_source(ROOT / "shared"))


def lint(template: Path, *options: str) -> bool:
    command = [str(Path(sys.executable).parent / "cfn-lint"), "--template", str(template), *options]
    answer = subprocess.run(command, check=False, capture_output=True, text=True)
    print(answer.stdout + answer.stderr, end="")
    return answer.returncode == 0


def validate(template: Path) -> bool:
    stack = read_stack(template)
    with tempfile.TemporaryDirectory() as scratch:
        transformed = Path(scratch) / f"{template.stem}.transformed.json"
        transformed.write_text(json.dumps(stack.transformed, indent=1))
        linted = [
            lint(template, "--append-rules", "cfn_lint_serverless.rules", "--ignore-checks", *SERVERLESS_EXCEPTIONS),
            lint(transformed),
        ]
    found = findings(stack)
    for sentence in found:
        print(f"{template.relative_to(ROOT)}: {sentence}", file=sys.stderr)
    checked = f"{len(stack.raw['Resources'])} resources, {len(RULES)} rules"
    print(f"{template.relative_to(ROOT)}: {checked}, {len(found)} findings")
    return all(linted) and not found


def main() -> int:
    templates = [Path(name).resolve() for name in sys.argv[1:]] or sorted((ROOT / "infra").glob("*.yaml"))
    return 0 if all([validate(template) for template in templates]) else 1


if __name__ == "__main__":
    sys.exit(main())
