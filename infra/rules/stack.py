"""The template as the rules look at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .source import Source


@dataclass(frozen=True)
class Stack:
    raw: dict[str, Any]
    transformed: dict[str, Any]
    sources: dict[str, Source]
    shared: Source
    # Of each function, its settings for running it by hand: infra/local/env/<function>.json.
    by_hand: dict[str, dict[str, str]] = field(default_factory=dict)
    # What restarts a container, as it lies beside its script: infra/host/restart-container.yaml.
    document: dict[str, Any] | None = None

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

    def heard(self, function: dict[str, Any]) -> set[str | None]:
        """The topics that the function is subscribed to; None among them for one from elsewhere."""
        events = [one["Properties"] for one in function.get("Events", {}).values() if one["Type"] == "SNS"]
        return {self.referred(one["Topic"], "AWS::SNS::Topic") for one in events}

    def failure_queue(self, function: dict[str, Any]) -> str | None:
        """Where Lambda sends the events that the function failed on."""
        on_failure = function.get("EventInvokeConfig", {}).get("DestinationConfig", {}).get("OnFailure", {})
        return self.referred(on_failure.get("Destination"), "AWS::SQS::Queue")

    def uploads(self, function: dict[str, Any]) -> Iterator[tuple[str, str | None, list[str]]]:
        """Of each S3 trigger of the function: its name, the bucket, and the prefixes that it is restricted to."""
        for event, trigger in function.get("Events", {}).items():
            if trigger["Type"] == "S3":
                properties = trigger["Properties"]
                filters = properties.get("Filter", {}).get("S3Key", {}).get("Rules", [])
                prefixes = [one["Value"] for one in filters if one["Name"] == "prefix"]
                yield event, self.referred(properties["Bucket"], "AWS::S3::Bucket"), prefixes

    def bucket_arns(self, bucket: str) -> list[str]:
        """The ARN of a bucket, as `!Sub` spells it: by reference, and by name where the template gives one."""
        name = self.raw["Resources"][bucket].get("Properties", {}).get("BucketName", {})
        named = [f"arn:${{AWS::Partition}}:s3:::{name['Fn::Sub']}"] if isinstance(name, dict) and "Fn::Sub" in name else []
        return [f"${{{bucket}.Arn}}", *named]

    def actions(self, function: dict[str, Any]) -> set[str]:
        return {action for grant in self.grants(function) for action in items(grant.get("Action"))}


def package_of(function: dict[str, Any]) -> str:
    return Path(str(function.get("CodeUri", ""))).name


def items(value: Any) -> list[Any]:
    """One or many, as IAM allows both; both branches of an `!If`."""
    if isinstance(value, dict) and "Fn::If" in value:
        return [one for branch in value["Fn::If"][1:] for one in items(branch)]
    if value is None or value == {"Ref": "AWS::NoValue"}:
        return []
    return [one for part in value for one in items(part)] if isinstance(value, list) else [value]


def arn_text(value: Any) -> str | None:
    """An ARN as `!Sub` spells it, also if it is that of a resource as a whole."""
    if not isinstance(value, dict):
        return None
    attribute = value.get("Fn::GetAtt")
    if attribute is not None:
        return f"${{{attribute if isinstance(attribute, str) else '.'.join(attribute)}}}"
    text = value.get("Fn::Sub")
    return text if isinstance(text, str) else None


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


def admits(stack: Stack, kind: str, targets: str, resource: str, service: str) -> bool:
    """Whether a policy of that type, attached to the resource, allows the service in."""
    for _, policy in stack.of_type(kind):
        attached = {stack.referred(one, kind.removesuffix("Policy")) for one in items(policy[targets])}
        for statement in statements(policy["PolicyDocument"]):
            allowed = statement["Effect"] == "Allow" and isinstance(statement["Principal"], dict)
            if resource in attached and allowed and service in items(statement["Principal"].get("Service")):
                return True
    return False
