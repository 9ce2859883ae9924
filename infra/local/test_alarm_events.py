"""The events of alarms and the items of their history, whole."""

from __future__ import annotations

import json
import unittest

from alarm_events import State, configuration_change, state_change
from alarm_history import configuration_data

AT = 1_771_451_221.123
ALARM = {
    "AlarmName": "checkout-high-5xx-errors",
    "AlarmArn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:checkout-high-5xx-errors",
    "AlarmDescription": "too many errors",
    "AlarmConfigurationUpdatedTimestamp": AT - 100,
    "ActionsEnabled": True,
    "OKActions": [],
    "AlarmActions": ["arn:aws:sns:eu-west-1:111122223333:alerts"],
    "InsufficientDataActions": [],
    "StateValue": "ALARM",
    "StateReason": "Threshold Crossed",
    "StateReasonData": '{"version":"1.0"}',
    "StateUpdatedTimestamp": AT,
    "StateTransitionedTimestamp": AT,
    "MetricName": "HTTPCode_Target_5XX_Count",
    "Namespace": "AWS/ApplicationELB",
    "Statistic": "Sum",
    "Dimensions": [{"Name": "LoadBalancer", "Value": "app/shop/50dc6c495c0c9188"}],
    "Period": 60,
    "Unit": None,
    "EvaluationPeriods": 2,
    "DatapointsToAlarm": 2,
    "Threshold": 10.0,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}
BEFORE = State("OK", "fine", None, AT - 50)


class Events(unittest.TestCase):
    def test_a_state_change_of_a_metric_alarm(self) -> None:
        detail = state_change(ALARM, BEFORE)
        identity = detail["configuration"]["metrics"][0].pop("id")
        self.assertEqual(identity, state_change(ALARM, BEFORE)["configuration"]["metrics"][0]["id"])
        self.assertEqual(
            detail,
            {
                "alarmName": "checkout-high-5xx-errors",
                "state": {
                    "value": "ALARM",
                    "reason": "Threshold Crossed",
                    "reasonData": '{"version":"1.0"}',
                    "timestamp": "2026-02-18T21:47:01.123+0000",
                },
                "previousState": {
                    "value": "OK",
                    "reason": "fine",
                    "timestamp": "2026-02-18T21:46:11.123+0000",
                },
                "configuration": {
                    "metrics": [
                        {
                            "metricStat": {
                                "metric": {
                                    "namespace": "AWS/ApplicationELB",
                                    "name": "HTTPCode_Target_5XX_Count",
                                    "dimensions": {"LoadBalancer": "app/shop/50dc6c495c0c9188"},
                                },
                                "period": 60,
                                "stat": "Sum",
                            },
                            "returnData": True,
                        }
                    ],
                    "description": "too many errors",
                },
            },
        )

    def test_a_state_change_of_a_composite_alarm(self) -> None:
        composite = {
            "AlarmName": "c",
            "AlarmRule": 'ALARM("a")',
            "ActionsSuppressor": "deploying",
            "ActionsSuppressorWaitPeriod": 60,
            "ActionsSuppressorExtensionPeriod": 30,
            "ActionsSuppressedBy": "Alarm",
            "ActionsSuppressedReason": "because",
            "StateValue": "ALARM",
            "StateReason": "r",
            "StateUpdatedTimestamp": AT,
        }
        detail = state_change(composite, BEFORE)
        self.assertEqual(
            detail["configuration"],
            {
                "alarmRule": 'ALARM("a")',
                "actionsSuppressor": "deploying",
                "actionsSuppressorWaitPeriod": 60,
                "actionsSuppressorExtensionPeriod": 30,
            },
        )
        self.assertEqual(detail["state"]["actionsSuppressedBy"], "Alarm")

    def test_an_expression_keeps_its_own_ids(self) -> None:
        math = {k: v for k, v in ALARM.items() if k not in ("MetricName", "Namespace", "Period")}
        math["Metrics"] = [{"Id": "rate", "Expression": "a / b", "Label": "r", "ReturnData": True}]
        self.assertEqual(
            state_change(math, BEFORE)["configuration"]["metrics"],
            [{"id": "rate", "expression": "a / b", "label": "r", "returnData": True}],
        )

    def test_a_changed_configuration_names_the_one_before(self) -> None:
        raised = {**ALARM, "Threshold": 500.0}
        detail = configuration_change("update", raised, ALARM)
        self.assertEqual(detail["operation"], "update")
        self.assertEqual(detail["configuration"]["threshold"], 500.0)
        self.assertEqual(detail["previousConfiguration"]["threshold"], 10.0)
        self.assertNotIn("previousConfiguration", configuration_change("create", ALARM, None))


class History(unittest.TestCase):
    def test_a_creation_has_the_whole_configuration(self) -> None:
        data = configuration_data("create", ALARM, None)
        created = data["createdAlarm"]
        self.assertEqual((data["version"], data["type"]), ("1.0", "Create"))
        self.assertEqual(created["threshold"], 10.0)
        self.assertEqual(created["okactions"], [])
        self.assertEqual(
            created["dimensions"], [{"name": "LoadBalancer", "value": "app/shop/50dc6c495c0c9188"}]
        )
        self.assertEqual(created["stateValue"], "ALARM")
        self.assertNotIn("unit", created)
        json.dumps(data)

    def test_an_update_has_the_old_values_of_what_changed(self) -> None:
        raised = {
            **ALARM,
            "Threshold": 500.0,
            "Unit": "Count",
            "AlarmConfigurationUpdatedTimestamp": AT,
            "StateValue": "OK",
        }
        data = configuration_data("update", raised, ALARM)
        self.assertEqual(data["updatedAlarm"]["threshold"], 500.0)
        self.assertEqual(
            data["originalUpdatedFields"],
            {
                "threshold": 10.0,
                "unit": None,
                "alarmConfigurationUpdatedTimestamp": "2026-02-18T21:45:21.123+0000",
            },
        )


if __name__ == "__main__":
    unittest.main()
