"""The bench's own parts: the start is measured right, the Runtime API hands out events, and bars are what they say."""

from __future__ import annotations

import http.client
import json
import os
import sys
import tempfile
import textwrap
import threading
import unittest
import unittest.mock
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path

from bench import (
    ANALYST,
    CI_FUNCTION,
    EMPTY,
    EXPORTER,
    FUNCTION,
    PYTHON,
    Bar,
    bars,
    did_all,
    function_environment,
    table,
    zip_bytes,
)
from deliveries import KINDS, PAUSE_SECONDS, SERVICES, Delivered, decisions, messages, with_a_pause
from runtime_api import PREFIX, Answer, RuntimeApi
from start import Start, first_poll

ENVIRONMENT = {"PATH": os.environ["PATH"]}


def python(code: str) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(code)]


class FirstPoll(unittest.TestCase):
    def test_a_start_is_timed_until_the_poll(self) -> None:
        polls = """
            import http.client, os, time
            time.sleep(0.2)
            api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
            api.request("GET", "/2018-06-01/runtime/invocation/next")
            api.getresponse()
        """
        start = first_poll(python(polls), ENVIRONMENT)
        self.assertGreater(start.seconds, 0.2)
        self.assertGreater(start.peak_bytes, 1 << 20)

    def test_a_function_that_reports_an_error_did_not_start(self) -> None:
        fails = """
            import http.client, os
            api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
            api.request("POST", "/2018-06-01/runtime/init/error", "STATE_BUCKET is not set")
            api.getresponse()
        """
        with self.assertRaisesRegex(ChildProcessError, "did not poll: POST /2018-06-01/runtime/init/error"):
            first_poll(python(fails), ENVIRONMENT)


class Runtime(unittest.TestCase):
    def test_an_event_is_handed_out_and_its_answer_taken(self) -> None:
        for kind in ("response", "error"):
            with RuntimeApi() as api:
                function = threading.Thread(target=answer_one, args=(api.address, kind))
                function.start()
                self.assertEqual(api.deliver(b'{"a":1}'), Answer(kind, b'{"a":1}'))
                function.join()

    def test_a_function_that_cannot_start_is_told(self) -> None:
        with RuntimeApi() as api:
            connection = http.client.HTTPConnection(api.address)
            connection.request("POST", f"{PREFIX}/init/error", b"why")
            self.assertEqual(connection.getresponse().status, 202)
            connection.close()
            self.assertEqual(api.deliver(b"{}"), Answer("init", b"why"))

    def test_no_answer_is_an_error(self) -> None:
        with RuntimeApi(timeout_seconds=0.01) as api, self.assertRaises(TimeoutError):
            api.deliver(b"{}")


def answer_one(address: str, kind: str) -> None:
    connection = http.client.HTTPConnection(address)
    connection.request("GET", f"{PREFIX}/invocation/next")
    event = connection.getresponse()
    request, body = event.headers["Lambda-Runtime-Aws-Request-Id"], event.read()
    # In parts, as a client may that does not know the length.
    connection.request("POST", f"{PREFIX}/invocation/{request}/{kind}", iter([body[:3], body[3:]]), encode_chunked=True)
    connection.getresponse()
    connection.close()


class Messages(unittest.TestCase):
    def test_each_service_gets_each_kind(self) -> None:
        topic = "arn:aws:sns:eu-west-1:111122223333:medic-alerts"
        changed_at = datetime(2026, 2, 18, 21, 47, 1, 123456, timezone.utc)
        sent = list(messages(len(SERVICES) * len(KINDS), topic, lambda service, state: changed_at))
        alarm, duplicate, ok, tick, malformed = sent[3 :: len(SERVICES)]
        self.assertEqual(alarm, duplicate)
        message = json.loads(json.loads(alarm)["Records"][0]["Sns"]["Message"])
        self.assertEqual((message["AlarmName"], message["AlarmActions"]), ("service-03-high-5xx-errors", [topic]))
        self.assertEqual(message["StateChangeTime"], "2026-02-18T21:47:01.123+0000")
        self.assertEqual(json.loads(json.loads(ok)["Records"][0]["Sns"]["Message"])["NewStateValue"], "OK")
        self.assertEqual(json.loads(tick)["detail-type"], "Scheduled Event")
        with self.assertRaises(json.JSONDecodeError):
            json.loads(json.loads(malformed)["Records"][0]["Sns"]["Message"])

    def test_each_second_of_the_pause_has_traffic(self) -> None:
        counted: list[int] = []
        with unittest.mock.patch("time.sleep"):
            events = with_a_pause([b"1", b"2", b"3"], 2, lambda: counted.append(1))
            self.assertEqual([(event, len(counted)) for event in events], [(b"1", 0), (b"2", 0), (b"3", PAUSE_SECONDS)])

    def test_the_answer_says_what_was_decided(self) -> None:
        self.assertEqual(decisions(b'[{"decision":"wait"},{"decision":"report"}]'), ["wait", "report"])
        self.assertEqual(decisions(b"[]"), ["nothing"])


