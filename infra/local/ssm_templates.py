"""`AWS::SSM::Document` in CloudFormation templates.

Replaces nothing; adds the type to `provisioners._RESOURCE_HANDLERS`.
Why: MiniStack does not know it, and lambda-medic's template has one. `Ref` is the document's name.
As on AWS, changed content is a replacement under another generated name, which a document that has
a name in the template cannot have; with `UpdateMethod: NewVersion` it is a new default version.
Does not: `Attachments`, `Requires`, `Tags`, `TargetType`, `VersionName` are dropped.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import ssm_document_store
from selfcheck import Name
from ssm_errors import SsmError

REQUIRED = [
    Name("services.cloudformation.provisioners", "_RESOURCE_HANDLERS"),
    Name(
        "services.cloudformation.provisioners",
        "_physical_name",
        "(stack_name, logical_id, *, lowercase=False, max_len=128, seeded=True)",
    ),
]

_DOCUMENT = "AWS::SSM::Document"


def install() -> None:
    from ministack.services.cloudformation import provisioners

    provisioners._RESOURCE_HANDLERS[_DOCUMENT] = {
        "create": _create,
        "update": _update,
        "update_with_logical_id": True,
        "delete": _delete,
    }


def _create(logical_id: str, props: Mapping[str, Any], stack_name: str) -> Any:
    from ministack.services.cloudformation import provisioners

    name = props.get("Name") or provisioners._physical_name(stack_name, logical_id)
    _do(ssm_document_store.create, {**_request(props), "Name": name})
    return name, {}


def _update(
    physical_id: str,
    old_props: Mapping[str, Any],
    new_props: Mapping[str, Any],
    stack_name: str,
    logical_id: str | None = None,
) -> Any:
    name = new_props.get("Name")
    if _request(old_props) == _request(new_props) and old_props.get("Name") == name:
        return physical_id, {}
    if new_props.get("UpdateMethod") == "NewVersion" and name in (None, physical_id):
        request = {**_request(new_props), "Name": physical_id, "DocumentVersion": "$LATEST"}
        updated = _do(ssm_document_store.update, request)["DocumentDescription"]
        version = {"Name": physical_id, "DocumentVersion": updated["DocumentVersion"]}
        _do(ssm_document_store.set_default, version)
        return physical_id, {}
    if name == physical_id:
        raise ValueError(
            "CloudFormation cannot update a stack when a custom-named resource requires "
            f"replacing. Rename {physical_id} and update the stack again."
        )
    if name is None:
        # A replacement gets another name; what was there goes first here, and last on AWS.
        base, _, suffix = physical_id.rpartition("-")
        name = f"{base}-{suffix[:-1]}{'A' if suffix[-1:] != 'A' else 'B'}"
    _do(ssm_document_store.create, {**_request(new_props), "Name": name})
    _delete(physical_id, old_props)
    return name, {}


def _delete(physical_id: str, props: Mapping[str, Any]) -> None:
    try:
        ssm_document_store.delete({"Name": physical_id})
    except SsmError:
        pass  # it is gone already


def _request(props: Mapping[str, Any]) -> dict[str, Any]:
    content, format = props.get("Content"), props.get("DocumentFormat") or "JSON"
    if not isinstance(content, str):
        # An object in the template reaches SSM as JSON, whatever the format says.
        content, format = json.dumps(content), "JSON"
    type = props.get("DocumentType") or "Command"
    return {"Content": content, "DocumentType": type, "DocumentFormat": format}


def _do(operation: Any, request: dict[str, Any]) -> Any:
    try:
        return operation(request)
    except SsmError as error:
        raise ValueError(f"{_DOCUMENT}: {error}") from None
