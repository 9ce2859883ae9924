//! The decision as a table: what is changed about a plain, fresh alarm, and what is decided then.

mod ladder;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::action::{Action, Order, OrderId, PlannedCall, Work};
use crate::alarms::MAINTENANCE_TAG;
use crate::playbook::PlaybookFile;
use crate::playbook::tests::checkout_playbooks;
use crate::playbook::{Exception, StepName};
use crate::record::Before;
use crate::record::tests::{entry, lease};
use crate::record::{Entry, Outcome, Verdict};
use crate::recovery::{Recovery, RecoveryVerdict};
use crate::samples::{any_message, fired_at, firing};
use crate::surroundings::Surroundings;
use crate::target::tests::checkout;
use crate::targets::{Deployment, ServiceState};
use shared::alarm::{Composite, Kind};
use shared::alarm::{Parsed, read_event};

/// What a decision is made from, to be changed by a test.
struct World {
    alarm: Alarm,
    tags: Option<Tags>,
    cloudwatch: CloudWatch,
    playbooks: PlaybookFile,
    policy: Policy,
    surroundings: Surroundings,
    load: Option<Load>,
    record: TargetRecord,
    service: Option<ServiceState>,
    now: Timestamp,
}

/// The plain case: the alarm fired a minute ago, nothing is remembered, the service is steady.
fn plain() -> World {
    World {
        alarm: firing(),
        tags: Some(Tags::new()),
        cloudwatch: CloudWatch::Agrees,
        playbooks: checkout_playbooks(),
        policy: Policy {
            dry_run: false,
            paused: false,
            allowed_accounts: vec!["111122223333".to_owned()],
            allowed_regions: vec!["eu-west-1".to_owned()],
            ..Policy::default()
        },
        surroundings: Surroundings::default(),
        load: None,
        record: TargetRecord::new(Target::EcsService(checkout())),
        service: Some(steady()),
        now: minutes_later(1),
    }
}

fn steady() -> ServiceState {
    ServiceState {
        status: "ACTIVE".to_owned(),
        deployment_controller: "ECS".to_owned(),
        deployments: vec![deployment("ecs-svc/1", "checkout:7", "COMPLETED")],
        desired_count: 2,
        running_count: 2,
        minimum_healthy_percent: Some(100),
        ..ServiceState::default()
    }
}

/// A primary deployment that was created and last changed an hour before the alarm.
fn deployment(id: &str, task_definition: &str, rollout_state: &str) -> Deployment {
    Deployment {
        id: id.to_owned(),
        status: "PRIMARY".to_owned(),
        task_definition: task_definition.to_owned(),
        rollout_state: rollout_state.to_owned(),
        rollout_state_reason: String::new(),
        created_at: Some(minutes_later(-60)),
        updated_at: Some(minutes_later(-60)),
    }
}

fn minutes_later(minutes: i64) -> Timestamp {
    fired_at() + SignedDuration::from_mins(minutes)
}

/// What CloudWatch says of the alarm.
enum CloudWatch {
    Agrees,
    Says(Box<AlarmNow>),
    KnowsNone,
}

impl World {
    fn alarm_now(&self) -> Option<AlarmNow> {
        match &self.cloudwatch {
            CloudWatch::Agrees => Some(AlarmNow::as_claimed(&self.alarm)),
            CloudWatch::Says(alarm) => Some(AlarmNow::clone(alarm)),
            CloudWatch::KnowsNone => None,
        }
    }

    fn decide(&self) -> Decision {
        let (alarm_now, lease) = (self.alarm_now(), lease("us", self.now));
        let state = self.service.clone().map(TargetState::Service);
        decide(&self.situation(alarm_now.as_ref(), state.as_ref(), &lease))
    }

