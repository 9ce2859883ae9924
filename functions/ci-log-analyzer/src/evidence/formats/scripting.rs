//! Test runners that number their failures (`PHPUnit`, `ExUnit`), TAP and Perl, R, Lua, Dart (their documentation).

use crate::evidence::opener::{Grown, Growth, Opener, Spot, opener};
use crate::evidence::shape;

pub(super) const OPENERS: &[Opener] = &[
    // ExUnit, PHPUnit and others number their failures.
    opener(
        80,
        &[
            "0) ", "1) ", "2) ", "3) ", "4) ", "5) ", "6) ", "7) ", "8) ", "9) ",
        ],
    )
    .at(Spot::Anywhere)
    .shaped(failed_case)
    .grows(Growth::While(case))
    .blanks(1)
    .max(60),
    opener(30, &["There was 1 ", "There were "])
        .shaped(|text| text.contains("failure") || text.contains("error")),
    // Perl's TAP (the TAP specification).
    opener(84, &["not ok "])
        .at(Spot::Trimmed)
        .shaped(counted)
        .grows(Growth::While(tap))
        .max(40),
    opener(84, &["#   Failed test"])
        .at(Spot::Trimmed)
        .grows(Growth::While(|_, text| text.trim_start().starts_with('#')))
        .max(30),
    opener(84, &["Dubious, test returned"])
        .at(Spot::Anywhere)
        .grows(Growth::While(|grown, _| grown.len == 1)),
    opener(72, &["Test Summary Report"])
        .grows(Growth::Paragraph)
        .max(20),
    // R (Writing R Extensions, "Checking packages"; testthat).
    opener(80, &["... ERROR", "... WARNING"])
        .at(Spot::End)
        .grows(Growth::Until(&["* ", "Status:"], false))
        .blanks(2)
        .max(60),
    opener(86, &["── Failure (", "── Error (", "── 1. "])
        .grows(Growth::Until(&["── ", "══"], false))
        .blanks(1)
        .max(40),
    opener(76, &["Error in "])
        .grows(Growth::While(|grown, text| {
            shape::is_indented(text) || grown.len == 1 || text.starts_with("Calls:")
        }))
        .max(12),
    // Busted, EUnit, ERT, Dart's test runner.
    opener(86, &["Failure → ", "Error → "])
        .grows(Growth::Paragraph)
        .max(20),
    opener(84, &[" condition:"])
        .at(Spot::End)
        .shaped(|text| text.starts_with("Test "))
        .grows(Growth::Indented)
        .blanks(1)
        .max(20),
    opener(84, &[" [E]"])
        .at(Spot::End)
        .grows(Growth::Indented)
        .max(20),
    opener(80, &["lua: ", "luajit: "])
        .at(Spot::Trimmed)
        .shaped(|text| text.contains(".lua:"))
        .grows(Growth::While(|_, text| {
            shape::is_indented(text) || text.starts_with("stack traceback")
        }))
        .max(20),
    opener(70, &[".rb:", ".php:", ".ex:", ".exs:", ".lua:"])
        .at(Spot::Anywhere)
        .shaped(|text| {
            !shape::is_indented(text)
                && !text.contains("warning:")
                && shape::after_location(text).is_some_and(|rest| rest.len() > 8)
        }),
    // Perl's `die`.
    opener(70, &[" line "]).at(Spot::Anywhere).shaped(|text| {
        text.contains(" at ")
            && text.trim_end().ends_with('.')
            && (text.contains(".pl line ")
                || text.contains(".pm line ")
                || text.contains(".t line "))
    }),
];

/// A numbered failure, not a list in prose.
fn failed_case(text: &str) -> bool {
    shape::is_numbered(text) && shape::indent(text) <= 6 && text.len() > 6
}

fn case(grown: &Grown<'_>, text: &str) -> bool {
    let deeper = shape::indent(text) > shape::indent(grown.first);
    let numbered = failed_case(text);
    let prose = shape::indent(grown.first) == 0 && grown.len < 60;
    let over = text.starts_with("FAILURES!")
        || text.starts_with("ERRORS!")
        || text.starts_with("--") && grown.blanks > 0
        || text.starts_with("Tests:");
    !over && !text.starts_with("The command") && (deeper || prose || numbered && grown.len < 40)
}

/// Expected failures do not count.
fn counted(text: &str) -> bool {
    !text.contains("# TODO")
        && !text.contains("# SKIP")
        && !text.contains("# todo")
        && !text.contains("# skip")
}

fn tap(_: &Grown<'_>, text: &str) -> bool {
    shape::is_indented(text) || text.trim_start().starts_with('#')
}

#[cfg(test)]
mod tests {
    use crate::evidence::tests::check;

    #[test]
    fn a_failure_of_phpunit_has_a_number() {
        check(
            "scripting",
            r".There was 1 failure:
.
|1) TotalTest::testAddsUp
|Failed asserting that 3 matches expected 4.
|
|/work/tests/TotalTest.php:9
.
.FAILURES!
.Tests: 3, Assertions: 3, Failures: 1.",
        );
    }

    #[test]
    fn a_failure_of_exunit_is_indented() {
        check(
            "scripting",
            r"..
.
|  1) test adds up (TotalTest)
|     test/total_test.exs:4
|     Assertion with == failed
|     left:  3
|     right: 4
.
.Finished in 0.02 seconds",
        );
    }

    #[test]
    fn a_failed_assertion_in_tap_is_shown_with_its_details() {
        check(
            "scripting",
            r".ok 1 - is empty at first
|not ok 2 - adds up
|#   Failed test 'adds up'
|#   at t/total.t line 9.
|#          got: '3'
|#     expected: '4'
.ok 3 - has a name",
        );
    }

    #[test]
    fn an_expected_failure_in_tap_is_none() {
        check(
            "",
            r".not ok 2 - adds up # TODO not written yet
.ok 3 - has a name",
        );
    }

    #[test]
    fn a_failed_check_of_a_package_of_r_is_shown() {
        check(
            "scripting",
            r".* checking examples ... OK
|* checking tests ... ERROR
|  Running 'testthat.R'
|Running the tests in 'tests/testthat.R' failed.
|Last 13 lines of output:
|  total(1, 2) not equal to 4.
.* checking PDF version of manual ... OK",
        );
    }
}
