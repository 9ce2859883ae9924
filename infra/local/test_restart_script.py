"""lambda-medic-restart as the forced command of an SSH key, under dash.

Its docker notes each word that it gets.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import yaml
from hosts_for_tests import ATTEMPT, HOST_FILES

SCRIPT = HOST_FILES / "lambda-medic-restart"

# Notes its words, each with its length, and answers from the environment.
DOCKER = """#!/bin/sh
for word; do printf '%d:%s,' "${#word}" "$word" >>"$NOTES"; done
echo >>"$NOTES"
[ "$1" = restart ] && exit "$RESTART_STATUS"
echo "$STATE"
"""

RESTARTED = "7:restart,2:-t,2:10,3:web,\n"


class ForcedCommand(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.notes = self.directory / "notes"
        docker = self.directory / "docker"
        docker.write_text(DOCKER)
        docker.chmod(0o755)
        # The script's seconds pass at once.
        (self.directory / "sleep").symlink_to("/bin/true")

    def run_script(self, **environment: str) -> tuple[int, str, str]:
        environment = {
            "PATH": f"{self.directory}:{os.environ['PATH']}",
            "NOTES": str(self.notes),
            "RESTART_STATUS": "0",
            "STATE": "true false",
            "LAMBDA_MEDIC_ATTEMPTS": str(self.directory / "attempts"),
            **environment,
        }
        shell = shutil.which("dash") or "/bin/sh"
        ran = subprocess.run([shell, SCRIPT], env=environment, capture_output=True, text=True)
        return ran.returncode, ran.stdout, ran.stderr

    def ssh(self, command: str, **environment: str) -> tuple[int, str, str]:
        environment = {"SSH_CONNECTION": "a 1 b 2", **environment}
        return self.run_script(SSH_ORIGINAL_COMMAND=command, **environment)

    def noted(self) -> str:
        return self.notes.read_text() if self.notes.exists() else ""

    def answer(self, restarted: bool) -> str:
        told = {"container": "web", "attempt": ATTEMPT, "restarted": restarted}
        return json.dumps(told, separators=(",", ":")) + "\n"

    def test_the_document_carries_the_same_script(self) -> None:
        document = yaml.safe_load((HOST_FILES / "restart-container.yaml").read_text())
        (step,) = document["mainSteps"]
        self.assertEqual(step["inputs"]["runCommand"], [SCRIPT.read_text()])
        self.assertNotIn("{{", SCRIPT.read_text())

    def test_a_restart_is_made_once_for_an_attempt(self) -> None:
        command = f"restart web {ATTEMPT}"
        self.assertEqual(self.ssh(command), (0, self.answer(True), ""))
        once = self.noted()
        self.assertTrue(once.startswith(RESTARTED), once)
        before = "lambda-medic-restart: the attempt was carried out before, with status 0\n"
        self.assertEqual(self.ssh(command), (0, self.answer(False), before))
        self.assertEqual(self.noted(), once)

    def test_a_failed_restart_stays_failed(self) -> None:
        command = f"restart web {ATTEMPT}"
        self.assertEqual(self.ssh(command, RESTART_STATUS="1"), (1, self.answer(False), ""))
        before = "lambda-medic-restart: the attempt was carried out before, with status 1\n"
        self.assertEqual(self.ssh(command), (1, self.answer(False), before))
        self.assertEqual(self.noted(), RESTARTED)

    def test_a_container_that_does_not_run_or_restarts_again_and_again_is_a_failure(self) -> None:
        told = "lambda-medic-restart: it was restarted and does not run\n"
        for number, state in enumerate(("false false", "true true", "")):
            attempt = f"{ATTEMPT[:-1]}{number}"
            status, stdout, stderr = self.ssh(f"restart web {attempt}", STATE=state)
            self.assertEqual((status, json.loads(stdout)["restarted"], stderr), (1, True, told))

    def test_what_became_of_an_attempt_that_did_not_end_is_not_known(self) -> None:
        (self.directory / "attempts" / f"{ATTEMPT}.web").mkdir(parents=True)
        status, stdout, stderr = self.ssh(f"restart web {ATTEMPT}")
        self.assertEqual((status, stdout, self.noted()), (75, "", ""))
        self.assertIn("another run has begun this attempt and did not end", stderr)

    def test_stamps_are_removed_after_a_month(self) -> None:
        attempts = self.directory / "attempts"
        old, young = (attempts / f"{letter * 20}-1.web" for letter in "ab")
        for stamp, days in ((old, 32), (young, 20)):
            stamp.mkdir(parents=True)
            (stamp / "status").write_text("0\n")
            then = time.time() - days * 86_400
            os.utime(stamp, (then, then))
        self.assertEqual(self.ssh(f"restart web {ATTEMPT}")[0], 0)
        self.assertEqual((old.exists(), young.exists()), (False, True))

    def test_nothing_but_the_one_command_is_accepted(self) -> None:
        for command in (
            "",
            "restart",
            f"web {ATTEMPT}",
            "restart web",
            f"restart  web {ATTEMPT}",
            f"restart web  {ATTEMPT}",
            f" restart web {ATTEMPT}",
            f"restart web {ATTEMPT} ",
            f"restart web {ATTEMPT}\n",
            f"restart web {ATTEMPT}\nreboot",
            f"restart web\t{ATTEMPT}",
            f"restart web db {ATTEMPT}",
            f"restart web;reboot {ATTEMPT}",
            f"restart $(reboot) {ATTEMPT}",
            f"restart `reboot` {ATTEMPT}",
            f"restart -t {ATTEMPT}",
            f"restart * {ATTEMPT}",
            f"restart ../web {ATTEMPT}",
            f"restart w\u00e9b {ATTEMPT}",
            f"restart {'a' * 129} {ATTEMPT}",
            f"restart  {ATTEMPT}",
            f"restart web {ATTEMPT.upper()}",
            f"restart web {ATTEMPT}000",
            f"restart web {ATTEMPT[1:]}",
            f"restart web {ATTEMPT[:-2]}",
            "restart web ../../../../etc/passwd",
            f"reboot web {ATTEMPT}",
            f"/bin/sh -c restart web {ATTEMPT}",
        ):
            with self.subTest(command=command):
                status, stdout, stderr = self.ssh(command)
                self.assertEqual((status, stdout), (64, ""))
                self.assertTrue(stderr.startswith("lambda-medic-restart: refused: "), stderr)
        self.assertEqual(self.noted(), "")
        self.assertFalse((self.directory / "attempts").exists())

    def test_a_login_without_a_command_is_refused_whatever_else_it_brings(self) -> None:
        variables = {"SSM_Container": "web", "SSM_Attempt": ATTEMPT}
        status, _, _ = self.run_script(SSH_CONNECTION="a 1 b 2", **variables)
        self.assertEqual((status, self.noted()), (64, ""))

    def test_the_longest_name_is_one_word(self) -> None:
        name = "A" + "b_.-" * 31 + "c9z"
        self.assertEqual(len(name), 128)
        status, stdout, _ = self.ssh(f"restart {name} {'f' * 20}-999")
        self.assertEqual((status, json.loads(stdout)["container"]), (0, name))
        self.assertTrue(self.noted().startswith(f"7:restart,2:-t,2:10,128:{name},\n"))

    def test_without_a_place_for_its_stamp_it_does_nothing(self) -> None:
        (self.directory / "attempts").write_text("in the way")
        status, stdout, _ = self.ssh(f"restart web {ATTEMPT}")
        self.assertEqual((status, stdout, self.noted()), (75, "", ""))


if __name__ == "__main__":
    unittest.main()
