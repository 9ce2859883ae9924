"""For running a function by hand: fetches what it wrote into a bucket of the local cloud.

Usage: .venv/bin/python infra/toolchain/written.py OUTPUT PREFIX FOLDER     prints which file holds which object
(in the environment of `medic local`; OUTPUT is the stack's output that names the bucket, such as StateBucketName)
"""

from __future__ import annotations

import sys
from pathlib import Path

import boto3


def fetch(output: str, prefix: str, folder: str) -> None:
    s3, bucket = boto3.client("s3"), bucket_of(output)
    for written in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", []):
        # The functions make keys of letters that are harmless in a path, and this machine's bucket holds nobody else's.
        file = Path(folder) / Path(written["Key"]).relative_to(prefix or ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(s3.get_object(Bucket=bucket, Key=written["Key"])["Body"].read())
        print(f"s3://{bucket}/{written['Key']}: {file}")


def bucket_of(output: str) -> str:
    stacks = boto3.client("cloudformation").describe_stacks()["Stacks"]
    outputs = [one for stack in stacks for one in stack.get("Outputs", [])]
    names = [one["OutputValue"] for one in outputs if one["OutputKey"] == output]
    return names[0] if names else sys.exit(f"no stack of the local cloud has an output {output}")


if __name__ == "__main__":
    fetch(*sys.argv[1:])
