"""What reaches a function, and where that goes which it fails on."""

from __future__ import annotations

import copy
import json

from . import findings
from .broken import BY_HAND, FUNCTION, SHARED, SOURCES, TEMPLATE, TRANSFORMED, Rules, grant, properties, statement
from .stack import Stack


class Events(Rules):
    def test_each_function_has_a_log_that_expires(self) -> None:
        self.expect(
            lambda r: properties(r, FUNCTION)["LoggingConfig"].pop("LogGroup"),
            f"{FUNCTION} names no log group of this template, so Lambda makes one that never expires",
        )
        self.expect(
            lambda r: properties(r, "AlarmPlaybookLogGroup").pop("RetentionInDays"),
            "AlarmPlaybookLogGroup does not keep its events for 14 days",
        )

    def test_each_failed_event_is_kept(self) -> None:
        self.expect(
            lambda r: properties(r, FUNCTION)["EventInvokeConfig"].pop("DestinationConfig"),
            f"{FUNCTION} has no queue for events it failed on",
        )
        self.expect(
            lambda r: grant(r, "KeepFailedEvents").update(Resource={"Fn::GetAtt": "OtherQueue.Arn"}),
            f"{FUNCTION}'s role may not send to AlarmPlaybookFailureQueue; SAM adds that only to roles it makes itself",
        )

    def test_each_undelivered_alarm_is_kept(self) -> None:
        self.expect(
            lambda r: properties(r, FUNCTION)["Events"]["Alerts"]["Properties"].pop("RedrivePolicy"),
            f"{FUNCTION}'s subscription Alerts has no queue for what SNS cannot deliver",
        )
        self.expect(
            lambda r: r.pop("AlarmPlaybookFailureQueuePolicy"),
            f"no policy lets SNS send to AlarmPlaybookFailureQueue, so what it cannot deliver to {FUNCTION} is lost",
        )

    def test_each_undelivered_event_is_kept(self) -> None:
        analyst, queue = "IncidentAnalystFunction", "IncidentAnalystFailureQueue"
        self.expect(
            lambda r: properties(r, analyst)["Events"]["StateChanges"]["Properties"].pop("DeadLetterConfig"),
            f"{analyst}'s rule StateChanges has no queue for what EventBridge cannot deliver",
        )
        by_name = {"ArnLike": {"aws:SourceArn": {"Fn::Sub": "arn:aws:events:*:*:rule/${AWS::StackName}-*"}}}
        account = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
        self.expect(
            lambda r: statement(r, f"{queue}Policy", "UndeliveredEventsArrive").update(Condition=by_name | account),
            f"no policy lets the rule {analyst}StateChanges send to {queue}, whatever its name is, so what it cannot deliver is lost",
        )

    def test_nothing_published_comes_back(self) -> None:
        sentence = f"{FUNCTION} may publish to a topic that it hears, or to one from elsewhere: "
        for topic in ({"Ref": "AlertsTopic"}, "arn:aws:sns:eu-west-1:111122223333:other"):
            self.expect(lambda r: grant(r, "Report").update(Resource=topic), sentence + json.dumps(topic))

    def test_subscriptions_may_invoke(self) -> None:
        sentence = f"{FUNCTION}Alerts delivers to {FUNCTION}, which does not let that topic invoke it"
        self.assertEqual(findings(without(f"{FUNCTION}AlertsPermission")), [sentence])

    def test_schedules_may_invoke(self) -> None:
        sentence = f"{FUNCTION}Tick delivers to {FUNCTION}, which does not let that rule invoke it"
        self.assertEqual(findings(without(f"{FUNCTION}TickPermission")), [sentence])

    def test_each_schedule_is_a_parameter(self) -> None:
        sentence = f"{FUNCTION}'s schedule Tick is not a parameter, so nobody could make it faster or slower"
        for schedule in ("rate(1 minute)", {"Ref": "AlertsTopic"}):
            self.expect(
                lambda r: properties(r, FUNCTION)["Events"]["Tick"]["Properties"].update(Schedule=schedule), sentence
            )

    def test_each_failed_event_is_tried_again(self) -> None:
        sentence = f"{FUNCTION} does not say that a failed event is tried 2 more times"
        self.expect(lambda r: properties(r, FUNCTION)["EventInvokeConfig"].pop("MaximumRetryAttempts"), sentence)
        self.expect(lambda r: properties(r, FUNCTION)["EventInvokeConfig"].update(MaximumRetryAttempts=0), sentence)


def without(made_by_transform: str) -> Stack:
    transformed = copy.deepcopy(TRANSFORMED)
    del transformed["Resources"][made_by_transform]
    return Stack(TEMPLATE, transformed, SOURCES, SHARED, BY_HAND)
