//! Which step is chosen, seen from the state of the target: one line for each case.

use super::*;
use crate::playbook::PlaybookFile;
use crate::record::{Await, Rung};
use crate::recovery::RecoveryVerdict::{self, Inconclusive, NotRecovered, Recovered};
use crate::target::tests::web;
use crate::targets::{HostState, Image, PastDeployment, ScalingLimits, TaskHealth};

/// The plain case with this ladder, and a service about which everything is known.
fn with_steps(steps: &str) -> World {
    let mut world = plain();
    world.playbooks = playbooks("ecs_service: { cluster: shop, service: checkout }", steps);
    let service = world.service.as_mut().unwrap();
    service.history = Some(vec![past("8", -60), past("7", -600), past("6", -6_000)]);
    service.tasks = Some(vec![task("a", None), task("b", None)]);
    service.scaling = Some(ScalingLimits { min: 2, max: 8 });
    service.deployments = vec![deployment("ecs-svc/1", "checkout:8", "COMPLETED")];
    world
}

fn playbooks(target: &str, steps: &str) -> PlaybookFile {
    let yaml = format!(
        "version: 1\nplaybooks:\n  - name: any\n    match: {{ alarm_name: '*' }}\n    target: {{ {target} }}\n    steps: {steps}\n"
    );
    PlaybookFile::parse(&yaml).unwrap()
}

/// A successful deployment of a revision, which ended `minutes` after the alarm.
fn past(revision: &str, minutes: i64) -> PastDeployment {
    PastDeployment {
        arn: format!("arn:deployment/{revision}"),
        status: "SUCCESSFUL".to_owned(),
        task_definition: format!("checkout:{revision}"),
        images: vec![Image {
            name: format!("shop:1.{revision}"),
            digest: Some(format!("sha256:{revision}")),
        }],
        created_at: Some(minutes_later(minutes - 2)),
        finished_at: Some(minutes_later(minutes)),
    }
}

fn task(name: &str, unhealthy: Option<&str>) -> TaskHealth {
    TaskHealth {
        arn: name.to_owned(),
        unhealthy: unhealthy.map(str::to_owned),
        started_at: None,
    }
}

impl World {
    /// What is done, as the action that is written down.
    fn done(&self) -> String {
        match self.decide() {
            Decision::Remediate(plan) => format!("{}: {:?}", plan.intent.rung, plan.intent.action),
            Decision::Report(refusal) => {
                let verdict = match (&refusal.page, refusal.awaits) {
                    (Some(subject), _) => format!("page {subject}"),
                    (None, Some(awaits)) => format!("wait for {awaits:?}"),
                    (None, None) => "report".to_owned(),
                };
                format!("{verdict}: {}", refusal.reasons.against.join("; "))
            }
            other => format!("{other:?}"),
        }
    }
}

fn check(steps: &str, change: impl FnOnce(&mut World), expected: &str) {
    let mut world = with_steps(steps);
    change(&mut world);
    assert_eq!(world.done(), expected);
}

const LADDER: &str = "[restart_service, rollback_deployment, { page: { subject: help } }]";

/// A deployment by somebody that began `minutes` after the alarm.
fn deployed(minutes: i64, rollout_state: &str) -> impl Fn(&mut World) {
    let deployment = Deployment {
        created_at: Some(minutes_later(minutes)),
        ..deployment("ecs-svc/9", "checkout:8", rollout_state)
    };
    move |w| w.service.as_mut().unwrap().deployments = vec![deployment.clone()]
}

#[test]
fn without_a_suspicion_the_first_step_is_taken() {
    check(LADDER, |_| (), "0: ForceNewDeployment");
    check(
        "[rollback_deployment]",
        |_| (),
        r#"0: DeployTaskDefinition("checkout:7")"#,
    );
    check(
        "[{ notify: { subject: look } }, restart_service]",
        |_| (),
        "1: ForceNewDeployment",
    );
    check(
        "[{ page: { subject: help } }]",
        |_| (),
        "page help: the playbook only tells people",
    );
}

