//! What Lambda does with a delivery: invokes, and after a failure invokes again, twice, with the same request id.

use std::sync::{Arc, Mutex};

use alarm_playbook::aws::LEASE_MARGIN;
use alarm_playbook::decision::Policy;
use alarm_playbook::handler::{Handled, Handler};
use alarm_playbook::playbook::PlaybookFile;
use alarm_playbook::record::Lease;
use alarm_playbook::report::Site;
use futures::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::simulated::{Simulated, World};

/// The waits before the two retries of an asynchronous invocation (developer guide, "Retry behavior").
const WAITS: [SignedDuration; 2] = [SignedDuration::from_mins(1), SignedDuration::from_mins(2)];

/// The sample event `events/alarm-playbook/<case>.json`.
pub fn sample(case: &str) -> Value {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../events/alarm-playbook");
    let json = std::fs::read_to_string(format!("{root}/{case}.json")).unwrap();
    serde_json::from_str(&json).unwrap()
}

/// The sample alarm: the checkout service's, which fired at 21:47:01.
pub fn firing() -> Value {
    sample("alarm")
}

/// The sample alarm as another alarm's, at another time.
pub fn firing_as(name: &str, time: &str) -> Value {
    event(&message_as(name, time))
}

/// The message in the sample alarm's event, as another alarm's, at another time.
pub fn message_as(name: &str, time: &str) -> String {
    let sample = firing();
    let message = sample["Records"][0]["Sns"]["Message"].as_str().unwrap();
    let mut message: Value = serde_json::from_str(message).unwrap();
    message["AlarmName"] = name.into();
    message["AlarmArn"] = format!("arn:aws:cloudwatch:eu-west-1:111122223333:alarm:{name}").into();
    message["StateChangeTime"] = time.into();
    message.to_string()
}

/// The SNS event of any message.
pub fn event(message: &str) -> Value {
    json!({"Records": [{"EventSource": "aws:sns", "Sns": {"MessageId": "m-1", "Message": message}}]})
}

/// What became of a delivery: the answer of its last invocation.
pub type Delivered = Result<Vec<Handled>, String>;

/// Delivers each event, all at the same time, each with up to two retries.
pub async fn deliver(
    world: &Arc<Mutex<World>>,
    policy: &Policy,
    events: &[Value],
) -> Vec<Delivered> {
    let first = events.iter().enumerate();
    let mut delivered = join_all(first.map(|(n, event)| invoke(world, policy, n, event))).await;
    for wait in WAITS {
        world.lock().unwrap().now += wait;
        let retry = async |n: usize, last: Delivered| match (last, events.get(n)) {
            (Err(_), Some(event)) => invoke(world, policy, n, event).await,
            (last, _) => last,
        };
        let all = delivered.into_iter().enumerate();
        delivered = join_all(all.map(|(n, last)| retry(n, last))).await;
    }
    delivered
}

/// Delivers one event once, whatever becomes of it.
pub async fn deliver_once(world: &Arc<Mutex<World>>, policy: &Policy, event: &Value) -> Delivered {
    let number = world.lock().unwrap().invocations;
    invoke(world, policy, number, event).await
}

/// Runs the schedule's invocation; like the schedule, without a retry.
pub async fn tick(world: &Arc<Mutex<World>>, policy: &Policy) -> Delivered {
    let number = world.lock().unwrap().invocations;
    invoke(world, policy, number, &sample("tick")).await
}

/// A policy that lets the checkout alarm be acted on.
pub fn live() -> Policy {
    Policy {
        dry_run: false,
        paused: false,
        allowed_accounts: vec!["111122223333".to_owned()],
        allowed_regions: vec!["eu-west-1".to_owned()],
        ..Policy::default()
    }
}

async fn invoke(world: &Arc<Mutex<World>>, policy: &Policy, n: usize, event: &Value) -> Delivered {
    let playbooks = include_str!("../../functions/alarm-playbook/playbook.yaml");
    let mute = format!("mute: {}", world.lock().unwrap().mute);
    let playbooks = playbooks.replacen("mute: []", &mute, 1);
    let playbooks = PlaybookFile::parse(&playbooks).unwrap();
    let aws = Simulated::invocation(world);
    let handler = Handler {
        targets: aws.clone(),
        alarms: aws.clone(),
        records: aws.clone(),
        reports: aws.clone(),
        time: aws.clone(),
        playbooks: &playbooks,
        policy: policy.clone(),
        site: Site {
            region: "eu-west-1",
            state_bucket: "state",
            has_incident_reports: false,
        },
        lease: Lease {
            request: format!("request-{n}"),
            until: aws.deadline() + LEASE_MARGIN,
        },
        ends_at: aws.deadline(),
        alerts_topic: "arn:aws:sns:eu-west-1:111122223333:alerts",
        meter: &aws,
    };
    let answer = handler.handle(event).await;
    if aws.is_dead() {
        return Err("the process was killed".to_owned());
    }
    answer.map_err(|error| format!("{error:#}"))
}
