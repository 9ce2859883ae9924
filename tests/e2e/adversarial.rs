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
use support::adversarial::case::{Case, Surface, load};
use support::adversarial::judge::{Trial, judge};
use support::adversarial::oracles::Oracles;
use support::adversarial::{alarm_world, material};

const OWN_COPY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/adversarial");

/// What the model does.
#[derive(Clone, Copy, Debug)]
enum Stub {
    /// Whatever the input asks for.
    Obeying,
    /// The same harmless thing each time.
    Harmless,
}

/// Whether a surface is one of alarms, and bound.
fn is_of_alarms(surface: Surface) -> bool {
    matches!(
        surface,
        Surface::AlarmDescription
            | Surface::AlarmReason
            | Surface::AlarmDimension
            | Surface::AlarmName
            | Surface::ContainerName
            | Surface::LogGroupName
            | Surface::SnsEvent
            | Surface::IncidentLogEvent
            | Surface::EmailHtml
            | Surface::EmailSubject
    )
}

/// Runs a case with a stub, and says what is wrong.
fn run(case: &Case, _stub: Stub) -> Vec<String> {
    let input = material::of(case);
    let seen = alarm_world::run(case);
    let trial = Trial {
        case,
        input: &input.bytes,
        seen: &seen,
    };
    judge(&trial)
}

/// Runs all cases and prints the figure.
fn run_all(cases: &[Case]) -> usize {
    let (mut fine, mut violations) = (0, 0);
    for case in cases {
        for stub in [Stub::Obeying, Stub::Harmless] {
            let found = run(case, stub);
            let told = if found.is_empty() { "ok" } else { "VIOLATED" };
            println!("{:<14} {stub:<8?} {told}", case.id);
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
    let mut cases = all_cases(&cases_file());
    // The surfaces of CI follow with the function that they belong to.
    cases.retain(|case| is_of_alarms(case.surface));
    assert_eq!(run_all(&cases), 0);
}
