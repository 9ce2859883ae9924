//! What is answered to what. Pure.

use serde_json::{Value, json};

use super::diff::unified;

/// What is answered to a question with certain words in its log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cue {
    /// The words, as a line of the log has them.
    pub words: &'static str,
    /// What kind of failure it says it is.
    pub category: &'static str,
    /// What failed.
    pub summary: &'static str,
    /// Why.
    pub root_cause: &'static str,
    /// What a person may do.
    pub suggestion: &'static str,
    /// What its diff changes.
    pub edit: Edit,
}

/// A change of a file, prepared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Edit {
    /// The file.
    pub path: &'static str,
    /// Its text.
    pub before: &'static str,
    /// Its text with the change.
    pub after: &'static str,
}

/// The last message of a user in a chat.
pub(super) fn said(question: &Value) -> Option<String> {
    let messages = question.get("messages")?.as_array()?;
    let is_users = |message: &&Value| message.get("role") == Some(&json!("user"));
    let message = messages.iter().rev().find(is_users)?;
    message.get("content")?.as_str().map(str::to_owned)
}

/// The first cue whose words a line of the log has, and the last such line.
pub(super) fn find<'a>(cues: &'a [Cue], said: &'a str) -> Option<(&'a Cue, &'a str)> {
    let lines: Vec<&str> = said.lines().filter_map(of_the_log).collect();
    cues.iter().find_map(|cue| {
        let line = lines.iter().rev().find(|line| line.contains(cue.words))?;
        Some((cue, *line))
    })
}

/// A line of the log stands behind its number: `12| text`.
fn of_the_log(line: &str) -> Option<&str> {
    let (number, text) = line.split_once('|')?;
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.trim_start())
}

/// The answer, in the form that the question asks for.
pub(super) fn reply(found: Option<(&Cue, &str)>) -> Value {
    let Some((cue, quote)) = found else {
        return json!({
            "summary": "Scripted, no model was asked: nothing of the script fits.",
            "root_cause": "Not known.", "category": "unknown", "confidence": 0.0, "quote": "", "suggestion": "",
            "patch": null,
        });
    };
    let Edit {
        path,
        before,
        after,
    } = cue.edit;
    json!({
        "summary": format!("Scripted, no model was asked: {}", cue.summary),
        "root_cause": cue.root_cause, "category": cue.category, "confidence": 1.0, "quote": quote,
        "suggestion": cue.suggestion, "patch": unified(path, before, after),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CUE: Cue = Cue {
        words: "Error",
        category: "code",
        summary: "",
        root_cause: "",
        suggestion: "",
        edit: Edit {
            path: "a",
            before: "",
            after: "",
        },
    };

    #[test]
    fn only_lines_of_the_log_count_and_the_last_one_is_quoted() {
        let found = |said| find(&[CUE], said).map(|(_, line)| line.to_owned());
        for (said, expected) in [
            ("Error: in the instructions", None),
            ("x| Error", None),
            (
                "7| Error: one\n8|  Error: two | three\n9| fine",
                Some("Error: two | three"),
            ),
            ("7| fine", None),
        ] {
            assert_eq!(found(said).as_deref(), expected, "{said}");
        }
    }

    #[test]
    fn where_nothing_fits_nothing_is_made_up() {
        assert_eq!(reply(None)["quote"], "");
        assert_eq!(reply(None)["patch"], Value::Null);
    }
}
