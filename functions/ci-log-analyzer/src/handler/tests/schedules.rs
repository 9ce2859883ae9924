//! Whatever order, however often, and whatever fails: what may happen once happens once.

use std::collections::HashSet;

use proptest::prelude::*;
use shared::reports::Channel;

use super::lambda::Lambda;
use super::world::{Fault, Inner, Whom, run};
use super::{DIFF, LOG, answer};

/// Most calls go well, or nothing would ever be done.
fn fault(codes: &'static [Fault]) -> impl Strategy<Value = Fault> {
    prop_oneof![5 => Just(Fault::None), 1 => prop::sample::select(codes)]
}

fn faults(codes: &'static [Fault], most: usize) -> impl Strategy<Value = Vec<Fault>> {
    prop::collection::vec(fault(codes), 0..most)
}

const ALL: &[Fault] = &[
    Fault::Before,
    Fault::After,
    Fault::Refused,
    Fault::Hang,
    Fault::HangAfter,
    Fault::CrashBefore,
    Fault::CrashAfter,
];

/// What S3 does: whether it refuses is a matter of permissions, not of chance.
const STORE: &[Fault] = &[
    Fault::Before,
    Fault::After,
    Fault::Hang,
    Fault::Slow,
    Fault::CrashBefore,
    Fault::CrashAfter,
];

const OUTSIDE: &[Fault] = &[
    Fault::Before,
    Fault::After,
    Fault::Refused,
    Fault::Hang,
    Fault::HangAfter,
];

/// Logs of one failure: for each, the commit and when its notifications come.
type Arrivals = Vec<(bool, Vec<i64>)>;

fn arrivals() -> impl Strategy<Value = Arrivals> {
    let times = prop::collection::vec(0_i64..90_000, 1..3);
    prop::collection::vec((any::<bool>(), times), 1..4)
}

fn simulated(arrivals: &Arrivals, has_patch: bool) -> Lambda {
    let mut lambda = Lambda::new();
    lambda.world.lock().answer = Some(answer(has_patch.then_some(DIFF)));
    for (id, (is_other, times)) in (1..).zip(arrivals) {
        let key = key(id);
        lambda.upload(&key, LOG);
        let commit = if *is_other { 'b' } else { 'a' };
        lambda.world.lock().runs.insert(id, run(id, commit));
        for time in times {
            lambda.notify(&key, *time);
        }
    }
    lambda
}

fn key(id: u64) -> String {
    format!("logs/acme/shop/{id}-1-test.log")
}

fn analysis(id: u64) -> String {
    format!("analysis/acme/shop/{id}-1-test.json")
}

/// What holds whatever happened.
fn check(lambda: &Lambda, arrivals: &Arrivals) {
    let inner = lambda.world.lock();
    for is_pull_request in [true, false] {
        for (which, number) in inner.opened(is_pull_request) {
            assert_eq!(number, 1, "{which:?}, a pull request: {is_pull_request}");
        }
    }
    let commits: HashSet<_> = arrivals.iter().map(|(is_other, _)| is_other).collect();
    for thread in &inner.threads {
        assert!(thread.comments.len() <= commits.len(), "{thread:?}");
    }
    // Of one log, in all its tries, comes a pull request or an issue.
    if arrivals.len() == 1 {
        assert!(inner.threads.len() <= 1, "{:?}", inner.threads);
    }
    let store = [Whom::S3, Whom::Body, Whom::State]
        .iter()
        .filter_map(|whom| inner.failed.get(whom))
        .sum::<usize>();
    check_mails(&inner, store);
    if lambda.dead_letters == 0 {
        check_ends(&inner, store, arrivals);
    }
}

/// Nobody is mailed of it twice, but where it is not known whether they were.
fn check_mails(inner: &Inner, store: usize) {
    let lost = inner.failed.get(&Whom::Mail).copied().unwrap_or_default();
    for channel in [Channel::Topic, Channel::Mail] {
        let mails = inner.mails.iter().filter(|(of, _)| *of == channel);
        let (troubled, plain): (Vec<_>, Vec<_>) =
            mails.partition(|(_, text)| text.contains("Could not be done:"));
        // A crash between the mail and its record costs one more.
        assert!(
            plain.len() <= 1 + lost + store,
            "{} mails, {lost} lost",
            plain.len()
        );
        assert!(
            troubled.len() <= 1 + lost + store,
            "{} of trouble",
            troubled.len()
        );
    }
}

