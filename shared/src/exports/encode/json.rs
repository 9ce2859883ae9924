//! A row as a line of JSON, byte for byte what serde would write, several times as fast: most text has nothing to be escaped, and it is
//! looked through eight bytes at a time. Pure.

use super::Row;

const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends the row and a line end.
pub(super) fn write(row: &Row<'_>, out: &mut Vec<u8>) {
    out.reserve(row.message.len() + row.stream.len() + 160);
    out.extend_from_slice(b"{\"timestamp_ms\":");
    number(row.timestamp_ms, out);
    out.extend_from_slice(b",\"ingestion_ms\":");
    match row.ingestion_ms {
        Some(ms) => number(ms, out),
        None => out.extend_from_slice(b"null"),
    }
    out.extend_from_slice(b",\"stream\":");
    string(&row.stream, out);
    out.extend_from_slice(b",\"event_id\":");
    match &row.event_id {
        Some(id) => string(id, out),
        None => out.extend_from_slice(b"null"),
    }
    out.extend_from_slice(b",\"message\":");
    string(&row.message, out);
    out.extend_from_slice(b"}\n");
}

fn number(number: i64, out: &mut Vec<u8>) {
    let (mut digits, mut rest, mut at) = ([0_u8; 20], number.unsigned_abs(), 20);
    for (place, digit) in digits.iter_mut().enumerate().rev() {
        *digit = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
        at = place;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(digits.get(at..).unwrap_or_default());
}

fn string(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    // Up to here it is written.
    let mut written = 0;
    out.push(b'"');
    let (words, rest) = bytes.as_chunks::<8>();
    for (number, word) in words.iter().enumerate() {
        let mut marks = marked(u64::from_le_bytes(*word));
        while marks != 0 {
            let at = number * 8 + (marks.trailing_zeros() / 8) as usize;
            written = escaped(bytes, written, at, out);
            marks &= marks - 1;
        }
    }
    let begin = bytes.len() - rest.len();
    for (offset, byte) in rest.iter().enumerate() {
        if *byte < 0x20 || *byte == b'"' || *byte == b'\\' {
            written = escaped(bytes, written, begin + offset, out);
        }
    }
    out.extend_from_slice(bytes.get(written..).unwrap_or_default());
    out.push(b'"');
}

/// The highest bit of each byte that has to be escaped: below a space, a quotation mark or a backslash (RFC 8259, 7).
fn marked(word: u64) -> u64 {
    let is_control = zero_bytes(word & every(0xe0));
    is_control | zero_bytes(word ^ every(b'"')) | zero_bytes(word ^ every(b'\\'))
}

/// The highest bit of each byte that is zero, and no other: no carry leaves a byte (Warren, "Hacker's Delight", 6-1).
fn zero_bytes(word: u64) -> u64 {
    !(((word & LOW) + LOW) | word | LOW)
}

fn every(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// Writes what stands before `at`, and the byte there in its escaped form. Up to where it is written now.
fn escaped(bytes: &[u8], written: usize, at: usize, out: &mut Vec<u8>) -> usize {
    out.extend_from_slice(bytes.get(written..at).unwrap_or_default());
    let byte = bytes.get(at).copied().unwrap_or_default();
    let short = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0c => b'f',
        _ => {
            let digit = |four: u8| HEX.get(usize::from(four & 0xf)).copied().unwrap_or(b'0');
            out.extend_from_slice(b"\\u00");
            out.extend_from_slice(&[digit(byte >> 4), digit(byte)]);
            return at + 1;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
    at + 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(row: &Row<'_>) {
        let mut line = Vec::new();
        write(row, &mut line);
        let expected = serde_json::to_string(row).unwrap() + "\n";
        assert_eq!(String::from_utf8(line).unwrap(), expected);
    }

    #[test]
    fn every_character_below_128_is_written_as_serde_does_at_every_place_in_a_word() {
        for byte in 0..=127_u8 {
            for before in 0..9 {
                let message = format!(
                    "{}{}\u{80}ÿ\u{10ffff}\"",
                    "x".repeat(before),
                    char::from(byte)
                );
                check(&Row {
                    timestamp_ms: i64::from(byte),
                    ingestion_ms: None,
                    stream: message.as_str().into(),
                    event_id: None,
                    message: message.as_str().into(),
                });
            }
        }
    }

    proptest! {
        #[test]
        fn any_row_is_written_as_serde_does(
            timestamp_ms: i64,
            ingestion_ms: Option<i64>,
            stream: String,
            event_id: Option<String>,
            message: String,
        ) {
            check(&Row {
                timestamp_ms,
                ingestion_ms,
                stream: stream.into(),
                event_id: event_id.map(Into::into),
                message: message.into(),
            });
        }
    }
}
