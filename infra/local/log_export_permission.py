"""Whether CloudWatch Logs may write to the bucket of an export task.

Replaces nothing.
Why: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3ExportTasks.html: the bucket's
policy has to let `logs.<region>.amazonaws.com` do `s3:GetBucketAcl` and `s3:PutObject`, and
whoever asks for the task needs `s3:PutObject` as well. The texts are those that people quote from
AWS, but for that of a wrong region.
Does not: check callers that are not functions; keys of KMS; Object Lock.
"""

from __future__ import annotations

import calls
import resource_policies
from log_errors import LogsError
from selfcheck import Name

REQUIRED = [
    Name("services.s3", "_bucket_policies.get", "(key, default=None)"),
    Name("services.s3", "bucket_region", "(name)"),
]

_REFUSED = (
    "{call} call on the given bucket failed. Please check if CloudWatch Logs has been granted "
    "permission to perform this operation."
)


def check(bucket: str, prefix: str, group: str, access_key: str) -> None:
    from ministack.core.responses import get_account_id, get_region
    from ministack.services import s3

    region = get_region()
    found = s3.bucket_region(bucket)
    if found is None:
        text = "The given bucket does not exist. Please check the given bucket name and try again."
        raise LogsError("InvalidParameterException", text)
    if found != region:
        text = "The bucket must be in the same region as the log group."
        raise LogsError("InvalidParameterException", text)
    source = f"arn:aws:logs:{region}:{get_account_id()}:log-group:{group}"
    written = f"arn:aws:s3:::{bucket}/{prefix}/aws-logs-write-test"
    policy = s3._bucket_policies.get(bucket)
    for action, resource in (
        ("s3:GetBucketAcl", f"arn:aws:s3:::{bucket}"),
        ("s3:PutObject", written),
    ):
        if not (policy and _may(region, action, resource, policy, source)):
            text = _REFUSED.format(call=action.removeprefix("s3:"))
            raise LogsError("InvalidParameterException", text)
    if calls.is_function_refused(access_key, "s3:PutObject", written):
        text = (
            "Please ensure that the CreateExportTask caller has been granted s3:PutObject access "
            "to the bucket."
        )
        raise LogsError("InvalidParameterException", text)


def _may(region: str, action: str, resource: str, policy: str, source: str) -> bool:
    """In a policy the service is `logs.<region>.amazonaws.com`; also `logs.amazonaws.com` works."""
    return any(
        resource_policies.service_may(
            service,
            action,
            resource,
            policy,
            source_arn=source,
            context={"s3:x-amz-acl": "bucket-owner-full-control"},
        )
        for service in (f"logs.{region}.amazonaws.com", "logs.amazonaws.com")
    )
