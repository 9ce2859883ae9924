"""Export tasks, on a started cloud; the form of their objects without one."""

from __future__ import annotations

import gzip
import json
import time
import unittest
from collections import Counter
from typing import Any

import log_export_objects
from started_cloud import StartedCloud, until

_SERVICE = {"Service": "logs.eu-west-1.amazonaws.com"}
_SOURCE = {
    "StringEquals": {"aws:SourceAccount": ["111122223333"]},
    "ArnLike": {"aws:SourceArn": "arn:aws:logs:eu-west-1:111122223333:log-group:*"},
}
_FINAL = ("COMPLETED", "FAILED", "CANCELLED")


def policy(*actions: str) -> str:
    resources = {
        "s3:GetBucketAcl": "arn:aws:s3:::exported",
        "s3:PutObject": "arn:aws:s3:::exported/*",
    }
    statements = [
        {
            "Effect": "Allow",
            "Principal": _SERVICE,
            "Action": action,
            "Resource": resources[action],
            "Condition": _SOURCE,
        }
        for action in actions
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


OPEN = policy("s3:GetBucketAcl", "s3:PutObject")


class _ExportTasks(unittest.TestCase):
    delay = "0"

    def setUp(self) -> None:
        settings = {
            "LOGS_EXPORT_SECONDS": "0.2",
            "LOGS_EXPORT_OBJECT_BYTES": "500",
            "LOGS_EXPORT_DELAY_SECONDS": self.delay,
        }
        self.cloud = StartedCloud(self, **settings)
        self.logs, self.s3 = self.cloud.client("logs"), self.cloud.client("s3")
        self.now = int(time.time() * 1000)
        self.logs.create_log_group(logGroupName="/shop")
        age = {"group": "/shop", "created_at": self.now - 30_000}
        self.cloud.post("/_medic/log-groups", age)
        region = {"LocationConstraint": "eu-west-1"}
        self.s3.create_bucket(Bucket="exported", CreateBucketConfiguration=region)
        self.s3.put_bucket_policy(Bucket="exported", Policy=OPEN)

    def put(self, stream: str, *events: tuple[int, str]) -> None:
        listed = [{"timestamp": self.now + at, "message": message} for at, message in events]
        try:
            self.logs.create_log_stream(logGroupName="/shop", logStreamName=stream)
        except self.logs.exceptions.ResourceAlreadyExistsException:
            pass
        self.logs.put_log_events(logGroupName="/shop", logStreamName=stream, logEvents=listed)

    def create(self, **more: Any) -> str:
        asked = {
            "logGroupName": "/shop",
            "fromTime": self.now - 10_000,
            "to": self.now,
            "destination": "exported",
            "destinationPrefix": "staging/1",
            **more,
        }
        return self.logs.create_export_task(**asked)["taskId"]

    def refusal(self, **more: Any) -> tuple[str, str]:
        with self.assertRaises(self.logs.exceptions.ClientError) as caught:
            self.create(**more)
        error = caught.exception.response["Error"]
        return error["Code"], error["Message"]

    def task(self, task: str) -> dict[str, Any]:
        (found,) = self.logs.describe_export_tasks(taskId=task)["exportTasks"]
        return found

    def ended(self, task: str) -> str:
        def look() -> str | None:
            code = self.task(task)["status"]["code"]
            return code if code in _FINAL else None

        return until("the end of a task", look)

    def lines(self, task: str) -> Counter[str]:
        found: Counter[str] = Counter()
        listed = self.s3.list_objects_v2(Bucket="exported", Prefix=f"staging/1/{task}/")
        for listed_object in listed.get("Contents", []):
            body = self.s3.get_object(Bucket="exported", Key=listed_object["Key"])["Body"].read()
            found.update(gzip.decompress(body).decode().splitlines())
        return found



class ExportTasks(_ExportTasks):
    def test_a_task_writes_what_is_in_its_range_with_both_ends(self) -> None:
        self.put("web/1", (-10_001, "before"), (-10_000, "first"), (0, "last"), (1, "after"))
        time.sleep(0.01)
        self.put("web/1", (-9_000, "late"))
        task = self.create(taskName="shop")
        self.assertEqual(self.task(task)["status"], {"code": "PENDING"})
        seen = set()
        while not seen & set(_FINAL):
            seen.add(self.task(task)["status"]["code"])
        self.assertLessEqual(seen, {"PENDING", "RUNNING", "COMPLETED"})
        described = self.task(task)
        execution = described.pop("executionInfo")
        self.assertLess(execution["creationTime"], execution["completionTime"])
        expected = {
            "taskId": task,
            "taskName": "shop",
            "logGroupName": "/shop",
            "from": self.now - 10_000,
            "to": self.now,
            "destination": "exported",
            "destinationPrefix": "staging/1",
            "status": {"code": "COMPLETED", "message": "Completed successfully"},
        }
        self.assertEqual(described, expected)
        messages = sorted(line[25:] for line in self.lines(task))
        self.assertEqual(messages, ["first", "last", "late"])
        listed = self.s3.list_objects_v2(Bucket="exported")["Contents"]
        keys = {each["Key"] for each in listed}
        expected_keys = {f"staging/1/{task}/web-1/000000.gz", "staging/1/aws-logs-write-test"}
        self.assertEqual(keys, expected_keys)

    def test_one_task_at_a_time_and_a_cancelled_one_makes_way(self) -> None:
        self.cloud.post("/_medic/log-faults", {"fault": "task_hangs", "group": "/shop"})
        task = self.create()
        limit = ("LimitExceededException", "Resource limit exceeded.")
        self.assertEqual(self.refusal(), limit)
        self.logs.cancel_export_task(taskId=task)
        self.assertEqual(self.task(task)["status"]["code"], "PENDING_CANCEL")
        self.assertEqual(self.ended(task), "CANCELLED")
        with self.assertRaises(self.logs.exceptions.InvalidOperationException):
            self.logs.cancel_export_task(taskId=task)
        with self.assertRaises(self.logs.exceptions.ResourceNotFoundException):
            self.logs.cancel_export_task(taskId="strange")
        foreign = self.cloud.post("/_medic/foreign-export-task", {"seconds": 0.3})["taskId"]
        self.assertEqual(self.refusal(), limit)
        self.assertEqual(self.ended(foreign), "COMPLETED")
        second = self.create()
        self.assertEqual(self.ended(second), "COMPLETED")

        listed = self.logs.describe_export_tasks(limit=2)
        page = [each["taskId"] for each in listed["exportTasks"]]
        self.assertEqual(page, [second, foreign])
        listed = self.logs.describe_export_tasks(nextToken=listed["nextToken"])
        self.assertEqual([each["taskId"] for each in listed["exportTasks"]], [task])
        self.assertNotIn("nextToken", listed)
        cancelled = self.logs.describe_export_tasks(statusCode="CANCELLED")["exportTasks"]
        self.assertEqual([each["taskId"] for each in cancelled], [task])
        self.assertEqual(self.logs.describe_export_tasks(taskId="strange")["exportTasks"], [])

    def test_what_cannot_be_exported_is_refused(self) -> None:
        refused = "InvalidParameterException"
        closed = (
            " call on the given bucket failed. Please check if CloudWatch Logs has been granted "
            "permission to perform this operation."
        )
        for granted, call in (("s3:PutObject", "GetBucketAcl"), ("s3:GetBucketAcl", "PutObject")):
            self.s3.put_bucket_policy(Bucket="exported", Policy=policy(granted))
            self.assertEqual(self.refusal(), (refused, call + closed))
        self.s3.put_bucket_policy(Bucket="exported", Policy=OPEN)
        region = {"LocationConstraint": "eu-central-1"}
        other = self.cloud.client("s3", "eu-central-1")
        other.create_bucket(Bucket="far-away", CreateBucketConfiguration=region)
        self.assertEqual(self.refusal(destination="far-away")[0], refused)
        self.assertEqual(self.refusal(destination="nowhere")[0], refused)
        self.assertEqual(self.refusal(fromTime=self.now)[0], refused)
        before = {"fromTime": self.now - 90_000, "to": self.now - 60_000}
        self.assertEqual(self.refusal(**before)[0], refused)
        age = {"group": "/shop", "created_at": self.now - 86_400_000}
        self.cloud.post("/_medic/log-groups", age)
        self.assertEqual(self.ended(self.create(**before)), "COMPLETED")
        self.assertEqual(self.refusal(logGroupName="/none")[0], "ResourceNotFoundException")
        self.logs.create_log_group(logGroupName="/rare", logGroupClass="INFREQUENT_ACCESS")
        expected = (
            "InvalidOperationException",
            "The log group /rare is of log-group-class INFREQUENT_ACCESS. "
            "CreateExportTask is not supported for this log class.",
        )
        self.assertEqual(self.refusal(logGroupName="/rare"), expected)

    def test_faults_are_met_once_and_by_their_log_group_only(self) -> None:
        self.put("web/1", *((-number, "x" * 400) for number in range(9, -1, -1)))
        cases = [
            ("task_fails", "FAILED"),
            ("task_empty", "COMPLETED"),
            ("task_loses_lines", "COMPLETED"),
        ]
        written = []
        for fault, status in cases:
            self.cloud.post("/_medic/log-faults", {"fault": fault, "group": "/other"})
            self.cloud.post("/_medic/log-faults", {"fault": fault, "group": "/sh*", "value": 3})
            task = self.create()
            self.assertEqual(self.ended(task), status, fault)
            written.append(self.lines(task).total())
        self.assertEqual(written[1:], [0, 7])
        self.cloud.post("/_medic/log-faults", {"fault": "task_cuts_object"})
        task = self.create()
        self.assertEqual(self.ended(task), "COMPLETED")
        with self.assertRaises(EOFError):
            self.lines(task)
        task = self.create()
        self.assertEqual((self.ended(task), self.lines(task).total()), ("COMPLETED", 10))
        waiting = self.cloud.get("/_medic/log-faults")
        self.assertEqual([each["group"] for each in waiting], ["/other"] * 3)

    def test_an_answer_can_get_lost_though_there_is_a_task(self) -> None:
        for fault in ("create_answer_lost", "task_hangs"):
            self.cloud.post("/_medic/log-faults", {"fault": fault})
        # The SDK asks again by itself, and finds its own task in the way.
        self.assertEqual(self.refusal()[0], "LimitExceededException")
        (task,) = self.logs.describe_export_tasks()["exportTasks"]
        self.logs.cancel_export_task(taskId=task["taskId"])
        self.assertEqual(self.ended(task["taskId"]), "CANCELLED")


class Delay(_ExportTasks):
    delay = "1.5"

    def test_a_task_does_not_see_what_has_just_come(self) -> None:
        self.put("web/1", (0, "just come"))
        task = self.create()
        self.assertEqual((self.ended(task), self.lines(task).total()), ("COMPLETED", 0))
        time.sleep(1.6)
        task = self.create()
        self.assertEqual((self.ended(task), self.lines(task).total()), ("COMPLETED", 1))


class Objects(unittest.TestCase):
    def test_chunks_are_never_in_order_and_big_streams_have_several_objects(self) -> None:
        def event(at: int, ingested: int, message: str) -> dict[str, Any]:
            return {"timestamp": at, "ingestionTime": ingested, "message": message}

        events = [
            ("web/1", event(1_771_451_221_123, 1, "one\n  at two")),
            ("web/1", event(1_771_451_221_124, 2, "é" * 10)),
            ("web/1", event(1_771_451_221_125, 3, "three")),
            ("web-1", event(1_771_451_221_000, 4, "")),
        ]
        written = list(log_export_objects.objects("task", "p", events, 60))
        keys = [key for key, _ in written]
        self.assertEqual(keys, [f"p/task/web-1/{number:06d}.gz" for number in range(3)])
        chunks = b"".join(gzip.decompress(content) for _, content in written)
        expected = [
            "2026-02-18T21:47:01.123Z one\n  at two\n",
            f"2026-02-18T21:47:01.124Z {'é' * 10}\n",
            "2026-02-18T21:47:01.125Z three\n",
            "2026-02-18T21:47:01.000Z \n",
        ]
        in_order = "".join(expected).encode()
        self.assertNotEqual(chunks, in_order)
        self.assertEqual(sorted(chunks), sorted(in_order))


if __name__ == "__main__":
    unittest.main()
