"""What lambda-medic ships for hosts, on the real local cloud: one restart for each attempt."""

from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from hosts_for_tests import ATTEMPT, INSTANCE, SLEEP, HostCloud
from started_cloud import until

FORMAT = "{{.State.Running}} {{.State.Restarting}}"
LOOK = ["docker", "container", "inspect", "--format", FORMAT]

HOSTILE = (
    "web; touch /tmp/owned",
    "$(reboot)",
    "`reboot`",
    "web\nreboot",
    "web\n",
    "-t",
    "--help",
    "../web",
    "web web",
    "web\0",
    "{{ Attempt }}",
    "wéb",
    "",
    "a" * 129,
)


class Restart(unittest.TestCase):
    def start(self, containers: dict[str, str] | None = None, **settings: str) -> HostCloud:
        cloud = HostCloud(self, containers or {"web": SLEEP, "db": SLEEP}, **settings)
        cloud.create_restart_document()
        return cloud

    def test_a_container_is_restarted_once_for_an_attempt(self) -> None:
        cloud = self.start()
        before, other = cloud.container("web"), cloud.container("db")
        first = cloud.ended(cloud.send_restart("web"))
        after = cloud.container("web")
        self.assertEqual(
            (first["Status"], first["ResponseCode"], first["StandardErrorContent"]),
            ("Success", 0, ""),
        )
        told = {"container": "web", "attempt": ATTEMPT, "restarted": True}
        self.assertEqual(json.loads(first["StandardOutputContent"]), told)
        self.assertNotEqual(before["pid"], after["pid"])
        self.assertEqual((after["status"], after["restarts"]), ("running", 1))
        self.assertEqual(cloud.container("db"), other)
        calls = [["docker", "restart", "-t", "10", "web"], *[[*LOOK, "web"]] * 3]
        self.assertEqual(cloud.docker_calls(), calls)

        again = cloud.ended(cloud.send_restart("web"))
        self.assertEqual(again["Status"], "Success")
        self.assertEqual(
            json.loads(again["StandardOutputContent"]), {**told, "restarted": False}
        )
        self.assertEqual(
            again["StandardErrorContent"],
            "lambda-medic-restart: the attempt was carried out before, with status 0\n",
        )
        self.assertEqual(cloud.container("web"), after)
        self.assertEqual(cloud.docker_calls(), calls)

        next_attempt = ATTEMPT[:-1] + "2"
        self.assertEqual(cloud.ended(cloud.send_restart("web", next_attempt))["Status"], "Success")
        self.assertEqual(cloud.container("web")["restarts"], 2)

    def test_two_commands_of_one_attempt_at_once_are_one_restart(self) -> None:
        cloud = self.start()
        commands = [cloud.send_restart("web") for _ in range(3)]
        answers = [cloud.ended(command) for command in commands]
        restarted = sorted(
            json.loads(answer["StandardOutputContent"])["restarted"] for answer in answers
        )
        self.assertEqual([answer["Status"] for answer in answers], ["Success"] * 3)
        self.assertEqual(restarted, [False, False, True])
        self.assertEqual(cloud.container("web")["restarts"], 1)

    def test_a_container_that_is_not_there_or_does_not_stay_is_a_failure_also_when_asked_again(
        self,
    ) -> None:
        mark = Path(self.enterContext(tempfile.TemporaryDirectory())) / "mark"
        once = (
            "import pathlib, sys, time\n"
            f"mark = pathlib.Path({str(mark)!r})\n"
            "mark.exists() and sys.exit(3)\n"
            "mark.touch()\n"
            "time.sleep(60)"
        )
        cloud = self.start({"web": once})
        missing = cloud.ended(cloud.send_restart("nope"))
        self.assertEqual(
            (missing["Status"], missing["ResponseCode"], missing["StandardErrorContent"]),
            ("Failed", 1, "Error response from daemon: No such container: nope\n"),
        )
        until("the program's mark", mark.exists)
        for restarted in (True, False):
            ended = cloud.ended(cloud.send_restart("web"))
            self.assertEqual((ended["Status"], ended["ResponseCode"]), ("Failed", 1))
            told = {"container": "web", "attempt": ATTEMPT, "restarted": restarted}
            self.assertEqual(json.loads(ended["StandardOutputContent"]), told)
        self.assertEqual(cloud.container("web")["exit_code"], 3)

    def test_hostile_names_and_attempts_never_reach_the_host(self) -> None:
        cloud = self.start()
        attempts = ("", ATTEMPT.upper(), ATTEMPT + "000", ATTEMPT[1:], ATTEMPT + ";reboot")
        for parameters in (
            *((text, ATTEMPT) for text in HOSTILE),
            *(("web", text) for text in attempts),
        ):
            with self.subTest(parameters=parameters):
                try:
                    command = cloud.send_restart(*parameters)
                except ClientError as error:
                    self.assertEqual(error.response["Error"]["Code"], "InvalidParameters")
                    continue
                # Where SSM's pattern may let a last line feed pass, the script does not.
                self.assertTrue("".join(parameters).endswith("\n") or parameters[0] == "web\n")
                ended = cloud.ended(command)
                self.assertEqual((ended["Status"], ended["ResponseCode"]), ("Failed", 64))
        self.assertEqual(cloud.docker_calls(), [])

    def test_what_is_no_parameter_of_the_document_is_refused(self) -> None:
        cloud = self.start()
        valid = {"Container": ["web"], "Attempt": [ATTEMPT]}
        for parameters in (
            {"Container": ["web"]},
            {**valid, "commands": ["reboot"]},
            {**valid, "Container": ["web", "db"]},
            {**valid, "Container": []},
        ):
            with self.subTest(parameters=parameters):
                code = self.refusal(cloud, Parameters=parameters)
                self.assertEqual(code, "InvalidParameters")
        for more, expected in (
            ({"InstanceIds": ["i-00000000000000000"]}, "InvalidInstanceId"),
            ({"InstanceIds": [INSTANCE, INSTANCE]}, "DuplicateInstanceId"),
            ({"DocumentName": "no-such-document"}, "InvalidDocument"),
            ({"DocumentVersion": "7"}, "InvalidDocumentVersion"),
        ):
            with self.subTest(more=more):
                self.assertEqual(self.refusal(cloud, Parameters=valid, **more), expected)
        self.assertEqual(cloud.docker_calls(), [])

    def refusal(self, cloud: HostCloud, **request: Any) -> str:
        request.setdefault("DocumentName", "lambda-medic-restart-container")
        request.setdefault("InstanceIds", [INSTANCE])
        with self.assertRaises(ClientError) as caught:
            cloud.ssm.send_command(**request)
        return caught.exception.response["Error"]["Code"]

    def test_a_host_that_is_off_line_gets_the_command_late_or_never(self) -> None:
        cloud = self.start(SSM_DELIVERY_SPEEDUP="5")
        cloud.set_ping("ConnectionLost")
        lost = cloud.send_restart("web", TimeoutSeconds=30)
        until("a delay", lambda: (cloud.invocation(lost) or {}).get("Status") == "Delayed")
        ended = cloud.ended(lost)
        self.assertEqual(
            {name: ended[name] for name in ("Status", "StatusDetails", "ResponseCode")},
            {"Status": "TimedOut", "StatusDetails": "DeliveryTimedOut", "ResponseCode": -1},
        )
        self.assertEqual((ended["ExecutionStartDateTime"], cloud.docker_calls()), ("", []))

        late = cloud.send_restart("web", ATTEMPT[:-1] + "2", TimeoutSeconds=3600)
        cloud.set_ping("Online")
        self.assertEqual(cloud.ended(late)["Status"], "Success")
        self.assertEqual(cloud.container("web")["restarts"], 1)

if __name__ == "__main__":
    unittest.main()
