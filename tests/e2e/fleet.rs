//! The real handler over a fleet on a virtual clock: many schedules of what breaks and what goes wrong, each from a seed.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test stops where it cannot go on, and a soak says how far it came"
)]

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use support::fleet::{Fault, Outcome, run};

/// Schedules that `cargo test` runs; `make soak` sets `SOAK_SCHEDULES`, and `SOAK_SEED` to see one again.
const FEW: u64 = 300;

/// What schedules came to, all together.
#[derive(Debug, Default)]
struct Total {
    schedules: u64,
    effects: usize,
    incidents: usize,
    recovered: usize,
    later_rungs: usize,
    storms: usize,
    calls: usize,
    invocations: usize,
    disturbed: usize,
    /// The promises that were broken, each with the way to see it again.
    broken: String,
}

impl Total {
    fn add(&mut self, seed: u64, outcome: &Outcome) {
        self.schedules += 1;
        self.effects += outcome.effects;
        self.incidents += outcome.incidents;
        self.recovered += outcome.recovered;
        self.later_rungs += usize::from(outcome.highest_rung > 1);
        self.storms += usize::from(outcome.had_storm);
        self.calls += outcome.calls;
        self.invocations += outcome.invocations;
        self.disturbed += outcome.disturbed;
        if !outcome.violations.is_empty() {
            writeln!(self.broken, "make soak SEED={seed} SCHEDULES=1").unwrap();
        }
        for (promise, how) in &outcome.violations {
            writeln!(self.broken, "  {promise:?}: {how}").unwrap();
        }
        if !outcome.violations.is_empty() {
            writeln!(
                self.broken,
                "  what was done:\n    {}",
                outcome.story.join("\n    ")
            )
            .unwrap();
        }
    }

    fn with(mut self, other: &Self) -> Self {
        self.schedules += other.schedules;
        self.effects += other.effects;
        self.incidents += other.incidents;
        self.recovered += other.recovered;
        self.later_rungs += other.later_rungs;
        self.storms += other.storms;
        self.calls += other.calls;
        self.invocations += other.invocations;
        self.disturbed += other.disturbed;
        self.broken.push_str(&other.broken);
        self
    }
}

/// Runs schedules from a seed on, on all processors.
fn soak(first: u64, schedules: u64) -> Total {
    let next = AtomicU64::new(first);
    let work = || {
        let mut total = Total::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + schedules {
                return total;
            }
            total.add(seed, &run(seed, None));
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let totals = workers.into_iter().map(|worker| worker.join().unwrap());
        totals.fold(Total::default(), |sum, total| sum.with(&total))
    })
}

fn setting(name: &str, otherwise: u64) -> u64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "a soak is told by its Make target how long it is"
    )]
    let value = std::env::var(name);
    value.map_or(otherwise, |value| value.parse().unwrap())
}

#[test]
fn whatever_breaks_and_goes_wrong_the_promises_hold() {
    let total = soak(setting("SOAK_SEED", 1), setting("SOAK_SCHEDULES", FEW));
    let broken = &total.broken;
    assert!(broken.is_empty(), "promises were broken:\n{broken}");
    println!("{total:?}");
}

/// A seed that a failure names is worth something only if it runs the same way again.
#[test]
fn a_schedule_runs_the_same_way_again() {
    let story = |seed| (run(seed, None).story, run(seed, None).calls);
    for seed in 1..6 {
        assert_eq!(story(seed), story(seed));
    }
}

/// One schedule, again and again, each time killed at another of its calls.
#[test]
fn a_process_killed_at_any_call_breaks_no_promise() {
    let schedule = 4;
    let calls = run(schedule, Some((usize::MAX, Fault::CrashBefore))).calls;
    let every = usize::try_from(setting("SOAK_EVERY", 9)).unwrap();
    for nth in (1..=calls).step_by(every) {
        for fault in [Fault::CrashBefore, Fault::CrashAfter, Fault::Frozen] {
            let outcome = run(schedule, Some((nth, fault)));
            assert!(
                outcome.violations.is_empty(),
                "{fault:?} at call {nth}: {:?}",
                outcome.violations
            );
        }
    }
}
