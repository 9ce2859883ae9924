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
        let is_separator = kind(first) == SIGN;
        let mut kinds = 0;
        let len = if is_separator {
            rest.iter().take_while(|byte| **byte == first).count()
        } else {
            let of_part = |byte: &&u8| {
                let kind = kind(**byte);
                kinds |= kind;
                kind != SIGN
            };
            rest.iter().take_while(of_part).count()
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
        } else if kinds & DIGIT != 0
            || len >= HASH && kinds & LETTER == 0
            || KIND == UUIDS
                && len == GROUP
                && kinds & LETTER == 0
                && is_masked
                && before == Some(b'-')
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

/// A decimal digit.
const DIGIT: u8 = 1;

/// What is in no number, not even in a hexadecimal one.
const LETTER: u8 = 2;

/// What stands between parts. Letters from `a` to `f` are neither of these.
const SIGN: u8 = 4;

/// So many hexadecimal digits are a hash, though none of them be decimal.
const HASH: usize = 7;

/// The middle groups of a UUID have so many digits (RFC 9562, section 4).
const GROUP: usize = 4;

/// Looked up, since each byte of each line is asked about.
#[expect(
    clippy::indexing_slicing,
    reason = "each byte has its place, and the compiler looks"
)]
const KINDS: [u8; 256] = {
    let mut kinds = [LETTER; 256];
    let mut byte: u8 = 0;
    while byte < 0x80 {
        kinds[byte as usize] = match byte {
            b'0'..=b'9' => DIGIT,
            b'a'..=b'f' | b'A'..=b'F' => 0,
            b'g'..=b'z' | b'G'..=b'Z' => LETTER,
            _ => SIGN,
        };
        byte += 1;
    }
    kinds
};

fn kind(byte: u8) -> u8 {
    KINDS.get(usize::from(byte)).copied().unwrap_or(LETTER)
}

fn joins(sign: Option<u8>) -> bool {
    matches!(sign, Some(b'.' | b':' | b'-' | b'/'))
}
