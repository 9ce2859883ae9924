"""The real template on the real cloud, as far as CI logs go: what a bucket tells a function, and all that a function needs.

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

BUCKET = "medic-ci-logs-111122223333-eu-west-1"

# About a key with `-ask` in it the function asks for this and that.
ASK = """
def ask(event):
    import boto3
    key = event["Records"][0]["s3"]["object"]["key"]
    s3, bucket = boto3.client("s3"), os.environ["CI_LOGS_BUCKET"]
    version = s3.head_object(Bucket=bucket, Key=key)["VersionId"]
    s3.get_object(Bucket=bucket, Key=key, VersionId=version)
    s3.put_object(Bucket=bucket, Key="analysis/acme/shop/1-1-ask.json", Body=b"x")
    s3.put_object(Bucket=bucket, Key="logs/acme/shop/own.txt", Body=b"x")
    s3.put_object(Bucket=os.environ["STATE_BUCKET"], Key="ci/logs/1.json", Body=b"x")
    s3.list_objects_v2(Bucket=os.environ["STATE_BUCKET"], Prefix="caps/")
    for name in ("/medic/groq", "/medic/other"):
        boto3.client("ssm").get_parameter(Name=name, WithDecryption=True)
    for topic in (os.environ["REPORTS_TOPIC_ARN"], os.environ["REPORTS_TOPIC_ARN"] + "2"):
        boto3.client("sns").publish(TopicArn=topic, Message="x")
