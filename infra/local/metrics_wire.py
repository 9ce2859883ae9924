"""CloudWatch's three protocols, for the operations that the overlay answers itself.

Replaces nothing itself. MiniStack decodes CBOR and JSON; the Query protocol's flat names become
the same nested request here, and one answer becomes the bytes of whichever protocol was spoken.
Why: MiniStack writes each operation's answer three times, and not every field in each of them.
Does not: check types; an operation reads the members it knows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from xml.sax.saxutils import escape

from selfcheck import Name

REQUIRED = [
    Name("services.cloudwatch", "_cbor_ok", "(data)"),
    Name("services.cloudwatch", "_xml", "(status, root_tag, inner)"),
    Name(
        "services.cloudwatch",
        "_error",
        "(code, message, status, use_json=False, use_cbor=False)",
    ),
    Name("services.cloudwatch", "_parse_ts", "(value)"),
]

Response = tuple[int, dict[str, str], bytes]


class Moment(float):
    """A time in an answer, in seconds since the epoch: each protocol writes it its own way."""


@dataclass(frozen=True)
class Wire:
    """How this request was spoken: the last two arguments of MiniStack's handlers."""

    is_cbor: bool
    is_json: bool

    def error(self, code: str, message: str, status: int = 400) -> Response:
        from ministack.services import cloudwatch

        return cloudwatch._error(
            code, message, status, use_json=self.is_json, use_cbor=self.is_cbor
        )

    def answer(self, operation: str, result: Mapping[str, Any]) -> Response:
        from ministack.services import cloudwatch

        if self.is_cbor:
            return cloudwatch._cbor_ok(_for_cbor(result))
        if self.is_json:
            return 200, {"Content-Type": "application/json"}, json.dumps(_bare(result)).encode()
        inner = f"<{operation}Result>{_for_xml(result)}</{operation}Result>"
        return cloudwatch._xml(200, f"{operation}Response", inner)


def request(params: Mapping[str, Any], data: Mapping[str, Any], wire: Wire) -> Mapping[str, Any]:
    """The request's members, whatever it was spoken in."""
    return data if wire.is_cbor or wire.is_json else nested(params)


def nested(params: Mapping[str, Any]) -> dict[str, Any]:
    """`{"A.member.1.B": ["x"]}` becomes `{"A": [{"B": "x"}]}`."""
    tree: dict[str, Any] = {}
    for name, value in params.items():
        *parents, last = name.split(".")
        node = tree
        for parent in parents:
            node = node.setdefault(parent, {})
            if not isinstance(node, dict):
                break
        else:
            node[last] = value[0] if isinstance(value, list) else value
    return _lists(tree)


def _lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if set(node) == {"member"} and isinstance(node["member"], dict):
        numbered = sorted(node["member"].items(), key=lambda item: int(item[0]))
        return [_lists(value) for _, value in numbered]
    return {name: _lists(value) for name, value in node.items()}


def boolean(value: Any, default: bool) -> bool:
    """The Query protocol spells truth as text."""
    if value is None or value == "":
        return default
    return value.lower() == "true" if isinstance(value, str) else bool(value)


def moment(value: Any) -> float | None:
    from ministack.services import cloudwatch

    return cloudwatch._parse_ts(value)


def iso(epoch: float) -> str:
    when = datetime.fromtimestamp(epoch, tz=timezone.utc)
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"


def _for_cbor(value: Any) -> Any:
    import cbor2

    if isinstance(value, Moment):
        return cbor2.CBORTag(1, float(value))
    if isinstance(value, Mapping):
        return {name: _for_cbor(member) for name, member in value.items() if member is not None}
    if isinstance(value, (list, tuple)):
        return [_for_cbor(member) for member in value]
    return value


def _bare(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _bare(member) for name, member in value.items() if member is not None}
    if isinstance(value, (list, tuple)):
        return [_bare(member) for member in value]
    return float(value) if isinstance(value, Moment) else value


def _for_xml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "".join(
            f"<{name}>{_for_xml(member)}</{name}>"
            for name, member in value.items()
            if member is not None
        )
    if isinstance(value, (list, tuple)):
        return "".join(f"<member>{_for_xml(member)}</member>" for member in value)
    if isinstance(value, Moment):
        return iso(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(str(value))
