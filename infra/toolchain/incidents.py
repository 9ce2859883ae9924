"""For running incident-analyst by hand: fetches the reports that it wrote into the local cloud's state bucket.

Usage: .venv/bin/python infra/toolchain/incidents.py FOLDER     prints which file holds which object
(in the environment of `medic local`)
"""

from __future__ import annotations

import sys
from pathlib import Path

import boto3


def fetch(folder: str) -> None:
    s3, bucket = boto3.client("s3"), state_bucket()
    for written in s3.list_objects_v2(Bucket=bucket, Prefix="incidents/").get("Contents", []):
        # The keys are made of an incident's digits and of names of our own.
        file = Path(folder) / Path(written["Key"]).relative_to("incidents")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(s3.get_object(Bucket=bucket, Key=written["Key"])["Body"].read())
        print(f"s3://{bucket}/{written['Key']}: {file}")


def state_bucket() -> str:
    stacks = boto3.client("cloudformation").describe_stacks()["Stacks"]
    outputs = [one for stack in stacks for one in stack.get("Outputs", [])]
    names = [one["OutputValue"] for one in outputs if one["OutputKey"] == "StateBucketName"]
    return names[0] if names else sys.exit("no stack of the local cloud has an output StateBucketName")


if __name__ == "__main__":
    fetch(sys.argv[1])
