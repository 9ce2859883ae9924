//! The playbook's real handler against a simulated AWS: duplicates, crashes, lost answers, races.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test stops where it cannot go on"
)]

use std::sync::{Arc, Mutex};

use alarm_playbook::decision::Policy;
use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::{Value, json};
use shared::reports::Channel;
use support::deliveries::{Delivered, deliver, event, firing, firing_as, live, sample};
use support::simulated::Fault::{
    Busy, CrashAfter, CrashBefore, Denied, Frozen, LostAnswer, LostRequest, RolledBack, Slow,
    Throttled,
};
use support::simulated::Operation::{Deploy, Describe, Read, Send, Tags, Write};
use support::simulated::{Fault, Operation, World};

/// One minute after the alarm fired.
fn world() -> World {
    World::new("2026-02-18T21:48:01Z".parse().unwrap())
}

/// Delivers events in a world and returns what became of both.
fn run(world: World, policy: &Policy, events: &[Value]) -> (World, Vec<Delivered>) {
    let world = Arc::new(Mutex::new(world));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let delivered = runtime.block_on(deliver(&world, policy, events));
    drop(runtime);
    let world = Arc::into_inner(world).unwrap().into_inner().unwrap();
    (world, delivered)
}

/// What matters of a world after one incident.
#[derive(Debug, Eq, PartialEq)]
struct Seen {
    restarts: usize,
    /// Reports over the topic.
    published: usize,
    mailed: usize,
    /// What the record says.
    outcome: Value,
    /// How often Lambda had to invoke the function.
    invocations: usize,
}

fn seen(world: &World) -> Seen {
    Seen {
        restarts: world.restarts,
        published: world.sent_over(Channel::Topic),
        mailed: world.sent_over(Channel::Mail),
        outcome: world.record()["entries"][0]["outcome"]["result"].clone(),
        invocations: world.invocations,
    }
}

/// One delivery of the firing alarm with one fault: restarts, published, mailed, outcome and invocations after it.
fn check(
    operation: Operation,
    skipped: usize,
    fault: Fault,
    expected: (usize, usize, usize, &str, usize),
) {
    let faulty = world().with_fault(operation, skipped, fault);
    let (world, _) = run(faulty, &live(), &[firing()]);
    let (restarts, published, mailed, outcome, invocations) = expected;
    let expected = Seen {
        restarts,
        published,
        mailed,
        outcome: outcome.into(),
        invocations,
    };
    assert_eq!(
        seen(&world),
        expected,
        "{operation:?} number {skipped} {fault:?}"
    );
}

#[test]
fn one_alarm_is_one_restart_and_one_report_on_each_channel() {
    let (world, delivered) = run(world(), &live(), &[firing()]);
    let expected = Seen {
        restarts: 1,
        published: 1,
        mailed: 1,
        outcome: "applied".into(),
        invocations: 1,
    };
    assert_eq!(seen(&world), expected);
    let answer = serde_json::to_value(delivered[0].as_ref().unwrap()).unwrap();
    insta::assert_json_snapshot!(answer);
    insta::assert_json_snapshot!(world.record());
    insta::assert_snapshot!(world.sent[0].1.text());
}

#[test]
fn a_hundred_deliveries_at_once_are_one_restart() {
    let (world, delivered) = run(
        world().with_turns([3, 1, 4, 1, 5, 9, 2, 6]),
        &live(),
        &vec![firing(); 100],
    );
    let expected = Seen {
        restarts: 1,
        published: 1,
        mailed: 1,
        outcome: "applied".into(),
        invocations: 100,
    };
    assert_eq!(seen(&world), expected);
    let answers = delivered
        .into_iter()
        .map(|answer| answer.unwrap()[0].decision);
    assert_eq!(
        answers.filter(|decision| *decision == "remediate").count(),
        1
    );
}

#[test]
fn ok_and_malformed_messages_change_nothing_and_say_so() {
    let events = [
        sample("ok"),
        sample("malformed"),
        firing_as("billing", "2026-02-18T21:47:01.123+0000"),
        event("You have chosen to subscribe to the topic."),
        json!({"source": "aws.ecs"}),
    ];
    let (world, delivered) = run(world(), &live(), &events);
    assert_eq!((world.restarts, world.record()), (0, Value::Null));
    // No call but those that tell people of the messages that could not be read, and a look whether OK ends anything.
    assert_eq!(world.calls, world.sent.len() + 1);
    let answers: Vec<_> = delivered
        .into_iter()
        .map(|answer| answer.unwrap().remove(0))
        .map(|handled| format!("{}: {}", handled.decision, handled.reason))
        .collect();
    insta::assert_debug_snapshot!(answers);
    let subjects: Vec<_> = world
        .sent
        .iter()
        .map(|(_, message)| message.subject())
        .collect();
    let rejected = "A message on the alerts topic could not be used";
    assert_eq!(subjects, [rejected; 2]);
}

