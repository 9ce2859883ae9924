"""The event, the failure record and the environment that a function gets."""

from __future__ import annotations

import os
import unittest
from unittest import mock

import lambdas

FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:alarm-playbook"
TOPIC = "arn:aws:sns:eu-west-1:111122223333:alerts"
CONFIG = {"FunctionName": "alarm-playbook", "FunctionArn": FUNCTION, "Version": "$LATEST"}


class SnsEvent(unittest.TestCase):
    def test_the_shape_of_aws(self) -> None:
        envelope = {"MessageId": "id", "TopicArn": TOPIC, "Message": "text", "Subject": "subject"}
        event = lambdas.sns_event(envelope, f"{TOPIC}:subscription")
        (record,) = event["Records"]
        notification = record.pop("Sns")
        self.assertEqual(
            record,
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": f"{TOPIC}:subscription",
            },
        )
        self.assertRegex(notification.pop("Timestamp"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertEqual(
            list(notification),
            [
                "Type",
                "MessageId",
                "TopicArn",
                "Subject",
                "Message",
                "SignatureVersion",
                "Signature",
                "SigningCertUrl",
                "UnsubscribeUrl",
                "MessageAttributes",
            ],
        )

    def test_no_subject_is_null(self) -> None:
        envelope = {"MessageId": "id", "TopicArn": TOPIC, "Message": "text"}
        event = lambdas.sns_event(envelope, f"{TOPIC}:subscription")
        self.assertIsNone(event["Records"][0]["Sns"]["Subject"])


class FailureRecord(unittest.TestCase):
    def test_retries_exhausted(self) -> None:
        result = {"error": True, "body": {"errorMessage": "boom", "errorType": "Boom"}}
        record = lambdas.failure_record(CONFIG, {"a": 1}, "request", 3, result)
        self.assertRegex(record.pop("timestamp"), r"Z$")
        self.assertEqual(
            record,
            {
                "version": "1.0",
                "requestContext": {
                    "requestId": "request",
                    "functionArn": f"{FUNCTION}:$LATEST",
                    "condition": "RetriesExhausted",
                    "approximateInvokeCount": 3,
                },
                "requestPayload": {"a": 1},
                "responseContext": {
                    "statusCode": 200,
                    "executedVersion": "$LATEST",
                    "functionError": "Unhandled",
                },
                "responsePayload": {"errorMessage": "boom", "errorType": "Boom"},
            },
        )

    def test_too_old(self) -> None:
        record = lambdas.failure_record(CONFIG, {}, "request", 0, None)
        self.assertEqual(record["requestContext"]["condition"], "EventAgeExceeded")
        self.assertNotIn("responsePayload", record)


class Environment(unittest.TestCase):
    def environment(self, config: dict[str, object], own: dict[str, str]) -> dict[str, str]:
        server = {"PATH": "/bin", "GATEWAY_PORT": "1", "HOME": "/root"}
        given = {**server, "LAMBDA_TASK_ROOT": "/code", "AWS_REGION": "eu-west-1", **own}
        with mock.patch.dict(os.environ, server, clear=True):
            return lambdas.function_environment({**CONFIG, **config}, own, given)

    def test_the_servers_own_variables_do_not_reach_a_function(self) -> None:
        self.assertEqual(
            self.environment({}, {"DRY_RUN": "true", "HOME": "/mine"}),
            {
                "PATH": "/bin",
                "LAMBDA_TASK_ROOT": "/code",
                "AWS_REGION": "eu-west-1",
                "DRY_RUN": "true",
                "HOME": "/mine",
                "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/alarm-playbook",
                "AWS_LAMBDA_LOG_FORMAT": "Text",
                "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            },
        )

    def test_logging_config(self) -> None:
        logging_config = {"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG", "LogGroup": "group"}
        environment = self.environment({"LoggingConfig": logging_config}, {})
        self.assertEqual(environment["AWS_LAMBDA_LOG_GROUP_NAME"], "group")
        self.assertEqual(environment["AWS_LAMBDA_LOG_FORMAT"], "JSON")
        self.assertEqual(environment["AWS_LAMBDA_LOG_LEVEL"], "DEBUG")


if __name__ == "__main__":
    unittest.main()
