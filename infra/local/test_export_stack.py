"""The real template on the real cloud, as far as the export of logs goes: what sets the function off, and that it may do what it has to.

The function is a stand-in that writes down its events; the binaries have tests of their own.
"""

from __future__ import annotations

import json
import time
import unittest
from typing import Any

from botocore.exceptions import ClientError
from deployed_stack import DeployedStack
from started_cloud import until

# What the function asks for when it is told to: all that it needs, and three things that it may not do.
ASK = """
def ask(event):
    import boto3, time
    logs, s3, tags = (boto3.client(name) for name in ("logs", "s3", "resourcegroupstaggingapi"))
    state, bucket = os.environ["STATE_BUCKET"], os.environ["EXPORT_BUCKET"]
    now = int(time.time() * 1000)
    s3.get_bucket_location(Bucket=bucket)
    s3.get_bucket_policy(Bucket=bucket)
    s3.get_bucket_encryption(Bucket=bucket)
    logs.describe_log_groups()
    tags.get_resources(ResourceTypeFilters=["logs:log-group"])
    logs.describe_log_streams(logGroupName="/ecs/shop")
    logs.filter_log_events(logGroupName="/ecs/shop", startTime=now - 60000, endTime=now)
    query = logs.start_query(logGroupName="/ecs/shop", startTime=now // 1000 - 60, endTime=now // 1000, queryString="stats count(*) by bin(1h)")
    logs.get_query_results(queryId=query["queryId"])
    task = logs.create_export_task(logGroupName="/ecs/shop", fromTime=event["since"], to=now, destination=bucket, destinationPrefix="staging/1")
    logs.describe_export_tasks(taskId=task["taskId"])
    s3.list_objects_v2(Bucket=bucket, Prefix="staging/1/")
    for key in ("cloudwatch-logs/1.ndjson.zst", "manifests/1.json"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x", IfNoneMatch="*")
        s3.get_object(Bucket=bucket, Key=key)
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "cloudwatch-logs/1.ndjson.zst"}]})
    s3.put_object(Bucket=state, Key="exports/ledger/1.json", Body=b"x", IfNoneMatch="*")
    s3.get_object(Bucket=state, Key="exports/ledger/1.json")
    s3.list_objects_v2(Bucket=state, Prefix="exports/ledger/")
    s3.put_object(Bucket=state, Key="targets/1.json", Body=b"x", IfNoneMatch="*")
    s3.delete_object(Bucket=bucket, Key="manifests/1.json")
    logs.create_log_group(logGroupName="/ecs/own")
"""


