//! Terraform, Docker and BuildKit, RPM, Mock, DNF, APT (their documentation).

use crate::evidence::opener::{Grown, Growth, Opener, Spot, opener};
use crate::evidence::shape;

pub(super) const OPENERS: &[Opener] = &[
    opener(88, &["│ Error: "])
        .grows(Growth::Until(&["╵"], false))
        .max(30),
    opener(88, &["> ["])
        .at(Spot::Trimmed)
        .shaped(|text| text.trim_end().ends_with(':'))
        .grows(Growth::Until(&["------"], false))
        .blanks(1)
        .max(40),
    opener(
        76,
        &[
            "ERROR: failed to solve",
            "failed to solve: ",
            "ERROR: failed to build",
        ],
    )
    .at(Spot::Anywhere),
    // BuildKit numbers the lines of each build step.
    opener(78, &["ERROR: process \"", "ERROR: executor failed"])
        .at(Spot::Anywhere)
        .led_by(|text| text.starts_with('#'), 6),
    opener(80, &["Error response from daemon:"])
        .at(Spot::Anywhere)
        .led_by(|text| text.starts_with("Unable to find image"), 1),
    opener(40, &["returned a non-zero code"]).at(Spot::Anywhere),
    opener(70, &["RPM build errors:"])
        .grows(Growth::Indented)
        .max(20),
    opener(50, &["error: Bad exit status from"]),
    opener(
        86,
        &[
            "No matching package to install:",
            "No matching packages to install",
            "Error: Unable to find a match",
        ],
    )
    .at(Spot::Anywhere)
    .grows(Growth::Line),
    opener(82, &["Problem: ", "Problem 1: ", "Problem 1"])
        .at(Spot::Trimmed)
        .grows(Growth::While(|_, text| text.trim_start().starts_with('-')))
        .max(20),
    opener(
        82,
        &[
            "error: Installed (but unpackaged) file(s) found",
            "Installed (but unpackaged) file(s) found",
        ],
    )
    .at(Spot::Trimmed)
    .grows(Growth::Indented)
    .max(20),
    opener(80, &["error: File not found", "File not found: "]).at(Spot::Anywhere),
    opener(80, &["E: "])
        .grows(Growth::While(|_, text| text.starts_with("E: ")))
        .max(10),
    opener(78, &["The following packages have unmet dependencies"])
        .grows(Growth::While(|_, text| {
            shape::is_indented(text) || text.starts_with("E: ")
        }))
        .max(20),
    opener(78, &["fatal: [", "failed: ["])
        .grows(Growth::While(unquoted))
        .max(10),
];

fn unquoted(_: &Grown<'_>, text: &str) -> bool {
    shape::is_indented(text)
}
