"""What CloudWatch tells, and whether it arrives."""

from __future__ import annotations

from .broken import ANALYST, FUNCTION, TEMPLATE, Resources, Rules, properties

ALARM = "AlarmPlaybookFailureQueueAlarm"


class Alarms(Rules):
    def test_alarms_can_publish(self) -> None:
        self.expect(
            lambda r: properties(r, "AlertsTopic").update(KmsMasterKeyId="alias/aws/sns"),
            "AlertsTopic is under the AWS-managed key, through which alarms cannot publish",
        )
        self.expect(
            lambda r: r.pop("AlertsTopicPolicy"),
            f"no policy lets CloudWatch publish to AlertsTopic, which {FUNCTION} hears",
            f"no policy lets CloudWatch publish to AlertsTopic, which {ANALYST} hears",
        )

    def test_alarms_can_publish_about_lambda_medic_itself(self) -> None:
        self.expect(
            lambda r: properties(r, "HealerAlarmsTopic").update(KmsMasterKeyId="alias/aws/sns"),
            "HealerAlarmsTopic is under the AWS-managed key, through which alarms cannot publish",
        )
        self.expect(
            lambda r: r.pop("HealerAlarmsTopicPolicy"),
            *(
                f"no policy lets CloudWatch publish to HealerAlarmsTopic, which {name} tells"
                for name, resource in TEMPLATE["Resources"].items()
                if resource["Type"] == "AWS::CloudWatch::Alarm"
            ),
        )

    def test_each_failure_queue_is_watched(self) -> None:
        sentence = f"no alarm tells of events in AlarmPlaybookFailureQueue, so {FUNCTION}'s failures lie there unseen"
        unlisted = f"{ALARM} is an alarm of this template or of the dashboard, but not of both"
        self.expect(lambda r: r.pop(ALARM), sentence, unlisted)
        self.expect(lambda r: properties(r, ALARM).pop("AlarmActions"), sentence)
        self.expect(lambda r: properties(r, ALARM).update(ActionsEnabled=False), sentence)
        self.expect(lambda r: properties(r, ALARM).update(Threshold=10), sentence)
        self.expect(
            lambda r: properties(r, ALARM)["Dimensions"][0].update(Value="other"),
            sentence,
            f"{ALARM} looks at AWS/SQS ApproximateNumberOfMessagesVisible QueueName=other, which no resource of this template "
            "sends",
        )

    def test_nobody_heals_itself(self) -> None:
        self.expect(
            lambda r: properties(r, ALARM).update(AlarmActions=[{"Ref": "AlertsTopic"}]),
            f"{ALARM} is about lambda-medic itself and tells AlertsTopic, which {FUNCTION} hears",
            f"{ALARM} is about lambda-medic itself and tells AlertsTopic, which {ANALYST} hears",
        )
        self.expect(
            lambda r: properties(r, ALARM).update(OKActions=[{"Ref": "AlertsTopic"}]),
            f"{ALARM} is about lambda-medic itself and tells AlertsTopic, which {FUNCTION} hears",
            f"{ALARM} is about lambda-medic itself and tells AlertsTopic, which {ANALYST} hears",
        )

    def test_nobody_analyzes_itself(self) -> None:
        sentence = f"{ANALYST} would take {ALARM} for an alarm on somebody else"
        self.expect(lambda r: properties(r, ALARM).update(AlarmName="failures"), sentence)
        self.expect(lambda r: properties(r, ALARM).pop("AlarmName"), sentence)

        def forget(resources: Resources) -> None:
            variables = properties(resources, ANALYST)["Environment"]["Variables"]
            variables["OWN_ALARMS"] = {"Fn::Sub": variables["OWN_ALARMS"]["Fn::Sub"].partition(",")[2]}

        playbooks = [name for name in TEMPLATE["Resources"] if name.startswith("AlarmPlaybook") and name.endswith("Alarm")]
        self.expect(forget, *(f"{ANALYST} would take {name} for an alarm on somebody else" for name in playbooks))