class ExportStack(DeployedStack):
    ask, asks = ASK, b'"since"'
    settings = {"LOGS_EXPORT_SECONDS": "0.2"}

    def variables(self, function: str) -> dict[str, str]:
        configuration = self.lambdas.get_function_configuration(FunctionName=function)
        self.assertEqual((configuration["Timeout"], configuration["MemorySize"]), (30, 256))
        return configuration["Environment"]["Variables"]

    def test_who_names_no_log_group_has_nothing_of_it(self) -> None:
        outputs = self.deploy(ExportDeny="/ecs/secret")
        self.assertEqual([name for name in outputs if "Export" in name], [])
        functions = [one["FunctionName"] for one in self.lambdas.list_functions()["Functions"]]
        self.assertEqual([name for name in functions if "LogExporter" in name], [])
        analyst = self.variables(outputs["IncidentAnalystFunctionName"])
        self.assertEqual(analyst["EXPORT_BUCKET"], "")

    def test_a_tag_alone_is_enough_and_settings_arrive(self) -> None:
        outputs = self.deploy(
            ExportTag="export=true",
            ExportDeny="/ecs/secret,/ecs/old-*",
            ExportDirectGroups="/ecs/shop",
            ExportRedactGroups="/ecs/users",
            ExportSettleHours="0.5",
            ExportSealMinutes="0",
            ExportReachBackDays="7",
            ExportSweepHours="12",
            ExportCountBy="events",
            Paused="true",
        )
        own = ("alarm-playbook", "ci-log-analyzer", "incident-analyst", "log-exporter")
        expected = {
            "STATE_BUCKET": outputs["StateBucketName"],
            "EXPORT_BUCKET": outputs["ExportBucketName"],
            "EXPORT_GROUPS": "",
            "EXPORT_TAG": "export=true",
            "EXPORT_DENY": "/ecs/secret,/ecs/old-*",
            "OWN_GROUPS": ",".join(f"/aws/lambda/medic-{name}" for name in own),
            "DIRECT_GROUPS": "/ecs/shop",
            "REDACT_GROUPS": "/ecs/users",
            "SETTLE_HOURS": "0.5",
            "SEAL_MINUTES": "0",
            "REACH_BACK_DAYS": "7",
            "SWEEP_HOURS": "12",
            "COUNT_BY": "events",
            "PACE": "1",
            "MEDIC_PAUSED": "true",
        }
        self.assertEqual(self.variables(outputs["LogExporterFunctionName"]), expected)
        analyst = self.variables(outputs["IncidentAnalystFunctionName"])
        self.assertEqual(analyst["EXPORT_BUCKET"], outputs["ExportBucketName"])

    def test_the_schedule_sets_it_off_and_a_tick_that_fails_is_kept(self) -> None:
        outputs = self.deploy(ExportGroups="/ecs/*", ExportSchedule="rate(1 second)")
        first, *_ = until("a tick", lambda: self.events_of("log-exporter"))
        self.assertEqual((first["source"], first["detail-type"]), ("aws.events", "Scheduled Event"))
        self.lambdas.invoke(
            FunctionName=outputs["LogExporterFunctionName"],
            InvocationType="Event",
            Payload=b'{"stumble": true}',
        )
        record = self.kept_in(outputs["LogExporterFailureQueueUrl"])
        self.assertEqual(record["requestPayload"], {"stumble": True})
        self.assertEqual(record["requestContext"]["approximateInvokeCount"], 3)

    def test_the_role_grants_what_an_export_needs_and_no_more(self) -> None:
        outputs = self.deploy(ExportGroups="/ecs/*")
        # A task may not begin before its group was made.
        since = int(time.time() * 1000)
        self.logs.create_log_group(logGroupName="/ecs/shop")
        self.lambdas.invoke(
            FunctionName=outputs["LogExporterFunctionName"],
            InvocationType="Event",
            Payload=json.dumps({"since": since + 1000}).encode(),
        )
        calls = self.calls(last="logs:CreateLogGroup")
        self.assertEqual({one["function"] for one in calls}, {outputs["LogExporterFunctionName"]})
        bucket, state = (
            f"arn:aws:s3:::{outputs[name]}" for name in ("ExportBucketName", "StateBucketName")
        )
        refused = [(one["action"], one["resource"]) for one in calls if not one["granted"]]
        self.assertEqual(
            sorted(refused),
            [
                ("logs:CreateLogGroup", "arn:aws:logs:eu-west-1:111122223333:log-group:/ecs/own"),
                ("s3:DeleteObject", f"{bucket}/manifests/1.json"),
                ("s3:PutObject", f"{state}/targets/1.json"),
            ],
        )
        granted = {one["action"] for one in calls if one["granted"]}
        self.assertLessEqual(
            {
                "logs:CreateExportTask",
                "logs:DescribeExportTasks",
                "logs:DescribeLogGroups",
                "logs:DescribeLogStreams",
                "logs:FilterLogEvents",
                "logs:GetQueryResults",
                "logs:StartQuery",
                "tag:GetResources",
                "s3:GetObject",
                "s3:ListBucket",
                "s3:PutObject",
            },
            granted,
        )

    def test_export_tasks_may_write_where_they_are_told_to_and_nowhere_else(self) -> None:
        bucket = self.deploy(ExportGroups="/ecs/*")["ExportBucketName"]
        self.logs.create_log_group(logGroupName="/ecs/shop")
        now = int(time.time() * 1000)
        task = {
            "logGroupName": "/ecs/shop",
            "fromTime": now + 1000,
            "to": now + 2000,
            "destination": bucket,
        }
        with self.assertRaisesRegex(ClientError, "PutObject call on the given bucket failed"):
            self.logs.create_export_task(**task, destinationPrefix="cloudwatch-logs/1")
        created = self.logs.create_export_task(**task, destinationPrefix="staging/1")["taskId"]

        def completed() -> bool:
            (one,) = self.logs.describe_export_tasks(taskId=created)["exportTasks"]
            return one["status"]["code"] == "COMPLETED"

        until("the task is completed", completed)
        listed = self.s3.list_objects_v2(Bucket=bucket)["Contents"]
        self.assertEqual([one["Key"] for one in listed], ["staging/1/aws-logs-write-test"])

    def test_what_is_proven_stays_and_what_was_staged_goes(self) -> None:
        bucket = self.deploy(ExportGroups="/ecs/*", ExportTransitionDays="90")["ExportBucketName"]
        rules = self.s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]

        def of(name: str) -> dict[str, Any]:
            (rule,) = [one for one in rules if one["ID"] == name]
            return rule

        expiring = {one["ID"]: one["Expiration"].get("Days") for one in rules if "Expiration" in one}
        self.assertEqual(expiring.pop("what-export-tasks-wrote"), 7)
        self.assertEqual({*expiring.values()} - {None}, set())
        self.assertEqual(
            of("older-logs")["Transitions"], [{"Days": 90, "StorageClass": "GLACIER_IR"}]
        )


if __name__ == "__main__":
    unittest.main()
