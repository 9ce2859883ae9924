"""For tests: a cloud with a host whose containers run, and what lambda-medic ships for hosts."""

from __future__ import annotations

import sys
import time
import unittest
from pathlib import Path
from typing import Any

from started_cloud import StartedCloud, until

INSTANCE = "i-0123456789abcdef0"
ATTEMPT = "0123456789abcdef0123-1"
HOST_FILES = Path(__file__).resolve().parent.parent / "host"

SLEEP = "import time\nwhile True: time.sleep(60)"
# Some processor time in each tenth of a second, and more than half of it if it gets it.
BUSY = """
import time
while True:
    until = time.time() + 0.08
    while time.time() < until:
        pass
    time.sleep(0.02)
"""


class HostCloud(StartedCloud):
    """The containers are given as programs in Python, by name."""

    def __init__(
        self, test: unittest.TestCase, containers: dict[str, str], **settings: str
    ) -> None:
        super().__init__(test, **settings)
        specs = {
            name: {"command": [sys.executable, "-c", program], "environment": {"LEVEL": "7"}}
            for name, program in containers.items()
        }
        tags = {"Name": "billing", "medic": "on"}
        request = {"instance": INSTANCE, "tags": tags, "containers": specs}
        self.made = self.post("/_medic/hosts", request)
        self.ssm = self.client("ssm")

    def host(self) -> dict[str, Any]:
        (host,) = self.get("/_medic/hosts")
        return host

    def container(self, name: str) -> dict[str, Any]:
        (found,) = [each for each in self.host()["containers"] if each["name"] == name]
        return found

    def docker_calls(self) -> list[list[str]]:
        return [call["argv"] for call in self.host()["docker_calls"]]

    def set_ping(self, status: str) -> None:
        self.post(f"/_medic/hosts/{INSTANCE}/ping", {"status": status})

    def create_restart_document(self) -> None:
        self.ssm.create_document(
            Name="lambda-medic-restart-container",
            DocumentType="Command",
            DocumentFormat="YAML",
            Content=(HOST_FILES / "restart-container.yaml").read_text(),
        )

    def send_restart(self, container: str, attempt: str = ATTEMPT, **more: Any) -> str:
        sent = self.ssm.send_command(
            DocumentName="lambda-medic-restart-container",
            InstanceIds=[INSTANCE],
            Parameters={"Container": [container], "Attempt": [attempt]},
            Comment=f"lambda-medic {attempt}",
            **more,
        )
        return sent["Command"]["CommandId"]

    def invocation(self, command: str) -> dict[str, Any] | None:
        """`None` while it cannot be seen."""
        try:
            return self.ssm.get_command_invocation(CommandId=command, InstanceId=INSTANCE)
        except self.ssm.exceptions.InvocationDoesNotExist:
            return None

    def ended(self, command: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            time.sleep(0.1)
            found = self.invocation(command)
            is_over = found and found["Status"] not in ("Pending", "InProgress", "Delayed")
            return found if is_over else None

        return until(f"the end of command {command}", look)