#[test]
fn what_was_deployed_shortly_before_the_alarm_is_rolled_back_and_not_deployed_again() {
    let suspect = "deployment ecs-svc/9 began 12m before the alarm: a restart would run the same version again";
    let back = r#"1: DeployTaskDefinition("checkout:7")"#;
    check(LADDER, deployed(-12, "COMPLETED"), back);
    check(
        "[restart_service]",
        deployed(-12, "COMPLETED"),
        &format!("report: {suspect}"),
    );
    check(LADDER, deployed(-31, "COMPLETED"), "0: ForceNewDeployment");
    check(
        LADDER,
        deployed(1, "COMPLETED"),
        "wait for Deployment: deployment ecs-svc/9 began after the alarm and may be its remedy",
    );
    let ours = |w: &mut World| {
        deployed(-12, "COMPLETED")(w);
        w.record.entries.push(other(-60, |entry| {
            applied(entry);
            let work = Work::Deployment("ecs-svc/9".to_owned());
            entry.outcome = Some(Outcome::Applied { work });
        }));
    };
    check(LADDER, ours, "0: ForceNewDeployment");
    let first = |w: &mut World| {
        deployed(-12, "COMPLETED")(w);
        w.service.as_mut().unwrap().created_at = Some(minutes_later(-12));
    };
    check(LADDER, first, "0: ForceNewDeployment");
    let allowed = |w: &mut World| {
        deployed(-12, "COMPLETED")(w);
        w.playbooks.playbooks[0].also_act_on = vec![Exception::RecentDeployment];
    };
    check("[restart_service]", allowed, "0: ForceNewDeployment");
}

#[test]
fn a_deployment_in_progress_is_waited_for_or_stopped_if_it_began_before_the_alarm() {
    let running = |created: i64| {
        move |w: &mut World| {
            deployed(created, "IN_PROGRESS")(w);
            let mut now = past("9", 0);
            now.status = "IN_PROGRESS".to_owned();
            now.created_at = Some(minutes_later(created));
            let history = w.service.as_mut().unwrap().history.as_mut().unwrap();
            history.insert(0, now);
        }
    };
    let since =
        "wait for Deployment: deployment ecs-svc/9 began after the alarm and may be its remedy";
    check(
        LADDER,
        running(-3),
        r#"1: StopServiceDeployment("arn:deployment/9")"#,
    );
    check(LADDER, running(1), since);
    check("[rollback_deployment]", running(1), since);
    check(
        "[restart_service, { page: { subject: help } }]",
        running(-3),
        "wait for Deployment: deployment ecs-svc/9 began 3m before the alarm: a restart would run the same version again; deployment ecs-svc/9 is in progress",
    );
}

