"""For tests: a started cloud, a small program for its tasks, and a shop of them.

The program is this file itself, run with `PORT` in its environment.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

Found = TypeVar("Found")

# A busy machine may take several times what a quiet one does.
WITHIN_SECONDS = 40.0


class StartedCloud:
    """The real server in a process of its own, with AWS clients for it."""

    def __init__(self, test: unittest.TestCase, **settings: str) -> None:
        directory = Path(test.enterContext(tempfile.TemporaryDirectory()))
        program = directory / "program"
        program.write_text(f"#!{sys.executable}\n{Path(__file__).read_text()}")
        program.chmod(0o755)
        images = json.dumps({"example.com:5000/shop/checkout": str(program)})
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("cloud.py"))],
            env={"PATH": os.environ["PATH"], "ECS_LOCAL_IMAGES": images, **settings},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        test.addCleanup(self._stop)
        assert self.process.stdout is not None
        self.endpoint = json.loads(self.process.stdout.readline())["endpoint"]
        self._test = test

    def _stop(self) -> None:
        self.process.kill()
        self.process.communicate()

    def client(self, service: str, region: str = "eu-west-1") -> Any:
        import boto3

        client = boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=region,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        self._test.addCleanup(client.close)
        return client

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.endpoint}{path}", timeout=10) as response:
            return json.load(response)

    def post(self, path: str, value: Any = None) -> Any:
        body = b"" if value is None else json.dumps(value).encode()
        request = urllib.request.Request(f"{self.endpoint}{path}", data=body, method="POST")
        with urllib.request.urlopen(request, timeout=30) as response:
            answer = response.read()
        return json.loads(answer) if value is not None else None


class Shop:
    """A load balancer, a target group and a service `checkout` in the cluster `shop`."""

    def __init__(self, cloud: StartedCloud, **target_group: Any) -> None:
        self.cloud = cloud
        self.ecs, self.elb = cloud.client("ecs"), cloud.client("elbv2")
        self.logs, self.cloudwatch = cloud.client("logs"), cloud.client("cloudwatch")
        created = self.elb.create_load_balancer(Name="shop", Subnets=["subnet-1", "subnet-2"])
        self.balancer = created["LoadBalancers"][0]["LoadBalancerArn"]
        settings = {
            "Port": 8080,
            "HealthCheckPath": "/health",
            "HealthCheckIntervalSeconds": 5,
            "UnhealthyThresholdCount": 2,
            "HealthyThresholdCount": 2,
            **target_group,
        }
        created = self.elb.create_target_group(
            Name="checkout", Protocol="HTTP", VpcId="vpc-1", TargetType="ip", **settings
        )
        self.group = created["TargetGroups"][0]["TargetGroupArn"]
        forward = [{"Type": "forward", "TargetGroupArn": self.group}]
        self.elb.create_listener(
            LoadBalancerArn=self.balancer, Protocol="HTTP", Port=80, DefaultActions=forward
        )
        self.logs.create_log_group(logGroupName="/ecs/checkout")
        self.ecs.create_cluster(clusterName="shop")
        (listed,) = cloud.get("/_medic/load-balancers")
        self.url = listed["endpoint"]

    def define(self, **environment: str) -> str:
        container = {
            "name": "checkout",
            "image": "example.com:5000/shop/checkout:7",
            "portMappings": [{"containerPort": 8080}],
            "environment": [{"name": n, "value": value} for n, value in environment.items()],
            "stopTimeout": 5,
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": "/ecs/checkout",
                    "awslogs-region": "eu-west-1",
                    "awslogs-stream-prefix": "shop",
                },
            },
        }
        registered = self.ecs.register_task_definition(
            family="checkout",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            containerDefinitions=[container],
        )
        return registered["taskDefinition"]["taskDefinitionArn"]

    def create(self, desired: int = 1, breaker: dict[str, bool] | None = None, **more: Any) -> None:
        configuration = dict(more.pop("configuration", {}))
        if breaker:
            configuration["deploymentCircuitBreaker"] = breaker
        network = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
        balancer = {
            "targetGroupArn": self.group,
            "containerName": "checkout",
            "containerPort": 8080,
        }
        self.ecs.create_service(
            cluster="shop",
            serviceName="checkout",
            taskDefinition="checkout",
            desiredCount=desired,
            launchType="FARGATE",
            networkConfiguration=network,
            loadBalancers=[balancer],
            deploymentConfiguration=configuration,
            **more,
        )

    def update(self, **change: Any) -> dict[str, Any]:
        updated = self.ecs.update_service(cluster="shop", service="checkout", **change)
        return updated["service"]

    def service(self) -> dict[str, Any]:
        described = self.ecs.describe_services(cluster="shop", services=["checkout"])
        return described["services"][0]

    def primary(self) -> dict[str, Any]:
        (found,) = [d for d in self.service()["deployments"] if d["status"] == "PRIMARY"]
        return found

    def rolled_out(self) -> dict[str, Any]:
        """The PRIMARY deployment, once it is completed."""

        def look() -> dict[str, Any] | None:
            primary = self.primary()
            return primary if primary["rolloutState"] == "COMPLETED" else None

        return until("a completed rollout", look)

    def running(self) -> list[str]:
        return self.ecs.list_tasks(cluster="shop", serviceName="checkout")["taskArns"]

    def task(self, arn: str) -> dict[str, Any]:
        return self.ecs.describe_tasks(cluster="shop", tasks=[arn])["tasks"][0]

    def events(self) -> list[str]:
        """Oldest first, and with names in place of ids."""
        messages = [event["message"] for event in reversed(self.service()["events"])]
        return [_without_ids(message.replace(self.group, "<arn>")) for message in messages]

    def health(self) -> list[tuple[str, str | None]]:
        described = self.elb.describe_target_health(TargetGroupArn=self.group)
        healths = [each["TargetHealth"] for each in described["TargetHealthDescriptions"]]
        return [(health["State"], health.get("Reason")) for health in healths]

    def get(self, path: str) -> tuple[int, str]:
        return fetch(f"{self.url}{path}")


def _without_ids(message: str) -> str:
    return re.sub(r"(task|deployment) (?=\S*\d)[\w/-]+", r"\1 <id>", message)


def fetch(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=20) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def until(what: str, look: Callable[[], Found | None]) -> Found:
    """Looks until it finds something."""
    deadline = time.monotonic() + WITHIN_SECONDS
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.03)
    raise AssertionError(f"not within {WITHIN_SECONDS:.0f} s: {what}")


class _Program(BaseHTTPRequestHandler):
    """Answers with its task's id; `/fault` breaks its health, `/slow` takes a second.

    After `/hang` it answers nothing any more. `/grow` keeps 40 MiB more for ever.
    """

    is_broken = os.environ.get("FAULT") == "unhealthy"
    is_hanging = False
    kept: list[bytes] = []

    def do_GET(self) -> None:
        if self.path == "/fault":
            _Program.is_broken = True
        if self.path == "/slow":
            time.sleep(1)
        if self.path == "/grow":
            _Program.kept.append(b"x" * (40 * 1024 * 1024))
        if _Program.is_hanging:
            time.sleep(3600)
        if self.path == "/hang":
            _Program.is_hanging = True
        status = 500 if _Program.is_broken and self.path != "/fault" else 200
        body = os.environ["ECS_TASK_ID"].encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        if self.path == "/exit":
            os._exit(3)

    def log_message(self, format: str, *arguments: object) -> None:
        if self.path != "/health":
            print(json.dumps({"path": self.path}), flush=True)


def _run_program() -> None:
    if os.environ.get("FAULT") == "exit":
        print("cannot start", flush=True)
        sys.exit(3)
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), _Program)
    # It waits for its threads when it is closed.
    server.daemon_threads = False
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"listening, LEVEL={os.environ.get('LEVEL')}", flush=True)
    server.serve_forever(poll_interval=0.05)
    server.server_close()


if __name__ == "__main__":
    _run_program()