"""


class CiStack(DeployedStack):
    ask, asks, fails = ASK, b"-ask", b"fail"

    def setUp(self) -> None:
        super().setUp()
        self.ssm = self.cloud.client("ssm")

    def events(self) -> list[dict[str, Any]]:
        """The records that the function was given so far."""
        events = self.events_of("ci-log-analyzer")
        return [record for event in events for record in event["Records"]]

    def put(self, key: str, body: bytes = b"log", **options: Any) -> dict[str, Any]:
        return self.s3.put_object(Bucket=BUCKET, Key=key, Body=body, **options)

    def test_without_a_repository_there_is_nothing_of_it(self) -> None:
        outputs = self.deploy()
        self.assertEqual([name for name in outputs if name.startswith("Ci")], [])
        names = [one["Name"] for one in self.s3.list_buckets()["Buckets"]]
        self.assertNotIn(BUCKET, names)
        functions = [one["FunctionName"] for one in self.lambdas.list_functions()["Functions"]]
        self.assertEqual([name for name in functions if "CiLog" in name], [])

    def test_uploads_reach_the_function_and_what_it_writes_does_not(self) -> None:
        outputs = self.deploy(Repositories="acme/shop")
        self.assertEqual(outputs["CiLogsBucketName"], BUCKET)
        for key in ("analysis/acme/shop/1.json", "baselines/acme/shop/test.baseline", "other"):
            self.put(key)
        written = self.put("logs/acme/shop/1-1-build (ü+1).log")
        first = until("the first event", self.events)
        again = self.put("logs/acme/shop/1-1-build (ü+1).log", b"another")
        self.put("passing/acme/shop/2-1-test.log")
        records = until("all events", lambda: found if len(found := self.events()) >= 3 else None)
        time.sleep(0.3)  # what must not come has had its time

        objects = [one["s3"]["object"] for one in self.events()]
        keys = [one["key"] for one in objects]
        encoded = "logs/acme/shop/1-1-build+%28%C3%BC%2B1%29.log"
        self.assertEqual(sorted(keys), [encoded, encoded, "passing/acme/shop/2-1-test.log"])
        versions = {one["versionId"] for one in objects if one["key"] == encoded}
        self.assertEqual(versions, {written["VersionId"], again["VersionId"]})
        tags = {one["eTag"] for one in objects if one["key"] == encoded}
        self.assertEqual(tags, {one["ETag"].strip('"') for one in (written, again)})
        (old,) = [one["s3"]["object"]["sequencer"] for one in first]
        new = [one["sequencer"] for one in objects if one["versionId"] == again["VersionId"]]
        self.assertGreater(new[0], old)
        self.assertEqual({one["eventName"] for one in records}, {"ObjectCreated:Put"})
        self.assertEqual({one["s3"]["bucket"]["name"] for one in records}, {BUCKET})

    def test_an_event_that_every_attempt_fails_on_is_kept(self) -> None:
        outputs = self.deploy(Repositories="acme/shop")
        self.put("logs/acme/shop/1-1-fail.log")

        record = self.kept_in(outputs["CiLogAnalyzerFailureQueueUrl"])
        self.assertEqual(record["requestContext"]["approximateInvokeCount"], 3)
        uploaded = record["requestPayload"]["Records"][0]["s3"]["object"]["key"]
        self.assertEqual(uploaded, "logs/acme/shop/1-1-fail.log")
        self.assertEqual(len(self.events()), 3)

    def test_a_function_that_lets_nobody_in_is_not_told(self) -> None:
        function = self.deploy(Repositories="acme/shop")["CiLogAnalyzerFunctionName"]
        policy = json.loads(self.lambdas.get_policy(FunctionName=function)["Policy"])
        for statement in policy["Statement"]:
            self.lambdas.remove_permission(FunctionName=function, StatementId=statement["Sid"])
        self.put("logs/acme/shop/1-1-test.log")
        time.sleep(0.5)
        self.assertEqual(self.events(), [])
        configuration = self.s3.get_bucket_notification_configuration(Bucket=BUCKET)
        wanted = {
            key: value for key, value in configuration.items() if key == "LambdaFunctionConfigurations"
        }
        with self.assertRaisesRegex(ClientError, "Unable to validate the following destination"):
            self.s3.put_bucket_notification_configuration(
                Bucket=BUCKET, NotificationConfiguration=wanted
            )

    def test_settings_arrive_and_a_key_of_groq_chooses_groq(self) -> None:
        function = self.deploy(
            Repositories="acme/shop,acme/search", GroqKeyParameter="/medic/groq", GitHubApiUrl=""
        )["CiLogAnalyzerFunctionName"]
        configuration = self.lambdas.get_function_configuration(FunctionName=function)
        variables = configuration["Environment"]["Variables"]
        wanted = {
            "CI_LOGS_BUCKET": BUCKET,
            "REPOSITORIES": "acme/shop,acme/search",
            "DRY_RUN": "true",
            "LLM_PROVIDERS": "groq",
            "GROQ_KEY_PARAMETER": "/medic/groq",
            "OPENAI_KEY_PARAMETER": "",
            "MAX_PROPOSALS_PER_HOUR": "4",
        }
        self.assertEqual({name: variables[name] for name in wanted}, wanted)
        self.assertEqual((configuration["Timeout"], configuration["MemorySize"]), (30, 256))

    def test_the_bucket_reads_and_writes_as_the_function_needs_it(self) -> None:
        self.deploy(Repositories="acme/shop")
        rules = self.s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
        expiry = {
            one["Filter"]["Prefix"]: one.get("Expiration", {}).get("Days") for one in rules
        }
        self.assertEqual(
            expiry, {"logs/": 30, "passing/": 30, "analysis/": 365, "baselines/": None}
        )

        key = "logs/acme/shop/1-1-test.log"
        old = self.put(key, b"0123456789", Metadata={"workflow": "ci"})
        self.put(key, b"another")
        version = {"Bucket": BUCKET, "Key": key, "VersionId": old["VersionId"]}
        tail = self.s3.get_object(**version, Range="bytes=-4")
        self.assertEqual((tail["Body"].read(), tail["ContentRange"]), (b"6789", "bytes 6-9/10"))
        head = self.s3.get_object(**version, Range="bytes=0-3")
        self.assertEqual((head["Body"].read(), head["Metadata"]), (b"0123", {"workflow": "ci"}))
        with self.assertRaises(ClientError) as raised:
            self.s3.get_object(**version, Range="bytes=10-20")
        self.assertEqual(raised.exception.response["Error"]["Code"], "InvalidRange")
        with self.assertRaises(ClientError) as raised:
            self.s3.get_object(Bucket=BUCKET, Key="logs/missing")
        self.assertEqual(raised.exception.response["Error"]["Code"], "NoSuchKey")

        baseline = "baselines/acme/shop/test.baseline"
        learnt = self.put(baseline, IfNoneMatch="*")
        self.put(baseline, b"more", IfMatch=learnt["ETag"])
        for condition in ({"IfNoneMatch": "*"}, {"IfMatch": learnt["ETag"]}):
            with self.assertRaises(ClientError) as raised:
                self.put(baseline, b"late", **condition)
            self.assertEqual(raised.exception.response["Error"]["Code"], "PreconditionFailed")

    def test_what_a_function_asks_for_is_held_against_its_role(self) -> None:
        outputs = self.deploy(Repositories="acme/shop", GroqKeyParameter="/medic/groq")
        for name in ("/medic/groq", "/medic/other"):
            self.ssm.put_parameter(Name=name, Value="secret", Type="SecureString")
        self.put("logs/acme/shop/1-1-ask.log")

        calls = self.calls(last="sns:Publish")
        function = outputs["CiLogAnalyzerFunctionName"]
        self.assertEqual({one["function"] for one in calls}, {function})
        state, log = outputs["StateBucketName"], f"arn:aws:s3:::{BUCKET}/logs/acme/shop/1-1-ask.log"
        parameter = "arn:aws:ssm:eu-west-1:111122223333:parameter/medic"
        expected = {
            ("s3:GetObject", log, True),
            ("s3:GetObjectVersion", log, True),
            ("s3:PutObject", f"arn:aws:s3:::{BUCKET}/analysis/acme/shop/1-1-ask.json", True),
            ("s3:PutObject", f"arn:aws:s3:::{BUCKET}/logs/acme/shop/own.txt", False),
            ("s3:PutObject", f"arn:aws:s3:::{state}/ci/logs/1.json", True),
            ("s3:ListBucket", f"arn:aws:s3:::{state}", True),
            ("ssm:GetParameter", f"{parameter}/groq", True),
            ("ssm:GetParameter", f"{parameter}/other", False),
            ("sns:Publish", outputs["ReportsTopicArn"], True),
        }
        found = {(one["action"], one["resource"], one["granted"]) for one in calls}
        self.assertEqual(found - {("sns:Publish", f"{outputs['ReportsTopicArn']}2", False)}, expected)

    def test_a_secret_is_read_back_as_it_was_stored(self) -> None:
        with self.assertRaises(ClientError) as raised:
            self.ssm.get_parameter(Name="/medic/groq", WithDecryption=True)
        self.assertEqual(raised.exception.response["Error"]["Code"], "ParameterNotFound")
        self.ssm.put_parameter(Name="/medic/groq", Value="first", Type="SecureString")
        self.ssm.put_parameter(
            Name="/medic/groq", Value="second", Type="SecureString", Overwrite=True
        )
        read = self.ssm.get_parameter(Name="/medic/groq", WithDecryption=True)["Parameter"]
        self.assertEqual((read["Type"], read["Value"]), ("SecureString", "second"))
        closed = self.ssm.get_parameter(Name="/medic/groq")["Parameter"]["Value"]
        self.assertNotEqual(closed, "second")


if __name__ == "__main__":
    unittest.main()