class Bars(unittest.TestCase):
    def starts(self, ours: float, pythons: float, for_ci: float = 0.004) -> dict[str, list[Start]]:
        return {
            FUNCTION: [Start(ours, 8 << 20)],
            CI_FUNCTION: [Start(for_ci, 8 << 20)],
            ANALYST: [Start(for_ci, 8 << 20)],
            EXPORTER: [Start(for_ci, 8 << 20)],
            EMPTY: [Start(0.001, 3 << 20)],
            PYTHON: [Start(pythons, 60 << 20)],
        }

    def missed(
        self, ours: float = 0.004, pythons: float = 0.25, peak: int = 10 << 20, size: int = 4_000_000, **ci: float
    ) -> list[int]:
        delivered = Delivered(Counter(ignore=1000), *[len(SERVICES)] * 3, peak)
        starts = self.starts(ours, pythons, ci.get("start", 0.004))
        other = int(ci.get("ci_size", 4_000_000))
        sizes = {FUNCTION: size, **dict.fromkeys((CI_FUNCTION, ANALYST, EXPORTER), other)}
        found = bars(starts, delivered, 1000, sizes)
        return [number for number, bar in enumerate(found) if not bar.is_kept]

    def test_each_bar_can_be_missed(self) -> None:
        self.assertEqual(self.missed(), [])
        self.assertEqual(self.missed(ours=0.007), [0])
        self.assertEqual(self.missed(ours=0.005, pythons=0.09), [1])
        self.assertEqual(self.missed(peak=21 << 20), [2])
        self.assertEqual(self.missed(size=7_100_000), [3])
        self.assertEqual(self.missed(start=0.007), [4, 7, 10])
        self.assertEqual(self.missed(start=0.0055, pythons=0.1), [5, 8, 11])
        self.assertEqual(self.missed(ci_size=7_100_000), [6, 9, 12])

    def test_a_function_that_did_nothing_has_no_memory_to_be_proud_of(self) -> None:
        enough = len(SERVICES)
        self.assertTrue(did_all(Delivered(Counter(), enough, enough, enough, 0)))
        for missed in ((enough - 1, enough, enough), (enough, enough - 1, enough), (enough, enough, enough - 1)):
            self.assertFalse(did_all(Delivered(Counter(), *missed, 0)))

    def test_what_is_printed(self) -> None:
        self.assertEqual(str(Bar("start", 7.0, 6.0, "ms")), "  MISSED start: 7 ms, at most 6 ms")
        self.assertEqual(str(Bar("part", 0.02, 0.05, "")), "  kept   part: 0.02, at most 0.05")
        self.assertIn("   250.00 ms", table(self.starts(0.004, 0.25)))

    def test_the_package_is_zipped_as_it_would_be_uploaded(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "bootstrap").write_bytes(bytes(100_000))
            self.assertLess(zip_bytes(Path(folder)), 1000)

    def test_the_environment_holds_the_settings_for_running_by_hand(self) -> None:
        self.assertEqual(function_environment(FUNCTION)["STATE_BUCKET"], "medic-state")
        self.assertEqual(function_environment(CI_FUNCTION)["CI_LOGS_BUCKET"], "medic-ci-logs")


if __name__ == "__main__":
    unittest.main()
