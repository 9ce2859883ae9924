//! What one alarm costs before anything is asked of AWS: reading it, finding its playbook among 200, deciding.
//!
//! As a measure of the machine, plain JSON parsing of the same event runs beside it: compare ratios, not times.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark stops where it cannot go on"
)]

use std::fmt::Write as _;
use std::hint::black_box;

use alarm_playbook::alarms::{AlarmNow, Tags};
use alarm_playbook::decision::{Decision, Policy, Situation, decide};
use alarm_playbook::playbook::PlaybookFile;
use alarm_playbook::record::{Lease, TargetRecord};
use alarm_playbook::surroundings::Surroundings;
use alarm_playbook::targets::{Deployment, ServiceState, TargetState};
use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::Value;
use shared::alarm::{Alarm, Parsed, read_bytes};

const EVENT: &[u8] = include_bytes!("../../../events/alarm-playbook/alarm.json");
const PLAYBOOK: &str = include_str!("../playbook.yaml");

/// 199 playbooks for other alarms, then the one that matches.
fn playbooks() -> PlaybookFile {
    let (head, last) = PLAYBOOK.split_once("playbooks:").unwrap();
    let others = (0..199).fold(String::new(), |mut others, n| {
        let service = "{ ecs_service: { cluster: shop, service: other } }";
        let _ = write!(
            others,
            "\n  - name: other-{n}\n    match: {{ alarm_name: \"other-{n}-*-errors\" }}\n    target: {service}\n    steps: [restart_service]"
        );
        others
    });
    let (_, last) = last.split_once('\n').unwrap();
    PlaybookFile::parse(&format!("{head}playbooks:{others}\n{last}")).unwrap()
}

fn alarm() -> Alarm {
    match read_bytes(EVENT).remove(0).parsed {
        Parsed::Alarm(alarm) => *alarm,
        other => unreachable!("the sample is an alarm, not {other:?}"),
    }
}

/// From an alarm to what to do about it, as `medic plan` and the function do it.
fn matched_and_decided(playbooks: &PlaybookFile, alarm: &Alarm, state: &TargetState) -> Decision {
    let (playbook, target) = playbooks.matching(alarm, &Tags::new()).unwrap();
    let now = "2026-02-18T21:48:01Z".parse().unwrap();
    decide(&Situation {
        alarm,
        tags: Some(&Tags::new()),
        alarm_now: Some(&AlarmNow::as_claimed(alarm)),
        playbook,
        target: &target,
        defaults: &playbooks.defaults,
        policy: &Policy {
            dry_run: false,
            paused: false,
            allowed_accounts: vec!["111122223333".to_owned()],
            allowed_regions: vec!["eu-west-1".to_owned()],
            ..Policy::default()
        },
        record: &TargetRecord::new(target.clone()),
        state: Some(state),
        load: None,
        surroundings: &Surroundings::default(),
        is_mute: playbooks.is_mute(playbook, now),
        lease: &Lease {
            request: "bench".to_owned(),
            until: now,
        },
        now,
    })
}

fn steady() -> TargetState {
    TargetState::Service(ServiceState {
        status: "ACTIVE".to_owned(),
        deployment_controller: "ECS".to_owned(),
        deployments: vec![Deployment {
            id: "ecs-svc/1".to_owned(),
            status: "PRIMARY".to_owned(),
            task_definition: "checkout:7".to_owned(),
            rollout_state: "COMPLETED".to_owned(),
            rollout_state_reason: String::new(),
            created_at: None,
            updated_at: None,
        }],
        ..ServiceState::default()
    })
}

fn bench(criterion: &mut Criterion) {
    let (playbooks, alarm, service) = (playbooks(), alarm(), steady());
    let decided = matched_and_decided(&playbooks, &alarm, &service);
    assert!(matches!(decided, Decision::Remediate(..)), "{decided:?}");
    criterion.bench_function("plain JSON of the event", |bencher| {
        bencher.iter(|| serde_json::from_slice::<Value>(black_box(EVENT)));
    });
    criterion.bench_function("parse the event", |bencher| {
        bencher.iter(|| read_bytes(black_box(EVENT)));
    });
    criterion.bench_function("decide against 200 playbooks", |bencher| {
        bencher.iter(|| matched_and_decided(black_box(&playbooks), black_box(&alarm), &service));
    });
}

criterion_group!(benches, bench);
criterion_main!(benches);