    fn situation<'a>(
        &'a self,
        alarm_now: Option<&'a AlarmNow>,
        state: Option<&'a TargetState>,
        lease: &'a Lease,
    ) -> Situation<'a> {
        let playbook = &self.playbooks.playbooks[0];
        Situation {
            alarm: &self.alarm,
            tags: self.tags.as_ref(),
            alarm_now,
            playbook,
            target: &self.record.target,
            defaults: &self.playbooks.defaults,
            policy: &self.policy,
            surroundings: &self.surroundings,
            is_mute: self.playbooks.is_mute(playbook, self.now),
            record: &self.record,
            state,
            load: self.load.as_ref(),
            lease,
            now: self.now,
        }
    }

    /// The decision in one line.
    fn decided(&self) -> String {
        match self.decide() {
            Decision::Ignore(reason) => format!("ignore: {reason}"),
            Decision::Wait(wait) => format!("wait: {wait:?}"),
            Decision::Resume(incident) if incident == self.alarm.incident() => {
                "resume our own".to_owned()
            }
            Decision::Resume(_) => "resume another".to_owned(),
            Decision::Report(refusal) => {
                let verdict = if refusal.awaits.is_some() {
                    "wait"
                } else {
                    "report"
                };
                format!("{verdict}: {}", refusal.reasons.against.join("; "))
            }
            Decision::Remediate(plan) => format!("remediate: {:?}", plan.intent.step),
        }
    }
}

/// Changes the plain case and compares the decision.
fn check(change: impl FnOnce(&mut World), expected: &str) {
    let mut world = plain();
    change(&mut world);
    assert_eq!(world.decided(), expected);
}

/// An entry of another alarm on the same target, decided `minutes` after the plain alarm fired.
fn other(minutes: i64, change: impl FnOnce(&mut Entry)) -> Entry {
    let mut alarm = firing();
    alarm.name = "checkout-slow".to_owned();
    alarm.arn = None;
    let mut entry = entry(&alarm, "them", minutes_later(minutes));
    change(&mut entry);
    entry
}

/// It was carried out, and it helped.
fn applied(entry: &mut Entry) {
    unproven(entry);
    entry.recovery = Some(Recovery {
        rolled_out_at: None,
        verdict: RecoveryVerdict::Recovered,
        reason: String::new(),
        proven_at: entry.decided_at,
        alarm_state: None,
        periods: Vec::new(),
    });
}

/// It was carried out.
fn unproven(entry: &mut Entry) {
    let deployment = "ecs-svc/2".to_owned();
    let work = Work::Deployment(deployment);
    entry.outcome = Some(Outcome::Applied { work });
    entry.concluded_at = Some(entry.decided_at);
    entry.untold.clear();
}

#[test]
fn a_fresh_alarm_on_a_steady_service_is_acted_on_and_the_world_before_is_noted() {
    let expected = Decision::Remediate(Plan {
        intent: Intent {
            rung: 0,
            step: StepName::RestartService,
            action: Action::ForceNewDeployment,
            calls: vec![PlannedCall {
                service: "ecs".to_owned(),
                operation: "UpdateService".to_owned(),
                input: serde_json::json!({"cluster": "shop", "service": "checkout", "forceNewDeployment": true}),
            }],
            attempt: 1,
            before: Before {
                deployment: Some((&deployment("ecs-svc/1", "checkout:7", "COMPLETED")).into()),
                desired_count: Some(2),
            },
        },
        reasons: Reasons {
            in_favour: vec![
                "playbook checkout-5xx is for this alarm".to_owned(),
                "the alarm went from OK to ALARM at 2026-02-18T21:47:01.123Z".to_owned(),
            ],
            ..Reasons::default()
        },
        notes: Vec::new(),
    });
    assert_eq!(plain().decide(), expected);
}

#[test]
fn only_a_change_from_ok_to_alarm_is_acted_on() {
    check(
        |w| w.alarm.state = State::Ok,
        "ignore: OK never leads to a remediation",
    );
    check(
        |w| w.alarm.state = State::InsufficientData,
        "ignore: INSUFFICIENT_DATA never leads to a remediation",
    );
    check(
        |w| w.alarm.old_state = Some(State::Alarm),
        "report: the alarm was in ALARM before",
    );
    check(
        |w| w.alarm.old_state = None,
        "report: nobody says which state the alarm came from",
    );
}

