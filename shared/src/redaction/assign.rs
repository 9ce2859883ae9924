//! Values that stand behind a name: `NAME=value`, `"name": "value"`, `--name value`, `name value`.

use std::ops::Range;

use super::bytes::{Set, at, before, cut, run_end_within, run_start, starts_with};

/// How a value is tied to its name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Link {
    /// By `=`, `:` or the like.
    Assigned,
    /// By nothing but blanks, quotes or a comma.
    Beside,
}

/// A value behind a name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Value {
    pub(super) range: Range<usize>,
    pub(super) link: Link,
    pub(super) is_quoted: bool,
    /// `name: value`, which prose looks like too.
    pub(super) is_colon: bool,
}

/// Names are not longer than this; what is looks like data.
const MOST_NAME: usize = 96;
/// Nobody puts more than this between a name and its value.
const MOST_SEPARATORS: usize = 160;
/// The beginning of a value decides whether it is a secret.
pub(super) const MOST_VALUE: usize = 512;

/// The name around the keyword at `hit`.
pub(super) fn name_around(bytes: &[u8], hit: &Range<usize>) -> Range<usize> {
    let start = run_start(bytes, hit.start, Set::DOTTED, MOST_NAME);
    let end = run_end_within(bytes, hit.end, Set::DOTTED, MOST_NAME);
    start..end
}

/// What stands between a name that ends at `from` and its value: where it ends and how it ties.
pub(super) fn separators(bytes: &[u8], from: usize) -> (usize, Option<Link>) {
    let window = cut(bytes, from..bytes.len().min(from + MOST_SEPARATORS));
    let mut link = None;
    let mut length = 0;
    // A parameter of a test or an argument of a function.
    if matches!(at(window, 0), b'[' | b'(') && !Set::QUOTES.has(at(window, 1)) {
        return (from, None);
    }
    let mut is_list = false;
    while let Some(byte) = window.get(length) {
        match byte {
            // The next element of a list is no value, unless it is quoted as the name was.
            b'=' | b':' if is_list => return (from, None),
            b',' if link == Some(Link::Assigned) => return (from, None),
            b'(' | b'['
                if link == Some(Link::Beside) && !Set::QUOTES.has(at(window, length + 1)) =>
            {
                return (from, None);
            }
            b'=' | b':' => link = Some(Link::Assigned),
            b'>' if link.is_none() || matches!(before(window, length), b'=' | b'-') => {
                link = Some(Link::Assigned);
            }
            b' ' | b'\t' | b'"' | b'\'' | b'`' | b',' | b'(' | b'[' | b'{' | b'|' | b')' | b']'
            | b'\\' | b'\r' | b'?' => {
                is_list |= *byte == b',';
                link = link.or(Some(Link::Beside));
            }
            _ => break,
        }
        length += 1;
    }
    // `{"name": "DB_PASSWORD", "value": "..."}`, and in XML `key="Password" value="..."`
    let end = from + length;
    let is_pair = is_list || (link == Some(Link::Beside) && !Set::WORD.has(at(bytes, end + 5)));
    if is_pair && starts_with(bytes, end, b"value") && length < 12 {
        return separators(bytes, end + 5);
    }
    if is_list && !Set::QUOTES.has(before(window, length)) {
        return (from, None);
    }
    match wrapper(bytes, end).filter(|_| link == Some(Link::Assigned)) {
        Some(open) => (open, link),
        None => (end, link),
    }
}

/// Where the string inside of `Some("...")`, `Secret("...")` or both begins, as Rust shows a value for debugging.
fn wrapper(bytes: &[u8], from: usize) -> Option<usize> {
    const WRAPPERS: [&[u8]; 3] = [b"some(", b"secret(", b"secretstring("];
    let step = |at| {
        let found = WRAPPERS.iter().find(|name| starts_with(bytes, at, name));
        found.map(|name| at + name.len())
    };
    let first = step(from)?;
    let inner = step(first).unwrap_or(first);
    Set::QUOTES.has(at(bytes, inner)).then_some(inner + 1)
}

/// The value behind the name that ends at `name_end`.
pub(super) fn value_after(bytes: &[u8], name_end: usize) -> Option<Value> {
    let (start, link) = separators(bytes, name_end);
    let link = link?;
    let between = cut(bytes, name_end..start);
    let quote = Some(before(bytes, start)).filter(|byte| Set::QUOTES.has(*byte));
    let end = value_end(bytes, start, quote);
    let is_colon = !between.contains(&b'=') && quote.is_none();
    (end > start).then_some(Value {
        range: start..end,
        link,
        is_quoted: quote.is_some(),
        is_colon,
    })
}

/// Where the value that starts at `start` ends; `quote` opened it.
pub(super) fn value_end(bytes: &[u8], start: usize, quote: Option<u8>) -> usize {
    let window = cut(bytes, start..bytes.len().min(start + MOST_VALUE));
    if let Some(quote) = quote
        && let Some(length) = quoted_length(window, quote)
    {
        return start + length;
    }
    let length = window
        .iter()
        .enumerate()
        .take_while(|(index, byte)| is_value_byte(window, *index, **byte))
        .count();
    let value = cut(window, 0..length);
    start + value.len()
        - value
            .iter()
            .rev()
            .take_while(|byte| {
                matches!(byte, b',' | b')' | b']' | b'}' | b';' | b'.' | b':' | b'\\')
            })
            .count()
}

fn quoted_length(window: &[u8], quote: u8) -> Option<usize> {
    let mut is_escaped = false;
    window.iter().position(|byte| {
        let is_end = *byte == quote && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        is_end
    })
}

fn is_value_byte(window: &[u8], index: usize, byte: u8) -> bool {
    match byte {
        b'\\' => !matches!(
            at(window, index + 1),
            b'n' | b'r' | b't' | b'"' | b'\'' | b'\\'
        ),
        b'&' | b';' | b',' => !begins_pair(window, index + 1),
        b'<' => !matches!(at(window, index + 1), b'/' | b'b'),
        _ => Set::VALUE.has(byte),
    }
}

/// `name=`, `name:` or the end: what follows belongs to another pair of a query, a connection string or a list.
fn begins_pair(window: &[u8], from: usize) -> bool {
    let end = run_end_within(window, from, Set::DOTTED, 48);
    matches!(at(window, end), b'=' | b':' | b' ' | 0 | b'"' | b'\'')
}
