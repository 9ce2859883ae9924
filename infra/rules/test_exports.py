"""What exports logs: it can, not its own ones, and somebody hears of what is not proven."""

from __future__ import annotations

from typing import Any

from .broken import EXPORTER, EXPORTER_ROLE, Resources, Rules, grant, properties, statement
from .test_watching import UNLISTED

BUCKET = "ExportBucket"


def variables(resources: Resources) -> dict[str, Any]:
    return properties(resources, EXPORTER)["Environment"]["Variables"]


class Exports(Rules):
    def test_nobody_exports_itself(self) -> None:
        def forget(resources: Resources) -> None:
            own = variables(resources)
            own["OWN_GROUPS"] = {"Fn::Sub": own["OWN_GROUPS"]["Fn::Sub"].rpartition(",")[0]}

        sentence = f"{EXPORTER} would export LogExporterLogGroup, which is lambda-medic's own"
        self.expect(forget, sentence)
        renamed = {"Fn::Sub": "/medic/${AWS::StackName}/export"}
        self.expect(lambda r: properties(r, "LogExporterLogGroup").update(LogGroupName=renamed), sentence)

    def test_export_tasks_may_write(self) -> None:
        for sid, action in {
            "ExportTasksLookAtTheBucket": "s3:GetBucketAcl",
            "ExportTasksWrite": "s3:PutObject",
        }.items():
            sentence = f"no policy of {BUCKET} lets export tasks of this account, and no others, do {action}"
            for change in (
                lambda one: one.update(Effect="Deny"),
                lambda one: one.update(Principal={"Service": "logs.amazonaws.com"}),
                lambda one: one["Condition"].pop("ArnLike"),
                lambda one: one["Condition"]["ArnLike"].update({"aws:SourceArn": "*"}),
                lambda one: one.update(Resource={"Fn::Sub": "${ExportBucket.Arn}/elsewhere/*"}),
            ):
                self.expect(lambda r: change(statement(r, f"{BUCKET}Policy", sid)), sentence)
            everybodys = f'{BUCKET}Policy admits {{"Service": {{"Fn::Sub": "logs.${{AWS::Region}}.amazonaws.com"}}}} on behalf of any account'
            self.expect(
                lambda r: statement(r, f"{BUCKET}Policy", sid)["Condition"]["StringEquals"].pop("aws:SourceAccount"),
                everybodys,
                sentence,
            )
        sentence = f"no policy of {BUCKET} lets export tasks of this account, and no others, do s3:PutObject"
        self.expect(
            lambda r: statement(r, f"{BUCKET}Policy", "ExportTasksWrite")["Condition"]["StringEquals"].pop("s3:x-amz-acl"), sentence
        )
        self.expect(lambda r: variables(r).update(EXPORT_BUCKET="logs"), f"{EXPORTER} exports to no bucket of this template")

    def test_what_is_proven_stays(self) -> None:
        for prefix in ("cloudwatch-logs/", "manifests/", ""):
            forgets = {"Id": "old", "Status": "Enabled", "Prefix": prefix, "ExpirationInDays": 365}
            self.expect(
                lambda r: properties(r, BUCKET)["LifecycleConfiguration"]["Rules"].append(forgets),
                f"{BUCKET} forgets what {EXPORTER} has proven: rule old",
            )

    def test_what_is_not_proven_is_told(self) -> None:
        for alarm, metric in {
            "LogExporterLagAlarm": f"LagHours FunctionName={EXPORTER} Mode=export_task",
            "LogExporterDirectLagAlarm": f"LagHours FunctionName={EXPORTER} Mode=direct",
            "LogExporterSuspectAlarm": f"SuspectWindows FunctionName={EXPORTER}",
            "LogExporterExpiringAlarm": f"ExpiringHours FunctionName={EXPORTER}",
            "LogExporterExpiredAlarm": f"ExpiredWindows FunctionName={EXPORTER}",
        }.items():
            sentence = f"no alarm tells of LambdaMedic {metric}"
            self.expect(lambda r: r.pop(alarm), f"{alarm} {UNLISTED}", sentence)
            self.expect(lambda r: properties(r, alarm).pop("AlarmActions"), sentence)

    def test_what_fails_each_hour_is_told(self) -> None:
        sentence = f"no alarm tells of what {EXPORTER} fails on once an hour"
        for changes in ({"EvaluationPeriods": 2}, {"EvaluationPeriods": 8}, {"DatapointsToAlarm": 3}, {"Period": 300}, {"Period": 7200}):
            self.expect(lambda r: properties(r, "LogExporterFailedAlarm").update(changes), sentence)
        self.expect(lambda r: properties(r, "LogExporterFailedAlarm").pop("AlarmActions"), sentence)

    def test_who_only_copies_changes_nothing(self) -> None:
        self.expect(
            lambda r: grant(r, "ReadAndExportLogs", EXPORTER_ROLE)["Action"].append("logs:DeleteLogGroup"),
            f"{EXPORTER} has no dry run, so it may not do logs:DeleteLogGroup",
            f"{EXPORTER} may do logs:DeleteLogGroup, which no code calls",
        )

    def test_manifests_change_only_conditionally(self) -> None:
        self.expect(
            lambda r: statement(r, f"{BUCKET}Policy", "ManifestsChangeOnlyConditionally").update(Effect="Allow", Principal="*"),
            f'{BUCKET}Policy admits "*" on behalf of any account',
            f"{BUCKET} takes an unconditional write under manifests/, which could hide another attempt",
        )

    def test_what_is_tidied_leaves_the_lists(self) -> None:
        for rule, prefix in enumerate(("staging", "cloudwatch-logs")):
            self.expect(
                lambda r: properties(r, BUCKET)["LifecycleConfiguration"]["Rules"][rule].update(Status="Disabled"),
                f"{BUCKET} keeps what {EXPORTER} deletes under {prefix}/, so its list grows with history",
            )