#[test]
fn an_alarm_from_elsewhere_is_not_acted_on() {
    check(
        |w| w.policy.allowed_accounts = vec!["444455556666".to_owned()],
        "report: account 111122223333 is not on the allowlist",
    );
    check(
        |w| w.policy.allowed_regions = vec!["us-east-1".to_owned()],
        "report: region eu-west-1 is not on the allowlist",
    );
    check(
        |w| w.alarm.account = None,
        "report: the message does not say which account the alarm is in",
    );
    check(
        |w| w.alarm.region = None,
        "report: the message does not say which region the alarm is in",
    );
    let disagree = "report: the alarm and its ARN disagree";
    check(
        |w| w.alarm.name = "other-high-5xx-errors".to_owned(),
        disagree,
    );
    check(|w| w.alarm.contradicts_arn = true, disagree);
    check(|w| w.alarm.arn = None, "remediate: RestartService");
}

#[test]
fn while_the_installation_is_paused_nothing_is_acted_on() {
    check(
        |w| w.policy.paused = true,
        "report: the installation is paused (MEDIC_PAUSED)",
    );
}

#[test]
fn an_alarm_that_cloudwatch_does_not_know_is_not_acted_on() {
    check(|w| w.tags = None, "report: CloudWatch knows no such alarm");
}

#[test]
fn an_alarm_or_a_service_in_maintenance_is_left_alone() {
    let tags = |value: &str| Tags::from([(MAINTENANCE_TAG.to_owned(), value.to_owned())]);
    check(
        |w| w.tags = Some(tags("until Friday")),
        "report: the alarm is tagged lambda-medic:maintenance",
    );
    check(
        |w| w.service.as_mut().unwrap().tags = tags(""),
        "report: the target is tagged lambda-medic:maintenance",
    );
    check(
        |w| w.tags = Some(tags("false")),
        "remediate: RestartService",
    );
}

#[test]
fn an_alarm_that_is_not_about_a_service_is_not_acted_on() {
    let in_namespace = |namespace: &'static str| {
        move |w: &mut World| w.alarm.metric.as_mut().unwrap().namespace = namespace.to_owned()
    };
    let tracking = "report: the alarm belongs to a target tracking policy, which acts on it";
    check(
        in_namespace("AWS/Billing"),
        "report: the alarm is about billing or usage",
    );
    check(
        in_namespace("AWS/Usage"),
        "report: the alarm is about billing or usage",
    );
    check(
        |w| {
            w.alarm.name = "TargetTracking-service/shop/checkout-AlarmHigh-1".to_owned();
            w.alarm.arn = None;
        },
        tracking,
    );
    check(
        |w| {
            w.alarm.description =
                "DO NOT EDIT OR DELETE. For TargetTrackingScaling policy arn:aws:x".to_owned();
        },
        tracking,
    );
    check(
        |w| w.alarm.is_suppressed = true,
        "report: another alarm suppresses the actions of this one",
    );
}

/// Each exception, alone: without it the alarm is reported, with it acted on, and the mail says both.
#[test]
fn a_playbook_can_do_without_some_reasons_one_by_one() {
    let check = |exception: Exception, why_not: &str, change: fn(&mut World)| {
        let mut world = plain();
        change(&mut world);
        assert_eq!(world.decided(), format!("report: {why_not}"));
        world.playbooks.playbooks[0].also_act_on = vec![exception];
        let Decision::Remediate(Plan { reasons, .. }) = world.decide() else {
            panic!("{exception:?} makes no difference");
        };
        let allowed = format!("{why_not}, and the playbook allows that");
        assert_eq!(reasons.in_favour.last(), Some(&allowed));
    };
    check(
        Exception::FromInsufficientData,
        "the alarm came from INSUFFICIENT_DATA, not from OK",
        |w| w.alarm.old_state = Some(State::InsufficientData),
    );
    check(
        Exception::ForcedByHand,
        "the state was set by hand: its reason is not one of CloudWatch's",
        |w| w.alarm.reason = "testing the pager".to_owned(),
    );
    check(
        Exception::UnknownMetric,
        "the message does not say which metric the alarm watches",
        |w| {
            w.alarm.kind = None;
            w.alarm.metric = None;
        },
    );
    check(
        Exception::NoDimensions,
        "the alarm's metric has no dimensions, so it is about no service in particular",
        |w| w.alarm.metric.as_mut().unwrap().dimensions.clear(),
    );
    check(
        Exception::CompositeWithoutChildren,
        "the composite alarm names no child that set it off",
        |w| {
            w.alarm.kind = Some(Kind::Composite);
            w.alarm.metric = None;
            w.alarm.composite = Some(Composite {
                triggering_children: 0,
            });
            w.alarm.reason = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:a transitioned to ALARM at Wednesday".to_owned();
        },
    );
}