#[test]
fn a_rollback_goes_to_what_served_before_the_alarm_and_nowhere_else() {
    let history = |change: fn(&mut Vec<PastDeployment>)| {
        move |w: &mut World| change(w.service.as_mut().unwrap().history.as_mut().unwrap())
    };
    let nothing = "report: no deployment of another version ended well before the alarm";
    let back = |revision: &str| format!(r#"0: DeployTaskDefinition("checkout:{revision}")"#);
    let roll = |change: fn(&mut Vec<PastDeployment>), expected: &str| {
        check("[rollback_deployment]", history(change), expected);
    };
    roll(
        |past| past[1].status = "ROLLBACK_SUCCESSFUL".to_owned(),
        &back("6"),
    );
    roll(
        |past| past[1].finished_at = Some(minutes_later(1)),
        &back("6"),
    );
    roll(|past| past[1].finished_at = None, &back("6"));
    roll(
        |past| past[1].task_definition = "checkout:8".to_owned(),
        &back("6"),
    );
    roll(|past| past.truncate(1), nothing);
    roll(Vec::clear, nothing);
    let moves = |image: &str| {
        format!(
            "report: image {image} of checkout:7 is named by a tag that moves, so it may not be what served before"
        )
    };
    roll(
        |past| past[1].images[0].name = "shop:latest".to_owned(),
        &moves("shop:latest"),
    );
    roll(
        |past| past[1].images[0].name = "shop".to_owned(),
        &moves("shop"),
    );
    roll(
        |past| past[0].images[0].name = "shop:1.7".to_owned(),
        &moves("shop:1.7"),
    );
    roll(
        |past| past[1].images[0].name = "shop:latest@sha256:7".to_owned(),
        &back("7"),
    );
    check(
        "[rollback_deployment]",
        |w| w.service.as_mut().unwrap().history = None,
        "report: the service's past deployments are not known",
    );
}

/// Somebody went back from version 8 to version 7 already: 8 is no way back, and going back is not stopped.
#[test]
fn what_somebody_rolled_back_is_not_undone() {
    let returned = |state: &'static str, ended: Option<i64>| {
        move |w: &mut World| {
            let mut back = past("7", -1);
            back.status = if ended.is_some() {
                "SUCCESSFUL"
            } else {
                "IN_PROGRESS"
            }
            .to_owned();
            back.finished_at = ended.map(minutes_later);
            let service = w.service.as_mut().unwrap();
            service.history.as_mut().unwrap().insert(0, back);
            service.deployments = vec![Deployment {
                created_at: Some(minutes_later(-3)),
                ..deployment("ecs-svc/9", "checkout:7", state)
            }];
        }
    };
    check(
        "[rollback_deployment]",
        returned("COMPLETED", Some(-1)),
        r#"0: DeployTaskDefinition("checkout:6")"#,
    );
    check(
        "[rollback_deployment]",
        returned("IN_PROGRESS", None),
        "wait for Deployment: deployment ecs-svc/9 is in progress",
    );
}

/// A version that a rollback of ours led away from is no way back.
#[test]
fn a_version_that_was_left_behind_is_not_gone_back_to() {
    let left = |w: &mut World| {
        w.record.entries.push(other(-60, |entry| {
            applied(entry);
            let intent = entry.intent.as_mut().unwrap();
            intent.step = StepName::RollbackDeployment;
            intent.before.deployment.as_mut().unwrap().task_definition = "checkout:7".to_owned();
        }));
    };
    check(
        "[rollback_deployment]",
        left,
        r#"0: DeployTaskDefinition("checkout:6")"#,
    );
}

#[test]
fn more_load_calls_for_more_tasks_and_not_for_a_restart() {
    let ladder =
        "[restart_service, { scale_service: { by: 3, max: 10 } }, { page: { subject: help } }]";
    let busy = |w: &mut World| {
        w.load = Some(Load {
            before: 100.0,
            since: 200.0,
            period_seconds: 60,
        });
    };
    check(ladder, |_| (), "0: ForceNewDeployment");
    check(ladder, busy, "1: SetDesiredCount(5)");
    let full = |w: &mut World| {
        busy(w);
        w.service.as_mut().unwrap().desired_count = 8;
    };
    let risen = Load {
        before: 100.0,
        since: 200.0,
        period_seconds: 60,
    };
    check(
        ladder,
        full,
        &format!(
            "page help: {risen}: a restart would take capacity away; the service is to have 8 tasks already, and 8 is its most"
        ),
    );
}

