//! The playbook file of the fleet, and what its installation allows.

use std::fmt::Write as _;

use alarm_playbook::decision::Policy;
use alarm_playbook::playbook::PlaybookFile;

use super::{ACCOUNT, REGION};

/// How large a fleet is.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// ECS services.
    pub services: usize,
    /// Containers, each on a host of its own.
    pub hosts: usize,
    /// Alarms for each, five at most.
    pub alarms: usize,
}

/// A playbook file with ladders of several steps for each kind of alarm. `defaults` are its further lines, indented by two.
pub fn playbooks(shape: Shape, defaults: &str) -> PlaybookFile {
    let names = |of: usize, name: &dyn Fn(usize) -> String| {
        (0..of).map(name).collect::<Vec<_>>().join(", ")
    };
    let services = names(shape.services, &|n| format!("svc-{n:04}"));
    let hosts = names(shape.hosts, &|n| format!("i-{n:08x}"));
    let mut yaml = format!("version: 1\ndefaults:\n  max_alarm_age: 15m\n{defaults}playbooks:\n");
    let ladders = [
        (
            "5xx",
            "[restart_service, rollback_deployment, page: { subject: errors go on }]",
        ),
        (
            "cpu",
            "[scale_service: { by: 2, max: 8 }, restart_service, page: { subject: load goes on }]",
        ),
        (
            "tasks",
            "[stop_unhealthy_tasks, notify: { subject: tasks were sick }, restart_service]",
        ),
        (
            "latency",
            "[restart_service, scale_service: { by: 1, max: 7 }, rollback_deployment]",
        ),
        (
            "queue",
            "[scale_service: { to: 7, max: 8 }, page: { subject: the queue grows }]",
        ),
    ];
    for (kind, steps) in ladders {
        let service = format!("{{ from_dimension: ServiceName, allowed: [{services}] }}");
        write!(
            yaml,
            "  - name: {kind}\n    match: {{ alarm_name: 'svc-*-{kind}' }}\n    target: {{ ecs_service: {{ cluster: shop, service: {service} }} }}\n    steps: {steps}\n"
        )
        .unwrap();
    }
    if shape.hosts > 0 {
        write!(
            yaml,
            "  - name: workers\n    match: {{ alarm_name: 'i-*' }}\n    target: {{ ec2_container: {{ instance: {{ from_dimension: InstanceId, allowed: [{hosts}] }}, container: worker }} }}\n    steps: [restart_container, run_automation: {{ document: Mend }}, page: {{ subject: a worker is down }}]\n"
        )
        .unwrap();
    }
    PlaybookFile::parse(&yaml).unwrap()
}

/// What the installation allows: everything that the playbooks ask for.
pub(super) fn policy() -> Policy {
    Policy {
        dry_run: false,
        paused: false,
        allowed_accounts: vec![ACCOUNT.to_owned()],
        allowed_regions: vec![REGION.to_owned()],
        restart_document: Some("lambda-medic-restart".to_owned()),
        automations: vec!["Mend".to_owned()],
    }
}