/// What CloudWatch writes itself, over the years, and what people write.
#[test]
fn a_reason_of_cloudwatchs_was_not_written_by_hand() {
    let check = |reason: &str, expected: &str| {
        let mut world = plain();
        world.alarm.reason = reason.to_owned();
        assert_eq!(world.decided(), expected, "{reason}");
    };
    let by_hand = "report: the state was set by hand: its reason is not one of CloudWatch's";
    check(
        "Threshold Crossed: 1 datapoint (10.0) was greater than or equal to the threshold (10.0).",
        "remediate: RestartService",
    );
    check(
        "Thresholds Crossed: 1 out of the last 1 datapoints [0.0 (03/10/19 15:58:00)] was less than the lower thresholds [0.02]",
        "remediate: RestartService",
    );
    check(
        "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as [Breaching].",
        "remediate: RestartService",
    );
    check("Threshold Crossed", by_hand);
    check("Threshold Crossed: exercise by Bob", by_hand);
    check("datapoints were bad, says Bob", by_hand);
    check("", by_hand);
}

#[test]
fn a_playbook_acts_only_so_often_within_an_hour() {
    let acted = |times: i64| {
        move |w: &mut World| {
            // Here only the cap is of interest.
            w.playbooks.defaults.memory.skip_after = 0;
            for n in 0..times {
                let mut entry = other(-55 + n, applied);
                entry.state_changed_at = minutes_later(-55 + n);
                w.record.entries.push(entry);
            }
        }
    };
    check(acted(3), "remediate: RestartService");
    check(
        acted(4),
        "report: playbook checkout-5xx acted on the target 4 times within the hour, and 4 is its most",
    );
}

#[test]
fn an_alarm_is_acted_on_for_as_long_as_it_is_fresh() {
    check(|w| w.now = minutes_later(15), "remediate: RestartService");
    check(
        |w| w.now = minutes_later(16),
        "report: the alarm changed its state 16m ago, more than 15m",
    );
    check(
        |w| w.alarm.state_changed_at = None,
        "report: the message does not say when the alarm changed its state",
    );
    check(|w| w.now = minutes_later(-1), "remediate: RestartService");
    check(
        |w| w.now = minutes_later(-2),
        "report: the alarm claims to change its state in the future, at 2026-02-18T21:47:01.123Z",
    );
}

#[test]
fn a_service_that_a_restart_would_not_help_is_left_alone() {
    check(|w| w.service = None, "report: there is no such target");
    let with = |change: fn(&mut ServiceState)| {
        move |w: &mut World| {
            let mut state = steady();
            change(&mut state);
            w.service = Some(state);
        }
    };
    check(
        with(|s| s.status = "DRAINING".to_owned()),
        "report: the service is DRAINING",
    );
    check(
        with(|s| s.deployment_controller = "CODE_DEPLOY".to_owned()),
        "report: the service is deployed by CODE_DEPLOY, which a forced deployment would get in the way of",
    );
    check(
        with(|s| s.deployments.clear()),
        "report: the service has no primary deployment",
    );
    check(
        with(|s| s.deployments = vec![deployment("ecs-svc/1", "checkout:7", "IN_PROGRESS")]),
        "wait: deployment ecs-svc/1 is in progress",
    );
    check(
        with(|s| s.deployments = vec![deployment("ecs-svc/1", "checkout:7", "FAILED")]),
        "remediate: RestartService",
    );
}

#[test]
fn a_target_is_left_alone_during_its_cooldown() {
    let acted = |minutes| move |w: &mut World| w.record.entries.push(other(minutes, applied));
    check(
        acted(-8),
        "report: the target was remediated at 2026-02-18T21:39:01.123Z; its cooldown is 10m",
    );
    check(acted(-9), "remediate: RestartService");
}

