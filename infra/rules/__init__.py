"""What linters cannot know about the template: each rule yields sentences that name the resource."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from . import agreement, alarms, ci_upload, events, exports, records, roles, safety, uploads, watching
from .stack import Stack

RULES = (
    safety.no_secret_is_written_down,
    safety.a_first_installation_acts_on_nothing,
    safety.the_kill_switch_reaches_each_function,
    roles.each_function_has_its_own_role,
    roles.roles_grant_nothing_broad,
    roles.services_are_admitted_for_us_alone,
    roles.mail_goes_from_one_address_to_one,
    roles.each_function_is_traced,
    roles.who_only_looks_changes_nothing,
    agreement.variables_set_are_variables_read,
    agreement.actions_granted_are_calls_made,
    agreement.settings_by_hand_are_the_templates,
    agreement.the_document_is_that_of_the_host,
    events.each_function_has_a_log_that_expires,
    events.each_failed_event_is_kept,
    events.each_failed_event_is_tried_again,
    events.each_undelivered_alarm_is_kept,
    events.each_undelivered_event_is_kept,
    events.nothing_published_comes_back,
    events.subscriptions_may_invoke,
    events.schedules_may_invoke,
    events.each_schedule_is_a_parameter,
    alarms.alarms_can_publish,
    alarms.each_failure_queue_is_watched,
    alarms.nobody_heals_itself,
    alarms.nobody_analyzes_itself,
    watching.each_function_is_watched,
    watching.a_slow_function_is_noticed_before_it_is_cut_off,
    watching.a_dead_function_is_noticed,
    watching.what_is_watched_exists,
    watching.the_dashboard_shows_everything,
    records.buckets_keep_what_they_hold,
    records.records_change_only_conditionally,
    records.missing_records_are_told_from_forbidden_ones,
    records.what_is_settled_leaves_the_index,
    records.a_retry_finds_the_lease_over,
    uploads.uploads_may_invoke,
    uploads.nothing_written_comes_back,
    uploads.what_comes_in_does_not_stay,
    uploads.only_configured_secrets_are_read,
    uploads.keys_are_used_through_ssm_alone,
    exports.nobody_exports_itself,
    exports.export_tasks_may_write,
    exports.what_is_proven_stays,
    exports.what_is_not_proven_is_told,
    exports.what_fails_each_hour_is_told,
)


# About infra/ci-upload.yaml, which has no functions.
UPLOAD_RULES = (
    safety.no_secret_is_written_down,
    ci_upload.only_the_repository_is_trusted,
    ci_upload.workflows_upload_and_do_nothing_else,
    ci_upload.parameters_name_one_repository,
)


def findings(stack: Stack, rules: tuple[Callable[[Stack], Iterator[str]], ...] = RULES) -> list[str]:
    return [sentence for rule in rules for sentence in rule(stack)]
