"""Which events CloudWatch Logs takes and shows, on a started cloud."""

from __future__ import annotations

import time
import unittest
from typing import Any

import log_events
import log_streams
from started_cloud import StartedCloud

_DAY = 86_400_000


class Accepted(unittest.TestCase):
    NOW = 1_800_000_000_000

    def test_what_is_too_old_expired_or_too_new_is_left_out_and_said(self) -> None:
        cases: list[tuple[list[int], int, int, int, dict[str, int]]] = [
            ([-14 * _DAY, 0, 7_200_000], 0, 0, 3, {}),
            ([-14 * _DAY - 1, 0], 0, 1, 2, {"tooOldLogEventEndIndex": 1}),
            ([0, 7_200_001], 0, 0, 1, {"tooNewLogEventStartIndex": 1}),
            (
                [-14 * _DAY - 1, -_DAY - 1, 0],
                *(_DAY, 2, 3),
                {"tooOldLogEventEndIndex": 1, "expiredLogEventEndIndex": 2},
            ),
            (
                [-_DAY - 1, 7_200_001],
                *(_DAY, 1, 1),
                {"expiredLogEventEndIndex": 1, "tooNewLogEventStartIndex": 1},
            ),
        ]
        for offsets, kept, start, end, rejected in cases:
            events = [{"timestamp": self.NOW + at, "message": ""} for at in offsets]
            sorted_out = log_events.sorted_out(events, self.NOW, self.NOW - kept if kept else 0)
            self.assertEqual(sorted_out, (events[start:end], rejected), offsets)

    def test_a_batch_is_refused_as_a_whole(self) -> None:
        cases = [
            ([2, 1], "x", "in chronological order"),
            ([0] * 10_001, "x", "exceeds the limit"),
            ([0, 1], "x" * 524_300, "Upload too large"),
            ([0, _DAY + 1], "x", "cannot span more than 24 hours"),
            ([0, _DAY], "x", None),
        ]
        for offsets, message, expected in cases:
            events = [{"timestamp": self.NOW + at, "message": message} for at in offsets]
            refusal = log_events.refusal(events, events)
            self.assertTrue(refusal is None if expected is None else expected in str(refusal), refusal)


class StaleStreams(unittest.TestCase):
    def test_what_came_within_an_hour_is_not_in_the_times(self) -> None:
        events = [{"timestamp": at, "ingestionTime": ingested} for at, ingested in ((9, 2), (1, 5))]
        cases = [
            (3_600_002, {}),
            (3_600_003, {"lastEventTimestamp": 9, "lastIngestionTime": 2}),
            (3_600_006, {"lastEventTimestamp": 9, "lastIngestionTime": 5}),
        ]
        for now, expected in cases:
            listed = {"lastEventTimestamp": 9, "lastIngestionTime": 5}
            log_streams.make_stale(listed, events, now)
            self.assertEqual(listed, expected)


class Events(unittest.TestCase):
    def setUp(self) -> None:
        self.cloud = StartedCloud(self)
        self.logs = self.cloud.client("logs")
        self.now = int(time.time() * 1000)
        self.logs.create_log_group(logGroupName="/shop", tags={"export": "yes"})
        self.logs.create_log_stream(logGroupName="/shop", logStreamName="web")

    def put(self, *offsets: int) -> dict[str, Any]:
        listed = [{"timestamp": self.now + at, "message": str(at)} for at in offsets]
        return self.logs.put_log_events(
            logGroupName="/shop", logStreamName="web", logEvents=listed
        )

    def shown(self, **asked: Any) -> list[dict[str, Any]]:
        found = []
        while True:
            answer = self.logs.filter_log_events(**{"logGroupName": "/shop", **asked})
            found += answer["events"]
            if "nextToken" not in answer:
                return found
            asked["nextToken"] = answer["nextToken"]

    def test_late_events_come_in_with_their_time_and_expire_with_the_retention(self) -> None:
        self.put(-2_000)
        time.sleep(0.01)
        self.put(-_DAY, -5_000)
        events = self.shown()
        self.assertEqual([event["message"] for event in events], [str(-_DAY), "-5000", "-2000"])
        self.assertEqual(len({event["eventId"] for event in events}), 3)
        self.assertEqual(events, self.shown())
        self.assertGreater(events[0]["ingestionTime"], events[2]["ingestionTime"])
        (stream,) = self.logs.describe_log_streams(logGroupName="/shop")["logStreams"]
        self.assertEqual(stream["lastIngestionTime"], events[0]["ingestionTime"])
        self.assertEqual(stream["lastEventTimestamp"], self.now - 2_000)

        self.logs.put_retention_policy(logGroupName="/shop", retentionInDays=1)
        self.assertEqual([event["message"] for event in self.shown()], ["-5000", "-2000"])
        read = self.logs.get_log_events(logGroupName="/shop", logStreamName="web")["events"]
        self.assertEqual([event["message"] for event in read], ["-5000", "-2000"])
        info = self.put(-_DAY - 1)["rejectedLogEventsInfo"]
        self.assertEqual(info, {"expiredLogEventEndIndex": 1})

    def test_reading_meets_its_faults(self) -> None:
        self.put(-3, -2, -1)
        self.cloud.post("/_medic/log-faults", {"fault": "streams_stale"})
        for expected in (False, True):
            (stream,) = self.logs.describe_log_streams(logGroupName="/shop")["logStreams"]
            self.assertEqual("lastIngestionTime" in stream, expected)
        self.cloud.post("/_medic/log-faults", {"fault": "filter_empty_pages", "times": None})
        first = self.logs.filter_log_events(logGroupName="/shop")
        self.assertEqual((first["events"], "nextToken" in first), ([], True))
        self.assertEqual([event["message"] for event in self.shown(limit=2)], ["-3", "-2", "-1"])
        self.cloud.post("/_medic/log-faults", {"fault": "filter_token_expired"})
        with self.assertRaises(self.logs.exceptions.InvalidParameterException):
            self.shown()
        self.assertEqual(len(self.shown()), 3)
        self.cloud.post("/_medic/log-faults", {"fault": "filter_throttled", "times": 20})
        with self.assertRaises(self.logs.exceptions.ClientError) as caught:
            self.shown()
        self.assertEqual(caught.exception.response["Error"]["Code"], "ThrottlingException")

    def test_classes_tags_and_pages_of_log_groups(self) -> None:
        self.logs.create_log_group(logGroupName="/rare", logGroupClass="INFREQUENT_ACCESS")
        with self.assertRaises(self.logs.exceptions.ClientError) as caught:
            self.shown(logGroupName="/rare")
        error = caught.exception.response["Error"]
        self.assertEqual(error["Code"], "InvalidOperationException")
        first = self.logs.describe_log_groups(limit=1)
        second = self.logs.describe_log_groups(limit=1, nextToken=first["nextToken"])
        listed = [*first["logGroups"], *second["logGroups"]]
        classes = [(each["logGroupName"], each["logGroupClass"]) for each in listed]
        self.assertEqual(classes, [("/rare", "INFREQUENT_ACCESS"), ("/shop", "STANDARD")])
        self.assertTrue(all(each["creationTime"] >= self.now for each in listed))
        tagging = self.cloud.client("resourcegroupstaggingapi")
        tag = [{"Key": "export", "Values": ["yes"]}]
        found = tagging.get_resources(ResourceTypeFilters=["logs:log-group"], TagFilters=tag)
        arns = [each["ResourceARN"] for each in found["ResourceTagMappingList"]]
        self.assertEqual(arns, ["arn:aws:logs:eu-west-1:111122223333:log-group:/shop"])


if __name__ == "__main__":
    unittest.main()