#[test]
fn a_dry_run_keeps_a_cooldown_of_its_own() {
    let rehearse = |entry: &mut Entry| {
        entry.verdict = Verdict::DryRun;
        entry.outcome = Some(Outcome::NotActed);
        entry.untold.clear();
    };
    check(
        |w| {
            w.policy.dry_run = true;
            w.record.entries.push(other(0, rehearse));
        },
        "report: the target was remediated at 2026-02-18T21:47:01.123Z; its cooldown is 10m",
    );
    check(
        |w| w.record.entries.push(other(0, rehearse)),
        "remediate: RestartService",
    );
}

#[test]
fn an_older_state_change_than_the_newest_that_was_acted_on_is_history() {
    let newer = |verdict| {
        move |w: &mut World| {
            w.record.entries.push(other(0, |entry| {
                entry.alarm_name = firing().name;
                entry.state_changed_at = minutes_later(1);
                entry.verdict = verdict;
                if verdict != Verdict::Remediate {
                    entry.intent = None;
                }
                entry.outcome = Some(Outcome::NotActed);
                entry.untold.clear();
            }));
        }
    };
    check(
        newer(Verdict::Remediate),
        "report: a newer state change of this alarm, of 2026-02-18T21:48:01.123Z, was dealt with already",
    );
    // A refused message, whose time may be made up, does not stand in the way of a real one.
    check(newer(Verdict::Report), "remediate: RestartService");
    check(newer(Verdict::Wait), "remediate: RestartService");
}

#[test]
fn the_cooldown_begins_when_the_target_was_touched() {
    let late = |entry: &mut Entry| {
        applied(entry);
        entry.concluded_at = Some(minutes_later(-1));
    };
    check(
        |w| w.record.entries.push(other(-12, late)),
        "report: the target was remediated at 2026-02-18T21:46:01.123Z; its cooldown is 10m",
    );
    let adopted = |entry: &mut Entry| {
        applied(entry);
        let deployment = "ecs-svc/2".to_owned();
        entry.concluded_at = Some(minutes_later(0));
        entry.outcome = Some(Outcome::Adopted {
            work: Work::Deployment(deployment),
            created_at: minutes_later(-60),
        });
    };
    check(
        |w| w.record.entries.push(other(-60, adopted)),
        "remediate: RestartService",
    );
}

#[test]
fn one_metric_about_money_is_enough_and_one_with_dimensions_too() {
    let further = |namespace: &'static str| {
        move |w: &mut World| {
            let mut metric = w.alarm.metric.clone().unwrap();
            metric.namespace = namespace.to_owned();
            w.alarm.further_metrics.push(metric);
            w.alarm.metric.as_mut().unwrap().dimensions.clear();
        }
    };
    check(further("AWS/ECS"), "remediate: RestartService");
    check(
        further("AWS/Billing"),
        "report: the alarm is about billing or usage",
    );
}

#[test]
fn either_installation_or_playbook_file_makes_it_a_dry_run() {
    let dry = |installation, dry_run| {
        let policy = Policy {
            dry_run: installation,
            ..plain().policy
        };
        policy
            .within(&Defaults {
                dry_run,
                ..Defaults::default()
            })
            .dry_run
    };
    assert_eq!(
        [dry(false, false), dry(true, false), dry(false, true)],
        [false, true, true]
    );
}

/// What becomes of a second delivery, by how far the first got, whose lease it is, and whether that is over.
#[test]
fn a_second_delivery_of_a_state_change_never_acts_a_second_time() {
    let second = |holder: &'static str, lease_minutes: i64, change: fn(&mut Entry)| {
        move |w: &mut World| {
            let mut entry = entry(&w.alarm, holder, minutes_later(0));
            entry.lease.until = minutes_later(lease_minutes);
            change(&mut entry);
            w.record.entries.push(entry);
        }
    };
    let untold = |entry: &mut Entry| entry.outcome = Some(Outcome::NotActed);
    let intended = |_: &mut Entry| {};
    let wait_for_us = "wait: OwnLease(2026-02-18T21:49:01.123Z)";

    check(
        second("them", 2, applied),
        "ignore: this state change was dealt with before",
    );
    check(
        second("us", 0, applied),
        "ignore: this state change was dealt with before",
    );
    check(second("them", 2, intended), "wait: Duplicate");
    check(second("them", 2, untold), "wait: Duplicate");
    check(second("us", 2, intended), wait_for_us);
    check(second("us", 2, untold), "resume our own");
    check(second("us", 1, intended), "resume our own");
    check(second("them", 1, intended), "resume our own");
    check(second("them", 1, untold), "resume our own");
}

