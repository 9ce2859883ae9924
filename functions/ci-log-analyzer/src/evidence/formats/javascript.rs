//! Node's uncaught errors, Jest, Vitest, Mocha, Karma, ESLint, Prettier, TypeScript (their reporters' documentation).

use crate::evidence::opener::{Grown, Growth, Opener, Spot, opener};
use crate::evidence::shape;

pub(super) const OPENERS: &[Opener] = &[
    opener(90, &["● "])
        .at(Spot::Trimmed)
        .shaped(|text| !text.contains("Console"))
        .grows(Growth::Until(
            &["● ", "Test Suites:", "PASS ", "FAIL "],
            false,
        ))
        .blanks(3)
        .max(70)
        .led_by(|text| text.trim_start().starts_with("FAIL "), 1),
    opener(86, &["FAIL  "])
        .at(Spot::Trimmed)
        .shaped(|text| text.contains(" > "))
        .grows(Growth::While(vitest))
        .blanks(1)
        .max(30),
    opener(66, &["FAIL "])
        .at(Spot::Trimmed)
        .shaped(test_file)
        .grows(Growth::While(vitest))
        .blanks(1)
        .max(30),
    opener(84, &[" failing"])
        .at(Spot::End)
        .shaped(|text| shape::counts(text, " failing"))
        .grows(Growth::While(mocha))
        .blanks(4),
    opener(82, &[" FAILED"])
        .at(Spot::End)
        .shaped(karma)
        .grows(Growth::Indented)
        .max(30),
    opener(76, &["No tests found, exiting", "No test files found"])
        .at(Spot::Trimmed)
        .grows(Growth::Paragraph)
        .max(4),
    opener(75, &["DISCONNECTED", "Disconnected, because"]).at(Spot::Anywhere),
    opener(86, &["  error  ", "  ✖  "])
        .at(Spot::Anywhere)
        .shaped(problem)
        .led_by(
            |text| {
                text.starts_with('/') || text.contains('.') && !text.contains(' ') || problem(text)
            },
            4,
        )
        .grows(Growth::While(more_problems))
        .blanks(1)
        .max(60),
    opener(50, &["✖ "]).shaped(|text| text.contains("problem")),
    opener(84, &["error TS"])
        .at(Spot::Anywhere)
        .grows(Growth::While(|_, text| {
            text.contains("error TS") || shape::is_indented(text)
        }))
        .max(50),
    opener(82, &["Forgot to run Prettier", "Code style issues found"])
        .at(Spot::Anywhere)
        .led_by(
            |text| text.starts_with("[warn] ") || !text.trim().is_empty() && !text.contains(' '),
            20,
        ),
    opener(
        76,
        &[
            "Uncaught ",
            "UnhandledPromiseRejection",
            "[UnhandledPromise",
        ],
    )
    .at(Spot::Trimmed)
    .grows(Growth::Stack)
    .max(30),
    opener(
        72,
        &["ERROR in ", "Module not found: ", "Module build failed"],
    )
    .grows(Growth::Paragraph)
    .max(30),
];

fn test_file(text: &str) -> bool {
    text.contains('/') || text.contains(".js") || text.contains(".ts") || text.contains(".test")
}

fn vitest(grown: &Grown<'_>, text: &str) -> bool {
    !text.trim_start().starts_with('⎯')
        && !text.starts_with("PASS")
        && grown.first.starts_with(" FAIL")
}

/// Mocha's list of failures is indented to its end, and npm speaks after it.
fn mocha(grown: &Grown<'_>, text: &str) -> bool {
    shape::is_indented(text) || grown.len < 3
}

fn karma(text: &str) -> bool {
    text.contains('(') && !text.contains("Executed ")
}

/// `  3:8  error  text  rule`
fn problem(text: &str) -> bool {
    let body = text.trim_start();
    let place = body.split(' ').next().unwrap_or_default();
    let mut numbers = place.split(':');
    numbers.clone().count() == 2
        && numbers
            .all(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn more_problems(_: &Grown<'_>, text: &str) -> bool {
    problem(text) || text.starts_with('/') || text.starts_with("✖ ")
}
