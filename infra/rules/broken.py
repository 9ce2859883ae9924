"""For the tests: the template, broken in one place."""

from __future__ import annotations

import copy
import unittest
from collections.abc import Callable
from typing import Any

import validate

from . import findings
from .source import Source
from .stack import Stack, items

TEMPLATE = validate.read_template(validate.ROOT / "infra" / "template.yaml")
TRANSFORMED = validate.transform(TEMPLATE)

FUNCTION = "AlarmPlaybookFunction"
ROLE = "AlarmPlaybookRole"
CI_FUNCTION = "CiLogAnalyzerFunction"
CI_ROLE = "CiLogAnalyzerRole"
ANALYST = "IncidentAnalystFunction"
ANALYST_ROLE = "IncidentAnalystRole"
EXPORTER = "LogExporterFunction"
EXPORTER_ROLE = "LogExporterRole"
SECRET = "gh" + "p_" + "0" * 36

# Stands in for the code, so that these tests are about the template alone.
VARIABLES, CI_VARIABLES, ANALYST_VARIABLES, EXPORTER_VARIABLES = (
    frozenset(TEMPLATE["Resources"][function]["Properties"]["Environment"]["Variables"])
    for function in (FUNCTION, CI_FUNCTION, ANALYST, EXPORTER)
)
CALLS = """
describe_alarm_history describe_alarms describe_container_instances describe_instance_information describe_scalable_targets
describe_service_revisions describe_services describe_target_health describe_tasks get_automation_execution
get_command_invocation get_metric_data get_parameter get_resources list_commands list_service_deployments
list_tags_for_resource list_tasks send_command start_automation_execution stop_service_deployment stop_task update_service
"""
SERVICES = "applicationautoscaling cloudwatch ecs elasticloadbalancingv2 resourcegroupstagging ssm"
METRICS = "Decisions Escalations LockConflicts FailedIncidents OpenIncidents Ticks TimeToRecover TimeToRemediate"
VERDICTS = "failed ignore rejected remediate report verify wait"
SOURCE = Source(
    VARIABLES | {"PLAYBOOK_FILE"},
    frozenset(CALLS.split()),
    frozenset(SERVICES.split()),
    frozenset(METRICS.split()),
    frozenset(VERDICTS.split()),
)
CI_METRICS = (
    "Analyses Asks Baselines Comments CostUsd Failures InputTokens Issues Mails OutputTokens Proposals RefusedPatches "
    "Rejections UnknownCategory"
)
CI_SOURCE = Source(
    CI_VARIABLES,
    frozenset({"get_object", "put_object", "get_parameter"}),
    frozenset({"s3", "ssm"}),
    frozenset(CI_METRICS.split()),
)
ANALYST_CALLS = """
describe_alarm_history describe_alarms describe_service_revisions describe_services describe_target_groups
describe_target_health describe_task_definition describe_tasks filter_log_events get_metric_data get_parameter
list_clusters list_service_deployments list_services list_tasks
"""
ANALYST_METRICS = "Analyses Failures Gaps HeardBySns Rejections StateChanges Summaries TimeToReport Undetermined"
ANALYST_SOURCE = Source(
    ANALYST_VARIABLES,
    frozenset(ANALYST_CALLS.split()),
    frozenset("cloudwatch cloudwatchlogs ecs elasticloadbalancingv2 ssm".split()),
    frozenset(ANALYST_METRICS.split()),
)
EXPORTER_CALLS = """
create_export_task delete_objects describe_export_tasks describe_log_groups describe_log_streams filter_log_events
get_bucket_encryption get_bucket_location get_bucket_policy get_object get_object_lock_configuration get_query_results
get_resources list_objects_v2 put_object start_query
"""
EXPORTER_METRICS = (
    "BytesExported ExpiredWindows ExpiringHours Failures Groups LagHours RowsExported SuspectWindows Throttles Ticks VerifiedWindows"
)
EXPORTER_SOURCE = Source(
    EXPORTER_VARIABLES,
    frozenset(EXPORTER_CALLS.split()),
    frozenset("cloudwatchlogs resourcegroupstagging s3".split()),
    frozenset(EXPORTER_METRICS.split()),
    frozenset({"direct", "export_task"}),
)
SHARED_CALLS = frozenset(
    {"delete_object", "get_object", "list_objects_v2", "publish", "put_object", "send_email", "to_owned"}
)
SHARED = Source(None, SHARED_CALLS, frozenset({"s3", "sns", "sesv2"}))

DOCUMENT = validate.read_document()

BY_HAND = {
    "alarm-playbook": dict.fromkeys(VARIABLES, ""),
    "ci-log-analyzer": dict.fromkeys(CI_VARIABLES, ""),
    "incident-analyst": dict.fromkeys(ANALYST_VARIABLES, ""),
    "log-exporter": dict.fromkeys(EXPORTER_VARIABLES, ""),
}
SOURCES = {
    "alarm-playbook": SOURCE,
    "ci-log-analyzer": CI_SOURCE,
    "incident-analyst": ANALYST_SOURCE,
    "log-exporter": EXPORTER_SOURCE,
}

Resources = dict[str, Any]


class Rules(unittest.TestCase):
    def expect(self, change: Callable[[Resources], object], *sentences: str) -> None:
        self.assertEqual(findings(changed_stack(change)), list(sentences))


def changed_stack(change: Callable[[Resources], object] = lambda _: None, source: Source | None = SOURCE) -> Stack:
    template = copy.deepcopy(TEMPLATE)
    change(template["Resources"])
    sources = {name: one for name, one in (SOURCES | {"alarm-playbook": source}).items() if one}
    return Stack(template, TRANSFORMED, sources, SHARED, BY_HAND, DOCUMENT)


def properties(resources: Resources, name: str) -> dict[str, Any]:
    return resources[name]["Properties"]


def statement(resources: Resources, policy: str, sid: str) -> dict[str, Any]:
    """A statement of a resource's policy."""
    return next(one for one in properties(resources, policy)["PolicyDocument"]["Statement"] if one["Sid"] == sid)


def grants(resources: Resources, role: str = ROLE) -> list[dict[str, Any]]:
    """The statements of a function's role, conditions and all."""
    return properties(resources, role)["Policies"][0]["PolicyDocument"]["Statement"]


def grant(resources: Resources, sid: str, role: str = ROLE) -> dict[str, Any]:
    """A statement of a function's role, under a condition or not."""
    return next(one for one in items(grants(resources, role)) if one["Sid"] == sid)
