"""Breaks the template once per rule and expects the rule's own sentence: a rule that cannot fail checks nothing."""

from __future__ import annotations

import copy
import io
import json
import tempfile
import unittest
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import validate
from validate import Source, Stack

TEMPLATE = validate.read_template(validate.ROOT / "infra" / "template.yaml")
TRANSFORMED = validate.transform(TEMPLATE)

FUNCTION = "AlarmPlaybookFunction"
ROLE = "AlarmPlaybookRole"
SECRET = "gh" + "p_" + "0" * 36

# Stands in for the code, so that these tests are about the template alone.
VARIABLES = frozenset(TEMPLATE["Resources"][FUNCTION]["Properties"]["Environment"]["Variables"])
SOURCE = Source(VARIABLES, frozenset({"describe_services", "update_service"}), frozenset({"ecs"}))
SHARED_CALLS = frozenset({"get_object", "put_object", "publish", "send_email", "to_owned"})
SHARED = Source(None, SHARED_CALLS, frozenset({"s3", "sns", "sesv2"}))

Resources = dict[str, Any]


def stack(change: Callable[[Resources], object] = lambda _: None, source: Source | None = SOURCE) -> Stack:
    template = copy.deepcopy(TEMPLATE)
    change(template["Resources"])
    sources = {} if source is None else {"alarm-playbook": source}
    return Stack(template, TRANSFORMED, sources, SHARED)


def properties(resources: Resources, name: str) -> dict[str, Any]:
    return resources[name]["Properties"]


def statement(resources: Resources, sid: str) -> dict[str, Any]:
    policy = properties(resources, ROLE)["Policies"][0]["PolicyDocument"]
    return next(one for one in validate.statements(policy) if one["Sid"] == sid)


class Rules(unittest.TestCase):
    def expect(self, change: Callable[[Resources], object], *sentences: str) -> None:
        self.assertEqual(validate.findings(stack(change)), list(sentences))

    def test_the_template_as_it_is_has_no_findings(self) -> None:
        self.assertEqual(validate.findings(stack()), [])

    def test_every_rule_is_broken_here(self) -> None:
        source = Path(__file__).read_text()
        self.assertEqual([rule.__name__ for rule in validate.RULES if f"def test_{rule.__name__}" not in source], [])

    def test_no_secret_is_written_down(self) -> None:
        path = f"Resources.{FUNCTION}.Properties.Environment.Variables"
        advice = "looks like a literal secret; keep it in SSM and name the parameter"
        self.expect(
            lambda r: properties(r, FUNCTION)["Environment"]["Variables"].update(MAIL_TO=SECRET),
            f"{path}.MAIL_TO {advice}",
        )
        self.expect(
            lambda r: properties(r, FUNCTION)["Environment"]["Variables"].update(MAIL_PASSWORD="short"),
            f"{path}.MAIL_PASSWORD {advice}",
            f"{FUNCTION} sets MAIL_PASSWORD, which its config.rs does not read",
        )

    def test_no_secret_is_written_down_nor_passed_as_a_parameter(self) -> None:
        changed = stack()
        changed.raw["Parameters"]["GitHubToken"] = {"Type": "String", "NoEcho": True}
        sentence = "parameter GitHubToken would carry a secret through CloudFormation; keep it in SSM"
        self.assertEqual(validate.findings(changed), [sentence])

    def test_each_function_has_its_own_role(self) -> None:
        found = validate.findings(stack(lambda r: properties(r, FUNCTION).pop("Role")))
        self.assertIn(f"{FUNCTION} has no role of this template", found)
        found = validate.findings(stack(lambda r: r.update(Second=copy.deepcopy(r[FUNCTION]))))
        self.assertIn(f"Second shares {ROLE} with {FUNCTION}", found)

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
            lambda r: statement(r, "KeepFailedEvents").update(Resource={"Fn::GetAtt": "OtherQueue.Arn"}),
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

    def test_nothing_published_comes_back(self) -> None:
        sentence = f"{FUNCTION} may publish to a topic that it hears, or to one from elsewhere: "
        for topic in ({"Ref": "AlertsTopic"}, "arn:aws:sns:eu-west-1:111122223333:other"):
            self.expect(lambda r: statement(r, "Report").update(Resource=topic), sentence + json.dumps(topic))

    def test_roles_grant_nothing_broad(self) -> None:
        self.expect(
            lambda r: statement(r, "RestartTheListedServices").update(Resource="*"),
            f"{ROLE} grants ecs:DescribeServices on every resource",
            f"{ROLE} grants ecs:UpdateService on every resource",
        )
        found = validate.findings(stack(lambda r: statement(r, "Report").update(Action="sns:*")))
        self.assertIn(f"{ROLE} grants sns:*, a wildcard", found)
        found = validate.findings(stack(lambda r: statement(r, "Report").update(NotAction="sns:Subscribe")))
        self.assertIn(f"{ROLE} grants by exclusion: NotAction", found)
        self.expect(
            lambda r: properties(r, ROLE).update(ManagedPolicyArns=["arn:aws:iam::aws:policy/AWSLambdaExecute"]),
            f"{ROLE} takes a managed policy, which grants more than is used and changes without us",
        )

    def test_roles_grant_nothing_broad_under_a_condition_either(self) -> None:
        self.expect(
            lambda r: statement(r, "MailTheReport").update(Resource="*"),
            f"{ROLE} grants ses:SendEmail on every resource",
        )

    def test_variables_set_are_variables_read(self) -> None:
        self.expect(
            lambda r: properties(r, FUNCTION)["Environment"]["Variables"].pop("DRY_RUN"),
            f"{FUNCTION} does not set DRY_RUN, which its config.rs reads",
        )
        self.expect(
            lambda r: properties(r, FUNCTION)["Environment"]["Variables"].update(UNREAD="1"),
            f"{FUNCTION} sets UNREAD, which its config.rs does not read",
        )
        self.assertIn(
            f"{FUNCTION}: functions/alarm-playbook/src/config.rs is missing, so nobody reads its variables",
            validate.findings(stack(source=None)),
        )

    def test_actions_granted_are_calls_made(self) -> None:
        self.expect(
            lambda r: statement(r, "ReadAndWriteRecords")["Action"].append("s3:DeleteObject"),
            f"{FUNCTION} may do s3:DeleteObject, which no code calls",
        )
        self.expect(
            lambda r: statement(r, "RestartTheListedServices").update(Action="ecs:UpdateService"),
            "functions/alarm-playbook calls describe_services, but no role of it grants ecs:DescribeServices",
        )
        self.expect(
            lambda r: statement(r, "MailTheReport").update(Action="ses:SendRawEmail"),
            f"{FUNCTION} may do ses:SendRawEmail, which no code calls",
            "shared calls send_email, but no role of it grants ses:SendEmail",
        )

    def test_alarms_can_publish(self) -> None:
        self.expect(
            lambda r: properties(r, "AlertsTopic").update(KmsMasterKeyId="alias/aws/sns"),
            "AlertsTopic is under the AWS-managed key, through which alarms cannot publish",
        )
        self.expect(
            lambda r: r.pop("AlertsTopicPolicy"),
            f"no policy lets CloudWatch publish to AlertsTopic, which {FUNCTION} hears",
        )

    def test_services_are_admitted_for_us_alone(self) -> None:
        self.expect(
            lambda r: properties(r, "AlertsTopicPolicy")["PolicyDocument"]["Statement"][0].pop("Condition"),
            'AlertsTopicPolicy admits {"Service": "cloudwatch.amazonaws.com"} on behalf of any account',
        )

    def test_buckets_keep_what_they_hold(self) -> None:
        self.expect(lambda r: r["StateBucket"].pop("DeletionPolicy"), "StateBucket would go with the stack")
        for without, sentence in {
            "VersioningConfiguration": "StateBucket is not versioned",
            "BucketEncryption": "StateBucket does not say how it encrypts",
            "PublicAccessBlockConfiguration": "StateBucket could be made public",
        }.items():
            self.expect(lambda r: properties(r, "StateBucket").pop(without), sentence)
        self.expect(lambda r: r.pop("StateBucketPolicy"), "StateBucket can be used over plain HTTP")

    def test_a_first_installation_acts_on_nothing(self) -> None:
        changed = stack()
        changed.raw["Parameters"]["DryRun"]["Default"] = "false"
        self.assertEqual(validate.findings(changed), ["DryRun does not default to 'true'"])
        self.expect(
            lambda r: properties(r, FUNCTION)["Environment"]["Variables"].update(DRY_RUN="false"),
            f"{FUNCTION} does not take DRY_RUN from the parameter DryRun",
        )

    def test_subscriptions_may_invoke(self) -> None:
        transformed = copy.deepcopy(TRANSFORMED)
        del transformed["Resources"][f"{FUNCTION}AlertsPermission"]
        changed = Stack(TEMPLATE, transformed, {"alarm-playbook": SOURCE}, SHARED)
        sentence = f"{FUNCTION}Alerts delivers to {FUNCTION}, which does not let that topic invoke it"
        self.assertEqual(validate.findings(changed), [sentence])