#[test]
fn of_the_unhealthy_tasks_no_more_than_a_share_of_all_is_stopped_at_once() {
    let sick = |number: usize, all: usize| {
        move |w: &mut World| {
            let health = |n: usize| (n < number).then_some("Target.Timeout");
            let tasks = (0..all).map(|n| task(&format!("task-{n}"), health(n)));
            w.service.as_mut().unwrap().tasks = Some(tasks.collect());
        }
    };
    let step = "[stop_unhealthy_tasks]";
    check(
        step,
        sick(0, 10),
        "report: no task of the service is unhealthy",
    );
    check(step, sick(1, 2), r#"0: StopTasks(["task-0"])"#);
    check(step, sick(5, 10), r#"0: StopTasks(["task-0", "task-1"])"#);
    check(step, sick(1, 10), r#"0: StopTasks(["task-0"])"#);
}

#[test]
fn a_service_that_may_lose_its_tasks_while_it_is_deployed_is_not_restarted() {
    let few = |percent: u32| {
        move |w: &mut World| w.service.as_mut().unwrap().minimum_healthy_percent = Some(percent)
    };
    check("[restart_service]", few(50), "0: ForceNewDeployment");
    check(
        "[restart_service]",
        few(49),
        "report: the service may go down to 49 % of its tasks while it is deployed, and 50 % is the least",
    );
}

/// A restart because of the same alarm, decided on `minutes` after the present one.
fn tried(minutes: i64, verdict: RecoveryVerdict, proven_after: i64) -> Entry {
    let mut alarm = firing();
    alarm.state_changed_at = Some(minutes_later(minutes));
    let mut entry = entry(&alarm, "them", minutes_later(minutes));
    applied(&mut entry);
    let recovery = entry.recovery.as_mut().unwrap();
    recovery.verdict = verdict;
    recovery.proven_at = minutes_later(minutes + proven_after);
    entry
}

#[test]
fn a_step_that_did_not_help_twice_is_passed_over() {
    let twice = |verdict, minutes: [i64; 2]| {
        move |w: &mut World| {
            for minutes in minutes {
                w.record.entries.push(tried(minutes, verdict, 5));
            }
        }
    };
    let back = r#"1: DeployTaskDefinition("checkout:7")"#;
    let again = "0: ForceNewDeployment";

    check(LADDER, twice(NotRecovered, [-300, -200]), back);
    check(LADDER, twice(NotRecovered, [-1_450, -200]), again);
    check(LADDER, twice(Inconclusive, [-300, -200]), again);
    // Each time all was well for two hours.
    check(LADDER, twice(Recovered, [-300, -150]), again);
    // The alarm fired again twenty minutes after the first recovery, and half an hour after the second.
    check(LADDER, twice(Recovered, [-60, -35]), back);
    let never = |w: &mut World| {
        twice(NotRecovered, [-300, -200])(w);
        w.playbooks.defaults.memory.skip_after = 0;
    };
    check(LADDER, never, again);
}

#[test]
fn when_the_cap_is_used_up_somebody_is_called() {
    let spent = |w: &mut World| {
        w.playbooks.defaults.memory.skip_after = 0;
        for minutes in [-55, -45, -35, -25] {
            let mut entry = other(minutes, applied);
            entry.playbook = "any".to_owned();
            entry.state_changed_at = minutes_later(minutes);
            w.record.entries.push(entry);
        }
    };
    check(
        LADDER,
        spent,
        "page help: playbook any acted on the target 4 times within the hour, and 4 is its most",
    );
    let paused = |w: &mut World| {
        spent(w);
        w.policy.paused = true;
    };
    check(
        LADDER,
        paused,
        "report: the installation is paused (MEDIC_PAUSED); playbook any acted on the target 4 times within the hour, and 4 is its most",
    );
}

#[test]
fn in_a_storm_or_with_the_switch_pulled_or_at_a_mute_time_nothing_is_done() {
    check(
        LADDER,
        |w| w.surroundings.storm = Some(6),
        "wait for Storm: 6 targets fired within 5m: something bigger is broken",
    );
    check(
        LADDER,
        |w| w.surroundings.paused = Some("paused at noon: release".to_owned()),
        "report: the installation is paused at noon: release",
    );
    let mute = |w: &mut World| {
        let window = r#"{"from": "21:00", "until": "22:00"}"#;
        w.playbooks.playbooks[0].mute = vec![serde_json::from_str(window).unwrap()];
    };
    check(
        LADDER,
        mute,
        "wait for Mute: it is a time at which nothing is done (mute)",
    );
}

/// Whether people are told.
fn is_quiet(world: &World) -> bool {
    match world.decide() {
        Decision::Report(refusal) => refusal.is_quiet,
        other => panic!("{other:?}"),
    }
}

#[test]
fn people_are_told_once_an_hour_that_nothing_is_done_for_the_same_reasons() {
    let refused = |minutes: i64, rule: &str| {
        let rule = rule.to_owned();
        other(minutes, move |entry| {
            entry.alarm_name = firing().name;
            entry.verdict = Verdict::Report;
            entry.intent = None;
            entry.outcome = Some(Outcome::NotActed);
            entry.reasons.rules = vec![rule];
        })
    };
    let quiet = |change: &dyn Fn(&mut World)| {
        let mut world = with_steps(LADDER);
        world.policy.paused = true;
        change(&mut world);
        is_quiet(&world)
    };
    assert!(!quiet(&|_| ()));
    assert!(quiet(&|w| w.record.entries.push(refused(-30, "paused"))));
    assert!(!quiet(&|w| w.record.entries.push(refused(-60, "paused"))));
    assert!(!quiet(&|w| w.record.entries.push(refused(-30, "cooldown"))));
    // One that nobody was told of does not count as told.
    assert!(!quiet(&|w| {
        let mut unheard = refused(-30, "paused");
        unheard.untold.clear();
        w.record.entries.push(unheard);
    }));
    assert!(quiet(&|w| w.surroundings.storm = Some(6)));
}

/// The plain alarm's own incident, its first rung carried out and proven not to help.
fn not_helped(world: &mut World) -> Entry {
    let mut entry = entry(&world.alarm, "us", minutes_later(0));
    unproven(&mut entry);
    entry.playbook = "any".to_owned();
    world.record.entries.push(entry.clone());
    entry
}

#[test]
fn after_a_step_that_did_not_help_comes_the_next_one_that_the_situation_allows() {
    let next = |change: &dyn Fn(&mut World)| {
        let mut world = with_steps(LADDER);
        let entry = not_helped(&mut world);
        // Longer than the cooldown lasts, and than an alarm may be old.
        world.now = minutes_later(20);
        change(&mut world);
        let alarm_now = world.alarm_now();
        let state = world.service.clone().map(TargetState::Service);
        let lease = lease("us", world.now);
        let situation = world.situation(alarm_now.as_ref(), state.as_ref(), &lease);
        match after(&situation, &entry) {
            Next::Climb(plan) => format!("{}: {:?}", plan.intent.rung, plan.intent.action),
            Next::Wait => "wait".to_owned(),
            Next::Close(page) => page.map_or("close".to_owned(), |page| format!("page {page}")),
        }
    };
    let back = r#"1: DeployTaskDefinition("checkout:7")"#;
    assert_eq!(next(&|_| ()), back);
    assert_eq!(next(&|w| w.now = minutes_later(6)), back);
    // Whoever said not to act knows, and so does whoever is at it.
    assert_eq!(next(&|w| w.policy.paused = true), "close");
    assert_eq!(next(&|w| w.surroundings.storm = Some(6)), "close");
    assert_eq!(
        next(&|w| w.record.entries.push(other(15, unproven))),
        "close"
    );
    assert_eq!(next(&|w| deployed(1, "IN_PROGRESS")(w)), "wait");
    assert_eq!(next(&|w| w.service = None), "page help");
    assert_eq!(next(&|w| w.cloudwatch = CloudWatch::KnowsNone), "page help");
    let target = "ecs_service: { cluster: shop, service: checkout }";
    let one = move |w: &mut World| w.playbooks = playbooks(target, "[restart_service]");
    assert_eq!(next(&one), "close");
}

#[test]
fn an_incident_that_waited_is_decided_again_and_a_storm_is_not_acted_on_later() {
    let again = |awaits: Await, change: &dyn Fn(&mut World)| {
        let mut world = with_steps(LADDER);
        let mut entry = not_helped(&mut world);
        entry.verdict = Verdict::Wait;
        entry.intent = None;
        entry.outcome = Some(Outcome::NotActed);
        entry.awaits = Some(awaits);
        world.record.entries = vec![entry.clone()];
        change(&mut world);
        let alarm_now = world.alarm_now();
        let state = world.service.clone().map(TargetState::Service);
        let lease = lease("us", world.now);
        let situation = world.situation(alarm_now.as_ref(), state.as_ref(), &lease);
        match reconsider(&situation, &entry) {
            Again::Wait => "wait on".to_owned(),
            Again::Act(plan) => format!("{:?}", plan.intent.action),
            Again::Over(reason) => format!("over: {reason}"),
            Again::GiveUp(refusal) => refusal.reasons.against.join("; "),
        }
    };
    assert_eq!(again(Await::Deployment, &|_| ()), "ForceNewDeployment");
    assert_eq!(again(Await::Fleet, &|_| ()), "ForceNewDeployment");
    assert_eq!(again(Await::Storm, &|_| ()), "wait on");
    assert_eq!(again(Await::Mute, &|_| ()), "ForceNewDeployment");
    assert_eq!(
        again(Await::Deployment, &|w| deployed(1, "IN_PROGRESS")(w)),
        "wait on"
    );
    // What somebody deployed since may be the remedy.
    assert_eq!(
        again(Await::Deployment, &|w| deployed(1, "COMPLETED")(w)),
        "wait on"
    );
    assert_eq!(
        again(Await::Deployment, &|w| w.policy.paused = true),
        "wait on"
    );
    let over = AlarmNow {
        state: State::Ok,
        ..AlarmNow::as_claimed(&firing())
    };
    assert_eq!(
        again(Await::Fleet, &move |w| {
            w.cloudwatch = CloudWatch::Says(Box::new(over.clone()));
        }),
        "over: the alarm is in OK by now"
    );
    assert_eq!(
        again(Await::Deployment, &|w| w.service = None),
        "there is no such target"
    );
}

/// What fired while muted and still fires is acted on if it is fresh; else people hear of it, once the window is over.
#[test]
fn what_outlasts_a_mute_window_is_acted_on_while_it_is_fresh_and_told_afterwards() {
    let after = |minutes: i64, change: &dyn Fn(&mut World)| {
        let mut world = with_steps(LADDER);
        world.now = minutes_later(minutes);
        let mut entry = entry(&world.alarm, "us", minutes_later(1));
        entry.verdict = Verdict::Wait;
        entry.intent = None;
        entry.outcome = Some(Outcome::NotActed);
        entry.untold.clear();
        entry.awaits = Some(Await::Mute);
        entry.reasons.against = vec!["mute".to_owned()];
        entry.reasons.rules = vec!["mute".to_owned()];
        world.record.entries = vec![entry];
        change(&mut world);
        let entry = world.record.entries[0].clone();
        let alarm_now = world.alarm_now();
        let state = world.service.clone().map(TargetState::Service);
        let lease = lease("us", world.now);
        let situation = world.situation(alarm_now.as_ref(), state.as_ref(), &lease);
        match reconsider(&situation, &entry) {
            Again::Wait => "wait on".to_owned(),
            Again::Act(plan) => format!("{:?}", plan.intent.action),
            Again::Over(reason) => format!("over: {reason}"),
            Again::GiveUp(refusal) => {
                let against = refusal.reasons.against.join("; ");
                let told = if refusal.is_quiet { "quiet" } else { "told" };
                format!("{told}, page {:?}: {against}", refusal.page)
            }
        }
    };
    assert_eq!(after(14, &|_| ()), "ForceNewDeployment");
    assert_eq!(
        after(75, &|_| ()),
        "told, page Some(\"help\"): it fired at a time at which nobody is told, and still fires; the alarm changed its state 1h 15m ago, more than 15m"
    );
    assert_eq!(
        after(75, &|w| w.policy.paused = true),
        "told, page None: it fired at a time at which nobody is told, and still fires; the alarm changed its state 1h 15m ago, more than 15m; the installation is paused (MEDIC_PAUSED)"
    );
    let by_hand = |w: &mut World| {
        let reasons = &mut w.record.entries[0].reasons;
        reasons.against.push("the state was set by hand".to_owned());
        reasons.rules.push("forced_by_hand".to_owned());
    };
    assert_eq!(
        after(3, &by_hand),
        "told, page None: it fired at a time at which nobody is told, and still fires; the state was set by hand"
    );
    let mute = |w: &mut World| {
        let window = r#"{"from": "00:00", "until": "00:00"}"#;
        w.playbooks.playbooks[0].mute = vec![serde_json::from_str(window).unwrap()];
    };
    assert_eq!(after(75, &mute), "wait on");
    let gone = |w: &mut World| w.cloudwatch = CloudWatch::KnowsNone;
    assert_eq!(after(75, &gone), "over: CloudWatch knows no such alarm");
}

/// A record whose incident had several rungs counts each of them.
#[test]
fn every_rung_counts_for_the_cooldown_and_the_cap() {
    let climbed = |w: &mut World| {
        let mut entry = other(-60, applied);
        let rung = Rung {
            intent: entry.intent.clone().unwrap(),
            reasons: Reasons::default(),
            decided_at: minutes_later(-5),
            outcome: entry.outcome.clone(),
            concluded_at: Some(minutes_later(-5)),
            recovery: None,
        };
        entry.earlier = vec![rung];
        w.record.entries.push(entry);
    };
    check(
        "[restart_service]",
        climbed,
        "report: the target was remediated at 2026-02-18T21:42:01.123Z; its cooldown is 10m",
    );
}

/// The plain case for a container on a host.
fn on_host(steps: &str, host: Option<&HostState>) -> String {
    let mut world = plain();
    let target = "ec2_container: { instance: i-0123456789abcdef0, container: web }";
    world.playbooks = playbooks(target, steps);
    world.record = TargetRecord::new(Target::Ec2Container(web()));
    world.policy.restart_document = Some("restart-container".to_owned());
    world.policy.automations = vec!["mend".to_owned()];
    let alarm_now = world.alarm_now();
    let state = host.cloned().map(TargetState::Host);
    let lease = lease("us", world.now);
    let situation = world.situation(alarm_now.as_ref(), state.as_ref(), &lease);
    match decide(&situation) {
        Decision::Remediate(plan) => format!("{}: {:?}", plan.intent.rung, plan.intent.calls),
        Decision::Report(refusal) => refusal.reasons.against.join("; "),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_container_is_restarted_by_the_agent_of_its_host_or_over_ssh() {
    let host = |ping: Option<&str>| HostState {
        ping_status: ping.map(str::to_owned),
        tags: Tags::new(),
    };
    let over_ssh = "{ restart_container_over_ssh: { user: medic, key_parameter: /medic/ssh, hosts: { i-0123456789abcdef0: { address: 10.0.1.5, host_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ } } } }";
    let ladder = format!("[restart_container, {over_ssh}]");
    insta::assert_snapshot!("by_agent", on_host(&ladder, Some(&host(Some("Online")))));
    insta::assert_snapshot!(
        "over_ssh",
        on_host(&ladder, Some(&host(Some("ConnectionLost"))))
    );
    assert_eq!(
        on_host("[restart_container]", Some(&host(Some("ConnectionLost")))),
        "the agent of the host is ConnectionLost"
    );
    assert_eq!(
        on_host("[restart_container]", Some(&host(None))),
        "SSM does not manage the host"
    );
    assert_eq!(
        on_host("[restart_container]", None),
        "there is no such target"
    );
}

#[test]
fn an_automation_runs_only_if_the_installation_lists_it() {
    let online = HostState {
        ping_status: Some("Online".to_owned()),
        tags: Tags::new(),
    };
    let run = |document: &str| {
        let steps = format!(
            "[{{ run_automation: {{ document: {document}, parameters: {{ Wait: ['1'] }} }} }}]"
        );
        on_host(&steps, Some(&online))
    };
    insta::assert_snapshot!("automation", run("mend"));
    assert_eq!(
        run("AWS-RunShellScript"),
        "automation AWS-RunShellScript is not on the installation's list"
    );
}
