//! Maven, Gradle, javac, JUnit through Surefire, sbt and ScalaTest (their documentation), stack traces of the JVM.

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
