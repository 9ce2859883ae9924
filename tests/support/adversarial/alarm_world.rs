//! Attacks on the alarm playbook: its real handler, on the simulated AWS, with the real senders of mail.
//!
//! An installation with three playbooks: one restarts a service, one scales it, one restarts a container on the host that the
//! alarm names. Each input is tried on an alarm of each.

mod alarms;
mod targets;

use std::sync::{Arc, Mutex};

use alarm_playbook::decision::Policy;
use alarm_playbook::handler::Handler;
use alarm_playbook::playbook::PlaybookFile;
use alarm_playbook::record::Lease;
use alarm_playbook::report::Site;
use futures::FutureExt as _;
use jiff::SignedDuration;
use serde_json::Value;

use self::alarms::deliveries;
use self::targets::Acting;
use super::case::{Case, Surface};
use super::material;
use super::own_log::OwnLog;
use super::people::People;
use super::process::Look;
use super::recorded::{Ending, Incident, Object, Recorded, STATE_BUCKET};
use super::rules::{CONTAINER, DOCUMENT, MOST_TASKS};
use crate::simulated::{Simulated, World};

/// When the alarms of the world fire.
const FIRED_AT: &str = "2026-02-18T21:47:01.123Z";

/// What is delivered: events in their order, and whether an incident was opened before by the first of them.
#[derive(Debug)]
struct Delivery {
    events: Vec<Value>,
    /// Whether the first event only prepares the world.
    has_incident: bool,
}

/// Runs a case at one of the alarms' surfaces.
pub fn run(case: &Case) -> Recorded {
    let input = material::of(case);
    let text = String::from_utf8_lossy(&input.bytes).into_owned();
    let runs = deliveries(case.surface, &text)
        .into_iter()
        .map(|delivery| one(&delivery));
    runs.reduce(Recorded::and).unwrap_or_default()
}

/// The events in which an input comes at one of the alarms' surfaces: each list is for a world of its own.
pub fn events(surface: Surface, text: &str) -> Vec<Vec<Value>> {
    let deliveries = deliveries(surface, text).into_iter();
    deliveries.map(|delivery| delivery.events).collect()
}

fn playbooks() -> PlaybookFile {
    let (instance, container) = CONTAINER;
    let yaml = format!(
        "version: 1\nplaybooks:\n\
         \x20 - name: errors\n    match: {{ alarm_name: '*-high-5xx-errors' }}\n    target: {{ ecs_service: {{ cluster: shop, service: checkout }} }}\n    steps: [restart_service]\n\
         \x20 - name: load\n    match: {{ alarm_name: '*-high-load' }}\n    target: {{ ecs_service: {{ cluster: shop, service: {{ from_dimension: ServiceName, allowed: [checkout] }} }} }}\n    steps: [scale_service: {{ by: 2, max: {MOST_TASKS} }}]\n\
         \x20 - name: workers\n    match: {{ alarm_name: 'worker-*' }}\n    target: {{ ec2_container: {{ instance: {{ from_dimension: InstanceId, allowed: [{instance}] }}, container: {container} }} }}\n    steps: [restart_container]\n\
         \x20 - name: anything\n    match: {{ alarm_name: '*', namespace: Shop }}\n    target: {{ ecs_service: {{ cluster: shop, service: checkout }} }}\n    steps: [restart_service]\n"
    );
    PlaybookFile::parse(&yaml).unwrap()
}

fn policy() -> Policy {
    Policy {
        dry_run: false,
        paused: false,
        allowed_accounts: vec!["111122223333".to_owned()],
        allowed_regions: vec!["eu-west-1".to_owned()],
        restart_document: Some(DOCUMENT.to_owned()),
        automations: Vec::new(),
    }
}

/// Delivers in a world of its own, and keeps what came of it.
fn one(delivery: &Delivery) -> Recorded {
    let log = OwnLog::installed();
    let people = People::new();
    let start = FIRED_AT.parse::<jiff::Timestamp>().unwrap() + SignedDuration::from_mins(1);
    let world = Arc::new(Mutex::new(World::new(start)));
    let changes = Arc::new(Mutex::new(Vec::new()));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut seen = Recorded::default();
    let mut events = delivery.events.as_slice();
    if let ([first, rest @ ..], true) = (events, delivery.has_incident) {
        runtime.block_on(invoke(&world, &people, &changes, first));
        // Long enough for the restart to have helped, and for its data to be complete.
        world.lock().unwrap().now += SignedDuration::from_mins(4);
        events = rest;
    }
    log.take();
    let (before, told, sent) = (
        changes.lock().unwrap().len(),
        people.got().len(),
        std::time::Instant::now(),
    );
    let look = Look::now();
    for event in events {
        seen.deliveries += 1;
        for _ in 0..3 {
            let ending = runtime.block_on(invoke(&world, &people, &changes, event));
            let is_done = matches!(ending, Ending::Answered(_));
            seen.endings.push(ending);
            if is_done {
                break;
            }
            world.lock().unwrap().now += SignedDuration::from_mins(1);
        }
    }
    seen.took = sent.elapsed();
    seen.peak_bytes = look.peak_bytes();
    seen.processes = look.processes();
    seen.files = look.new_files();
    seen.log = log.take();
    seen.changes = changes.lock().unwrap().split_off(before);
    seen.messages = people.got().split_off(told);
    let world = world.lock().unwrap();
    let objects = world.stored().map(|(key, body)| Object {
        bucket: STATE_BUCKET.to_owned(),
        key: key.to_owned(),
        body: body.to_vec(),
    });
    seen.objects = objects.collect();
    seen.incident = delivery
        .has_incident
        .then(|| incident(&world, seen.changes.len()));
    seen
}

fn incident(world: &World, changes: usize) -> Incident {
    let record = world.record();
    let outcome = &record["entries"][0]["recovery"]["verdict"];
    Incident {
        is_over: world.restart_helps,
        is_closed: outcome == "recovered"
            || record["entries"][0].to_string().contains("\"recovered\""),
        changes,
    }
}

async fn invoke(
    world: &Arc<Mutex<World>>,
    people: &People,
    changes: &Arc<Mutex<Vec<alarm_playbook::action::PlannedCall>>>,
    event: &Value,
) -> Ending {
    let aws = Simulated::invocation(world);
    let playbooks = playbooks();
    let now = world.lock().unwrap().now;
    let handler = Handler {
        targets: Acting {
            aws: aws.clone(),
            changes: Arc::clone(changes),
        },
        alarms: aws.clone(),
        records: aws.clone(),
        reports: people.reports(now),
        time: aws.clone(),
        playbooks: &playbooks,
        policy: policy(),
        site: Site {
            region: "eu-west-1",
            state_bucket: "state",
            has_incident_reports: false,
        },
        lease: Lease {
            request: "request-1".to_owned(),
            until: aws.deadline() + alarm_playbook::aws::LEASE_MARGIN,
        },
        ends_at: aws.deadline(),
        alerts_topic: "arn:aws:sns:eu-west-1:111122223333:alerts",
        meter: &aws,
    };
    let answer = std::panic::AssertUnwindSafe(handler.handle(event)).catch_unwind();
    match answer.await {
        Ok(Ok(all)) => Ending::Answered(serde_json::to_value(all).unwrap()),
        Ok(Err(error)) => Ending::Failed(format!("{error:#}")),
        Err(panic) => Ending::Panicked(super::panic_text(&*panic)),
    }
}
