//! What the marks of all CI systems come down to.

/// What a line says about the steps.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Signal<'a> {
    /// Nothing.
    Output,
    /// Something that is not about a step.
    Structure,
    /// The command about to be run follows; with a name, it is a step's.
    Echo { name: Option<&'a str> },
    /// The echo is over.
    EchoEnds,
    /// Another job begins, with this step.
    Job { name: &'a str, kind: Kind },
    /// A step begins, and the one before it is over.
    Begin { name: &'a str, kind: Kind },
    /// A command is echoed; it is a step if it is not within one that was opened.
    Command { name: &'a str },
    /// The step is over after this line.
    End,
    /// A step begins within the one that goes on.
    Open { name: &'a str, kind: Kind },
    /// The innermost open step is over, or that of a name and all within it.
    Close { name: Option<&'a str> },
    /// The step was not run.
    Skipped,
    /// The step failed. `name` is what the CI system calls it, if nothing has named it before; `is_wrapper`: the line says only
    /// that, and not why.
    Fail {
        name: &'a str,
        exit_code: Option<i32>,
        certainty: Certainty,
        is_wrapper: bool,
    },
    /// The job failed, in the step which did its work: the last one of these names, or else the last one.
    JobFails {
        exit_code: Option<i32>,
        steps: &'a [&'a str],
        is_wrapper: bool,
    },
    /// The failure of the step is passed over.
    Tolerate,
}

/// What a step is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Work,
    /// The CI system's own cleaning up, which comes whatever happened.
    After,
}

/// How sure it is that a step failed, from what is hardly to what is certain.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Certainty {
    /// It was cancelled; mostly since another job failed.
    Cancelled,
    /// An error was reported in it.
    Hinted,
    /// It ended with an error, but the run may have gone on.
    Shown,
    /// The CI system says that it made the run fail.
    Said,
}

/// The number at the beginning of a text, in whatever quotes.
pub(super) fn number(text: &str) -> Option<i32> {
    let text = text.trim_start_matches(['\'', '"', ' ']);
    let digits = text
        .bytes()
        .take_while(|byte| byte.is_ascii_digit() || *byte == b'-')
        .count();
    text.get(..digits)?.parse().ok()
}

/// The number after the first of some words that the text has.
pub(super) fn number_after(text: &str, words: &[&str]) -> Option<i32> {
    words
        .iter()
        .find_map(|word| text.split_once(word).and_then(|(_, rest)| number(rest)))
}
