//! What people would read of an entry of keys and values: `level=error msg="no such cart" cart=7`.

use super::json::Fields;
use super::level::Level;

/// More pairs than this nobody writes.
const MOST_PAIRS: usize = 64;

/// The fields of `line`, if it is made of pairs: one of them is its message or its level.
pub(super) fn fields(line: &str) -> Option<Fields<'_>> {
    if !is_likely(line) {
        return None;
    }
    let mut fields = Fields::default();
    let mut rest = line;
    for _ in 0..MOST_PAIRS {
        let Some((key, value, after)) = pair(rest) else {
            break;
        };
        match key {
            "msg" | "message" => fields.message = Some(value),
            "level" | "lvl" | "severity" => fields.level = Level::named(value),
            "err" | "error" if !matches!(value, "" | "null" | "nil" | "<nil>" | "none") => {
                fields.error = Some(value);
            }
            "method" => fields.method = Some(value),
            "path" | "uri" => fields.path = Some(value),
            "status" => fields.status = Some(value),
            _ => {}
        }
        rest = after;
    }
    (fields.message.is_some() || fields.level.is_some()).then_some(fields)
}

/// Most lines are no pairs, and most that are begin with a time, a level or a caller.
fn is_likely(line: &str) -> bool {
    let first = line.split(' ').next().unwrap_or_default();
    let key = first.split('=').next().unwrap_or_default();
    key.len() < first.len() && !key.is_empty() && key.bytes().all(is_key)
}

fn is_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_.-@".contains(&byte)
}

/// The next pair, and what comes after it. Words without a value are passed over.
fn pair(text: &str) -> Option<(&str, &str, &str)> {
    let mut rest = text.trim_start();
    loop {
        let at = rest.find(['=', ' '])?;
        let (key, after) = rest.split_at_checked(at)?;
        if let Some(value) = after.strip_prefix('=') {
            let (value, after) = match value.strip_prefix('"') {
                Some(quoted) => quoted_value(quoted),
                None => value.split_once(' ').unwrap_or((value, "")),
            };
            return Some((key, value, after));
        }
        rest = after.trim_start();
    }
}

fn quoted_value(text: &str) -> (&str, &str) {
    let mut is_escaped = false;
    let end = text.find(|char| {
        let is_end = char == '"' && !is_escaped;
        is_escaped = char == '\\' && !is_escaped;
        is_end
    });
    let end = end.unwrap_or(text.len());
    (
        text.get(..end).unwrap_or_default(),
        text.get(end + 1..).unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_error_and_level_are_taken_from_pairs() {
        let lines = [
            (
                r#"time=2026-01-02T03:04:05Z level=error msg="no such \"cart\"" cart=7 err="not found""#,
                Some((r#"no such \"cart\""#, "not found", Some(Level::Error))),
            ),
            (
                "ts=1 lvl=info msg=started",
                Some(("started", "", Some(Level::Info))),
            ),
            (
                "level=warn caller=x.go:1 retry err=nil msg=\"cut",
                Some(("cut", "", Some(Level::Warning))),
            ),
            ("a=b c=d", None),
            ("retry with level=error", None),
            ("= msg=x", None),
            ("", None),
        ];
        for (line, expected) in lines {
            let fields = fields(line).map(|fields| {
                (
                    fields.message.unwrap_or_default(),
                    fields.error.unwrap_or_default(),
                    fields.level,
                )
            });
            assert_eq!(fields, expected, "{line}");
        }
    }
}
