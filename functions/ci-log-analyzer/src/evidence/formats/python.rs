//! Python's tracebacks, pytest, unittest, mypy and the linters (their documentation of output; pytest: "Managing pytest's output").

use crate::evidence::opener::{Grown, Growth, Opener, Spot, opener};
use crate::evidence::shape;

pub(super) const OPENERS: &[Opener] = &[
    opener(80, &["Traceback (most recent call last"])
        .at(Spot::Trimmed)
        .grows(Growth::While(traceback))
        .blanks(1)
        .max(60),
    opener(90, &["____"])
        .shaped(titled)
        .grows(Growth::Until(&["____", "====", "!!!!"], false))
        .blanks(3)
        .max(140),
    opener(88, &["FAIL: ", "ERROR: test", "ERROR: set", "ERROR: "])
        .shaped(unittest)
        .grows(Growth::Until(&["======", "Ran "], false))
        .blanks(2),
    opener(76, &["= short test summary info ="])
        .at(Spot::Anywhere)
        .grows(Growth::While(summary))
        .max(60),
    opener(66, &["FAILED ", "ERROR "])
        .shaped(node_id)
        .grows(Growth::While(summary))
        .max(40),
    opener(70, &["E   ", "E       "])
        .grows(Growth::While(expanded))
        .max(20),
    opener(72, &["collected 0 items"])
        .grows(Growth::While(|grown, text| {
            grown.len < 6 && !text.starts_with("##")
        }))
        .blanks(1),
    opener(60, &["no tests ran"]).at(Spot::Anywhere),
    opener(80, &["!!!!!!!! "])
        .at(Spot::Anywhere)
        .grows(Growth::Paragraph)
        .max(4),
    opener(82, &["would reformat "])
        .grows(Growth::While(reformat))
        .max(30),
    opener(68, &["Found "]).shaped(|text| text.contains(" error")),
    // pre-commit: the hook, its dashes, then what it printed.
    opener(80, &["Failed"])
        .at(Spot::End)
        .shaped(|text| text.contains("...."))
        .grows(Growth::While(hook))
        .blanks(1)
        .max(14),
    opener(82, &[": error: "])
        .at(Spot::Anywhere)
        .shaped(mypy)
        .grows(Growth::While(more_mypy))
        .max(30),
    opener(78, &["--> "])
        .at(Spot::Trimmed)
        .shaped(|text| text.contains(".py:"))
        .led_by(|text| !text.is_empty(), 1)
        .grows(Growth::Paragraph)
        .max(12),
    opener(70, &[".py:"])
        .at(Spot::Anywhere)
        .shaped(lint)
        .grows(Growth::While(|_, text| lint(text)))
        .max(40),
    opener(86, &["Warning, treated as error:"]).grows(Growth::While(|grown, _| grown.len < 3)),
];

/// Frames are indented; the exception is the first line that is not; a chained traceback follows a sentence and a blank line.
fn traceback(grown: &Grown<'_>, text: &str) -> bool {
    let base = shape::indent(grown.first);
    let chained = |line: &str| {
        let body = line.trim_start();
        body.starts_with("During handling of")
            || body.starts_with("The above exception was")
            || body.starts_with("Traceback (most")
    };
    if chained(text) {
        return true;
    }
    let ended = shape::indent(grown.last) <= base && !chained(grown.last) && grown.len > 1;
    !ended && (grown.blanks == 0 || chained(grown.last))
}

/// `____ test_name ____`, the head of a failure in pytest's report.
fn titled(text: &str) -> bool {
    let name = text.trim().trim_matches('_');
    text.trim_end().ends_with("__") && name.starts_with(' ') && name.len() > 2
}

/// `FAIL: test_x (module.Case)`
fn unittest(text: &str) -> bool {
    let Some((_, name)) = text.split_once(": ") else {
        return false;
    };
    !name.contains(": ")
        && (name.contains(" (") && name.ends_with(')')
            || !name.contains(' ') && name.contains("test"))
}

fn node_id(text: &str) -> bool {
    text.contains("::") || text.contains(".py")
}

fn summary(_: &Grown<'_>, text: &str) -> bool {
    ["FAILED ", "ERROR ", "= ", "=="]
        .iter()
        .any(|start| text.starts_with(start))
        && !text.contains(" summary ")
}

