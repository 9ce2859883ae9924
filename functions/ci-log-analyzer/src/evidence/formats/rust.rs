//! `rustc`'s and Cargo's diagnostics, libtest, nextest (the rustc book, "JSON Output" for their parts; the Cargo book, "cargo test").

use crate::evidence::opener::{Grown, Growth, Opener, Spot, opener};
use crate::evidence::shape;

pub(super) const OPENERS: &[Opener] = &[
    opener(84, &["error[E"])
        .at(Spot::Trimmed)
        .grows(Growth::While(diagnostic))
        .max(60),
    opener(
        30,
        &[
            "error: aborting due to",
            "error: could not compile",
            "error: Could not compile",
        ],
    ),
    opener(
        45,
        &["error: test failed, to rerun", "error: test run failed"],
    ),
    opener(86, &["thread '"])
        .at(Spot::Trimmed)
        .shaped(panics)
        .grows(Growth::While(panic_message))
        .max(40),
    opener(88, &["---- "])
        .shaped(captured)
        .grows(Growth::Until(
            &["---- ", "failures:", "test result:"],
            false,
        ))
        .blanks(2),
    opener(62, &["... FAILED"]).at(Spot::End),
    opener(70, &["FAIL ["]).at(Spot::Trimmed),
    opener(64, &["Summary ["])
        .at(Spot::Trimmed)
        .shaped(|text| shape::counts(text, " failed")),
];

fn panics(text: &str) -> bool {
    text.contains("panicked at")
}

fn captured(text: &str) -> bool {
    text.ends_with(" ----") || text.ends_with(" ---")
}

/// What follows an `error:` line: source with its gutter, notes, helps.
fn diagnostic(_: &Grown<'_>, text: &str) -> bool {
    let body = text.trim_start();
    shape::is_indented(text)
        || body.starts_with(|sign: char| sign.is_ascii_digit() || matches!(sign, '|' | '=' | '.'))
        || ["note:", "help:", "-->"]
            .iter()
            .any(|start| body.starts_with(start))
}

fn panic_message(grown: &Grown<'_>, text: &str) -> bool {
    !grown.last.starts_with("note: ") && !text.starts_with("test ")
}
