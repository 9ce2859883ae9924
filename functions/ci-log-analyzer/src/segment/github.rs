//! GitHub Actions, and Azure Pipelines, whose runner it began as: `##[…]` commands and the runner's own sentences.

use super::signal::{Certainty, Kind, Signal, number, number_after};

/// What a runner's command line (`##[group]…`) says. In Azure's logs, groups are only groups.
pub(super) fn command(text: &str, is_azure: bool) -> Option<Signal<'_>> {
    let (command, rest) = text.strip_prefix("##[")?.split_once(']')?;
    Some(match command {
        // A container hook of the runner, within the step that it runs; no step of the workflow.
        "group" if rest.starts_with("Run '/") && rest.ends_with(".js'") => {
            Signal::Echo { name: None }
        }
        // The runner names a step without a name by what it runs, and prints the same name.
        "group" if rest.starts_with("Run ") && !is_azure => Signal::Echo { name: Some(rest) },
        "group" | "command" | "debug" => Signal::Structure,
        "endgroup" => Signal::EchoEnds,
        "section" => section(rest),
        "error" => error(rest),
        _ => return None,
    })
}

/// What a runner says beside its commands.
pub(super) fn runner(text: &str) -> Option<Signal<'_>> {
    match text {
        "Post job cleanup." => Some(Signal::Begin {
            name: "Post job cleanup",
            kind: Kind::After,
        }),
        "Cleaning up orphan processes" => Some(Signal::Begin {
            name: "Complete job",
            kind: Kind::After,
        }),
        _ if text.starts_with("Current runner version: '") => Some(Signal::Job {
            name: "Set up job",
            kind: Kind::Work,
        }),
        _ => None,
    }
}

/// The kind of a step by the name GitHub gives those that it adds itself.
pub(super) fn kind(name: &str) -> Kind {
    let is_after = name.starts_with("Post ") || matches!(name, "Complete job" | "Stop containers");
    if is_after { Kind::After } else { Kind::Work }
}

fn section(rest: &str) -> Signal<'_> {
    if let Some(name) = rest.strip_prefix("Starting: ") {
        let is_after = name.starts_with("Post-job: ") || name == "Finalize Job";
        return Signal::Begin {
            name,
            kind: if is_after { Kind::After } else { Kind::Work },
        };
    }
    if rest.starts_with("Finishing: ") {
        Signal::End
    } else {
        Signal::Structure
    }
}

/// The runner's own sentences about a failure, told from what problem matchers and actions report.
fn error(rest: &str) -> Signal<'_> {
    let fail = |exit_code, certainty, is_wrapper| Signal::Fail {
        name: "",
        exit_code,
        certainty,
        is_wrapper,
    };
    if let Some(code) = rest.strip_prefix("Process completed with exit code ") {
        return fail(number(code), Certainty::Shown, true);
    }
    // `Bash exited with code '1'.`, as Azure's tasks for scripts say.
    if let Some(code) = rest.split_once(" exited with code '").map(|(_, code)| code) {
        return fail(number(code), Certainty::Shown, true);
    }
    // `The process '/usr/bin/git' failed with exit code 128` of the toolkit's exec, `Docker run failed with exit code 1`.
    if (rest.starts_with("The process '") || rest.starts_with("Docker "))
        && rest.contains(" failed with exit code ")
    {
        return fail(
            number_after(rest, &[" failed with exit code "]),
            Certainty::Shown,
            true,
        );
    }
    match rest {
        "The operation was canceled." => fail(None, Certainty::Cancelled, true),
        _ if rest.starts_with("Executing the custom container implementation failed") => {
            fail(None, Certainty::Hinted, true)
        }
        _ if is_limit(rest) => fail(None, Certainty::Shown, false),
        _ => fail(None, Certainty::Hinted, false),
    }
}

/// What stops a step from outside, in sentences that are the cause.
fn is_limit(rest: &str) -> bool {
    rest.starts_with("The runner has received a shutdown signal")
        || rest.contains(" has exceeded the maximum execution time of ")
        || rest.contains(" lost communication with the server")
        || (rest.starts_with("The action '") && rest.contains("' has timed out after "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runners_sentences_are_told_from_what_it_passes_on() {
        let fail = |exit_code, certainty, is_wrapper| {
            Some(Signal::Fail {
                name: "",
                exit_code,
                certainty,
                is_wrapper,
            })
        };
        for (text, expected) in [
            (
                "##[error]Process completed with exit code 101.",
                fail(Some(101), Certainty::Shown, true),
            ),
            (
                "##[error]Bash exited with code '2'.",
                fail(Some(2), Certainty::Shown, true),
            ),
            (
                "##[error]The process '/usr/bin/git' failed with exit code 128",
                fail(Some(128), Certainty::Shown, true),
            ),
            (
                "##[error]The operation was canceled.",
                fail(None, Certainty::Cancelled, true),
            ),
            (
                "##[error]The action 'Run it' has timed out after 5 minutes.",
                fail(None, Certainty::Shown, false),
            ),
            (
                "##[error]src/a.ts(1,2): error TS2304: Cannot find name 'x'.",
                fail(None, Certainty::Hinted, false),
            ),
        ] {
            assert_eq!(command(text, false), expected, "{text}");
        }
    }

    #[test]
    fn groups_and_sections_are_told_from_text() {
        for (text, expected) in [
            (
                "##[group]Run make",
                Some(Signal::Echo {
                    name: Some("Run make"),
                }),
            ),
            (
                "##[group]Run '/opt/hooks/index.js'",
                Some(Signal::Echo { name: None }),
            ),
            (
                "##[section]Starting: Post-job: Checkout",
                Some(Signal::Begin {
                    name: "Post-job: Checkout",
                    kind: Kind::After,
                }),
            ),
            ("##[group]Environment", Some(Signal::Structure)),
            (
                "##[section]Starting: Build",
                Some(Signal::Begin {
                    name: "Build",
                    kind: Kind::Work,
                }),
            ),
            ("##[warning]x", None),
            ("## heading", None),
        ] {
            assert_eq!(command(text, false), expected, "{text}");
        }
    }
}
