"""Images and what they stand for, and a process from its first line to its exit code."""

from __future__ import annotations

import os
import signal
import sys
import threading
import unittest
from unittest import mock

import tasks
from tasks import Container, Program


class Images(unittest.TestCase):
    def test_a_tag_or_digest_is_no_part_of_the_name(self) -> None:
        for image, expected in (
            ("demo-app", "demo-app"),
            ("demo-app:7", "demo-app"),
            ("registry:5000/shop/demo-app", "registry:5000/shop/demo-app"),
            ("registry:5000/shop/demo-app:7", "registry:5000/shop/demo-app"),
            ("shop/demo-app@sha256:abc", "shop/demo-app"),
            ("shop/demo-app:7@sha256:abc", "shop/demo-app"),
        ):
            with self.subTest(image=image):
                self.assertEqual(tasks.image_name(image), expected)

    def test_what_cannot_be_run_is_refused_at_the_start(self) -> None:
        for value, expected in (
            ("", []),
            ("{}", []),
            (f'{{"a": "{sys.executable}"}}', []),
            ("[]", ["ECS_LOCAL_IMAGES must be a JSON object of images and paths"]),
            (
                '{"a": "/no/such"}',
                ["ECS_LOCAL_IMAGES: the program of image `a` is no executable file: `/no/such`"],
            ),
        ):
            with mock.patch.dict(os.environ, ECS_LOCAL_IMAGES=value):
                self.assertEqual(tasks.image_problems(), expected)


class AProcess(unittest.TestCase):
    def run_program(self, code: str, stop_timeout: float = 30) -> Container:
        self.lines: list[str] = []
        self.exited = threading.Event()
        self.started = threading.Event()
        program = Program(
            "app", sys.executable, ["-c", code], {"PORT": "1"}, stop_timeout=stop_timeout
        )
        return Container(program, self.on_line, self.on_exit)

    def on_line(self, line: str) -> None:
        self.lines.append(line)
        self.started.set()

    def on_exit(self, status: int) -> None:
        self.status = status
        self.exited.set()

    def outcome(self) -> tuple[list[str], int]:
        self.assertTrue(self.exited.wait(20), "it did not exit")
        return self.lines, self.status

    def test_its_lines_come_before_its_exit_code(self) -> None:
        self.run_program(
            "import os, sys; print(sorted(set(os.environ) - {'LC_CTYPE'})); "
            "sys.stderr.write('no newline'); sys.exit(3)"
        )
        lines, status = self.outcome()
        self.assertEqual((sorted(lines), status), (["['PORT']", "no newline"], 3))

    def test_it_is_asked_to_stop(self) -> None:
        handle = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))"
        container = self.run_program(
            f"import signal, sys, time; {handle}; print('up', flush=True); time.sleep(60)"
        )
        self.started.wait(20)
        container.stop()
        self.assertEqual(self.outcome(), (["up"], 0))

    def test_it_is_killed_if_it_does_not_stop(self) -> None:
        ignore = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
        container = self.run_program(
            f"import signal, time; {ignore}; print('up', flush=True); time.sleep(60)",
            stop_timeout=0.1,
        )
        self.started.wait(20)
        container.stop()
        self.assertEqual(self.outcome(), (["up"], 128 + signal.SIGKILL))


if __name__ == "__main__":
    unittest.main()
