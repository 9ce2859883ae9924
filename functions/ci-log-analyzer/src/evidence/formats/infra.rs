//! Terraform, Docker and `BuildKit`, RPM, Mock, DNF, APT (their documentation).

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

#[cfg(test)]
mod tests {
    use crate::evidence::tests::check;

    #[test]
    fn an_error_of_terraform_is_shown_in_its_frame() {
        check(
            "infra",
            r#".Planning failed.
.╷
|│ Error: Unsupported argument
|│ 
|│   on main.tf line 9, in resource "shop_basket" "main":
|│    9:   tax = 3
|│ 
|│ An argument named "tax" is not expected here.
.╵"#,
        );
    }

    #[test]
    fn a_build_step_that_failed_is_quoted_by_buildkit() {
        check(
            "infra",
            r#".#9 ERROR: process "/bin/sh -c make" did not complete successfully: exit code: 2
.------
| > [build 4/4] RUN make:
|0.412 make: *** No rule to make target 'all'.  Stop.
.------"#,
        );
    }

    #[test]
    fn a_package_that_mock_cannot_find_is_named() {
        check(
            "infra",
            r".INFO: installing minimal buildroot
|No matching package to install: 'tax-devel >= 2'
.Not all dependencies satisfied",
        );
    }

    #[test]
    fn the_errors_of_apt_are_one_block() {
        check(
            "infra",
            r".Reading package lists...
|E: Unable to locate package libtax
|E: Couldn't find any package by glob 'libtax'
.done",
        );
    }
}
