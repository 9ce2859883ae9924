//! Lines of a log in a report.

use super::clean::strip;
use super::quoted::{beginning, whole_words};
use crate::redaction::Redactor;

/// A line of a log. Its text may be hostile; the gate deals with that.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ExcerptLine {
    /// Its number in the log, from 1.
    pub number: u64,
    /// What it says.
    pub text: String,
    /// Whether it is one of those that explain the failure.
    pub is_decisive: bool,
}

/// So much of a line is shown: enough for a diagnostic.
const MOST_BYTES: usize = 1_024;

/// The texts of lines, each on one line, cleaned; a secret that goes over several of them is seen as one.
pub(super) fn texts(lines: &[ExcerptLine]) -> Vec<String> {
    let redactor = Redactor::new();
    let (mut first, mut second) = (redactor.session(), redactor.session());
    let text = |line: &ExcerptLine| {
        let visible = on_one_line(whole_words(
            beginning(&line.text, 4 * MOST_BYTES),
            &line.text,
        ));
        let once = strip(&first.line(&visible));
        let twice = on_one_line(&second.line(&once));
        let kept = beginning(&twice, MOST_BYTES);
        let is_cut = kept.len() < twice.len() || line.text.len() > 4 * MOST_BYTES;
        format!("{kept}{}", if is_cut { "…" } else { "" })
    };
    lines.iter().map(text).collect()
}

fn on_one_line(text: &str) -> String {
    strip(text)
        .replace('\n', " ")
        .replace('\t', "    ")
        .trim_end()
        .to_owned()
}
