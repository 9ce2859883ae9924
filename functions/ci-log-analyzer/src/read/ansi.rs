//! Terminal control sequences.

use memchr::{memchr3, memmem};

const ESC: u8 = 0x1b;
const BEL: u8 = 0x07;

/// Jenkins hides encoded notes between these (`hudson.console.ConsoleNote`): nobody ever sees them.
const NOTE_START: &[u8] = b"\x1b[8mha:";
const NOTE_END: &[u8] = b"\x1b[0m";

/// Whether [`strip`] has anything to do, or a lone `\r` stands in the text; may say so wrongly.
///
/// One pass without branches, which the compiler turns into wide instructions: it runs over every byte of every log.
pub(super) fn is_suspect(text: &[u8]) -> bool {
    text.iter().fold(false, |found, byte| {
        found | matches!(*byte, ESC | b'\r' | b'^' | 0x08)
    })
}

/// Appends the text without its control sequences (ECMA-48: CSI, OSC and the other strings, single escapes), also those of which
/// the escape character was printed as `^[`.
pub(super) fn strip(mut text: &[u8], into: &mut Vec<u8>) {
    // An end that is not there is looked for once, or a line of nothing but beginnings would take long.
    let mut is_note_open = false;
    while let Some(at) = memchr3(ESC, b'^', 0x08, text) {
        let (before, rest) = text.split_at(at);
        into.extend_from_slice(before);
        let length = match rest {
            [ESC, ..] if rest.starts_with(NOTE_START) && !is_note_open => {
                let end = memmem::find(rest, NOTE_END);
                is_note_open = end.is_none();
                end.map_or(NOTE_START.len(), |end| end + NOTE_END.len())
            }
            [ESC, ..] => escape(rest),
            [0x08, ..] => 1,
            _ => printed(rest),
        };
        if length == 0 {
            into.extend_from_slice(rest.get(..1).unwrap_or_default());
        }
        text = rest.get(length.max(1)..).unwrap_or_default();
    }
    into.extend_from_slice(text);
}

/// The length of what an escape character begins.
fn escape(text: &[u8]) -> usize {
    match text.get(1) {
        Some(b'[') => 2 + csi(text.get(2..).unwrap_or_default()),
        // Operating system command, device control, start of string, privacy message, application command (Buildkite's times).
        Some(b']' | b'P' | b'X' | b'^' | b'_') => string(text),
        // Choice of a character set.
        Some(b'(' | b')' | b'*' | b'+' | b'#' | b'%') => text.len().min(3),
        Some(0x20..=0x7e) => 2,
        _ => 1,
    }
}

/// Parameters and intermediate bytes, then one final byte.
fn csi(text: &[u8]) -> usize {
    let parameters = text
        .iter()
        .take_while(|byte| matches!(**byte, 0x20..=0x3f))
        .count();
    match text.get(parameters) {
        Some(0x40..=0x7e) => parameters + 1,
        _ => parameters,
    }
}

/// Up to its terminator, BEL or `ESC \`. One that is never terminated does not swallow the line.
fn string(text: &[u8]) -> usize {
    for (at, byte) in text.iter().enumerate().skip(2) {
        match *byte {
            BEL => return at + 1,
            ESC if text.get(at + 1) == Some(&b'\\') => return at + 2,
            ESC => return at,
            _ => {}
        }
    }
    2
}

/// `^[[31m` in plain characters, as `cat -v` and some log collectors print it. Only colours and the erasing of lines: other such
/// text is likelier a pattern.
fn printed(text: &[u8]) -> usize {
    let Some(rest) = text.strip_prefix(b"^[[") else {
        return 0;
    };
    let parameters = rest
        .iter()
        .take_while(|byte| byte.is_ascii_digit() || **byte == b';')
        .count();
    match rest.get(parameters) {
        Some(b'm' | b'K') => 3 + parameters + 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_sequences_go_and_text_stays() {
        for (text, expected) in [
            ("plain", "plain"),
            ("\x1b[31;1merror\x1b[0m: no", "error: no"),
            ("\x1b[38;5;9mx\x1b[K", "x"),
            ("\x1b[?25lx\x1b[2K\x1b[1G", "x"),
            (
                "\x1b]8;;https://example.com\x1b\\link\x1b]8;;\x07 x",
                "link x",
            ),
            ("\x1b_bk;t=1700000000000\x07make", "make"),
            ("\x1b(Bx\x1b=y", "xy"),
            (
                "\x1b[8mha:////4AbC==\x1b[0mStarted by user",
                "Started by user",
            ),
            ("^[[31mred^[[0m ^[[K", "red "),
            ("\x1b[8mha:\x1b[8mha: never ends", "ha: never ends"),
            ("grep '^[[:space:]]*x^'", "grep '^[[:space:]]*x^'"),
            ("    ^^^^ expected", "    ^^^^ expected"),
            ("\x1b]0;never ends", "0;never ends"),
            ("\x1b[", ""),
            ("\x1b", ""),
            ("a\x08b", "ab"),
        ] {
            let mut stripped = Vec::new();
            strip(text.as_bytes(), &mut stripped);
            assert_eq!(String::from_utf8(stripped).unwrap(), expected, "{text:?}");
            assert!(text == expected || is_suspect(text.as_bytes()), "{text:?}");
        }
    }
}
