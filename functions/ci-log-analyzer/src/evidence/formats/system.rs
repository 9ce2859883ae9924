//! What the shell, git, the network, the disk and the runner say when they end a build, and plain `error:` lines of any tool.

use crate::evidence::opener::{Grown, Growth, Opener, Spot, opener};
use crate::evidence::shape;

pub(super) const OPENERS: &[Opener] = &[
    opener(
        90,
        &[
            "No space left on device",
            "JavaScript heap out of memory",
            "java.lang.OutOfMemoryError",
            "Out of memory:",
            "OOMKilled",
            "fatal error: out of memory",
            "Cannot allocate memory",
        ],
    )
    .at(Spot::Anywhere)
    .grows(Growth::While(trace))
    .max(60),
    opener(74, &["Killed"]).at(Spot::End),
    opener(
        90,
        &[
            "No output has been received in the last",
            "exceeded the maximum log length",
            "exceeded the maximum time limit",
            "has exceeded the maximum execution time",
        ],
    )
    .at(Spot::Anywhere)
    .grows(Growth::Paragraph)
    .max(4),
    opener(
        88,
        &[
            "The runner has received a shutdown signal",
            "The job running on runner",
            "lost communication with the server",
        ],
    )
    .at(Spot::Anywhere),
    opener(
        74,
        &[
            "exited with 124",
            "exited with 137",
            "exited with 143",
            "exit code 124",
            "exit code 137",
            "exit code 143",
        ],
    )
    .at(Spot::Anywhere),
    opener(
        80,
        &[
            "The operation was canceled",
            "has timed out after",
            "returning 124",
        ],
    )
    .at(Spot::Anywhere),
    opener(
        80,
        &[
            "Could not resolve host",
            "Temporary failure in name resolution",
            "Connection refused",
            "Connection reset by peer",
            "Connection timed out",
            "502 Bad Gateway",
            "503 Service",
            "TLS handshake timeout",
        ],
    )
    .at(Spot::Anywhere),
    opener(80, &["fatal: "]).grows(Growth::Paragraph).max(5),
    opener(78, &["CONFLICT ("]),
    opener(
        80,
        &[": command not found", ": unbound variable", ": not found"],
    )
    .at(Spot::End),
    opener(70, &[": No such file or directory", ": Permission denied"]).at(Spot::Anywhere),
    opener(78, &["syntax error near", "Syntax error: "]).at(Spot::Anywhere),
    opener(60, &["diff --git ", "--- a/"])
        .grows(Growth::While(hunk))
        .blanks(1)
        .max(60),
    opener(74, &["error: "])
        .at(Spot::Trimmed)
        .shaped(tells)
        .grows(Growth::While(more))
        .blanks(1)
        .max(16),
    opener(
        74,
        &[
            "Error: ",
            "ERROR: ",
            "ERROR! ",
            "[ERROR]: ",
            "[error] ",
            "FATAL: ",
            "FATAL ",
            "Fatal: ",
            "[FATAL] ",
        ],
    )
    .at(Spot::Trimmed)
    .shaped(tells)
    .grows(Growth::While(more))
    .blanks(1)
    .max(12),
    opener(72, &["Error: "])
        .at(Spot::Anywhere)
        .shaped(shape::is_exception)
        .led_by(source, 6)
        .grows(Growth::Stack)
        .max(30),
    opener(72, &["Error"])
        .at(Spot::Anywhere)
        .shaped(shape::is_exception)
        .led_by(source, 6)
        .grows(Growth::Stack)
        .max(30),
    opener(66, &["ERROR "])
        .at(Spot::Trimmed)
        .shaped(tells)
        .grows(Growth::While(more))
        .max(12),
    opener(72, &["##[error]"]).shaped(own_words),
    opener(
        68,
        &[
            ".md:", ".yml:", ".yaml:", ".tf:", ".proto:", ".rst:", ".toml:",
        ],
    )
    .at(Spot::Anywhere)
    .shaped(|text| {
        !shape::is_indented(text) && shape::after_location(text).is_some_and(|rest| rest.len() > 4)
    })
    .grows(Growth::While(|_, text| shape::is_located(text)))
    .max(30),
    opener(70, &[" ==> "])
        .at(Spot::Anywhere)
        .shaped(shape::is_located)
        .grows(Growth::While(|_, text| text.contains(" ==> ")))
        .max(20),
];

/// An error that is more than another tool's exit code.
fn tells(text: &str) -> bool {
    ![
        "exited with",
        "exit code",
        "Exit code",
        "exit status",
        "Process completed",
        "tests failed",
        "failed while processing",
        "Tests failed",
        "Build failed",
        "build failed",
        "Command failed",
        "task failed",
    ]
    .iter()
    .any(|phrase| text.contains(phrase))
}

/// The stack, and what Maven marks.
fn trace(_: &Grown<'_>, text: &str) -> bool {
    shape::is_frame(text) || shape::is_exception(text) || text.starts_with("[ERROR]")
}

fn hunk(_: &Grown<'_>, text: &str) -> bool {
    text.starts_with(['+', '-', ' ', '@', '\\'])
        || ["diff ", "index ", "new file", "deleted file"]
            .iter()
            .any(|start| text.starts_with(start))
}

/// Details are indented; Rust programs print the chain of causes after a blank line.
fn more(grown: &Grown<'_>, text: &str) -> bool {
    text.starts_with("Caused by:") || grown.blanks == 0 && shape::is_frame(text)
}

/// The place and the source line with its caret, which Node and Ruby print before an error.
fn source(text: &str) -> bool {
    text.is_empty()
        || shape::is_located(text)
        || shape::is_indented(text) && text.trim().chars().all(|sign| matches!(sign, '^' | '~'))
}

/// `##[error]` with more than the exit code.
fn own_words(text: &str) -> bool {
    ![
        "Process completed with exit code",
        "exited with code",
        "custom container implementation failed",
    ]
    .iter()
    .any(|phrase| text.contains(phrase))
}

#[cfg(test)]
mod tests {
    use crate::evidence::tests::check;

    #[test]
    fn a_full_disk_is_found_wherever_it_is_said() {
        check(
            "system",
            r".writing
|tar: shop.bin: Cannot write: No space left on device
.tar: Exiting with failure status due to previous errors",
        );
    }

    #[test]
    fn a_command_that_is_not_there_is_found() {
        check(
            "system",
            r".+ tax --all
|./build.sh: line 3: tax: command not found
.+ true",
        );
    }

    #[test]
    fn an_error_with_its_chain_of_causes_is_one_block() {
        check(
            "system",
            r".fetching
|error: couldn't read the basket
|
|Caused by:
|    connection reset
.bye",
        );
    }

    #[test]
    fn a_line_that_only_repeats_an_exit_code_is_a_wrapper() {
        check(
            "before",
            r#"|the basket is full
.ERROR: "test" exited with 1."#,
        );
    }

    #[test]
    fn a_lost_runner_is_found() {
        check(
            "system",
            r".Downloading
|##[error]The runner has received a shutdown signal. This can happen when the runner service is stopped.
.##[error]Process completed with exit code 143.",
        );
    }

    #[test]
    fn a_change_that_a_formatter_wants_is_shown() {
        check(
            "system",
            r".checking the format
|diff --git a/total.go b/total.go
|--- a/total.go
|+++ b/total.go
|@@ -1,3 +1,3 @@
|-x:=1
|+x := 1
.##[error]Process completed with exit code 1.",
        );
    }
}
