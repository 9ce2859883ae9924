//! Letters and digits of a word: which of them a person chose, and which a counter, a clock or a hash.

/// Beginnings of an identifier as random generators make them; names that people write seldom change between letters and digits so often.
const LEAST_RANDOM: usize = 16;

/// What may follow a number without making it a name: units, ordinals, and the letters of an ISO 8601 time.
const UNITS: [&str; 36] = [
    "s", "ms", "us", "ns", "m", "h", "d", "min", "mins", "sec", "secs", "msec", "b", "k", "kb",
    "mb", "gb", "tb", "kib", "mib", "gib", "g", "x", "px", "pt", "t", "z", "am", "pm", "st", "nd",
    "rd", "th", "e", "hz", "ghz",
];

/// Words that the number after them belongs to: it tells failures apart.
const CODE_WORDS: [&str; 10] = [
    "code", "status", "http", "errno", "signal", "exit", "error:", "code:", "status:", "signal:",
];

/// Whether `word` says that the number behind it is a code.
pub(super) fn announces_code(word: &str) -> bool {
    let word = word.trim_start_matches(['(', '[', '"', '\'']);
    CODE_WORDS
        .iter()
        .any(|code| word.eq_ignore_ascii_case(code))
        || is_http_version(word)
}

fn is_http_version(word: &str) -> bool {
    word.get(..5)
        .is_some_and(|start| start.eq_ignore_ascii_case("http/"))
}

/// Appends `word` to `normalised`, with `#` for each part that changes from run to run.
pub(super) fn append(word: &str, is_code: bool, normalised: &mut String) {
    let mut rest = word;
    let mut is_after_mask = false;
    let mut separators = "";
    while !rest.is_empty() {
        let (atom, after) = split(rest);
        let (between, next) = separators_of(after);
        rest = next;
        if is_variable(atom) && !(is_code && is_status(atom)) {
            // `1.2.3`, `12:34`, `2026-01-02` and UUIDs are one value each.
            if !(is_after_mask && joins(separators)) {
                normalised.push_str(if is_after_mask { separators } else { "" });
                normalised.push('#');
            }
            is_after_mask = true;
        } else {
            normalised.push_str(if is_after_mask { separators } else { "" });
            normalised.push_str(atom);
            is_after_mask = false;
        }
        separators = between;
        if !is_after_mask {
            normalised.push_str(between);
        }
    }
    if is_after_mask {
        normalised.push_str(separators);
    }
}

/// The beginning of `text` that is letters, digits and `_`, and the rest. The beginning is empty where another character begins.
fn split(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !is_word(c)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn separators_of(text: &str) -> (&str, &str) {
    let end = text.find(is_word).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii()
}

fn joins(separators: &str) -> bool {
    matches!(separators, "." | ":" | "-" | "," | "/" | "+" | "--")
}

/// An exit code, a signal or an HTTP state.
fn is_status(atom: &str) -> bool {
    atom.len() <= 3 && atom.bytes().all(|b| b.is_ascii_digit())
}

fn is_variable(atom: &str) -> bool {
    let bytes = atom.as_bytes();
    let has = |is: fn(&u8) -> bool| bytes.iter().any(is);
    if bytes.is_empty() || !has(u8::is_ascii_digit) {
        return false;
    }
    let is_all = |is: fn(&u8) -> bool| bytes.iter().all(is);
    if is_all(u8::is_ascii_digit) || is_hex_address(atom) {
        return true;
    }
    if is_all(u8::is_ascii_hexdigit) && bytes.len() >= 7 {
        return true;
    }
    bytes.first().is_some_and(u8::is_ascii_digit) && has_only_units(atom) || is_random(bytes)
}

fn is_hex_address(atom: &str) -> bool {
    atom.strip_prefix("0x")
        .is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// `1m30s`, `12ms`, `02T03`, `123Z`, `1a2b` of a UUID: digits, and between them only units or a few hexadecimal letters.
fn has_only_units(atom: &str) -> bool {
    let letters = atom
        .split(|c: char| c.is_ascii_digit())
        .filter(|letters| !letters.is_empty());
    let is_hex = atom.len() >= 4 && atom.bytes().all(|b| b.is_ascii_hexdigit());
    is_hex
        || letters
            .into_iter()
            .all(|letters| UNITS.iter().any(|unit| letters.eq_ignore_ascii_case(unit)))
}

/// Changes between letters and digits at least three times over at least 16 characters, without `_`.
fn is_random(bytes: &[u8]) -> bool {
    if bytes.len() < LEAST_RANDOM || !bytes.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    let changes = bytes
        .windows(2)
        .filter(|pair| matches!(pair, [a, b] if a.is_ascii_digit() != b.is_ascii_digit()));
    changes.count() >= 3
}