/// Each log has its analysis, and its record says that nothing is left to do.
fn check_ends(inner: &Inner, store: usize, arrivals: &Arrivals) {
    for id in (1..).take(arrivals.len()) {
        let json = inner.json(&analysis(id));
        // Whatever could be read once stays; what never could, in three tries, is told.
        let is_unread = json["category"] == "unknown" && store >= 3 && !json["problem"].is_null();
        assert!(json["category"] == "code" || is_unread, "{json}");
    }
    for (key, (body, _)) in inner
        .records
        .iter()
        .filter(|(key, _)| key.starts_with("ci/logs/"))
    {
        let record: serde_json::Value = serde_json::from_slice(body).unwrap();
        assert_eq!(record["stage"], "settled", "{key}");
    }
}

/// Each case is several invocations; `PROPTEST_CASES` still says how many.
fn config() -> ProptestConfig {
    let config = ProptestConfig::default();
    let cases = (config.cases / 5).max(1);
    ProptestConfig { cases, ..config }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn nothing_is_done_twice_whatever_fails(
        arrivals in arrivals(),
        has_patch in any::<bool>(),
        s3 in faults(STORE, 30),
        state in faults(STORE, 40),
        github in faults(ALL, 25),
        llm in faults(ALL, 4),
        mail in faults(ALL, 6),
    ) {
        let mut lambda = simulated(&arrivals, has_patch);
        let all = [(Whom::S3, s3), (Whom::State, state), (Whom::GitHub, github), (Whom::Llm, llm), (Whom::Mail, mail)];
        lambda.world.lock().faults.extend(all);
        lambda.run();
        check(&lambda, &arrivals);
    }

    #[test]
    fn whatever_hangs_outside_the_rules_analysis_is_there_in_time(
        arrivals in arrivals(),
        has_patch in any::<bool>(),
        github in faults(OUTSIDE, 25),
        llm in faults(OUTSIDE, 4),
        mail in faults(OUTSIDE, 6),
    ) {
        let mut lambda = simulated(&arrivals, has_patch);
        let begun = lambda.world.lock().now;
        let all = [(Whom::GitHub, github), (Whom::Llm, llm), (Whom::Mail, mail)];
        lambda.world.lock().faults.extend(all);
        lambda.run();
        prop_assert_eq!(lambda.killed, 0);
        check(&lambda, &arrivals);
        let inner = lambda.world.lock();
        for (id, (_, times)) in (1..).zip(&arrivals) {
            let first = inner.written.iter().find(|(key, ..)| *key == analysis(id)).unwrap();
            let delivered = begun + jiff::SignedDuration::from_millis(*times.iter().min().unwrap());
            prop_assert!(first.2.duration_since(delivered) < jiff::SignedDuration::from_secs(2));
        }
    }

    #[test]
    fn without_faults_each_version_is_analysed_once_and_people_are_told_once(
        arrivals in arrivals(),
        has_patch in any::<bool>(),
    ) {
        let mut lambda = simulated(&arrivals, has_patch);
        lambda.run();
        check(&lambda, &arrivals);
        let inner = lambda.world.lock();
        prop_assert_eq!((lambda.killed, lambda.dead_letters), (0, 0));
        prop_assert_eq!(inner.count("Analyses"), arrivals.len());
        prop_assert_eq!(inner.mails.len(), 2);
        prop_assert_eq!(inner.threads.len(), 1);
        let json = format!("{:?}", inner.written.last());
        prop_assert!(json.contains("troubles") || json.contains("html"));
    }
}

#[test]
fn a_retry_takes_the_slot_that_its_first_try_did_not_come_to() {
    // Wherever the first try dies: what was done has its slots, and none has two.
    for calls in 0..40 {
        let mut lambda = simulated(&vec![(false, vec![0])], false);
        let mut faults = vec![Fault::None; calls];
        faults.push(Fault::CrashAfter);
        faults.reverse();
        lambda.world.lock().faults.insert(Whom::S3, faults);
        lambda.run();
        let inner = lambda.world.lock();
        let slots = |scope: &str| {
            let keys = inner.records.keys();
            keys.filter(|key| key.starts_with(&format!("caps/{scope}")))
                .count()
        };
        let taken = (slots("ci-issues-acme/shop/"), slots("ci-mails/"));
        assert_eq!((inner.threads.len(), taken), (1, (1, 1)), "after {calls}");
    }
}

#[test]
fn a_flood_of_one_failure_is_one_issue_and_one_mail() {
    let arrivals: Arrivals = (0..60).map(|n| (false, vec![n * 7])).collect();
    let mut lambda = simulated(&arrivals, false);
    lambda.run();
    let inner = lambda.world.lock();
    assert_eq!(
        (inner.threads.len(), inner.mails.len(), lambda.dead_letters),
        (1, 2, 0)
    );
    assert_eq!(inner.threads[0].comments.len(), 0);
    let last = inner
        .records
        .iter()
        .find(|(key, _)| key.starts_with("ci/failures/"));
    let record: serde_json::Value = serde_json::from_slice(&last.unwrap().1.0).unwrap();
    assert_eq!(record["count"], 60);
}