#[test]
fn an_unfinished_remediation_of_another_alarm_comes_first() {
    check(
        |w| {
            w.record
                .entries
                .push(other(0, |e| e.lease.until = minutes_later(2)));
        },
        &format!(
            "report: a remediation of the same target is under way for incident {}",
            other(0, |_| ()).incident
        ),
    );
    check(
        |w| {
            w.record
                .entries
                .push(other(0, |e| e.lease.until = minutes_later(1)));
        },
        "resume another",
    );
}

#[test]
fn a_report_that_could_not_be_sent_does_not_keep_a_target_from_being_helped() {
    let untold = |entry: &mut Entry| {
        entry.outcome = Some(Outcome::NotActed);
        entry.lease.until = minutes_later(0);
    };
    check(
        |w| w.record.entries.push(other(0, untold)),
        "remediate: RestartService",
    );
}

/// The fate of a call that was decided on at 0 and whose lease ended after a minute.
fn fate_of(deployments: Vec<Deployment>) -> Fate {
    let Decision::Remediate(Plan { intent, .. }) = plain().decide() else {
        panic!("the plain case is acted on");
    };
    let window = Window {
        from: minutes_later(0),
        until: minutes_later(1),
    };
    let state = ServiceState {
        deployments,
        ..steady()
    };
    fate(&intent, window, Some(&TargetState::Service(state)), None)
}

/// Another deployment, created `minutes` after the call was decided on.
fn another(task_definition: &str, minutes: i64) -> Deployment {
    Deployment {
        created_at: Some(minutes_later(minutes)),
        ..deployment("ecs-svc/2", task_definition, "IN_PROGRESS")
    }
}

#[test]
fn what_became_of_a_call_is_told_by_the_primary_deployment() {
    let before = || deployment("ecs-svc/1", "checkout:7", "COMPLETED");
    let ours = |minutes| {
        Fate::Applied(
            Work::Deployment("ecs-svc/2".to_owned()),
            minutes_later(minutes),
        )
    };
    let theirs = Fate::Superseded("ecs-svc/2".to_owned());
    assert_eq!(fate_of(vec![before()]), Fate::NotApplied);
    assert_eq!(fate_of(vec![another("checkout:7", 0)]), ours(0));
    assert_eq!(fate_of(vec![another("checkout:7", 1)]), ours(1));
    assert_eq!(fate_of(vec![another("checkout:8", 1)]), theirs);
    assert_eq!(fate_of(Vec::new()), Fate::Unclear("the service is gone"));
}

#[test]
fn a_deployment_from_another_time_is_a_strangers() {
    let stranger = Fate::Unclear("another deployment is there, but not from the time of the call");
    let undated = Deployment {
        created_at: None,
        ..another("checkout:7", 1)
    };
    assert_eq!(fate_of(vec![another("checkout:7", 2)]), stranger);
    assert_eq!(fate_of(vec![another("checkout:7", -1)]), stranger);
    assert_eq!(fate_of(vec![undated]), stranger);
}

/// Ours failed, and ECS goes back to the one from before, or has gone.
#[test]
fn after_a_rollback_it_looks_as_if_nothing_had_happened_and_is_not_taken_for_it() {
    let changed =
        Fate::Unclear("the deployment from before was changed since, as after a rollback");
    let before = |rollout_state, updated: i64| Deployment {
        updated_at: Some(minutes_later(updated)),
        ..deployment("ecs-svc/1", "checkout:7", rollout_state)
    };
    let failed = Deployment {
        status: "ACTIVE".to_owned(),
        ..another("checkout:7", 1)
    };
    assert_eq!(fate_of(vec![before("IN_PROGRESS", -60)]), changed);
    assert_eq!(fate_of(vec![before("COMPLETED", 1)]), changed);
    assert_eq!(fate_of(vec![before("COMPLETED", -60), failed]), changed);
}

