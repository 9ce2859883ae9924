"""Whether a resource's policy lets an AWS service act on it.

Replaces nothing: MiniStack has the evaluator, and uses it only with `AUTH=true`. AWS always does,
so a topic that refuses CloudWatch, or a function that never allowed SNS, must be found out here.
Does not: check identities. What a function's role allows is checked by MiniStack with `AUTH=true`.
"""

from __future__ import annotations

from selfcheck import Name

REQUIRED = [
    Name("core.iam_evaluator", "EvalContext"),
    Name(
        "core.iam_evaluator",
        "evaluate_resource_policy",
        "(doc, ctx, service=None, named_only=False, direct_only=False)",
    ),
    Name("core.responses", "get_account_id", "()"),
    Name("core.responses", "get_region", "()"),
]


def service_may(
    service: str,
    action: str,
    resource_arn: str,
    policy: str | dict,
    *,
    source_arn: str,
    context: dict[str, str] | None = None,
) -> bool:
    """`source_arn` is what the service acts for: the alarm, or the topic. `context` are further keys."""
    from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy
    from ministack.core.responses import get_account_id, get_region

    account = get_account_id()
    evaluated = EvalContext(
        # The service itself calls, not a principal of the account.
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource_arn,
        region=get_region(),
        # AWS services reach each other over TLS, whatever the local cloud itself speaks.
        secure_transport=True,
        service_context={
            "aws:sourcearn": source_arn,
            "aws:sourceaccount": account,
            "aws:sourceowner": account,
            **(context or {}),
        },
    )
    return evaluate_resource_policy(policy, evaluated, service=service).decision == "Allow"
