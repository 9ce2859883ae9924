"""A log's pages, on a started cloud."""

from __future__ import annotations

import time
import unittest
from typing import Any

from started_cloud import StartedCloud


class Pages(unittest.TestCase):
    def setUp(self) -> None:
        self.logs = StartedCloud(self).client("logs")
        self.logs.create_log_group(logGroupName="/shop")
        self.now = int(time.time() * 1000)

    def put(self, stream: str, events: list[tuple[int, str]]) -> None:
        self.logs.create_log_stream(logGroupName="/shop", logStreamName=stream)
        listed = [{"timestamp": self.now + at, "message": message} for at, message in events]
        self.logs.put_log_events(logGroupName="/shop", logStreamName=stream, logEvents=listed)

    def pages(self, **asked: Any) -> list[list[str]]:
        pages = []
        asked = {"logGroupName": "/shop", "startTime": self.now, **asked}
        while True:
            answer = self.logs.filter_log_events(**asked)
            pages.append([event["message"] for event in answer["events"]])
            if "nextToken" not in answer:
                return pages
            asked["nextToken"] = answer["nextToken"]

    def test_every_event_is_in_one_page_also_those_of_the_same_millisecond(self) -> None:
        self.put("a", [(-1, "before"), (0, "a0"), (1, "a1"), (1, "a1'"), (2, "a2")])
        self.put("b", [(1, "b1"), (3, "b3"), (9, "after")])
        expected = [["a0", "a1"], ["a1'", "b1"], ["a2", "b3"]]
        self.assertEqual(self.pages(limit=2, endTime=self.now + 3), expected)
        self.assertEqual(self.pages(endTime=self.now + 3), [[m for page in expected for m in page]])

    def test_a_page_has_a_megabyte_at_most(self) -> None:
        self.put("a", [(number, "x" * 200_000) for number in range(4)])
        self.put("b", [(number + 9, "x" * 200_000) for number in range(4)])
        self.assertEqual([len(page) for page in self.pages()], [5, 3])

    def test_a_millisecond_can_have_more_events_than_a_page(self) -> None:
        for stream in ("a", "b"):
            self.put(stream, [(5, f"{stream}{number}") for number in range(9_000)])
        pages = self.pages()
        self.assertEqual([len(page) for page in pages], [10_000, 8_000])
        self.assertEqual(len({message for page in pages for message in page}), 18_000)

    def test_streams_can_be_chosen_by_name_or_prefix(self) -> None:
        for stream in ("web/1", "web/2", "job"):
            self.put(stream, [(1, stream)])
        self.assertEqual(self.pages(logStreamNamePrefix="web/"), [["web/1", "web/2"]])
        self.assertEqual(self.pages(logStreamNames=["job", "none"]), [["job"]])

    def test_a_log_without_events_has_one_page_and_a_strange_token_is_refused(self) -> None:
        self.assertEqual(self.pages(), [[]])
        with self.assertRaises(self.logs.exceptions.InvalidParameterException):
            self.pages(nextToken="strange")


if __name__ == "__main__":
    unittest.main()