class Linting(unittest.TestCase):
    def test_a_circle_is_found_after_the_transform(self) -> None:
        template = copy.deepcopy(TEMPLATE)
        properties(template["Resources"], FUNCTION)["Events"]["Objects"] = {
            "Type": "S3",
            "Properties": {"Bucket": {"Ref": "StateBucket"}, "Events": "s3:ObjectCreated:*"},
        }
        self.assertEqual(linted(TRANSFORMED), (True, ""))
        clean, output = linted(validate.transform(template))
        self.assertFalse(clean)
        self.assertIn("E3004", output)


def linted(template: dict[str, Any]) -> tuple[bool, str]:
    with tempfile.TemporaryDirectory() as scratch, redirect_stdout(io.StringIO()) as output:
        path = Path(scratch) / "template.json"
        path.write_text(json.dumps(template))
        return validate.lint(path), output.getvalue()


class ReadingRust(unittest.TestCase):
    def test_only_the_code_that_is_deployed_counts(self) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            package = Path(scratch)
            (package / "src").mkdir()
            (package / "Cargo.toml").write_text(
                '[dependencies]\naws-sdk-ecs.workspace = true\n[dev-dependencies]\naws-sdk-s3 = { workspace = true }\n'
            )
            (package / "src" / "config.rs").write_text(
                'settings.required("STATE_BUCKET", "OK")?; // or "OLD_NAME"\n'
                'settings.optional("LAMBDA_TASK_ROOT");\n'
                '#[cfg(test)]\nmod tests { const OTHER: &str = "TEST_ONLY"; fn f() { ecs.stop_task().send() } }\n'
            )
            (package / "src" / "ecs.rs").write_text("/// not .delete_service()\nclient\n    .update_service()\n")
            self.assertEqual(
                validate.read_source(package),
                Source(frozenset({"STATE_BUCKET"}), frozenset({"update_service"}), frozenset({"ecs"})),
            )


if __name__ == "__main__":
    unittest.main()