fn expanded(_: &Grown<'_>, text: &str) -> bool {
    text.starts_with("E ") || shape::is_located(text)
}

fn reformat(_: &Grown<'_>, text: &str) -> bool {
    text.starts_with("would reformat ")
        || text.starts_with("Oh no!")
        || text.contains("would be reformatted")
}

fn hook(_: &Grown<'_>, text: &str) -> bool {
    !text.contains("....")
}

/// `path.py:3:1: E501 …`, as flake8, pylint and ruff print.
fn lint(text: &str) -> bool {
    !shape::is_indented(text)
        && !text.contains("Warning")
        && shape::after_location(text).is_some_and(|rest| {
            let code = rest.split([' ', ':']).next().unwrap_or_default();
            code.starts_with(|sign: char| sign.is_ascii_uppercase())
                && code.ends_with(|sign: char| sign.is_ascii_digit())
        })
}

fn mypy(text: &str) -> bool {
    shape::is_located_error(text) && text.contains(".py")
}

fn more_mypy(_: &Grown<'_>, text: &str) -> bool {
    shape::is_located(text) || text.starts_with("Found ")
}

#[cfg(test)]
mod tests {
    use crate::evidence::tests::check;

    #[test]
    fn a_traceback_ends_with_its_exception() {
        check(
            "python",
            r#".loading
|Traceback (most recent call last):
|  File "shop/cli.py", line 12, in <module>
|    main()
|  File "shop/cli.py", line 8, in main
|    raise KeyError("basket")
|KeyError: 'basket'
.cleaning"#,
        );
    }

    #[test]
    fn chained_tracebacks_are_one() {
        check(
            "python",
            r#"|Traceback (most recent call last):
|  File "a.py", line 2, in <module>
|    int("x")
|ValueError: invalid literal for int() with base 10: 'x'
|
|During handling of the above exception, another exception occurred:
|
|Traceback (most recent call last):
|  File "a.py", line 4, in <module>
|    raise ShopError("no number")
|ShopError: no number
.done"#,
        );
    }

    #[test]
    fn a_failure_of_pytest_is_shown_whole() {
        check(
            "python",
            r".=================================== FAILURES ===================================
|__________________________________ test_total __________________________________
|
|    def test_total():
|>       assert total([1, 2]) == 4
|E       assert 3 == 4
|E        +  where 3 = total([1, 2])
|
|tests/test_total.py:5: AssertionError
.=========================== short test summary info ============================
.FAILED tests/test_total.py::test_total - assert 3 == 4
.========================= 1 failed, 7 passed in 0.12s ==========================",
        );
    }

    #[test]
    fn a_failure_of_unittest_ends_at_the_next_rule() {
        check(
            "python",
            r#".======================================================================
|FAIL: test_total (tests.Totals.test_total)
|----------------------------------------------------------------------
|Traceback (most recent call last):
|  File "tests.py", line 9, in test_total
|    self.assertEqual(total, 4)
|AssertionError: 3 != 4
|
|----------------------------------------------------------------------
.Ran 3 tests in 0.002s
.
.FAILED (failures=1)"#,
        );
    }

    #[test]
    fn no_test_at_all_is_a_failure() {
        check(
            "python",
            r".============================= test session starts ==============================
.platform linux -- Python 3.12.1, pytest-8.0.0
|collected 0 items
|
|============================ no tests ran in 0.01s =============================
.##[error]Process completed with exit code 5.",
        );
    }

    #[test]
    fn the_errors_of_mypy_are_one_block() {
        check(
            "python",
            r#".checking
|shop/total.py:3: error: Incompatible return value type (got "str", expected "int")  [return-value]
|shop/total.py:9: error: Missing return statement  [return]
|Found 2 errors in 1 file (checked 8 source files)"#,
        );
    }

    #[test]
    fn the_findings_of_flake8_are_one_block() {
        check(
            "python",
            r".checking
|shop/total.py:3:1: F401 'os' imported but unused
|shop/total.py:9:80: E501 line too long (93 > 79 characters)
.make: *** [Makefile:3: lint] Error 1",
        );
    }
}
