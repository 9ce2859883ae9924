"""For running ci-log-analyzer by hand: puts the logs that a sample event is about into the local cloud's bucket, and fetches
what the function wrote about them.

Usage: .venv/bin/python infra/toolchain/ci_logs.py seed EVENT_FILE     prints the event, about what was just put there
       .venv/bin/python infra/toolchain/ci_logs.py fetch FOLDER        prints which file holds which analysis
(in the environment of `medic local`; seeding takes away the bucket's notifications, so that the invocation by hand is the one
that does the work)
"""

from __future__ import annotations

import copy
import gzip
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import boto3

LOGS = Path(__file__).resolve().parents[2] / "events" / "ci-log-analyzer"

# Puts a log under a key; the answer is S3's.
Put = Callable[[str], dict[str, Any]]


def seeded(event: dict[str, Any], bucket: str, put: Put) -> dict[str, Any]:
    """The event, about the bucket that there is and the versions that were put there."""
    event = copy.deepcopy(event)
    if "key" in event:
        put(event["key"])
        event["bucket"] = bucket
    if "Bucket" in event:
        event["Bucket"] = bucket
    for record in event.get("Records", []):
        record["s3"]["bucket"].update(name=bucket, arn=f"arn:aws:s3:::{bucket}")
        if record["eventName"].startswith("ObjectCreated"):
            stored = put(unquote_plus(record["s3"]["object"]["key"]))
            record["s3"]["object"].update(
                versionId=stored["VersionId"], eTag=stored["ETag"].strip('"'), size=stored["Size"]
            )
    return event


def log_for(key: str) -> bytes:
    log = (LOGS / ("passed.log" if key.startswith("passing/") else "failed.log")).read_bytes()
    return gzip.compress(log, mtime=0) if key.endswith(".gz") else log


def seed(file: str) -> None:
    s3, bucket = boto3.client("s3"), logs_bucket()
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})

    def put(key: str) -> dict[str, Any]:
        log = log_for(key)
        return {**s3.put_object(Bucket=bucket, Key=key, Body=log), "Size": len(log)}

    print(json.dumps(seeded(json.loads(Path(file).read_text()), bucket, put)))


def fetch(folder: str) -> None:
    s3, bucket = boto3.client("s3"), logs_bucket()
    for prefix in ("analysis/", "baselines/"):
        for written in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", []):
            # The function makes keys of letters that are harmless in a path, and this machine's bucket holds nobody else's.
            file = Path(folder) / Path(written["Key"]).relative_to(".")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(s3.get_object(Bucket=bucket, Key=written["Key"])["Body"].read())
            print(f"s3://{bucket}/{written['Key']}: {file}")


def logs_bucket() -> str:
    stacks = boto3.client("cloudformation").describe_stacks()["Stacks"]
    outputs = [one for stack in stacks for one in stack.get("Outputs", [])]
    names = [one["OutputValue"] for one in outputs if one["OutputKey"] == "CiLogsBucketName"]
    return names[0] if names else sys.exit("no stack of the local cloud has an output CiLogsBucketName")


if __name__ == "__main__":
    {"seed": seed, "fetch": fetch}[sys.argv[1]](sys.argv[2])
