"""S3 telling a function of new objects, as AWS lets it.

Replaces: `s3._deliver_event_to_lambda`; wraps `s3._validate_notification_configs`.
Why: MiniStack invokes a function whose policy never let S3 in, and takes a notification to it; AWS
refuses the notification then, so that a template which forgets the permission, or makes it too
late, does not deploy.
Does not: deliver an event twice, late or out of order, as AWS may; send `s3:TestEvent` to functions
(neither does AWS); check access to the bucket, or keys that objects are encrypted with.
"""

from __future__ import annotations

import logging
from typing import Any

import lambdas
from selfcheck import Name

REQUIRED = [
    Name("services.s3", "_deliver_event_to_lambda", "(arn, event_payload, bucket_region)"),
    Name(
        "services.s3",
        "_validate_notification_configs",
        "(configs, bucket_region, bucket_name='', skip_destination_validation=False)",
    ),
    Name("services.s3", "_invalid_notification_config", "(message)"),
    Name("services.lambda_svc", "_get_func_record_for_ref", "(function_ref)"),
    Name("services.lambda_svc", "_execution_record_for_config", "(func, config)"),
]

S3 = "s3.amazonaws.com"

logger = logging.getLogger("overlay.bucket_events")


def install() -> None:
    from ministack.services import s3

    validate = s3._validate_notification_configs

    def validated(
        configs: list[dict[str, Any]],
        bucket_region: str,
        bucket_name: str = "",
        skip_destination_validation: bool = False,
    ) -> Any:
        refusal = validate(configs, bucket_region, bucket_name, skip_destination_validation)
        if refusal or skip_destination_validation:
            return refusal
        targets = [config["arn"] for config in configs if config["type"] == "lambda"]
        closed = [arn for arn in targets if not is_open(arn, bucket_name)]
        if closed:
            return s3._invalid_notification_config(
                f"Unable to validate the following destination configurations: {', '.join(closed)}"
            )
        return None

    s3._validate_notification_configs = validated
    s3._deliver_event_to_lambda = deliver


def is_open(function_arn: str, bucket: str) -> bool:
    return lambdas.may_invoke(S3, function_arn, f"arn:aws:s3:::{bucket}")


def deliver(arn: str, event_payload: dict[str, Any], bucket_region: str) -> None:
    from ministack.services import lambda_svc

    (record,) = event_payload["Records"]
    func, config, name = lambda_svc._get_func_record_for_ref(arn)
    if not func or not config or not is_open(arn, record["s3"]["bucket"]["name"]):
        logger.warning("S3 could not invoke %s: it is gone, or does not let S3 invoke it", name)
        return
    record_of_function = lambda_svc._execution_record_for_config(func, config)
    lambdas.invoke_asynchronously(record_of_function, event_payload)