#[test]
fn a_dry_run_reports_the_call_once_and_does_not_make_it() {
    let dry = Policy {
        dry_run: true,
        ..live()
    };
    let (world, _) = run(world(), &dry, &[firing(), firing()]);
    let expected = Seen {
        restarts: 0,
        published: 1,
        mailed: 1,
        outcome: "not_acted".into(),
        invocations: 2,
    };
    assert_eq!(seen(&world), expected);
}

/// A second alarm on the same target, while the first is being handled or shortly after.
#[test]
fn a_second_alarm_on_the_same_target_is_reported_and_not_acted_on() {
    let check = |world: World, why_not: &str| {
        let second = firing_as("shop-high-5xx-errors", "2026-02-18T21:47:31.000+0000");
        let (world, _) = run(world, &live(), &[firing(), second]);
        assert_eq!((world.restarts, world.sent.len()), (1, 4));
        let entries = world.record()["entries"].as_array().unwrap().clone();
        let summary = |entry: &Value| {
            let against = entry["reasons"]["against"][0].as_str().unwrap_or("nothing");
            let against = against.split(" at ").next().unwrap_or_default();
            let against = against.split(" for ").next().unwrap_or_default();
            format!(
                "{}: {against}",
                entry["outcome"]["result"].as_str().unwrap()
            )
        };
        let summaries: Vec<_> = entries.iter().map(summary).collect();
        assert_eq!(
            summaries,
            ["applied: nothing", &format!("not_acted: {why_not}")]
        );
    };
    let under_way = "a remediation of the same target is under way";
    check(world(), under_way);
    check(world().with_fault(Deploy, 0, Slow), under_way);
}

#[test]
fn a_message_that_fails_does_not_keep_the_others_from_their_turn() {
    let mut both = firing();
    let second = sample("malformed")["Records"][0].clone();
    both["Records"].as_array_mut().unwrap().push(second);
    let (world, delivered) = run(world().with_fault(Read, 0, LostRequest), &live(), &[both]);
    let decisions: Vec<_> = delivered[0]
        .as_ref()
        .unwrap()
        .iter()
        .map(|handled| handled.decision)
        .collect();
    assert_eq!(decisions, ["remediate", "rejected"]);
    // Rejected twice, because nothing remembers a message that could not be read; restarted once.
    assert_eq!((world.restarts, world.sent.len()), (1, 6));
}

/// Every answer that can be lost, every place to crash: one restart, people hear of it, and a retry by Lambda is
/// needed only where the process died or nothing was known.
#[test]
fn an_answer_lost_or_a_process_killed_anywhere_is_still_one_restart() {
    check(Deploy, 0, LostAnswer, (1, 1, 1, "adopted", 1));
    check(Deploy, 0, CrashAfter, (1, 1, 1, "adopted", 2));
    check(Deploy, 0, LostRequest, (1, 1, 1, "applied", 2));
    check(Deploy, 0, CrashBefore, (1, 1, 1, "applied", 2));
    check(Deploy, 0, Throttled, (1, 1, 1, "applied", 2));
    check(Deploy, 0, Denied, (0, 1, 1, "refused", 1));
    for fault in [LostAnswer, LostRequest, CrashBefore, CrashAfter] {
        check(Read, 0, fault, (1, 1, 1, "applied", 2));
        check(Tags, 0, fault, (1, 1, 1, "applied", 2));
        check(Describe, 0, fault, (1, 1, 1, "applied", 2));
    }
    // Writes: the intent, the outcome, who was told.
    for fault in [LostAnswer, LostRequest, Throttled] {
        for write in 0..3 {
            check(Write, write, fault, (1, 1, 1, "applied", 1));
        }
    }
    check(Write, 0, CrashBefore, (1, 1, 1, "applied", 2));
    check(Write, 0, CrashAfter, (1, 1, 1, "applied", 2));
    check(Write, 1, CrashBefore, (1, 1, 1, "adopted", 2));
    check(Write, 1, CrashAfter, (1, 1, 1, "applied", 2));
    check(Write, 2, CrashBefore, (1, 2, 2, "applied", 2));
    check(Write, 2, CrashAfter, (1, 1, 1, "applied", 2));
}

