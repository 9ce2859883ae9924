//! Maven, Gradle, javac, `JUnit` through Surefire, sbt and `ScalaTest` (their documentation), stack traces of the JVM.

use crate::evidence::opener::{Grown, Growth, Opener, Spot, opener};
use crate::evidence::shape;

pub(super) const OPENERS: &[Opener] = &[
    opener(88, &["<<< FAILURE!", "<<< ERROR!"])
        .at(Spot::Anywhere)
        .grows(Growth::Paragraph)
        .max(40),
    opener(
        82,
        &[
            "Failed tests:",
            "Tests in error:",
            "[ERROR] Failures:",
            "[ERROR] Errors:",
        ],
    )
    .at(Spot::Trimmed)
    .grows(Growth::While(|_, text| !text.contains("Tests run:")))
    .blanks(1)
    .max(40),
    opener(78, &["[ERROR] "])
        .grows(Growth::While(maven))
        .max(100),
    opener(86, &["* What went wrong:"])
        .led_by(
            |text| {
                text.starts_with("FAILURE: ")
                    || text.is_empty()
                    || text.starts_with("* Where")
                    || text.starts_with("Build file")
            },
            5,
        )
        .grows(Growth::Until(
            &["* Try:", "* Exception is", "* Get more help"],
            false,
        ))
        .blanks(1)
        .max(40),
    opener(68, &["> Task :", ":"])
        .shaped(|text| text.ends_with(" FAILED"))
        .grows(Growth::Paragraph)
        .max(30),
    opener(86, &[" FAILED"])
        .at(Spot::End)
        .shaped(|text| text.contains(" > ") && !text.starts_with("> "))
        .grows(Growth::Indented)
        .blanks(1)
        .max(40),
    opener(80, &["e: "]).shaped(|text| text.contains(".kt")),
    opener(76, &["[error] ", "[error]\t"])
        .grows(Growth::While(|_, text| text.starts_with("[error]")))
        .max(50),
    opener(88, &["*** FAILED ***", "*** ABORTED ***"])
        .at(Spot::Anywhere)
        .grows(Growth::While(scalatest))
        .max(30),
    opener(
        74,
        &[
            "Exception in thread ",
            "java.lang.",
            "org.gradle.",
            "Caused by: ",
        ],
    )
    .grows(Growth::Stack)
    .max(40),
    opener(72, &["Exception: "])
        .at(Spot::Anywhere)
        .shaped(shape::is_exception)
        .grows(Growth::Stack)
        .max(40),
    opener(80, &["error: "])
        .at(Spot::Anywhere)
        .shaped(|text| shape::is_located_error(text) && text.contains(".java"))
        .grows(Growth::While(|_, text| {
            shape::is_indented(text) || shape::is_located(text)
        }))
        .max(40),
    opener(80, &["[ant:"]),
    opener(84, &["The following files had format violations:"])
        .at(Spot::Anywhere)
        .grows(Growth::Indented)
        .max(30),
    opener(72, &[".kt:", ".scala:", ".java:"])
        .at(Spot::Anywhere)
        .shaped(|text| {
            !shape::is_indented(text) && !text.contains("warning:") && shape::is_located(text)
        }),
    // Clojure's test runner.
    opener(88, &["FAIL in (", "ERROR in ("])
        .grows(Growth::Paragraph)
        .max(40),
];

/// What Maven passes on from the compiler has no mark of its own; the next mark of another level ends it.
fn maven(_: &Grown<'_>, text: &str) -> bool {
    ![
        "[INFO]",
        "[WARN",
        "[DEBUG]",
        "[TRACE]",
        "Build step ",
        "Archiving ",
    ]
    .iter()
    .any(|start| text.starts_with(start))
}

fn scalatest(grown: &Grown<'_>, text: &str) -> bool {
    let bare = |line: &'_ str| shape::indent(line.strip_prefix("[info] ").unwrap_or(line));
    bare(text) > bare(grown.first) && !text.contains(" - ")
}

#[cfg(test)]
mod tests {
    use crate::evidence::tests::check;

    #[test]
    fn an_error_of_maven_ends_at_the_next_mark() {
        check(
            "jvm",
            r".[INFO] -------------------------------------------------------------
|[ERROR] COMPILATION ERROR : 
.[INFO] -------------------------------------------------------------
.[ERROR] /work/shop/Total.java:[9,5] cannot find symbol
.  symbol:   variable tax
.[INFO] 1 error
.[INFO] BUILD FAILURE",
        );
    }

    #[test]
    fn a_failed_test_of_surefire_is_shown_with_its_trace() {
        check(
            "jvm",
            r".[INFO] Running com.example.TotalTest
|[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.1 s <<< FAILURE! - in com.example.TotalTest
|[ERROR] addsUp(com.example.TotalTest)  Time elapsed: 0.01 s  <<< FAILURE!
|org.opentest4j.AssertionFailedError: expected: <4> but was: <3>
|	at com.example.TotalTest.addsUp(TotalTest.java:9)
.
.[INFO] Results:",
        );
    }

    #[test]
    fn gradle_says_what_went_wrong() {
        check(
            "jvm",
            r".> Task :shop:compileJava
.
|FAILURE: Build failed with an exception.
|
|* What went wrong:
|Could not determine the dependencies of task ':shop:jar'.
|> Could not resolve com.example:tax:1.2.
.
.* Try:
.> Run with --stacktrace option to get the stack trace.
.
.BUILD FAILED in 3s",
        );
    }

    #[test]
    fn a_failed_test_of_gradle_is_shown_with_its_exception() {
        check(
            "jvm",
            r".> Task :shop:test
.
|TotalTest > addsUp() FAILED
|    org.opentest4j.AssertionFailedError at TotalTest.java:9
.
.3 tests completed, 1 failed",
        );
    }

    #[test]
    fn a_failed_test_of_scalatest_is_found() {
        check(
            "jvm",
            r".[info] TotalSpec:
.[info] - is empty at first
|[info] - adds up *** FAILED ***
|[info]   3 did not equal 4 (TotalSpec.scala:9)
.[info] - has a name",
        );
    }

    #[test]
    fn an_error_of_kotlin_is_found() {
        check(
            "jvm",
            r".> Task :compileKotlin
|e: file:///work/shop/Total.kt:9:5 Unresolved reference: tax
.
.FAILURE: Build failed",
        );
    }

    #[test]
    fn a_failure_of_the_test_runner_of_clojure_is_one_paragraph() {
        check(
            "jvm",
            r".Testing shop.total-test
.
|FAIL in (adds-up) (total_test.clj:9)
|expected: (= 4 (total [1 2]))
|  actual: (not (= 4 3))
.
.Ran 3 tests containing 3 assertions.",
        );
    }
}
