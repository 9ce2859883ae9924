"""Systems Manager: which operations the overlay answers.

Replaces: wraps `ssm.handle_request` and `ssm.reset`. Parameter Store stays MiniStack's, which does
what is needed of it (PutParameter, GetParameter with SecureString and WithDecryption).
Why: MiniStack runs commands only with a container engine, and has no documents and no automation.
Does not: see the modules of the operations.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import ssm_automation
import ssm_commands
import ssm_document_store
import ssm_lists
from selfcheck import Name
from ssm_errors import SsmError

REQUIRED = [
    Name("services.ssm", "handle_request", "(method, path, headers, body, query_params)"),
    Name("services.ssm", "reset", "()"),
    Name("services.ec2", "_instances.get", "(key, default=None)"),
    Name("core.responses", "get_account_id", "()"),
    Name("core.responses", "get_region", "()"),
]

_OPERATIONS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "CreateDocument": ssm_document_store.create,
    "UpdateDocument": ssm_document_store.update,
    "UpdateDocumentDefaultVersion": ssm_document_store.set_default,
    "DescribeDocument": ssm_document_store.describe,
    "GetDocument": ssm_document_store.get,
    "DeleteDocument": ssm_document_store.delete,
    "SendCommand": ssm_commands.send,
    "GetCommandInvocation": ssm_commands.get_invocation,
    "ListCommands": ssm_lists.list_commands,
    "DescribeInstanceInformation": ssm_lists.describe_instances,
    "StartAutomationExecution": ssm_automation.start,
    "GetAutomationExecution": ssm_automation.get,
}

_JSON = {"Content-Type": "application/x-amz-json-1.1"}

logger = logging.getLogger("overlay.ssm")


def install() -> None:
    from ministack.services import ssm

    handle_request, reset = ssm.handle_request, ssm.reset

    async def handle(method: str, path: str, headers: Any, body: Any, query_params: Any) -> Any:
        operation = _OPERATIONS.get(headers.get("x-amz-target", "").rpartition(".")[2])
        if operation is None:
            return await handle_request(method, path, headers, body, query_params)
        return answer(operation, body)

    def reset_all() -> None:
        for part in (ssm_automation, ssm_commands, ssm_document_store):
            part.reset()
        reset()

    ssm.handle_request = handle
    ssm.reset = reset_all


def answer(
    operation: Callable[[dict[str, Any]], dict[str, Any]], body: bytes
) -> tuple[int, dict[str, str], bytes]:
    try:
        data = json.loads(body or b"{}")
        if not isinstance(data, dict):
            raise SsmError("SerializationException", "the request is no object")
        return 200, dict(_JSON), json.dumps(operation(data)).encode()
    except SsmError as error:
        return _error(400, error.code, error.message)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        return _error(400, "SerializationException", "the request is no JSON")
    except (AttributeError, KeyError, TypeError) as error:
        # A member of another type than the API's model has; SDKs cannot send that.
        logger.warning("a request that the API's model does not allow: %r", error)
        return _error(400, "SerializationException", "the request does not fit the API's model")


def _error(status: int, code: str, message: str) -> tuple[int, dict[str, str], bytes]:
    headers = {**_JSON, "x-amzn-ErrorType": code}
    return status, headers, json.dumps({"__type": code, "Message": message}).encode()
