//! GCC, Clang, `ld`, Make, CMake, sanitizers (GNU coding standards "Formatting Error Messages"; Clang "Expressive Diagnostics").

use crate::evidence::opener::{Grown, Growth, Opener, Spot, opener};
use crate::evidence::shape;

pub(super) const OPENERS: &[Opener] = &[
    opener(80, &["error: ", "error C", "error:"])
        .at(Spot::Anywhere)
        .shaped(shape::is_located_error)
        .led_by(includes, 6)
        .grows(Growth::While(diagnostic))
        .max(30),
    opener(
        84,
        &[
            "undefined reference to",
            "multiple definition of",
            "undefined symbol: ",
            "cannot find -l",
        ],
    )
    .at(Spot::Anywhere)
    .led_by(includes, 2)
    .grows(Growth::While(linker))
    .max(20),
    opener(
        84,
        &[
            "Undefined symbols for architecture",
            "ld: symbol(s) not found",
            "ld: library not found",
            "ld: ",
        ],
    )
    .grows(Growth::Indented)
    .max(20),
    opener(84, &["CMake Error"])
        .grows(Growth::While(|_, text| shape::is_indented(text)))
        .blanks(1)
        .max(30),
    opener(82, &["configure: error: "]).grows(Growth::Line),
    opener(82, &["No rule to make target"]).at(Spot::Anywhere),
    opener(
        90,
        &[
            "ERROR: AddressSanitizer",
            "ERROR: LeakSanitizer",
            "ERROR: ThreadSanitizer",
            "WARNING: ThreadSanitizer",
            "WARNING: MemorySanitizer",
        ],
    )
    .at(Spot::Anywhere)
    .grows(Growth::Until(&["SUMMARY: "], true))
    .blanks(2),
    opener(84, &["runtime error: "])
        .at(Spot::Anywhere)
        .grows(Growth::Indented),
    opener(
        76,
        &[
            "Segmentation fault",
            "(core dumped)",
            "SIGSEGV",
            "SIGABRT",
            "Assertion `",
            "Assertion failed",
        ],
    )
    .at(Spot::Anywhere)
    .grows(Growth::Line),
    opener(88, &["TEST-UNEXPECTED-", "PROCESS-CRASH"])
        .at(Spot::Anywhere)
        .grows(Growth::Line),
    opener(64, &[" ERROR - "]).at(Spot::Anywhere),
    opener(80, &["The following tests FAILED:"]).grows(Growth::Indented),
    opener(70, &["***Failed", "***Exception", "***Timeout"]).at(Spot::Anywhere),
];

fn includes(text: &str) -> bool {
    let body = text.trim_start();
    body.starts_with("In file included from")
        || body.starts_with("from ")
        || text.contains(": In ")
        || text.contains(": In function")
}

/// Source, carets, notes, and further diagnostics right after.
fn diagnostic(grown: &Grown<'_>, text: &str) -> bool {
    shape::is_indented(text)
        || shape::is_located(text) && !text.contains("warning:")
        || includes(text)
        || grown.len == 1 && !text.starts_with("make")
}

fn linker(_: &Grown<'_>, text: &str) -> bool {
    text.contains("undefined reference")
        || includes(text)
        || text.contains("multiple definition")
        || text.starts_with("collect2:")
}
