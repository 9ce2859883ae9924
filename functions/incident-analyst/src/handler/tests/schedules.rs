//! The bucket hangs, is slow or away, answers are lost, sandboxes die: in the end there is one report, in its final state.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::world::Fault;
use super::{NAME, change, closed, open, published, reported, run};
use crate::handler::tests::lambda::Lambda;

/// Whether every report was written two seconds before the end of an invocation, which Lambda did not have to end.
fn is_in_time(lambda: &Lambda) -> bool {
    let inner = lambda.world.lock();
    let mut reports = inner
        .written
        .iter()
        .filter(|(key, ..)| key.starts_with("incidents/"));
    let reserve = SignedDuration::from_secs(2);
    lambda.killed == 0
        && reports.all(|(_, at, invocation)| lambda.ends[invocation].duration_since(*at) >= reserve)
}

#[test]
fn whichever_call_fails_or_loses_its_answer_or_kills_the_sandbox_the_report_comes() {
    let faults = [
        Fault::Before,
        Fault::After,
        Fault::Hang,
        Fault::Slow,
        Fault::CrashBefore,
        Fault::CrashAfter,
    ];
    for fault in faults {
        for nth in 0..16 {
            let mut schedule = vec![Fault::None; nth];
            schedule.push(fault);
            let lambda = run(vec![(1, change(NAME, "ALARM", 0))], &schedule);
            assert_eq!(
                lambda.dead_letters, 0,
                "{fault:?} {nth}: {:?}",
                lambda.handled
            );
            assert_eq!(reported(&lambda, 0), open());
            assert!(is_in_time(&lambda), "{fault:?} {nth}");
        }
    }
}

#[test]
fn who_dies_leaves_the_incident_to_the_other_trigger() {
    let schedule = vec![Fault::None, Fault::None, Fault::None, Fault::CrashAfter];
    let events = vec![
        (1, change(NAME, "ALARM", 0)),
        (5, published(NAME, "ALARM", 0)),
    ];
    let lambda = run(events, &schedule);
    assert_eq!(lambda.dead_letters, 0);
    assert_eq!(
        (reported(&lambda, 0), lambda.world.lock().collected.len()),
        (open(), 1)
    );
}

#[test]
fn who_lost_the_incident_overwrites_nothing_that_somebody_else_wrote() {
    let mut overtaken = 0;
    for nth in 0..16 {
        let mut schedule = vec![Fault::None; nth];
        schedule.push(Fault::Overtaken);
        let lambda = run(vec![(1, change(NAME, "ALARM", 0))], &schedule);
        let written = reported(&lambda, 0);
        if written != open() {
            assert_eq!(written, ("another's".to_owned(), None), "{nth}");
            let inner = lambda.world.lock();
            let report = inner
                .objects
                .iter()
                .find(|(key, _)| key.ends_with("report.html"));
            assert_eq!(report.unwrap().1.0, super::world::ANOTHERS.as_bytes());
            overtaken += 1;
        }
        assert_eq!(lambda.dead_letters, 0, "{nth}: {:?}", lambda.handled);
    }
    // From the claim on: the earlier analysis is read; each of two objects is read, then the record, then it is written; then come the
    // record and the alarm's.
    assert_eq!(overtaken, 9);
}

#[test]
fn without_the_bucket_the_event_ends_in_the_failure_queue() {
    for fault in [Fault::Before, Fault::Hang, Fault::Refused] {
        let lambda = run(vec![(1, change(NAME, "ALARM", 0))], &[fault; 200]);
        assert_eq!((lambda.dead_letters, lambda.killed), (1, 0), "{fault:?}");
    }
}

#[test]
fn an_analysis_that_never_comes_to_an_end_is_given_up() {
    let mut lambda = Lambda::new(super::start());
    lambda
        .world
        .lock()
        .collect_faults
        .extend([Fault::CrashBefore; 99]);
    for tries in 0..5 {
        let after = SignedDuration::from_mins(10 * tries);
        lambda.deliver(change(NAME, "ALARM", 0), after);
    }
    lambda.run();
    assert_eq!(
        (lambda.world.lock().collected.len(), lambda.dead_letters),
        (6, 5)
    );
}

#[test]
fn what_was_given_up_is_analysed_when_its_end_is_told_or_the_failure_queue_is_redriven() {
    for later in [change(NAME, "OK", 300), change(NAME, "ALARM", 0)] {
        let is_end = later != change(NAME, "ALARM", 0);
        let mut lambda = Lambda::new(super::start());
        let crashes = [Fault::CrashBefore; 6];
        lambda.world.lock().collect_faults.extend(crashes);
        for after in [1, 600, 1_200] {
            lambda.deliver(change(NAME, "ALARM", 0), super::seconds(after));
        }
        lambda.run();
        assert_eq!(lambda.dead_letters, 3);
        let after = if is_end { 1 } else { 3_600 };
        lambda.deliver(later, super::seconds(after));
        lambda.run();
        assert_eq!(lambda.dead_letters, 3, "{:?}", lambda.handled);
        let expected = if is_end { closed(300) } else { open() };
        assert_eq!(reported(&lambda, 0), expected);
    }
}

#[test]
fn a_report_that_was_refused_again_and_again_is_written_once_that_is_mended() {
    let mut lambda = Lambda::new(super::start());
    lambda.world.lock().unwritable = Some("/report.html");
    for event in [change, published] {
        lambda.deliver(event(NAME, "ALARM", 0), super::seconds(1));
    }
    lambda.run();
    assert_eq!(lambda.dead_letters, 2);
    assert!(lambda.world.lock().collected.len() >= 6);
    lambda.world.lock().unwritable = None;
    lambda.deliver(change(NAME, "ALARM", 0), super::seconds(60));
    lambda.run();
    assert_eq!((lambda.dead_letters, reported(&lambda, 0)), (2, open()));
    lambda.deliver(change(NAME, "OK", 300), super::seconds(300));
    lambda.run();
    assert_eq!(reported(&lambda, 0), closed(300));
}

const ANY: &[Fault] = &[
    Fault::Before,
    Fault::After,
    Fault::Hang,
    Fault::Slow,
    Fault::CrashBefore,
    Fault::CrashAfter,
];

fn faults(most: usize) -> impl Strategy<Value = Vec<Fault>> {
    let fault = prop_oneof![4 => Just(Fault::None), 1 => prop::sample::select(ANY)];
    prop::collection::vec(fault, 0..most)
}

proptest! {
    #[test]
    fn whatever_fails_and_in_whatever_order_events_come_who_was_not_given_up_has_the_final_report(
        faults in faults(60),
        collect_faults in prop::collection::vec(prop::sample::select(&[Fault::None, Fault::Slow, Fault::Hang, Fault::CrashBefore][..]), 0..3),
        delays in prop::collection::vec(0..40_i64, 4),
    ) {
        let mut lambda = Lambda::new(super::start());
        lambda.world.lock().faults.extend(&faults);
        lambda.world.lock().collect_faults.extend(&collect_faults);
        let events = [
            change(NAME, "ALARM", 0),
            published(NAME, "ALARM", 0),
            change(NAME, "OK", 3),
            published(NAME, "OK", 3),
        ];
        for (event, delay) in events.into_iter().zip(delays) {
            lambda.deliver(event, SignedDuration::from_secs(3 + delay));
        }
        lambda.run();
        prop_assert!(is_in_time(&lambda), "killed: {}, {:?}", lambda.killed, lambda.handled);
        if lambda.dead_letters == 0 {
            prop_assert_eq!(reported(&lambda, 0), closed(3));
        }
    }
}
