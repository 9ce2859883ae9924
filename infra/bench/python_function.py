"""The function's like in Python, as far as its start goes: the same clients, and then the first poll.

It reads no playbook and checks no setting, and it polls with the standard library instead of Lambda's own runtime client,
so it starts sooner than a real one would.
"""

from __future__ import annotations

import http.client
import os

import boto3

CLIENTS = {name: boto3.client(name) for name in ("cloudwatch", "ecs", "s3", "sesv2", "sns")}


def main() -> None:
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    connection.request("GET", "/2018-06-01/runtime/invocation/next")
    connection.getresponse()


if __name__ == "__main__":
    main()
