//! The real handler over a fleet on a virtual clock: many schedules of what breaks and what goes wrong, each from a seed.
#![expect(clippy::print_stdout, reason = "a soak says how far it came")]

use std::fmt::Write as _;

use support::fleet::{Outcome, run};

/// Runs schedules from a seed on; what they came to, or the promises that were broken, each with the way to see it again.
fn soak(first: u64, schedules: u64) -> Vec<Outcome> {
    let mut broken = String::new();
    let mut outcomes = Vec::new();
    for seed in first..first + schedules {
        let outcome = run(seed, None);
        if !outcome.violations.is_empty() {
            writeln!(broken, "{}", replay(seed)).unwrap();
            for (promise, how) in &outcome.violations {
                writeln!(broken, "  {promise:?}: {how}").unwrap();
            }
        }
        outcomes.push(outcome);
    }
    assert!(broken.is_empty(), "promises were broken:\n{broken}");
    outcomes
}

fn replay(seed: u64) -> String {
    format!("make soak SEED={seed} SCHEDULES=1")
}

#[test]
fn whatever_breaks_and_goes_wrong_the_promises_hold() {
    soak(1, 100);
}
