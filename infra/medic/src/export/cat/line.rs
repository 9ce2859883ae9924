//! An event as a line. Pure.

use jiff::Timestamp;
use shared::exports::row::Row;
use shared::outbound::is_harmless;

/// How events are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// The row as JSON.
    Json(Shown),
    /// The message.
    Message(Shown),
    /// The time, the log stream, and the message.
    Long(Shown),
}

/// Where text ends up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Shown {
    /// In a program or a file, which gets it as it is.
    Raw,
    /// On a terminal, which obeys what stands in it: whoever can log could move the cursor, or change what is shown.
    Escaped,
}

impl Form {
    /// What the arguments ask for.
    pub(super) fn of(is_json: bool, is_long: bool, is_terminal: bool) -> Self {
        let shown = if is_terminal {
            Shown::Escaped
        } else {
            Shown::Raw
        };
        match (is_json, is_long) {
            (true, _) => Self::Json(shown),
            (_, true) => Self::Long(shown),
            _ => Self::Message(shown),
        }
    }

    /// The line of a row, without its end. `json` is the row as JSON.
    pub(super) fn line(self, row: &Row<'_>, json: &str) -> String {
        match self {
            Self::Json(Shown::Raw) => json.to_owned(),
            Self::Json(Shown::Escaped) => escaped_json(json),
            Self::Message(shown) => shown.text(&row.message),
            Self::Long(shown) => {
                let at = Timestamp::from_millisecond(row.timestamp_ms);
                let at = at.map_or_else(
                    |_| row.timestamp_ms.to_string(),
                    |at| at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
                );
                format!(
                    "{at}  {}  {}",
                    shown.text(&row.stream),
                    shown.text(&row.message)
                )
            }
        }
    }
}

impl Shown {
    /// On a terminal, what is not harmless is written as its code; further lines of a message are indented, so that they cannot pass for
    /// other events.
    fn text(self, text: &str) -> String {
        if self == Self::Raw {
            return text.to_owned();
        }
        let mut shown = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '\n' => shown.push_str("\n    "),
                '\t' => shown.push('\t'),
                c if is_harmless(c) => shown.push(c),
                c => shown.extend(c.escape_unicode()),
            }
        }
        shown
    }
}

/// The same JSON without what JSON itself leaves as it is and a terminal may obey. Such characters stand in strings only.
fn escaped_json(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for c in json.chars() {
        if is_harmless(c) {
            shown.push(c);
        } else {
            let units = c.encode_utf16(&mut [0; 2]).to_vec();
            shown.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_nothing_that_it_obeys_and_a_pipe_gets_what_was_logged() {
        let row = Row {
            timestamp_ms: 1_771_451_221_123,
            ingestion_ms: None,
            stream: "web\u{7}".into(),
            event_id: None,
            message: "a\u{1b}[2J\tb\n2026-02-18 forged\u{202e}".into(),
        };
        let line = |form: Form| form.line(&row, "{\"x\":\"\u{202e}\"}");
        let lines = [
            Form::of(false, false, true),
            Form::of(false, false, false),
            Form::of(false, true, true),
            Form::of(true, false, false),
            Form::of(true, false, true),
        ];
        assert_eq!(
            lines.map(line),
            [
                "a\\u{1b}[2J\tb\n    2026-02-18 forged\\u{202e}",
                "a\u{1b}[2J\tb\n2026-02-18 forged\u{202e}",
                "2026-02-18T21:47:01.123Z  web\\u{7}  a\\u{1b}[2J\tb\n    2026-02-18 forged\\u{202e}",
                "{\"x\":\"\u{202e}\"}",
                "{\"x\":\"\\u202e\"}",
            ]
        );
    }
}
