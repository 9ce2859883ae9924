//! Ruby, PHP, Perl, R and Elixir: their test runners, package managers and run times (each tool's documentation).

use crate::evidence::opener::{Grown, Growth, Opener, Spot, opener};
use crate::evidence::shape;

pub(super) const OPENERS: &[Opener] = &[
    // RSpec, hspec.
    opener(84, &["Failures:"])
        .grows(Growth::Until(
            &["Finished in", "Failed examples:", "Randomized with", "Top "],
            false,
        ))
        .blanks(3),
    opener(60, &["rspec "]).shaped(|text| text.contains(" # ")),
    // Minitest, test-unit.
    opener(86, &["Failure:", "Error:"])
        .shaped(|text| text.trim_end().ends_with(':'))
        .grows(Growth::Paragraph)
        .max(40),
    opener(86, &["1) Failure", "1) Error"])
        .at(Spot::Trimmed)
        .grows(Growth::Until(&["runs, ", "Finished"], false))
        .blanks(1)
        .max(60),
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
    opener(70, &["rake aborted!"])
        .grows(Growth::Paragraph)
        .max(8),
    opener(
        84,
        &[
            "Bundler could not find compatible versions",
            "Could not find gem",
            "An error occurred while installing",
            "Gem::",
        ],
    )
    .grows(Growth::Paragraph)
    .max(20),
    opener(70, &[".rb:"])
        .at(Spot::Anywhere)
        .shaped(rubocop)
        .grows(Growth::While(|_, text| !text.is_empty()))
        .max(4),
    opener(
        82,
        &[
            "PHP Fatal error:",
            "PHP Parse error:",
            "Fatal error:",
            "Parse error:",
        ],
    )
    .grows(Growth::While(php))
    .max(20),
    opener(86, &["Your requirements could not be resolved"])
        .grows(Growth::Until(
            &["Use the option", "Installation failed"],
            false,
        ))
        .blanks(2)
        .max(40),
    opener(86, &["FAIL "])
        .shaped(|text| text.contains(".phpt]"))
        .led_by(
            |text| !text.starts_with("========DIFF") && !text.starts_with("PASS "),
            40,
        ),
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
    opener(84, &["** ("])
        .at(Spot::Trimmed)
        .grows(Growth::Indented)
        .blanks(1)
        .max(40),
    // Erlang's Common Test and its error logger.
    opener(86, &[" failed on line "])
        .at(Spot::Anywhere)
        .grows(Growth::While(|grown, text| {
            grown.len < 6 && !shape::is_rule(text)
        })),
    opener(76, &["*** FAILED test case"]).at(Spot::Anywhere),
    opener(64, &["=ERROR REPORT====", "=CRASH REPORT===="])
        .grows(Growth::Paragraph)
        .max(30),
    opener(
        84,
        &["== Compilation error", "Debugger entered--Lisp error"],
    )
    .grows(Growth::While(|grown, text| {
        grown.len == 1 || shape::is_indented(text)
    }))
    .max(50),
    // Busted, EUnit, ERT, Dart's test runner.
    opener(86, &["Failure → ", "Error → "])
        .grows(Growth::Paragraph)
        .max(20),
    opener(84, &["*failed*"])
        .at(Spot::Anywhere)
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
    // PHPStan, PHP_CodeSniffer.
    opener(84, &["  Line   "])
        .grows(Growth::While(|_, text| !text.contains("[ERROR]")))
        .blanks(1)
        .max(30),
    opener(84, &["FILE: "]).grows(Growth::Paragraph).max(30),
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
            && text.trim_end().ends_with(|sign: char| sign == '.')
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

fn rubocop(text: &str) -> bool {
    shape::after_location(text).is_some_and(|rest| {
        ["C: ", "W: ", "E: ", "F: "]
            .iter()
            .any(|start| rest.starts_with(start))
    })
}

fn php(_: &Grown<'_>, text: &str) -> bool {
    shape::is_indented(text)
        || text.starts_with('#')
        || text.starts_with("PHP ")
        || text.starts_with("Stack trace")
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
    fn the_failures_of_rspec_end_before_the_times() {
        check(
            "scripting",
            r"..F.
.
|Failures:
|
|  1) Total adds up
|     Failure/Error: expect(total).to eq(4)
|
|       expected: 4
|            got: 3
|     # ./spec/total_spec.rb:9:in `block'
.
.Finished in 0.01 seconds
.3 examples, 1 failure",
        );
    }

    #[test]
    fn a_failure_of_minitest_is_one_paragraph() {
        check(
            "scripting",
            r".Finished in 0.01s
.
|Failure:
|TotalTest#test_adds_up [/work/test/total_test.rb:9]:
|Expected: 4
|  Actual: 3
.
.3 runs, 3 assertions, 1 failures, 0 errors, 0 skips",
        );
    }

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
    fn requirements_that_composer_cannot_meet_are_shown() {
        check(
            "scripting",
            r".Updating dependencies
|Your requirements could not be resolved to an installable set of packages.
|
|  Problem 1
|    - Root composer.json requires shop/tax ^2.0, found shop/tax[1.0.0] but it does not match the constraint.
.
.Use the option --with-all-dependencies (-W) to allow upgrades",
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

    #[test]
    fn an_exception_of_elixir_is_shown_with_its_stack() {
        check(
            "scripting",
            r".Compiling 3 files (.ex)
|** (KeyError) key :tax not found in: %{}
|    lib/total.ex:9: Shop.Total.add/2
|    lib/main.ex:3: Shop.main/1
.bye",
        );
    }
}
