//! Our own buckets hang, are slow or away: the rules' analysis is there all the same, two seconds before the end, also when the event
//! ends in the failure queue.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::lambda::Lambda;
use super::world::{Fault, Whom};
use super::{ANALYSIS, KEY, deeds, failing};

fn with(faults: Vec<(Whom, Vec<Fault>)>) -> Lambda {
    let mut lambda = failing(None);
    lambda.world.lock().faults.extend(faults);
    lambda.notify(KEY, 0);
    lambda.run();
    lambda
}

/// Whether the analysis of the log was first written two seconds before the end of an invocation, which Lambda did not have to end.
fn is_in_time(lambda: &Lambda) -> bool {
    let inner = lambda.world.lock();
    let Some((_, _, at, invocation)) = inner.written.iter().find(|(key, ..)| key == ANALYSIS)
    else {
        return false;
    };
    let ends_at = lambda.ends[invocation];
    lambda.killed == 0 && ends_at.duration_since(*at) >= SignedDuration::from_secs(2)
}

#[test]
fn without_the_records_there_is_an_analysis_and_the_event_ends_in_the_failure_queue() {
    for fault in [Fault::Before, Fault::Refused, Fault::Hang] {
        let lambda = with(vec![(Whom::State, vec![fault; 200])]);
        assert_eq!((lambda.dead_letters, deeds(&lambda)), (1, [0; 5]));
        assert!(is_in_time(&lambda), "{fault:?}");
        assert_eq!(lambda.world.lock().json(ANALYSIS)["category"], "code");
    }
}

#[test]
fn an_analysis_without_a_record_takes_nobodys_place() {
    let mut lambda = with(Vec::new());
    let before = lambda.world.lock().json(ANALYSIS);
    lambda
        .world
        .lock()
        .faults
        .insert(Whom::State, vec![Fault::Before; 200]);
    lambda.notify(KEY, 0);
    lambda.run();
    assert_eq!(lambda.world.lock().json(ANALYSIS), before);
}

#[test]
fn people_are_told_when_the_analysis_may_not_be_written() {
    // Reading, the baseline, and from then on each write is refused.
    let mut faults = vec![Fault::Refused; 40];
    faults.extend([Fault::None; 2]);
    let lambda = with(vec![(Whom::S3, faults)]);
    assert_eq!((lambda.dead_letters, deeds(&lambda)[4]), (0, 1));
    let inner = lambda.world.lock();
    assert!(
        inner.mails[0].1.contains("Could not be done:"),
        "{:?}",
        inner.mails
    );
}

#[test]
fn a_log_whose_body_stalls_is_read_again_and_is_not_empty() {
    let lambda = with(vec![(Whom::Body, vec![Fault::Hang])]);
    assert!(is_in_time(&lambda));
    let inner = lambda.world.lock();
    assert!(
        !inner.written[0].1.contains("is empty"),
        "{:?}",
        inner.written[0]
    );
    assert_eq!(inner.json(ANALYSIS)["category"], "code");
    drop(inner);
    let lambda = with(vec![(Whom::Body, vec![Fault::Hang; 3])]);
    assert_eq!((lambda.dead_letters, deeds(&lambda)[4]), (0, 1));
    let problem = lambda.world.lock().json(ANALYSIS)["problem"].clone();
    assert_eq!(problem, format!("the time for reading {KEY} was over"));
}

#[test]
fn who_dies_without_another_try_leaves_the_log_to_a_duplicate() {
    let mut lambda = failing(None);
    lambda
        .world
        .lock()
        .faults
        .insert(Whom::S3, vec![Fault::CrashBefore]);
    lambda.retries = false;
    lambda.notify(KEY, 0);
    lambda.run();
    assert_eq!(lambda.dead_letters, 1);
    lambda.retries = true;
    lambda.notify(KEY, 1_000);
    lambda.run();
    assert_eq!((lambda.dead_letters, deeds(&lambda)[4]), (1, 1));
}

const SLOW: &[Fault] = &[
    Fault::Before,
    Fault::After,
    Fault::Hang,
    Fault::Slow,
    Fault::Refused,
];

fn faults(codes: &'static [Fault]) -> impl Strategy<Value = Vec<Fault>> {
    let fault = prop_oneof![1 => Just(Fault::None), 1 => prop::sample::select(codes)];
    prop::collection::vec(fault, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 5 + 1))]

    #[test]
    fn whatever_the_records_and_those_outside_do_the_analysis_is_there_in_time(
        state in faults(SLOW),
        github in faults(SLOW),
        mail in faults(SLOW),
        body in prop::option::of(prop::sample::select(&[Fault::Hang, Fault::Slow, Fault::Before][..])),
    ) {
        let lambda = with(vec![
            (Whom::State, state),
            (Whom::GitHub, github),
            (Whom::Mail, mail),
            (Whom::Body, body.into_iter().collect()),
        ]);
        prop_assert!(is_in_time(&lambda), "{:?}, killed: {}", lambda.handled, lambda.killed);
    }
}