#[test]
fn without_a_rollout_state_two_deployments_are_a_rollout() {
    let silent = |status: &str| Deployment {
        status: status.to_owned(),
        ..deployment("ecs-svc/1", "checkout:7", "")
    };
    let with = |deployments: Vec<Deployment>| {
        move |w: &mut World| w.service.as_mut().unwrap().deployments = deployments
    };
    check(with(vec![silent("PRIMARY")]), "remediate: RestartService");
    check(
        with(vec![silent("PRIMARY"), silent("ACTIVE")]),
        "wait: deployment ecs-svc/1 is in progress",
    );
}

#[test]
fn an_intended_call_is_given_up_when_it_is_too_late_or_no_longer_wanted() {
    let world = plain();
    let entry = entry(&world.alarm, "them", minutes_later(0));
    let may = |change: fn(&mut World), minutes| {
        let mut world = plain();
        change(&mut world);
        let alarm = world.alarm_now();
        let state = world.service.clone().map(TargetState::Service);
        let seen = Seen {
            state: state.as_ref(),
            surroundings: &world.surroundings,
            is_mute: world
                .playbooks
                .is_mute(&world.playbooks.playbooks[0], world.now),
            alarm: alarm.as_ref(),
            tags: world.tags.as_ref(),
        };
        let defaults = &world.playbooks.defaults;
        may_still_act(
            &entry,
            defaults,
            &world.policy,
            seen,
            minutes_later(minutes),
        )
    };
    let not_wanted =
        Err("the installation was set to dry run or paused in the meantime".to_owned());
    assert_eq!(may(|_| (), 15), Ok(()));
    assert_eq!(
        may(|_| (), 16),
        Err("the alarm is too old by now".to_owned())
    );
    assert_eq!(may(|w| w.policy.dry_run = true, 1), not_wanted);
    assert_eq!(may(|w| w.policy.paused = true, 1), not_wanted);
    assert_eq!(
        may(|w| w.service = None, 1),
        Err("there is no such target".to_owned())
    );
    let mute = |w: &mut World| {
        let window = r#"{"from": "00:00", "until": "00:00"}"#;
        w.playbooks.playbooks[0].mute = vec![serde_json::from_str(window).unwrap()];
    };
    let why = "it is a time at which nothing is done (mute)".to_owned();
    assert_eq!(may(mute, 1), Err(why));
    let over = |w: &mut World| w.cloudwatch = CloudWatch::Says(Box::new(now_in(State::Ok)));
    assert_eq!(may(over, 1), Err("the alarm is in OK by now".to_owned()));
    let silenced = |w: &mut World| {
        let mut alarm = now_in(State::Alarm);
        alarm.actions_enabled = false;
        w.cloudwatch = CloudWatch::Says(Box::new(alarm));
    };
    let why = "the alarm's actions are disabled or suppressed".to_owned();
    assert_eq!(may(silenced, 1), Err(why));
    let gone = "CloudWatch knows no such alarm any more".to_owned();
    assert_eq!(may(|w| w.cloudwatch = CloudWatch::KnowsNone, 1), Err(gone));
    let tagged = "the alarm is tagged lambda-medic:maintenance".to_owned();
    assert_eq!(may(|w| w.tags = Some(maintenance()), 1), Err(tagged));
}

/// The plain alarm in another state by now.
fn now_in(state: State) -> AlarmNow {
    AlarmNow {
        state,
        ..AlarmNow::as_claimed(&firing())
    }
}

fn maintenance() -> Tags {
    Tags::from([(MAINTENANCE_TAG.to_owned(), "true".to_owned())])
}

#[test]
fn an_alarm_that_cloudwatch_sees_otherwise_is_not_acted_on() {
    let seen = |change: fn(&mut AlarmNow)| {
        move |w: &mut World| {
            let mut alarm = now_in(State::Alarm);
            change(&mut alarm);
            w.cloudwatch = CloudWatch::Says(Box::new(alarm));
        }
    };
    check(seen(|_| ()), "remediate: RestartService");
    check(
        |w| w.cloudwatch = CloudWatch::KnowsNone,
        "report: CloudWatch knows no such alarm",
    );
    check(
        seen(|alarm| alarm.state = State::Ok),
        "report: the alarm is in OK by now",
    );
    check(
        seen(|alarm| alarm.state = State::InsufficientData),
        "report: the alarm is in INSUFFICIENT_DATA by now",
    );
    let silenced = "report: the alarm's actions are disabled or suppressed";
    check(seen(|alarm| alarm.actions_enabled = false), silenced);
    check(seen(|alarm| alarm.is_suppressed = true), silenced);
    check(
        seen(|alarm| alarm.transitioned_at = Some(minutes_later(-60))),
        "report: CloudWatch says that the alarm last changed its state at 2026-02-18T20:47:01.123Z, not at 2026-02-18T21:47:01.123Z",
    );
    // A clock that is off by a moment, and an alarm that does not say when.
    let moment = |alarm: &mut AlarmNow| {
        alarm.transitioned_at = Some(fired_at() + SignedDuration::from_secs(1));
    };
    check(seen(moment), "remediate: RestartService");
    check(
        seen(|alarm| alarm.transitioned_at = None),
        "remediate: RestartService",
    );
}

