"""The documents of an account and region, and the API on them.

Replaces nothing of MiniStack, which answers InvalidAction.
Does: CreateDocument, UpdateDocument, UpdateDocumentDefaultVersion, DescribeDocument, GetDocument
and DeleteDocument. `AWS-RunShellScript` is there from the start; `AWS-RestartEC2Instance` is known
to `ssm_automation`.
Does not: sharing, attachments, reviews, version names, tags; ListDocuments. A document is Active at
once, where AWS takes a moment (CreateDocument says Creating, as there).
"""

from __future__ import annotations

import json
from typing import Any

import ssm_documents
from ssm_documents import Document
from ssm_errors import SsmError

_RUN_SHELL_SCRIPT = {
    "schemaVersion": "2.2",
    "description": "Run a shell script or specify the commands to run.",
    "parameters": {
        "commands": {"type": "StringList", "minItems": 1},
        "workingDirectory": {"type": "String", "default": "", "maxChars": 4096},
        "executionTimeout": {"type": "String", "default": "3600"},
    },
    "mainSteps": [
        {
            "action": "aws:runShellScript",
            "name": "runShellScript",
            "inputs": {
                "runCommand": "{{ commands }}",
                "workingDirectory": "{{ workingDirectory }}",
                "timeoutSeconds": "{{ executionTimeout }}",
            },
        }
    ],
}

_OWNED_BY_AWS = {
    "AWS-RunShellScript": Document(
        "AWS-RunShellScript", "Command", "JSON", json.dumps(_RUN_SHELL_SCRIPT), _RUN_SHELL_SCRIPT
    )
}

_Key = tuple[str, str, str]
"""Account, region and name."""

# Versions, oldest first, and the number of the default one.
_versions: dict[_Key, list[Document]] = {}
_default: dict[_Key, int] = {}


def reset() -> None:
    _versions.clear()
    _default.clear()


def find(name: str, version: str = "$DEFAULT") -> Document:
    """By name or ARN."""
    found = _OWNED_BY_AWS.get(_bare(name))
    if found is not None:
        return found
    versions = _versions.get(_key(name))
    if not versions:
        raise SsmError("InvalidDocument", f"Document with name {_bare(name)[:128]} does not exist.")
    if version == "$LATEST":
        return versions[-1]
    wanted = _default[_key(name)] if version == "$DEFAULT" else version
    for document in versions:
        if str(document.version) == str(wanted):
            return document
    raise SsmError("InvalidDocumentVersion", "The document version isn't valid or doesn't exist.")


def create(data: dict[str, Any]) -> dict[str, Any]:
    document = ssm_documents.parse(
        data.get("Name", ""),
        data.get("DocumentType") or "Command",
        data.get("DocumentFormat") or "JSON",
        data.get("Content", ""),
    )
    key = _key(document.name)
    if key in _versions:
        text = f"Document with same name {document.name} already exists"
        raise SsmError("DocumentAlreadyExists", text)
    _versions[key], _default[key] = [document], 1
    return {"DocumentDescription": {**_description(document), "Status": "Creating"}}


def update(data: dict[str, Any]) -> dict[str, Any]:
    old = find(data.get("Name", ""), "$LATEST")
    key = _key(old.name)
    if key not in _versions:
        raise SsmError("InvalidDocumentOperation", "a document of AWS's own cannot be changed")
    if data.get("DocumentVersion", "$LATEST") not in ("$LATEST", str(old.version)):
        text = "The document version isn't valid or doesn't exist."
        raise SsmError("InvalidDocumentVersion", text)
    format = data.get("DocumentFormat") or "JSON"
    new = ssm_documents.parse(
        old.name, old.type, format, data.get("Content", ""), old.version + 1
    )
    if new.hash == old.hash:
        text = "The content of the association document matches another document."
        raise SsmError("DuplicateDocumentContent", text)
    _versions[key].append(new)
    return {"DocumentDescription": {**_description(new), "Status": "Updating"}}


def set_default(data: dict[str, Any]) -> dict[str, Any]:
    document = find(data.get("Name", ""), data.get("DocumentVersion", ""))
    _default[_key(document.name)] = document.version
    return {"Description": {"Name": document.name, "DefaultVersion": str(document.version)}}


def describe(data: dict[str, Any]) -> dict[str, Any]:
    document = find(data.get("Name", ""), data.get("DocumentVersion") or "$DEFAULT")
    return {"Document": _description(document)}


def get(data: dict[str, Any]) -> dict[str, Any]:
    document = find(data.get("Name", ""), data.get("DocumentVersion") or "$DEFAULT")
    wanted = data.get("DocumentFormat") or document.format
    content = document.content if wanted == document.format else json.dumps(document.body)
    return {
        "Name": document.name,
        "CreatedDate": document.created,
        "DocumentVersion": str(document.version),
        "Status": "Active",
        "Content": content,
        "DocumentType": document.type,
        "DocumentFormat": wanted,
    }


def delete(data: dict[str, Any]) -> dict[str, Any]:
    key = _key(find(data.get("Name", "")).name)
    _versions.pop(key, None)
    _default.pop(key, None)
    return {}


def _description(document: Document) -> dict[str, Any]:
    from ministack.core.responses import get_account_id

    key = _key(document.name)
    is_ours = key in _versions
    return {
        "Hash": document.hash,
        "HashType": "Sha256",
        "Name": document.name,
        "Owner": get_account_id() if is_ours else "Amazon",
        "CreatedDate": document.created,
        "Status": "Active",
        "DocumentVersion": str(document.version),
        "Description": str(document.body.get("description") or ""),
        "Parameters": [
            {
                "Name": name,
                "Type": definition["type"],
                "Description": str(definition.get("description") or ""),
                **_default_value(definition),
            }
            for name, definition in document.parameters.items()
        ],
        "PlatformTypes": ["Linux"],
        "DocumentType": document.type,
        "SchemaVersion": document.body["schemaVersion"],
        "LatestVersion": str(_versions[key][-1].version if is_ours else 1),
        "DefaultVersion": str(_default[key] if is_ours else 1),
        "DocumentFormat": document.format,
        "Tags": [],
    }


def _default_value(definition: dict[str, Any]) -> dict[str, str]:
    return {"DefaultValue": _text(definition["default"])} if "default" in definition else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _bare(name: Any) -> str:
    return name.rpartition("/")[2] if isinstance(name, str) else ""


def _key(name: str) -> _Key:
    from ministack.core.responses import get_account_id, get_region

    return get_account_id(), get_region(), _bare(name)