/// 409 says nothing about who wrote: the same write is tried again, and nothing is read or decided anew.
#[test]
fn a_conditional_write_that_meets_another_one_is_tried_again() {
    let (plain, _) = run(world(), &live(), &[firing()]);
    let (busy, _) = run(world().with_fault(Write, 0, Busy), &live(), &[firing()]);
    assert_eq!((seen(&busy), busy.calls), (seen(&plain), plain.calls));
}

#[test]
fn a_report_is_sent_again_over_the_channel_that_failed_and_no_other() {
    check(Send, 1, LostRequest, (1, 1, 1, "applied", 2));
    check(Send, 1, Throttled, (1, 1, 1, "applied", 2));
    check(Send, 1, Denied, (1, 1, 0, "applied", 1));
    check(Send, 0, Denied, (1, 0, 1, "applied", 1));
    // SNS has no idempotency token: a lost answer may be a second message, never a lost one.
    check(Send, 0, LostAnswer, (1, 2, 1, "applied", 2));
}

/// The worker writes its intent and freezes. When it thaws, its lease is over: it must not act, because its own
/// retry, or anybody else, may have taken over.
#[test]
fn a_worker_that_thaws_after_its_lease_does_not_act() {
    check(Write, 0, Frozen, (1, 1, 1, "applied", 2));
}

#[test]
fn an_event_that_nobody_could_be_told_of_ends_in_the_failure_queue() {
    let deaf = (0..6).fold(world(), |world, _| world.with_fault(Send, 0, Denied));
    let (world, delivered) = run(deaf, &live(), &[firing()]);
    assert_eq!(seen(&world).restarts, 1);
    let error = delivered[0].as_ref().unwrap_err();
    insta::assert_snapshot!(error);
}

/// One message must not become a flood of mails.
#[test]
fn people_hear_of_the_unreadable_records_of_an_event_once() {
    let record = sample("malformed")["Records"][0].clone();
    let event = json!({"Records": vec![record; 50]});
    let (world, delivered) = run(world(), &live(), &[event]);
    assert_eq!(
        (delivered[0].as_ref().map(Vec::len), world.sent.len()),
        (Ok(50), 2)
    );
}

/// The role may not ask about alarms of other accounts, and must not have to: that is a reason, not a failure.
#[test]
fn an_alarm_from_another_account_is_reported_without_asking_about_it() {
    let elsewhere = Policy {
        allowed_accounts: vec!["444455556666".to_owned()],
        ..live()
    };
    let faulty = world().with_fault(Tags, 0, Denied);
    let (world, delivered) = run(faulty, &elsewhere, &[firing()]);
    let handled = &delivered[0].as_ref().unwrap()[0];
    assert_eq!((handled.decision, world.restarts), ("report", 0));
}

/// The restart was carried out, its deployment failed, and ECS went back to the one from before: that looks as if nothing
/// had happened, and must not be taken for it.
#[test]
fn a_restart_that_was_rolled_back_is_not_made_again() {
    check(Deploy, 0, RolledBack, (1, 1, 1, "unclear", 2));
}

/// Delivers the firing alarm so that every try dies before the call, then lets time and a stranger pass, then delivers
/// another alarm of the same service.
fn after_a_stale_intent(meanwhile: impl FnOnce(&mut World)) -> World {
    let dying = (0..3).fold(world(), |world, _| world.with_fault(Deploy, 0, CrashBefore));
    let (mut world, _) = run(dying, &live(), &[firing()]);
    meanwhile(&mut world);
    let later = world.now.to_string();
    let next = firing_as("shop-high-5xx-errors", &later);
    run(world, &live(), &[next]).0
}

fn outcomes(world: &World) -> Vec<String> {
    let entries = world.record()["entries"].as_array().unwrap().clone();
    let result = |entry: &Value| entry["outcome"]["result"].as_str().unwrap().to_owned();
    entries.iter().map(result).collect()
}

#[test]
fn a_stale_intent_is_given_up_and_does_not_keep_the_next_alarm_from_being_helped() {
    let days = SignedDuration::from_hours(72);
    let quiet = after_a_stale_intent(|world| world.now += days);
    assert_eq!(
        (quiet.restarts, outcomes(&quiet)),
        (1, vec!["abandoned".to_owned(), "applied".to_owned()])
    );
}

#[test]
fn a_strangers_deployment_is_not_taken_for_the_work_of_a_stale_intent() {
    let days = SignedDuration::from_hours(24);
    let strange = after_a_stale_intent(|world| {
        world.now += days;
        world.deploy_by_hand();
        world.now += days;
    });
    assert_eq!(
        (strange.restarts, outcomes(&strange)),
        (1, vec!["unclear".to_owned(), "applied".to_owned()])
    );
}

