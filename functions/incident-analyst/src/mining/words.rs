//! Whether the words of a line tell of an error.

/// Words that do, in lower case.
const WORDS: [&str; 59] = [
    "abort",
    "aborted",
    "aborting",
    "cannot",
    "corrupt",
    "corrupted",
    "crash",
    "crashed",
    "critical",
    "denied",
    "disconnected",
    "died",
    "eai_again",
    "econnrefused",
    "econnreset",
    "emfile",
    "enomem",
    "enospc",
    "enotfound",
    "err",
    "error",
    "errors",
    "exception",
    "exceptions",
    "exceeded",
    "exhausted",
    "expired",
    "fail",
    "failed",
    "failing",
    "fails",
    "failure",
    "failures",
    "fatal",
    "forbidden",
    "invalid",
    "killed",
    "lost",
    "nxdomain",
    "oom",
    "oomkilled",
    "outofmemory",
    "overflow",
    "panic",
    "panicked",
    "refused",
    "rejected",
    "reset",
    "segfault",
    "servfail",
    "terminated",
    "throttled",
    "throttling",
    "timeout",
    "unable",
    "unauthorized",
    "unavailable",
    "unhandled",
    "unreachable",
];

/// Words that do together.
const PHRASES: [&str; 12] = [
    "timed out",
    "out of memory",
    "no space left",
    "could not",
    "can't",
    "not found",
    "segmentation fault",
    "no such host",
    "no route to host",
    "unknown authority",
    "overloaded",
    "too many",
];

/// Words that take it back if they stand before.
const NO: [&str; 6] = ["0", "no", "without", "zero", "any", "not"];

/// Values that say that there is none.
const NOTHING: [&str; 9] = [
    "0", "0.0", "null", "nil", "none", "false", "\"\"", "[]", "<nil>",
];

/// So much of a line is looked at.
const LOOKED_AT: usize = 4 * 1024;

/// Whether the words of `text` tell of an error: `0 errors`, `no error` and `error_count=0` do not.
pub(super) fn tell_of_error(text: &str) -> bool {
    let text = super::cut(text, LOOKED_AT);
    let lower = text.to_ascii_lowercase();
    if PHRASES.iter().any(|phrase| lower.contains(phrase)) {
        return true;
    }
    let mut before = "";
    let mut rest = text;
    while let Some((word, after)) = next_word(rest) {
        if is_error_word(word)
            && !NO.iter().any(|no| no.eq_ignore_ascii_case(before))
            && !is_nothing(after)
        {
            return true;
        }
        (before, rest) = (word, after);
    }
    false
}

/// Whether `no` or the like is the last word before, or a value that says that there is none comes after the rest of the word.
pub(super) fn is_taken_back(before: &str, after: &str) -> bool {
    let is_part = |char: char| char.is_alphanumeric() || char == '_';
    let mut words = before.rsplit(|char| !is_part(char));
    let last = words.find(|word| !word.is_empty()).unwrap_or_default();
    NO.iter().any(|no| no.eq_ignore_ascii_case(last))
        || is_nothing(after.trim_start_matches(is_part))
}

/// The next word, of letters, digits and `_`, and what follows it.
fn next_word(text: &str) -> Option<(&str, &str)> {
    let is_part = |char: char| char.is_alphanumeric() || char == '_';
    let text = text.get(text.find(is_part)?..)?;
    let end = text.find(|char| !is_part(char)).unwrap_or(text.len());
    text.split_at_checked(end)
}

/// `error`, `error_count`, and names of types: `ValueError`, `IOException`.
fn is_error_word(word: &str) -> bool {
    let is_known = |part: &str| WORDS.iter().any(|known| known.eq_ignore_ascii_case(part));
    is_known(word)
        || word.split('_').any(is_known)
        || ["Error", "Exception"].iter().any(|end| word.ends_with(end))
}

/// Whether a value follows that says that there is none: `=0`, `: null`.
fn is_nothing(after: &str) -> bool {
    let Some(value) = after
        .trim_start_matches(['"', '\''])
        .strip_prefix(['=', ':'])
    else {
        return false;
    };
    let value = value.trim_start();
    let end = value
        .find([' ', ',', ';', '}', ')', '\t'])
        .unwrap_or(value.len());
    let value = value.get(..end).unwrap_or_default().trim_end_matches('.');
    NOTHING
        .iter()
        .any(|nothing| nothing.eq_ignore_ascii_case(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_errors_count_unless_they_are_taken_back() {
        let lines = [
            ("connection refused", true),
            ("request timed out after 3 s", true),
            ("ValueError: no cart", true),
            ("javax.net.ssl.SSLHandshakeException: x", true),
            ("3 errors", true),
            ("error_count=3", true),
            ("Errors: 12", true),
            ("payment failed", true),
            ("OutOfMemoryError", true),
            ("0 errors", false),
            ("finished without error", false),
            ("no error", false),
            ("error_count=0", false),
            ("error: null, cart: 7", false),
            ("errors=0.", false),
            ("\"error\":\"\"", false),
            ("0 errors, 3 failed", true),
            ("ErrorHandler is ready", false),
            ("terror and mirrors", false),
            ("started", false),
            ("größe", false),
            ("", false),
        ];
        for (line, expected) in lines {
            assert_eq!(tell_of_error(line), expected, "{line}");
        }
    }
}
