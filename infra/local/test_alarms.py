"""When alarms are evaluated, of what, and which alarms are asked for."""

from __future__ import annotations

import unittest

import alarm_description
import alarm_message
import alarms
from alarm_configuration import _refusal_of_metrics, normalised
from alarm_evaluation import ALARM, Datapoint, judge
from metrics_of_services import of_queue

MINUTE = 1_771_451_220.0


def record(**changes: object) -> dict[str, object]:
    usual: dict[str, object] = {
        "AlarmName": "a",
        "Namespace": "N",
        "MetricName": "M",
        "Statistic": "Sum",
        "Period": 10,
        "EvaluationPeriods": 2,
        "DatapointsToAlarm": 2,
        "Threshold": 10,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }
    return usual | changes


RATE = [
    {"Id": "rate", "Expression": "errors / requests", "Label": "error rate", "ReturnData": True},
    {
        "Id": "errors",
        "MetricStat": {
            "Metric": {"Namespace": "N", "MetricName": "Errors", "Dimensions": []},
            "Period": "30",
            "Stat": "Sum",
        },
        "ReturnData": "false",
    },
]


class Boundaries(unittest.TestCase):
    def test_an_alarm_is_due_at_the_end_of_a_period_and_of_a_minute_at_the_latest(self) -> None:
        for period, after, boundary in ((10, 9.9, 0), (10, 10, 10), (60, 59, 0), (300, 61, 60)):
            with self.subTest(period=period, after=after):
                self.assertEqual(alarms.boundary(period, MINUTE + after), MINUTE + boundary)


class Rules(unittest.TestCase):
    def test_an_expression_has_the_period_of_its_metrics_and_no_statistic(self) -> None:
        metrics = normalised(RATE)
        rule = alarms.rule_of(record(Metrics=metrics, MetricName=None, Period=None))
        assert rule is not None
        self.assertEqual((rule.period, rule.statistic), (30, ""))
        self.assertEqual([query["ReturnData"] for query in metrics], [True, False])

    def test_the_reason_data_of_an_expression_has_neither_statistic_nor_count(self) -> None:
        rule = alarms.rule_of(record(Metrics=normalised(RATE)))
        assert rule is not None
        verdict = judge(rule, "OK", [Datapoint(0, 11.0), Datapoint(30, 12.0)], 61)
        assert verdict is not None
        self.assertEqual(verdict.state, ALARM)
        self.assertNotIn("statistic", verdict.reason_data)
        self.assertNotIn("sampleCount", verdict.reason_data["evaluatedDatapoints"][0])

    def test_missing_data_of_dynamodb_are_ignored(self) -> None:
        rule = alarms.rule_of(record(Namespace="AWS/DynamoDB"))
        assert rule is not None
        self.assertEqual(rule.treat_missing_data, "ignore")

    def test_alarms_of_other_kinds_are_left_alone(self) -> None:
        self.assertIsNone(alarms.rule_of(record(MetricName=None)))
        self.assertIsNone(alarms.rule_of(record(ComparisonOperator="LessThanLowerThreshold")))

    def test_exactly_one_query_is_watched(self) -> None:
        self.assertIsNone(_refusal_of_metrics({"Metrics": RATE}))
        both = [{**query, "ReturnData": True} for query in RATE]
        self.assertIn("exactly one", _refusal_of_metrics({"Metrics": both}) or "")
        broken = [{"Id": "e", "Expression": "a +"}]
        self.assertIn("expected", _refusal_of_metrics({"Metrics": broken}) or "")


class Message(unittest.TestCase):
    def test_the_trigger_of_an_expression(self) -> None:
        trigger = alarm_message._trigger(record(Metrics=normalised(RATE)))
        self.assertNotIn("MetricName", trigger)
        self.assertEqual(trigger["Period"], 30)
        self.assertEqual(
            trigger["Metrics"][0],
            {
                "Expression": "errors / requests",
                "Id": "rate",
                "Label": "error rate",
                "ReturnData": True,
            },
        )
        self.assertEqual(trigger["Metrics"][1]["MetricStat"]["Metric"]["Dimensions"], [])


class Description(unittest.TestCase):
    def test_any_action_counts_for_the_prefix(self) -> None:
        topic = "arn:aws:sns:eu-west-1:111122223333:alerts"
        self.assertTrue(alarm_description.uses_action({"OKActions": [topic]}, topic))
        self.assertTrue(alarm_description.uses_action({"AlarmActions": [topic]}, "arn:aws:sns"))
        self.assertFalse(alarm_description.uses_action({"AlarmActions": []}, topic))

    def test_what_is_unset_is_left_out(self) -> None:
        alarm = {"AlarmName": "a", "Unit": None, "AlarmDescription": "", "StateReason": ""}
        described = alarm_description.described(alarm | {"Period": 60})
        self.assertEqual(described, {"AlarmName": "a", "StateReason": "", "Period": 60})


class Queues(unittest.TestCase):
    def test_visible_in_flight_and_delayed(self) -> None:
        messages = [
            {"sent_at": 50, "visible_at": 50, "receive_count": 1},
            {"sent_at": 60, "visible_at": 130, "receive_count": 2},
            {"sent_at": 90, "visible_at": 110, "receive_count": 0},
        ]
        data = of_queue({"name": "q", "messages": messages}, 100.0)
        self.assertEqual([datum.values[0] for datum in data], [1.0, 1.0, 1.0, 50.0])
        self.assertEqual(data[0].dimensions, {"QueueName": "q"})


if __name__ == "__main__":
    unittest.main()
