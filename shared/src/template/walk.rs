//! Goes through a line and tells a [`Sink`] what its template consists of.

/// Takes what a template consists of. Nothing else of a line reaches it, so two sinks never disagree on whether lines are alike.
pub(super) trait Sink {
    /// A part of a word, or a sign, as it stands in the line.
    fn keep(&mut self, part: &[u8]);
    /// Something that changes from line to line.
    fn mask(&mut self);
    /// The end of a word.
    fn end_word(&mut self);
}

/// For [`walk`]: a line of any program.
pub(super) const LINES: bool = false;

/// For [`walk`]: four hexadecimal digits that a dash joins to a masked part are masked too, as in a UUID.
pub(super) const UUIDS: bool = true;

/// Tells `sink` the template of `line`, and gives it back.
pub(super) fn walk<const KIND: bool, S: Sink>(line: &str, mut sink: S) -> S {
    for word in line
        .as_bytes()
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty())
    {
        walk_word::<KIND, S>(word, &mut sink);
        sink.end_word();
    }
    sink
}

/// Parts of a word are what stands between signs such as `/`, `:` and `=`.
fn walk_word<const KIND: bool, S: Sink>(word: &[u8], sink: &mut S) {
    let mut rest = word;
    let mut before: Option<u8> = None;
    let mut is_masked = false;
    while let Some(&first) = rest.first() {
        let is_separator = is_sign(first);
        let len = if is_separator {
            rest.iter().take_while(|byte| **byte == first).count()
        } else {
            rest.iter().take_while(|byte| !is_sign(**byte)).count()
        };
        let (part, after) = rest.split_at(len);
        if is_separator {
            // `1.2.3` and `12-34` are one number to a reader.
            if !(is_masked && matches!(first, b'.' | b'-' | b'_')) {
                // The length of a separator says nothing.
                sink.keep(&[first]);
                is_masked = false;
            }
        } else if part == b"0" && !joins(before) && !joins(after.first().copied()) {
            sink.keep(b"0");
            is_masked = false;
        } else if changes(part)
            || KIND == UUIDS && is_masked && before == Some(b'-') && is_group(part)
        {
            if !is_masked {
                sink.mask();
            }
            is_masked = true;
        } else {
            sink.keep(part);
            is_masked = false;
        }
        before = part.last().copied();
        rest = after;
    }
}

fn is_sign(byte: u8) -> bool {
    !byte.is_ascii_alphanumeric() && byte < 0x80
}

fn joins(sign: Option<u8>) -> bool {
    matches!(sign, Some(b'.' | b':' | b'-' | b'/'))
}

fn changes(part: &[u8]) -> bool {
    part.iter().any(u8::is_ascii_digit) || part.len() >= 7 && part.iter().all(u8::is_ascii_hexdigit)
}

/// Whether it may be one of the three middle groups of a UUID (RFC 9562, section 4).
fn is_group(part: &[u8]) -> bool {
    part.len() == 4 && part.iter().all(u8::is_ascii_hexdigit)
}
