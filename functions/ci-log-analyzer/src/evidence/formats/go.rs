//! `go build`, `go vet` and `go test` (the go command's documentation; "test2json" for the marks), panics of its runtime.

use crate::evidence::opener::{Grown, Growth, Opener, Spot, opener};
use crate::evidence::shape;

pub(super) const OPENERS: &[Opener] = &[
    opener(88, &["--- FAIL: "])
        .at(Spot::Trimmed)
        // With `-v` a test prints before its mark.
        .led_by(
            |text| shape::is_indented(text) && !text.contains("--- "),
            12,
        )
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
    opener(88, &["=== FAIL: "])
        .grows(Growth::Until(&["=== ", "DONE "], false))
        .blanks(1)
        .max(60),
    opener(80, &["go: "]).shaped(|text| {
        ![
            "downloading",
            "finding",
            "found",
            "extracting",
            "added",
            "upgraded",
        ]
        .iter()
        .any(|word| text.contains(word))
    }),
    opener(78, &["gofmt needs running", "goimports needs running"])
        .at(Spot::Anywhere)
        .grows(Growth::Paragraph)
        .max(20),
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

#[cfg(test)]
mod tests {
    use crate::evidence::tests::check;

    #[test]
    fn a_failed_test_is_shown_with_its_output() {
        check(
            "go",
            r".=== RUN   TestTotal
.--- PASS: TestEmpty (0.00s)
|--- FAIL: TestTotal (0.00s)
|    --- FAIL: TestTotal/with_tax (0.00s)
|        total_test.go:9: got 3, want 4
.--- PASS: TestNames (0.00s)
.FAIL
.FAIL	example.com/shop	0.004s",
        );
    }

    #[test]
    fn errors_of_the_compiler_are_led_by_their_package() {
        check(
            "go",
            r".ok  	example.com/tax	0.011s
|# example.com/shop
|./total.go:9:2: undefined: tax
|./total.go:12:7: too many arguments in call to sum
|	have (int, int)
|	want (int)
.FAIL	example.com/shop [build failed]",
        );
    }

    #[test]
    fn a_panic_is_shown_with_its_goroutine() {
        check(
            "go",
            r".starting
|panic: runtime error: index out of range [3] with length 3
|
|goroutine 1 [running]:
|main.main()
|	/work/shop/main.go:8 +0x1d
.exit status 2",
        );
    }

    #[test]
    fn a_data_race_is_shown_whole() {
        check(
            "go",
            r".==================
|WARNING: DATA RACE
|Read at 0x00c000012345 by goroutine 8:
|  main.total()
|      /work/shop/total.go:5 +0x44
.==================",
        );
    }

    #[test]
    fn what_a_verbose_test_printed_leads_its_mark() {
        check(
            "go",
            r".=== RUN   TestTotal
|    total_test.go:9: got 3, want 4
|--- FAIL: TestTotal (0.00s)
.=== RUN   TestNames
.--- PASS: TestNames (0.00s)
.FAIL",
        );
    }

    #[test]
    fn a_module_that_cannot_be_had_is_shown() {
        check(
            "go",
            r".go: downloading example.com/tax v1.2.3
|go: example.com/tax@v9.9.9: invalid version: unknown revision v9.9.9
.make: *** [Makefile:3: build] Error 1",
        );
    }
}
