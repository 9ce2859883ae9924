//! What of a log line those chose who sent the request: it says nothing about the cause, whatever it says.

use crate::mining;

/// Who names a value so in a log has it from a request.
const KEYS: [&str; 12] = [
    "request",
    "path",
    "uri",
    "url",
    "query",
    "referer",
    "referrer",
    "agent",
    "user_agent",
    "user-agent",
    "ua",
    "host",
];

/// `text` without addresses, paths and quotations of what was asked; `None` if the line is an access log's.
pub(super) fn without_requests(text: &str) -> Option<String> {
    // First, because an error may quote its request.
    let unquoted = without_quotations(text);
    if mining::is_request(&unquoted) {
        return None;
    }
    let words = unquoted.split_whitespace().filter(|word| !is_address(word));
    Some(words.collect::<Vec<_>>().join(" "))
}

/// A path or an address, also as the value of a key.
fn is_address(word: &str) -> bool {
    let value = word.rsplit_once('=').map_or(word, |(_, value)| value);
    let value = value.trim_start_matches(['(', '[', '<', '"', '\'']);
    let key = word.split_once('=').map(|(key, _)| key);
    word.starts_with('/')
        || (value.starts_with('/') && value.len() > 1)
        || word.contains("://")
        || key.is_some_and(is_key)
}

fn is_key(key: &str) -> bool {
    KEYS.iter().any(|known| known.eq_ignore_ascii_case(key))
}

/// Programs quote what they were given: `invalid coupon "..."`. What they say themselves has a name before it: `err="..."`.
fn without_quotations(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('"') {
        let (quoted, following) = after.split_once('"').unwrap_or((after, ""));
        kept.push_str(before);
        kept.push(' ');
        if is_own(before) {
            kept.push_str(quoted);
            kept.push(' ');
        }
        rest = following;
    }
    kept.push_str(rest);
    kept
}

/// Whether a value of the program's own follows: `err=`, `cause: `.
fn is_own(before: &str) -> bool {
    let before = before.trim_end();
    let Some(key) = before.strip_suffix(['=', ':']) else {
        return false;
    };
    let is_part = |char: char| char.is_alphanumeric() || matches!(char, '_' | '-');
    let key = key.trim_end_matches('"');
    let key = key.rsplit(|char| !is_part(char)).next().unwrap_or_default();
    !is_key(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_requester_chose_is_gone_and_what_the_program_says_is_left() {
        let lines = [
            ("GET /x509:certificate-expired 500", None),
            (
                r#"10.0.0.1 - - [02/Jan/2026] "GET /a HTTP/1.1" 500 1 "-" "no space left on device""#,
                Some("10.0.0.1 - - [02/Jan/2026] 500 1"),
            ),
            (
                "failed to serve /x509:expired: connection refused",
                Some("failed to serve connection refused"),
            ),
            (
                r#"invalid coupon "no space left on device""#,
                Some("invalid coupon"),
            ),
            (
                r#"upstream timed out, request: "GET /disk-full HTTP/1.1", host: "too many requests""#,
                Some("upstream timed out, request: , host:"),
            ),
            (
                r#"err="connection refused" path=/ENOSPC user_agent="disk full""#,
                Some("err= connection refused"),
            ),
        ];
        for (line, expected) in lines {
            assert_eq!(without_requests(line).as_deref(), expected, "{line}");
        }
    }
}