/// Until its proof a remediation has the target to itself, but not for ever.
#[test]
fn a_target_whose_remediation_awaits_its_proof_is_not_acted_on() {
    let acted = |minutes| move |w: &mut World| w.record.entries.push(other(minutes, unproven));
    let other = other(0, unproven).incident;
    let under_way =
        format!("report: a remediation of the same target is under way for incident {other}");
    check(acted(-18), &under_way);
    check(acted(-19), "remediate: RestartService");
}

proptest! {
    /// Whatever the rest of the world looks like: no complete, fresh change from OK to ALARM, no remediation.
    #[test]
    fn nothing_but_a_fresh_change_from_ok_to_alarm_is_ever_acted_on(
        state in prop_oneof![Just(State::Ok), Just(State::Alarm), Just(State::InsufficientData)],
        old_state in proptest::option::of(prop_oneof![Just(State::Ok), Just(State::Alarm), Just(State::InsufficientData)]),
        has_account in any::<bool>(),
        is_forced in any::<bool>(),
        has_dimensions in any::<bool>(),
        age_minutes in -100_i64..100,
        lease_minutes in -100_i64..100,
        remembered in any::<bool>(),
        dry_run in any::<bool>(),
    ) {
        let mut world = plain();
        world.alarm.state = state;
        world.alarm.old_state = old_state;
        if !has_account { world.alarm.account = None; }
        if is_forced { world.alarm.reason = "drill".to_owned(); }
        if !has_dimensions { world.alarm.metric.as_mut().unwrap().dimensions.clear(); }
        world.now = minutes_later(age_minutes);
        world.policy.dry_run = dry_run;
        if remembered {
            let mut entry = entry(&world.alarm, "them", minutes_later(0));
            entry.lease.until = minutes_later(lease_minutes);
            world.record.entries.push(entry);
        }
        let is_plain = state == State::Alarm
            && old_state == Some(State::Ok)
            && has_account
            && !is_forced
            && has_dimensions
            && (-1..=15).contains(&age_minutes)
            && !remembered;
        let acts = matches!(world.decide(), Decision::Remediate(..));
        prop_assert_eq!(acts, is_plain);
    }

    /// The same from the outside: whatever is in a message, only a complete and fresh change from OK to ALARM of an alarm in
    /// an allowed account and region is acted on, and what is done is what the playbook says.
    #[test]
    fn no_message_leads_to_a_remediation_but_that_of_a_fresh_change_from_ok_to_alarm(message in any_message()) {
        let mut world = plain();
        for received in read_event(&message) {
            let Parsed::Alarm(alarm) = received.parsed else { continue };
            world.alarm = *alarm;
            let Decision::Remediate(Plan { intent, .. }) = world.decide() else { continue };
            prop_assert_eq!(world.alarm.state, State::Alarm);
            prop_assert_eq!(world.alarm.old_state, Some(State::Ok));
            prop_assert_eq!(world.alarm.state_changed_at, Some(fired_at()));
            prop_assert_eq!(world.alarm.account.as_deref(), Some("111122223333"));
            prop_assert_eq!(world.alarm.region.as_deref(), Some("eu-west-1"));
            let order = Order {
                action: Action::ForceNewDeployment,
                id: OrderId::new(&world.alarm.incident(), 0),
            };
            prop_assert_eq!(&intent.calls, &order.calls(&Target::EcsService(checkout())));
        }
    }
}
