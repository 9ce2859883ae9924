"""Counts by Logs Insights, on a started cloud."""

from __future__ import annotations

import time
import unittest
from typing import Any

from started_cloud import StartedCloud, until

_HOUR = 3_600
# On an hour that is more than a day ago.
_START = int(time.time()) // _HOUR * _HOUR - 48 * _HOUR


class Queries(unittest.TestCase):
    def setUp(self) -> None:
        self.cloud = StartedCloud(self)
        self.logs = self.cloud.client("logs")
        self.logs.create_log_group(logGroupName="/shop")
        self.age(_START)
        self.logs.create_log_stream(logGroupName="/shop", logStreamName="web")
        times = [_START * 1000, (_START + _HOUR) * 1000 - 1, (_START + _HOUR) * 1000]
        times += [(_START + 2 * _HOUR) * 1000 + 999, (_START + 2 * _HOUR + 1) * 1000]
        listed = [{"timestamp": moment, "message": "x"} for moment in times]
        self.logs.put_log_events(logGroupName="/shop", logStreamName="web", logEvents=listed)

    def age(self, created_at: int) -> None:
        self.cloud.post("/_medic/log-groups", {"group": "/shop", "created_at": created_at * 1000})

    def start(self, text: str = "stats count(*) by bin(1h)", **more: Any) -> str:
        asked = {"startTime": _START, "endTime": _START + 2 * _HOUR, "logGroupName": "/shop", **more}
        return self.logs.start_query(queryString=text, **asked)["queryId"]

    def ended(self, query: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            answer = self.logs.get_query_results(queryId=query)
            return answer if answer["status"] not in ("Scheduled", "Running") else None

        return until("the end of a query", look)

    def counts(self, **more: Any) -> dict[str, int]:
        results = self.ended(self.start(**more))["results"]
        rows = [{cell["field"]: cell["value"] for cell in row} for row in results]
        return {row["bin(1h)"]: int(row["count(*)"]) for row in rows}

    def test_events_are_counted_by_hours_with_both_ends(self) -> None:
        def hour(number: int) -> str:
            return time.strftime("%Y-%m-%d %H:00:00.000", time.gmtime(_START + number * _HOUR))

        query = self.start("stats count(*) as n by bin(1h) as hour")
        self.assertEqual(self.logs.get_query_results(queryId=query)["status"], "Scheduled")
        answer = self.ended(query)
        rows = sorted(answer["results"], key=lambda row: row[0]["value"])
        expected = [
            [{"field": "hour", "value": hour(number)}, {"field": "n", "value": count}]
            for number, count in enumerate(("2", "1", "1"))
        ]
        self.assertEqual((answer["status"], rows), ("Complete", expected))
        self.assertEqual(answer["statistics"]["recordsMatched"], 4.0)
        self.assertEqual(self.counts(), {hour(0): 2, hour(1): 1, hour(2): 1})
        self.assertEqual(self.counts(startTime=_START + 1, endTime=_START + _HOUR - 1), {hour(0): 1})

    def test_what_it_cannot_do_is_refused(self) -> None:
        malformed = self.logs.exceptions.MalformedQueryException
        for text in ("fields @message", "stats count(*) by bin(1h) | limit 1", "stats sum(x)", ""):
            with self.assertRaises(malformed):
                self.start(text)
        with self.assertRaises(self.logs.exceptions.ResourceNotFoundException):
            self.start(logGroupName="/none")
        with self.assertRaises(self.logs.exceptions.InvalidParameterException):
            self.start(endTime=_START - 1)
        with self.assertRaises(self.logs.exceptions.ResourceNotFoundException):
            self.logs.get_query_results(queryId="strange")

    def test_a_time_before_the_log_group_or_its_retention_is_refused(self) -> None:
        self.age(_START + 2 * _HOUR + 1)
        with self.assertRaisesRegex(
            self.logs.exceptions.MalformedQueryException, "before the log groups creation time"
        ):
            self.start()
        self.age(_START)
        self.logs.put_retention_policy(logGroupName="/shop", retentionInDays=1)
        with self.assertRaises(self.logs.exceptions.MalformedQueryException):
            self.start()
        self.assertEqual(self.counts(endTime=_START + 48 * _HOUR), {})

    def test_a_query_can_fail_miss_events_hang_and_be_stopped(self) -> None:
        self.cloud.post("/_medic/log-faults", {"fault": "query_fails"})
        self.assertEqual(self.ended(self.start())["status"], "Failed")
        self.cloud.post("/_medic/log-faults", {"fault": "query_misses", "value": 3})
        self.assertEqual(sum(self.counts().values()), 1)
        self.cloud.post("/_medic/log-faults", {"fault": "query_hangs"})
        query = self.start()
        self.assertEqual(self.logs.stop_query(queryId=query)["success"], True)
        self.assertEqual(self.ended(query)["status"], "Cancelled")
        with self.assertRaises(self.logs.exceptions.InvalidParameterException):
            self.logs.stop_query(queryId=query)
        self.assertEqual(sum(self.counts().values()), 4)


if __name__ == "__main__":
    unittest.main()
