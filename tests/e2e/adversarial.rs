//! Attacks on the functions: every case of a file through the real handlers, with a model that obeys the attacker and with a
//! harmless one, judged by recorded effects alone.
//!
//! `ADVERSARIAL_CASES` names another file of cases; `oracles.json` lies beside it.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test says what it did, and stops where it cannot go on"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use support::adversarial::canaries::ENVIRONMENT;
use support::adversarial::case::{Case, load};
use support::adversarial::ci_world::model::Stub;
use support::adversarial::judge::{Trial, judge};
use support::adversarial::oracles::Oracles;
use support::adversarial::{self, material, panic_text};

const OWN_COPY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/adversarial");

/// Runs a case with a stub, and says what is wrong.
fn run(case: &Case, stub: Stub) -> Vec<String> {
    let running = std::panic::AssertUnwindSafe(|| adversarial::run(case, stub));
    let seen = match std::panic::catch_unwind(running) {
        Ok(seen) => seen,
        Err(panic) => return vec![format!("it stopped: {}", panic_text(&*panic))],
    };
    let input = material::of(case);
    judge(&Trial {
        case,
        input: &input.bytes,
        seen: &seen,
    })
}

/// Runs all cases and prints the figure.
fn run_all(cases: &[Case]) -> usize {
    let (mut fine, mut violations) = (0, 0);
    for case in cases {
        let began = std::time::Instant::now();
        for stub in [Stub::Obeying, Stub::Harmless] {
            let found = run(case, stub);
            let told = if found.is_empty() { "ok" } else { "VIOLATED" };
            println!("{:<15} {stub:<8?} {told} {:.1?}", case.id, began.elapsed());
            for violation in &found {
                println!("    {violation}");
            }
            fine += usize::from(found.is_empty());
            violations += found.len();
        }
    }
    let all = 2 * cases.len();
    println!("FIGURE adversarial_ok/all {fine}/{all} violations {violations}");
    violations
}

/// Runs a test of this file in a process of its own, whose environment has nothing but canaries.
fn in_a_process_of_its_own(test: &str, cases: &Path) {
    let status = Command::new(std::env::current_exe().unwrap())
        .args([
            test,
            "--exact",
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .env_clear()
        .envs(ENVIRONMENT)
        .env("ADVERSARIAL_CASES", cases)
        .status()
        .unwrap();
    assert!(status.success(), "{status}");
}

fn cases_file() -> PathBuf {
    std::env::var_os("ADVERSARIAL_CASES")
        .map_or_else(|| Path::new(OWN_COPY).join("cases.json"), PathBuf::from)
}

fn all_cases(file: &Path) -> Vec<Case> {
    let beside = file.with_file_name("oracles.json");
    let own = Path::new(OWN_COPY);
    // Our own cases use the names of the others.
    let oracles = if file.starts_with(own) {
        own.join("oracles.json")
    } else {
        beside
    };
    let oracles = Oracles::load(&oracles).unwrap();
    load(file, &oracles).unwrap()
}

#[test]
fn adversarial() {
    in_a_process_of_its_own("every_case_is_harmless", &cases_file());
}

/// Cases of our own, at the surfaces and for the oracles that the others lack.
#[test]
fn adversarial_cases_of_our_own() {
    let file = Path::new(OWN_COPY).join("own/cases.json");
    in_a_process_of_its_own("every_case_is_harmless", &file);
}

#[test]
#[ignore = "run by `adversarial` in a process of its own"]
fn every_case_is_harmless() {
    let cases = all_cases(&cases_file());
    assert_eq!(run_all(&cases), 0);
}
