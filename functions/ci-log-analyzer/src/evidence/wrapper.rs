//! Lines that say that something failed but not what: never the answer, but they point to it.

/// What a wrapper tells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Wrapper {
    /// The step's command ended well.
    Passed,
    /// The step's command, or the run, ended badly.
    Failed,
    /// A tool repeats that something below it failed.
    Echo,
}

/// `exited with` is Travis's and `docker compose`'s, `Process completed` GitHub's, `Finished` and `marked build` Jenkins's,
/// `Job failed` GitLab's, `Child return code` Mock's; the others belong to build tools.
pub(crate) const NEEDLES: &[&str] = &[
    "exited with ",
    "Process completed with exit code ",
    "Finished: FAILURE",
    "Finished: SUCCESS",
    "marked build as failure",
    "ERROR: Job failed",
    "Child return code was: ",
    "script returned exit code ",
    "failed with exit code ",
    "npm ERR! ",
    "npm error ",
    "make: *** [",
    "make: *** wait",
    "]: *** [",
    "ELIFECYCLE",
    "error Command failed",
    "Command failed with ",
    "BUILD FAILED",
    "BUILD FAILURE",
    "rake aborted!",
    "ninja: build stopped",
    "exit status ",
    "exit code: ",
    "Got exit code",
    "errored after",
    "lerna ERR!",
    "Command exited with non-zero status",
    "The build failed",
    "Build failed",
    "Tests failed",
    "Some tests failed",
    "Failed at the ",
    "InvocationError",
    "Result: FAIL",
    "gmake: ***",
    "Error: Process completed",
    "FAILURE: Build failed",
    "TEST FAILED",
    "error: test failed",
    "error: could not compile",
    "** TEST FAILED",
];

/// What the line means that contains the needle at `at`.
pub(crate) fn read(text: &str, needle: &str, at: usize) -> Option<Wrapper> {
    let end = at + needle.len();
    let after = text.get(end..).unwrap_or_default();
    match needle {
        "exited with " if text.starts_with("The command ") || text.contains("\" exited with ") => {
            ended(after)
        }
        "Process completed with exit code " | "Child return code was: " => ended(after),
        "Finished: FAILURE" | "marked build as failure" | "ERROR: Job failed" => {
            Some(Wrapper::Failed)
        }
        "Finished: SUCCESS" => Some(Wrapper::Passed),
        "npm ERR! " | "npm error " => (at == 0).then_some(Wrapper::Echo),
        "exit status " | "exit code: " | "failed with exit code " | "exited with " => {
            match ended(after.trim_start_matches("code ")) {
                Some(Wrapper::Failed) => Some(Wrapper::Echo),
                _ => None,
            }
        }
        _ => Some(Wrapper::Echo),
    }
}

/// Reads an exit code.
fn ended(after: &str) -> Option<Wrapper> {
    let digits: &str = after
        .split(|sign: char| !sign.is_ascii_digit())
        .next()
        .unwrap_or_default();
    match digits {
        "" => None,
        "0" => Some(Wrapper::Passed),
        _ => Some(Wrapper::Failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::scan::Scanner;

    #[test]
    fn ends_are_told_from_echoes() {
        let cases = [
            ("The command \"make\" exited with 2.", Some(Wrapper::Failed)),
            ("The command \"make\" exited with 0.", Some(Wrapper::Passed)),
            (
                "##[error]Process completed with exit code 1.",
                Some(Wrapper::Failed),
            ),
            (
                "Build step 'Execute shell' marked build as failure",
                Some(Wrapper::Failed),
            ),
            ("Child return code was: 1", Some(Wrapper::Failed)),
            ("make: *** [Makefile:3: all] Error 2", Some(Wrapper::Echo)),
            ("npm ERR! errno 1", Some(Wrapper::Echo)),
            ("exit status 2", Some(Wrapper::Echo)),
            ("exit status 0", None),
            ("all is well", None),
        ];
        for (text, wrapper) in cases {
            assert_eq!(
                Scanner::shared().unwrap().look(text).wrapper,
                wrapper,
                "{text}"
            );
        }
    }
}
