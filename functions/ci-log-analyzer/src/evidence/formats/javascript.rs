//! Node's uncaught errors, Jest, Vitest, Mocha, Karma, `ESLint`, Prettier, TypeScript (their reporters' documentation).

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
    opener(80, &["✘ [ERROR]"])
        .grows(Growth::Indented)
        .blanks(1)
        .max(20),
    opener(76, &["✖ "])
        .at(Spot::Trimmed)
        .shaped(|text| !text.contains("problem") && !text.contains("0 "))
        .grows(Growth::Indented)
        .max(12),
    opener(78, &["Failed to compile", "Type error: "])
        .grows(Growth::While(|grown, text| {
            grown.len < 3 || shape::is_indented(text)
        }))
        .blanks(1)
        .max(20),
    opener(84, &["(fail) "]),
    opener(
        70,
        &[".js:", ".ts:", ".tsx:", ".jsx:", ".vue:", ".css:", ".scss:"],
    )
    .at(Spot::Anywhere)
    .shaped(located_lint),
];

/// A place and a text; Node's uncaught errors print the place alone.
fn located_lint(text: &str) -> bool {
    !shape::is_indented(text)
        && shape::after_location(text)
            .is_some_and(|rest| rest.len() > 8 && rest.contains(' ') && !rest.starts_with("warn"))
}

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

#[cfg(test)]
mod tests {
    use crate::evidence::tests::check;

    #[test]
    fn a_failure_of_jest_begins_with_its_file() {
        check(
            "javascript",
            r#".PASS test/b.test.js
|FAIL test/total.test.js
|  ● total › adds up
|
|    expect(received).toBe(expected) // Object.is equality
|
|    Expected: 4
|    Received: 3
|
|      4 |   test("adds up", () => {
|    > 5 |     expect(total([1, 2])).toBe(4);
|        |                           ^
|
|      at Object.<anonymous> (test/total.test.js:5:27)
.
.Test Suites: 1 failed, 1 passed, 2 total"#,
        );
    }

    #[test]
    fn a_failure_of_vitest_names_its_test() {
        check(
            "javascript",
            r".⎯⎯⎯⎯⎯⎯⎯ Failed Tests 1 ⎯⎯⎯⎯⎯⎯⎯
.
| FAIL  test/total.test.ts > total > adds up
|AssertionError: expected 3 to be 4 // Object.is equality
| ❯ test/total.test.ts:5:27
|      5|     expect(total([1, 2])).toBe(4);
.
.⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯[1/1]⎯",
        );
    }

    #[test]
    fn the_failures_of_mocha_are_listed_after_their_number() {
        check(
            "javascript",
            r".  3 passing (12ms)
|  1 failing
|
|  1) total
|       adds up:
|     AssertionError: expected 3 to equal 4
|      at Context.<anonymous> (test/total.js:5:14)
.
.
.npm ERR! code ELIFECYCLE",
        );
    }

    #[test]
    fn a_problem_of_eslint_comes_with_its_file() {
        check(
            "javascript",
            r".> eslint .
.
|/work/shop/total.js
|  3:8  error  'tax' is defined but never used  no-unused-vars
|  9:1  error  Unexpected console statement    no-console
|
|✖ 2 problems (2 errors, 0 warnings)",
        );
    }

    #[test]
    fn a_diagnostic_of_typescript_is_found() {
        check(
            "javascript",
            r".$ tsc --noEmit
|src/total.ts(3,5): error TS2322: Type 'string' is not assignable to type 'number'.
|src/total.ts(9,1): error TS2304: Cannot find name 'tax'.
.error Command failed with exit code 2.",
        );
    }

    #[test]
    fn files_that_prettier_would_change_are_shown() {
        check(
            "javascript",
            r".Checking formatting...
|[warn] src/total.ts
|[warn] Code style issues found in the above file. Run Prettier with --write to fix.
.##[error]Process completed with exit code 1.",
        );
    }

    #[test]
    fn an_error_of_node_is_shown_with_its_stack() {
        check(
            "system",
            r".starting
|TypeError: Cannot read properties of undefined (reading 'tax')
|    at total (/work/shop/total.js:3:12)
|    at main (/work/shop/main.js:8:3)
.
.Node.js v20.11.0",
        );
    }
}
