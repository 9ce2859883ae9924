"""EventBridge: the events of AWS's own services, and Lambda targets as AWS invokes them.

Replaces: `eventbridge._dispatch_to_lambda`; wraps `eventbridge._invoke_target`.
Why: MiniStack's services publish no events of their own, and it invokes a rule's function once, in
a thread of its own, so that a failed invocation is lost without a retry, and whether or not the
function lets EventBridge invoke it.
Does not: `DeadLetterConfig`, `RetryPolicy` and `RoleArn` of a target; duplicate deliveries.
"""

from __future__ import annotations

import contextvars
import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import lambdas
from selfcheck import Name

REQUIRED = [
    Name("services.eventbridge", "_put_events", "(data, allow_aws_source=False)"),
    Name("services.eventbridge", "_ensure_default_bus", "()"),
    Name("services.eventbridge", "_invoke_target", "(target, event, rule, view=None)"),
    Name("services.eventbridge", "_dispatch_to_lambda", "(arn, payload)"),
    Name("core.responses", "request_scope", "(account_id, region)"),
]

logger = logging.getLogger("overlay.events")

# The rule that is carried out: MiniStack does not hand it on to where the function is invoked.
_rule_arn: contextvars.ContextVar[str] = contextvars.ContextVar("rule_arn", default="")


def install() -> None:
    from ministack.services import eventbridge

    invoke_target = eventbridge._invoke_target

    def invoke(target: Any, event: Any, rule: dict[str, Any], view: Any = None) -> None:
        token = _rule_arn.set(rule.get("Arn", ""))
        try:
            invoke_target(target, event, rule, view)
        finally:
            _rule_arn.reset(token)

    eventbridge._invoke_target = invoke
    eventbridge._dispatch_to_lambda = _invoke_function


def publish(
    source: str,
    detail_type: str,
    detail: Mapping[str, Any],
    resources: Sequence[str],
    account: str,
    region: str,
) -> None:
    """Puts an event of an AWS service on the account's default bus; safe to call from any thread.

    `source` is `aws.ecs`, say. A rule's failure is logged and never reaches the caller: a service
    goes on whatever becomes of its events.
    """
    from ministack.core.responses import request_scope
    from ministack.services import eventbridge

    entry = {
        "Source": source,
        "DetailType": detail_type,
        "Detail": json.dumps(detail, separators=(",", ":"), ensure_ascii=False),
        "Resources": list(resources),
    }
    with request_scope(account, region):
        try:
            eventbridge._ensure_default_bus()
            eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
        except Exception:
            logger.exception("the event %s of %s is lost", detail_type, source)


def _invoke_function(arn: str, payload: str) -> None:
    from ministack.services import lambda_svc

    rule_arn = _rule_arn.get()
    func, config, name = lambda_svc._get_func_record_for_ref(arn)
    if not func or not config:
        logger.warning("rule %s could not invoke %s: there is no such function", rule_arn, name)
    elif not lambdas.may_invoke("events.amazonaws.com", arn, rule_arn):
        logger.warning("rule %s could not invoke %s: its policy refuses", rule_arn, name)
    else:
        record = lambda_svc._execution_record_for_config(func, config)
        lambdas.invoke_asynchronously(record, json.loads(payload))
