"""What the functions may do."""

from __future__ import annotations

import copy

from . import findings
from .broken import ANALYST, ANALYST_ROLE, FUNCTION, ROLE, Resources, Rules, changed_stack, grant, grants, properties, statement


class Roles(Rules):
    def test_each_function_has_its_own_role(self) -> None:
        found = findings(changed_stack(lambda r: properties(r, FUNCTION).pop("Role")))
        self.assertIn(f"{FUNCTION} has no role of this template", found)
        found = findings(changed_stack(lambda r: r.update(Second=copy.deepcopy(r[FUNCTION]))))
        self.assertIn(f"Second shares {ROLE} with {FUNCTION}", found)

    def test_roles_grant_nothing_broad(self) -> None:
        self.expect(
            lambda r: grant(r, "RestartScaleAndRollBackTheListedServices").update(Resource="*"),
            f"{ROLE} grants ecs:DescribeServices on every resource",
            f"{ROLE} grants ecs:ListServiceDeployments on every resource",
            f"{ROLE} grants ecs:UpdateService on every resource",
        )
        found = findings(changed_stack(lambda r: grant(r, "Report").update(Action="sns:*")))
        self.assertIn(f"{ROLE} grants sns:*, a wildcard", found)
        found = findings(changed_stack(lambda r: grant(r, "Report").update(NotAction="sns:Subscribe")))
        self.assertIn(f"{ROLE} grants by exclusion: NotAction", found)
        self.expect(
            lambda r: properties(r, ROLE).update(ManagedPolicyArns=["arn:aws:iam::aws:policy/AWSLambdaExecute"]),
            f"{ROLE} takes a managed policy, which grants more than is used and changes without us",
        )

    def test_roles_grant_nothing_broad_under_a_condition_either(self) -> None:
        self.expect(
            lambda r: grant(r, "MailTheReport").update(Resource="*"),
            f"{ROLE} grants ses:SendEmail on every resource",
        )

    def test_services_are_admitted_for_us_alone(self) -> None:
        self.expect(
            lambda r: properties(r, "AlertsTopicPolicy")["PolicyDocument"]["Statement"][0].pop("Condition"),
            'AlertsTopicPolicy admits {"Service": "cloudwatch.amazonaws.com"} on behalf of any account',
        )

    def test_services_are_admitted_for_us_alone_by_account(self) -> None:
        for topic in ("AlertsTopic", "HealerAlarmsTopic"):
            for without in ("aws:SourceAccount", "StringEquals"):
                sentence = f'{topic}Policy admits {{"Service": "cloudwatch.amazonaws.com"}} on behalf of any account'

                def change(r: Resources) -> None:
                    condition = statement(r, f"{topic}Policy", "AlarmsOfThisAccountPublish")["Condition"]
                    condition.pop(without, None) or condition["StringEquals"].pop(without)

                self.expect(change, sentence)

    def test_each_function_is_traced(self) -> None:
        self.expect(lambda r: properties(r, FUNCTION).pop("Tracing"), f"{FUNCTION} is not traced")
        self.expect(lambda r: properties(r, FUNCTION).update(Tracing="PassThrough"), f"{FUNCTION} is not traced")
        self.expect(
            lambda r: grant(r, "SendItsTraces").update(Action="xray:PutTraceSegments"),
            f"{FUNCTION}'s role may not do xray:PutTelemetryRecords; SAM adds that only to roles it makes itself",
        )

    def test_mail_goes_from_one_address_to_one(self) -> None:
        sentence = f"{FUNCTION}'s role may send mail from other addresses than MailFrom or to others than MailTo"
        for without in ("StringEquals", "ForAllValues:StringEquals"):
            self.expect(lambda r: grant(r, "MailTheReport")["Condition"].pop(without), sentence)
        self.expect(lambda r: grant(r, "MailTheReport").pop("Condition"), sentence)

    def test_who_only_looks_changes_nothing(self) -> None:
        stop = {"Effect": "Allow", "Action": "ecs:StopTask", "Resource": {"Ref": "ServiceArns"}}
        self.expect(
            lambda r: grants(r, ANALYST_ROLE).append(stop),
            f"{ANALYST} has no dry run, so it may not do ecs:StopTask",
            f"{ANALYST} may do ecs:StopTask, which no code calls",
        )
