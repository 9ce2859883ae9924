//! GCC, Clang, `ld`, Make, `CMake`, sanitizers (GNU coding standards "Formatting Error Messages"; Clang "Expressive Diagnostics").

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
    opener(84, &["In "])
        .shaped(|text| text.contains(" line ") && text.trim_end().ends_with(':'))
        .grows(Growth::Paragraph)
        .max(12),
    // OCaml, TeX, Julia.
    opener(80, &["File \""])
        .shaped(|text| text.contains("\", line ") && text.contains("characters"))
        .grows(Growth::Paragraph)
        .max(12),
    opener(82, &["! "])
        .shaped(|text| text.trim_end().ends_with('.'))
        .grows(Growth::While(|grown, _| grown.len < 4)),
    opener(88, &["Test Failed at "])
        .at(Spot::Anywhere)
        .grows(Growth::Indented)
        .max(12),
];

fn includes(text: &str) -> bool {
    let body = text.trim_start();
    body.starts_with("In file included from")
        || body.starts_with("from ")
        || text.contains(": In ")
        || text.contains(": in function")
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

#[cfg(test)]
mod tests {
    use crate::evidence::tests::check;

    #[test]
    fn a_diagnostic_of_gcc_is_shown_with_its_source() {
        check(
            "native",
            r".gcc -c total.c
|In file included from total.c:1:
|tax.h:3:1: error: unknown type name 'rate'
|    3 | rate tax;
|      | ^~~~
.make: *** [Makefile:4: total.o] Error 1",
        );
    }

    #[test]
    fn a_missing_symbol_is_shown_with_where_it_is_used() {
        check(
            "native",
            r".cc -o shop total.o
|/usr/bin/ld: total.o: in function `main':
|total.c:(.text+0x5): undefined reference to `tax'
|collect2: error: ld returned 1 exit status
.make: *** [Makefile:7: shop] Error 1",
        );
    }

    #[test]
    fn an_error_of_cmake_is_shown_with_its_text() {
        check(
            "native",
            r#".-- Detecting C compiler
|CMake Error at CMakeLists.txt:3 (find_package):
|  Could not find a package configuration file provided by "Tax" with any of
|  the following names:
|
|    TaxConfig.cmake
.
.-- Configuring incomplete, errors occurred!"#,
        );
    }

    #[test]
    fn a_report_of_a_sanitizer_ends_with_its_summary() {
        check(
            "native",
            r".running
|==12==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010
|READ of size 4 at 0x602000000010 thread T0
|    #0 0x4c31a5 in main total.c:9
|
|SUMMARY: AddressSanitizer: heap-use-after-free total.c:9 in main
.==12==ABORTING",
        );
    }

    #[test]
    fn a_missing_target_of_make_is_more_than_a_wrapper() {
        check(
            "native",
            r".make all
|make: *** No rule to make target 'tax.c', needed by 'tax.o'.  Stop.",
        );
    }
}
