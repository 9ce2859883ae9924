"""The whole published message, and the subjects that mail readers see."""

from __future__ import annotations

import unittest
from typing import Any

import alarm_mail
import alarm_message

TOPIC = "arn:aws:sns:eu-west-1:111122223333:alerts"


def alarm(**changes: Any) -> dict[str, Any]:
    """As MiniStack keeps it."""
    return {
        "AlarmName": "checkout-high-5xx-errors",
        "AlarmArn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:checkout-high-5xx-errors",
        "AlarmDescription": "",
        "MetricName": "HTTPCode_Target_5XX_Count",
        "Namespace": "AWS/ApplicationELB",
        "Statistic": "Sum",
        "ExtendedStatistic": None,
        "Period": 60,
        "EvaluationPeriods": 2,
        "DatapointsToAlarm": 2,
        "Threshold": 10.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": [TOPIC],
        "OKActions": [],
        "InsufficientDataActions": [],
        "Dimensions": [{"Name": "LoadBalancer", "Value": "app/shop/50dc6c495c0c9188"}],
        "Unit": None,
        "AlarmConfigurationUpdatedTimestamp": 1_771_450_000,
    } | changes


def message(record: dict[str, Any]) -> dict[str, Any]:
    return alarm_message.message(
        record,
        "OK",
        "ALARM",
        "the reason",
        account="111122223333",
        region="eu-west-1",
        changed_at=1_771_451_221.1239,
    )


class Messages(unittest.TestCase):
    maxDiff = None

    def test_metric_alarm(self) -> None:
        published = message(alarm())
        self.assertEqual(
            published,
            {
                "AlarmName": "checkout-high-5xx-errors",
                "AlarmDescription": None,
                "AWSAccountId": "111122223333",
                "AlarmConfigurationUpdatedTimestamp": "2026-02-18T21:26:40.000+0000",
                "NewStateValue": "ALARM",
                "NewStateReason": "the reason",
                "StateChangeTime": "2026-02-18T21:47:01.123+0000",
                "Region": "EU (Ireland)",
                "AlarmArn": alarm()["AlarmArn"],
                "OldStateValue": "OK",
                "OKActions": [],
                "AlarmActions": [TOPIC],
                "InsufficientDataActions": [],
                "Trigger": {
                    "MetricName": "HTTPCode_Target_5XX_Count",
                    "Namespace": "AWS/ApplicationELB",
                    "StatisticType": "Statistic",
                    "Statistic": "SUM",
                    "Unit": None,
                    "Dimensions": [
                        {"value": "app/shop/50dc6c495c0c9188", "name": "LoadBalancer"}
                    ],
                    "Period": 60,
                    "EvaluationPeriods": 2,
                    "DatapointsToAlarm": 2,
                    "ComparisonOperator": "GreaterThanThreshold",
                    "Threshold": 10.0,
                    "TreatMissingData": "notBreaching",
                    "EvaluateLowSampleCountPercentile": "",
                },
            },
        )
        # CloudWatch's order of fields, which people reading the mail are used to.
        self.assertEqual(list(published)[-2:], ["InsufficientDataActions", "Trigger"])

    def test_mail_about_a_metric_alarm(self) -> None:
        lines = [
            'The CloudWatch alarm "checkout-high-5xx-errors" in EU (Ireland) has changed to ALARM.',
            "",
            "Alarm:",
            "- Name: checkout-high-5xx-errors",
            "- Description: none",
            "- State change: OK -> ALARM",
            "- Reason: the reason",
            "- Timestamp: 2026-02-18T21:47:01.123+0000",
            "- Account: 111122223333",
            f"- ARN: {alarm()['AlarmArn']}",
            "",
            "Metric:",
            "- AWS/ApplicationELB HTTPCode_Target_5XX_Count"
            " (LoadBalancer = app/shop/50dc6c495c0c9188)",
            "- In ALARM while GreaterThanThreshold 10.0 in 2 of 2 periods of 60 seconds",
            "",
        ]
        self.assertEqual(alarm_mail.text(message(alarm())), "\n".join(lines))

    def test_percentile_alarm(self) -> None:
        trigger = message(alarm(ExtendedStatistic="p99.9"))["Trigger"]
        self.assertEqual(trigger["StatisticType"], "ExtendedStatistic")
        self.assertEqual(trigger["ExtendedStatistic"], "p99.9")
        self.assertNotIn("Statistic", trigger)

    def test_datapoints_to_alarm_only_when_set(self) -> None:
        record = alarm()
        del record["DatapointsToAlarm"]
        self.assertNotIn("DatapointsToAlarm", message(record)["Trigger"])

    def test_composite_alarm(self) -> None:
        record = {
            "AlarmName": "shop-down",
            "AlarmArn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:shop-down",
            "AlarmRule": "ALARM(one)",
            "StateReasonData": '{"triggeringAlarms":[{"arn":"arn:one","state":'
            '{"value":"ALARM","timestamp":"2026-02-18T21:47:01.000+0000"}}]}',
        }
        published = message(record)
        self.assertEqual(published["AlarmRule"], "ALARM(one)")
        self.assertEqual(
            published["TriggeringChildren"],
            [
                {
                    "Arn": "arn:one",
                    "State": {"Value": "ALARM", "Timestamp": "2026-02-18T21:47:01.000+0000"},
                }
            ],
        )
        self.assertNotIn("Trigger", published)


class Subjects(unittest.TestCase):
    def check(self, name: str, state: str, region: str, expected: str) -> None:
        subject = alarm_message.subject(name, state, region)
        self.assertEqual(subject, expected)
        self.assertLessEqual(len(subject), 100)

    def test_short_name(self) -> None:
        self.check("checkout", "ALARM", "eu-west-1", 'ALARM: "checkout" in EU (Ireland)')

    def test_long_name(self) -> None:
        cut = "n" * 46 + "..."
        self.check(
            "n" * 200,
            "INSUFFICIENT_DATA",
            "sa-east-1",
            f'INSUFFICIENT_DATA: "{cut}" in South America (Sao Paulo)',
        )

    def test_unknown_region(self) -> None:
        self.check("checkout", "OK", "xx-new-9", 'OK: "checkout" in xx-new-9')


if __name__ == "__main__":
    unittest.main()
