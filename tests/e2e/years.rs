//! Years of exports: whatever is skipped, crashes, fails or comes late, windows tile time, and each event is once in what is proven or
//! in a stated loss.
//!
//! `SOAK_YEARS` says how many years are lived through, `SOAK_SEED` with which schedule it begins.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test says what it did, and stops where it cannot go on"
)]

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use support::years::{Outcome, run};

/// Years that `cargo test` runs: a third of a second each, as it is not optimised.
const FEW: u64 = 40;

/// How many broken promises are shown.
const SHOWN: usize = 10;

fn setting(name: &str, otherwise: u64) -> u64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "a soak is told by its Make target how long it is"
    )]
    let value = std::env::var(name);
    value.map_or(otherwise, |value| value.parse().unwrap())
}

/// Lives through schedules until they are so many years together.
fn live(first: u64, years: u64) -> Outcome {
    let (next, lived) = (AtomicU64::new(first), AtomicU64::new(0));
    let work = || {
        let mut sum = Outcome::default();
        while lived.load(Ordering::Relaxed) < 365 * years && sum.broken.len() < SHOWN {
            let outcome = run(next.fetch_add(1, Ordering::Relaxed));
            lived.fetch_add(outcome.days, Ordering::Relaxed);
            sum = sum.and(outcome);
        }
        sum
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let sums = workers.into_iter().map(|worker| worker.join().unwrap());
        sums.fold(Outcome::default(), Outcome::and)
    })
}

#[test]
fn each_event_is_once_in_what_is_proven_or_in_a_stated_loss() {
    let sum = live(setting("SOAK_SEED", 1), setting("SOAK_YEARS", FEW));
    let shown: Vec<_> = sum.broken.iter().take(SHOWN).map(String::as_str).collect();
    assert!(
        shown.is_empty(),
        "promises were broken:\n{}",
        shown.join("\n")
    );
    println!("{sum:?}");
}

/// A seed that a failure names is worth something only if it runs the same way again.
#[test]
fn a_schedule_runs_the_same_way_again() {
    for seed in 1..4 {
        let [once, again] = [run(seed), run(seed)].map(|outcome| format!("{outcome:?}"));
        assert_eq!(once, again);
    }
}
