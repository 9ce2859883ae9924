"""S3 buckets made by CloudFormation: lifecycle rules and default encryption.

Replaces: extends `provisioners._S3_BUCKET_CONFIGURATIONS`, the table of bucket properties that
MiniStack's CloudFormation applies.
Why: it drops both properties without a word, so a template test could not read them back.
Does not: carry the rules out (nothing expires or is moved here); tag filters and size filters in
lifecycle rules make the stack fail with a message rather than being dropped.
"""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from selfcheck import Name

REQUIRED = [
    Name("services.cloudformation.provisioners", "_S3_BUCKET_CONFIGURATIONS"),
    Name(
        "services.cloudformation.provisioners",
        "_s3_apply_configurations",
        "(name, props, old_props=None)",
    ),
    Name("services.s3", "_put_bucket_lifecycle", "(name, body)"),
    Name("services.s3", "_delete_bucket_lifecycle", "(name)"),
    Name("services.s3", "_put_bucket_encryption", "(name, body)"),
    Name("services.s3", "_delete_bucket_encryption", "(name)"),
]

_CARRIED_RULE_PROPERTIES = {
    "Id",
    "Status",
    "Prefix",
    "ExpirationInDays",
    "ExpiredObjectDeleteMarker",
    "NoncurrentVersionExpiration",
    "AbortIncompleteMultipartUpload",
    "Transitions",
}


def install() -> None:
    from ministack.services import s3
    from ministack.services.cloudformation import provisioners

    provisioners._S3_BUCKET_CONFIGURATIONS += (
        (
            "LifecycleConfiguration",
            lifecycle_xml,
            s3._put_bucket_lifecycle,
            s3._delete_bucket_lifecycle,
        ),
        (
            "BucketEncryption",
            encryption_xml,
            s3._put_bucket_encryption,
            s3._delete_bucket_encryption,
        ),
    )


def lifecycle_xml(configuration: dict[str, Any]) -> bytes:
    root = Element("LifecycleConfiguration")
    for rule in configuration.get("Rules") or []:
        unknown = sorted(set(rule) - _CARRIED_RULE_PROPERTIES)
        if unknown:
            raise ValueError(f"the local cloud does not carry lifecycle rules with {unknown}")
        _add_rule(SubElement(root, "Rule"), rule)
    return tostring(root, encoding="utf-8")


def _add_rule(element: Element, rule: dict[str, Any]) -> None:
    if rule.get("Id"):
        SubElement(element, "ID").text = rule["Id"]
    SubElement(element, "Status").text = rule["Status"]
    SubElement(SubElement(element, "Filter"), "Prefix").text = rule.get("Prefix") or ""
    if "ExpirationInDays" in rule or "ExpiredObjectDeleteMarker" in rule:
        expiration = SubElement(element, "Expiration")
        _add_value(expiration, "Days", rule.get("ExpirationInDays"))
        _add_value(expiration, "ExpiredObjectDeleteMarker", rule.get("ExpiredObjectDeleteMarker"))
    for transition in rule.get("Transitions") or []:
        child = SubElement(element, "Transition")
        _add_value(child, "Days", transition.get("TransitionInDays"))
        _add_value(child, "StorageClass", transition["StorageClass"])
    for name in ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"):
        if name in rule:
            child = SubElement(element, name)
            for key, value in rule[name].items():
                _add_value(child, key, value)


def _add_value(element: Element, name: str, value: object) -> None:
    if value is not None:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        SubElement(element, name).text = text


def encryption_xml(configuration: dict[str, Any]) -> bytes:
    root = Element("ServerSideEncryptionConfiguration")
    for rule in configuration.get("ServerSideEncryptionConfiguration") or []:
        element = SubElement(root, "Rule")
        default = SubElement(element, "ApplyServerSideEncryptionByDefault")
        for key, value in (rule.get("ServerSideEncryptionByDefault") or {}).items():
            _add_value(default, key, value)
        _add_value(element, "BucketKeyEnabled", rule.get("BucketKeyEnabled"))
    return tostring(root, encoding="utf-8")
