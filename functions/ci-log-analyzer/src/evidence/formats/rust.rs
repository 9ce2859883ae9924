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

#[cfg(test)]
mod tests {
    use crate::evidence::tests::check;

    #[test]
    fn a_diagnostic_of_the_compiler_is_shown_with_its_source() {
        check(
            "rust",
            r".   Compiling basket v0.1.0
|error[E0308]: mismatched types
| --> src/basket.rs:3:5
|  |
|3 |     total
|  |     ^^^^^ expected `u64`, found `u32`
|  |
|help: you can convert a `u32` to a `u64`
|  |
|3 |     total.into()
|  |          +++++++
.
.error: aborting due to 1 previous error
.error: could not compile `basket` (lib) due to 1 previous error",
        );
    }

    #[test]
    fn a_failed_test_is_shown_with_what_it_printed() {
        check(
            "rust",
            r".running 2 tests
.test empties ... ok
.test adds_up ... FAILED
.
.failures:
.
|---- adds_up stdout ----
|adding 2 and 2
|
|thread 'adds_up' panicked at tests/sums.rs:8:5:
|assertion `left == right` failed
|  left: 4
| right: 5
|note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
.
.
.failures:
.    adds_up
.
.test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s",
        );
    }

    #[test]
    fn a_panic_is_shown_with_its_message() {
        check(
            "rust",
            r".serving on port 80
|thread 'main' panicked at src/main.rs:4:10:
|called `Result::unwrap()` on an `Err` value: NotFound
|note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
.
.bye",
        );
    }
}
