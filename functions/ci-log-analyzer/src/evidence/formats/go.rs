//! `go build`, `go vet` and `go test` (the go command's documentation; "test2json" for the marks), panics of its runtime.

use crate::evidence::opener::{Grown, Growth, Opener, Spot, opener};
use crate::evidence::shape;

pub(super) const OPENERS: &[Opener] = &[
    opener(88, &["--- FAIL: "])
        .at(Spot::Trimmed)
        .grows(Growth::While(test_output))
        .blanks(1)
        .max(80),
    opener(84, &["panic: "])
        .grows(Growth::Until(&["FAIL\t", "exit status", "ok  \t"], false))
        .blanks(2)
        .max(60),
    opener(80, &["fatal error: "])
        .grows(Growth::While(|grown, text| {
            shape::is_indented(text) || text.starts_with("goroutine ") || grown.len < 6
        }))
        .blanks(1)
        .max(40),
    opener(88, &["WARNING: DATA RACE"])
        .grows(Growth::Until(&["=========="], false))
        .blanks(2),
    opener(78, &[".go:"])
        .at(Spot::Anywhere)
        .shaped(|text| shape::is_located(text) && !text.starts_with([' ', '\t']))
        .led_by(|text| text.starts_with("# "), 1)
        .grows(Growth::While(|_, text| {
            shape::is_located(text) || shape::is_indented(text)
        }))
        .max(30),
    opener(45, &["FAIL\t"]),
];

/// What a failed test printed is indented deeper than its mark; the next mark of a test of the same level ends it.
fn test_output(grown: &Grown<'_>, text: &str) -> bool {
    let body = text.trim_start();
    if body.starts_with("--- PASS") || body.starts_with("--- SKIP") || text.starts_with("=== ") {
        return false;
    }
    shape::indent(text) > shape::indent(grown.first)
        || body.starts_with("--- FAIL: ")
        || body.starts_with("Error")
}