#[test]
fn a_channel_that_refuses_for_good_later_does_not_undo_that_people_were_told() {
    let faulty = world()
        .with_fault(Send, 1, Throttled)
        .with_fault(Send, 1, Denied);
    let (world, delivered) = run(faulty, &live(), &[firing()]);
    let expected = Seen {
        restarts: 1,
        published: 1,
        mailed: 0,
        outcome: "applied".into(),
        invocations: 2,
    };
    assert_eq!(seen(&world), expected);
    assert_eq!(delivered[0].as_ref().map(Vec::len), Ok(1));
}

/// A failure that no retry would mend, where the call may have been carried out: an outcome, so that the target is free.
#[test]
fn a_service_that_cannot_be_looked_at_leaves_the_fate_of_a_call_open() {
    let faulty = world()
        .with_fault(Deploy, 0, LostAnswer)
        .with_fault(Describe, 1, Denied);
    let (world, _) = run(faulty, &live(), &[firing()]);
    let expected = Seen {
        restarts: 1,
        published: 1,
        mailed: 1,
        outcome: "unclear".into(),
        invocations: 1,
    };
    assert_eq!(seen(&world), expected);
}

/// A storm of duplicates does not reach ECS: those that find the state change dealt with read the record and no more.
#[test]
fn a_late_duplicate_costs_one_read() {
    let (world, _) = run(world(), &live(), &[firing()]);
    let before = world.calls;
    let (world, _) = run(world, &live(), &[firing()]);
    assert_eq!(world.calls - before, 1);
}

#[test]
fn a_record_of_a_newer_version_is_left_alone_and_people_are_told() {
    let mut world = world();
    let newer = json!({"schema_version": 3, "entries": {}});
    world.put("targets/38306ce155c8d9db7437547d856dd181.json", &newer);
    let (world, delivered) = run(world, &live(), &[firing()]);
    assert_eq!((world.restarts, world.record()), (0, newer));
    let handled = &delivered[0].as_ref().unwrap()[0];
    insta::assert_snapshot!(handled.reason);
    assert_eq!((handled.decision, world.sent.len()), ("failed", 2));
}

fn operations() -> impl Strategy<Value = Operation> {
    prop_oneof![
        Just(Read),
        Just(Write),
        Just(Tags),
        Just(Describe),
        Just(Deploy),
        Just(Send)
    ]
}

fn faults() -> impl Strategy<Value = Fault> {
    prop_oneof![
        Just(LostAnswer),
        Just(LostRequest),
        Just(Throttled),
        Just(Denied),
        Just(CrashBefore),
        Just(CrashAfter),
        Just(Frozen),
        Just(RolledBack),
        Just(Slow)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// However many deliveries, however they interleave, whatever fails: never a second restart.
    #[test]
    fn an_incident_is_never_more_than_one_restart(
        deliveries in 1_usize..6,
        turns in proptest::collection::vec(0_u8..6, 1..12),
        faults in proptest::collection::vec((operations(), 0_usize..12, faults()), 0..6),
    ) {
        let world = faults.iter().fold(world().with_turns(turns), |world, &(operation, skipped, fault)| {
            world.with_fault(operation, skipped, fault)
        });
        let (world, _) = run(world, &live(), &vec![firing(); deliveries]);
        prop_assert!(world.restarts <= 1, "{} restarts", world.restarts);
        let entries = world.record()["entries"].as_array().map_or(0, Vec::len);
        prop_assert!(entries <= 1, "{entries} entries");
    }

    /// One passing fault anywhere: the restart happens, people hear of it, and the record knows.
    #[test]
    fn one_passing_fault_costs_neither_the_restart_nor_the_report(
        deliveries in 1_usize..6,
        turns in proptest::collection::vec(0_u8..6, 1..12),
        operation in operations(),
        skipped in 0_usize..6,
        fault in prop_oneof![Just(LostAnswer), Just(LostRequest), Just(Throttled), Just(CrashBefore), Just(CrashAfter)],
    ) {
        let world = world().with_turns(turns).with_fault(operation, skipped, fault);
        let (world, _) = run(world, &live(), &vec![firing(); deliveries]);
        let seen = seen(&world);
        prop_assert_eq!(seen.restarts, 1);
        prop_assert!((1..=2).contains(&seen.published), "{} published", seen.published);
        prop_assert!((1..=2).contains(&seen.mailed), "{} mailed", seen.mailed);
        prop_assert!(seen.outcome == "applied" || seen.outcome == "adopted", "{}", seen.outcome);
    }
}
