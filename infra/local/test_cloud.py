"""Starting and stopping the real cloud, its environment, and the start-up check."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import unittest
import urllib.request
from pathlib import Path

import cloud
import overlay
import selfcheck
from selfcheck import Name

CLOUD = Path(cloud.__file__)


class StartAndStop(unittest.TestCase):
    def start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(CLOUD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.addCleanup(self.stop, process)
        assert process.stdout is not None
        announced = json.loads(process.stdout.readline())
        self.assertEqual(set(announced), {"endpoint", "account", "region"})
        self.assertRegex(announced["endpoint"], r"^http://127\.0\.0\.1:\d+$")
        self.endpoint = announced["endpoint"]
        return process

    def stop(self, process: subprocess.Popen[str]) -> None:
        process.kill()
        process.communicate()

    def test_it_ends_with_its_standard_input(self) -> None:
        process = self.start()
        with urllib.request.urlopen(f"{self.endpoint}/_medic/mails") as response:
            self.assertEqual(json.load(response), [])
        rest, _ = process.communicate(timeout=5)
        self.assertEqual((process.returncode, rest), (0, ""))

    def test_it_ends_on_signals(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number.name):
                process = self.start()
                process.send_signal(number)
                self.assertEqual(process.wait(timeout=5), 0)


class Environment(unittest.TestCase):
    def test_the_callers_credentials_do_not_reach_the_cloud(self) -> None:
        caller = {
            "PATH": "/bin",
            "AWS_PROFILE": "production",
            "AWS_ACCESS_KEY_ID": "real",
            "AWS_SESSION_TOKEN": "real",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://real",
            "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.1",
        }
        settings = cloud.environment(caller, 4566, Path("/scratch"))
        self.assertEqual(settings["PATH"], "/bin")
        self.assertEqual(settings["LAMBDA_ASYNC_RETRY_BASE_SECONDS"], "0.1")
        self.assertEqual(settings["AWS_ENDPOINT_URL"], "http://127.0.0.1:4566")
        self.assertNotIn("AWS_PROFILE", settings)
        self.assertNotIn("real", " ".join(settings.values()))


class SelfCheck(unittest.TestCase):
    def test_the_pinned_ministack_has_every_name(self) -> None:
        self.assertEqual(selfcheck.version_problems(), [])
        self.assertEqual(selfcheck.name_problems(overlay.REQUIRED), [])

    def test_what_is_wrong_is_named(self) -> None:
        problems = selfcheck.name_problems(
            [
                Name("services.cloudwatch", "_no_such_name", "()"),
                Name("services.no_such_service", "reset", "()"),
                Name("services.cloudwatch", "_evaluate_alarm", "(alarm, now)"),
                Name("services.cloudwatch", "REGION", "()"),
            ]
        )
        self.assertEqual(
            problems,
            [
                "ministack's `services.cloudwatch._no_such_name` is missing",
                "ministack's `services.no_such_service.reset` is missing: "
                "No module named 'ministack.services.no_such_service'",
                "ministack's `services.cloudwatch._evaluate_alarm` has the signature (alarm), "
                "and must have (alarm, now)",
                "ministack's `services.cloudwatch.REGION` is not a function any more",
            ],
        )


if __name__ == "__main__":
    unittest.main()
