//! Text without what hides in it: an independent reading, so that the product's own is not its judge.

use std::sync::LazyLock;

use regex::Regex;

/// Escape sequences of terminals: CSI, OSC up to its end, and single ones (ECMA-48); also in the notation `^[[`.
static ESCAPES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:\x1b|\^\[)\[[0-9;:?<=>]*[ -/]*[@-~]|\x9b[0-9;:?]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_a-z0-9=>]").unwrap()
});

/// A time stamp as GitHub puts it before each line.
static STAMP: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\s*\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z ?").unwrap());

/// The text without escape sequences, zero-width, direction and tag characters, and with UTF-16 decoded.
pub fn plain(bytes: &[u8]) -> String {
    let text = decoded(bytes);
    let text = ESCAPES.replace_all(&text, "");
    text.chars().filter(|c| !is_invisible(*c)).collect()
}

/// The lines of a log without time stamps; what is overwritten on a terminal is a line of its own.
pub fn lines_of(bytes: &[u8]) -> Vec<String> {
    let text = plain(bytes);
    let lines = text.split(['\n', '\r']);
    lines
        .map(|line| STAMP.replace(line, "").trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

fn decoded(bytes: &[u8]) -> String {
    let wide = |bytes: &[u8], from: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| from([pair[0], pair[1]]));
        char::decode_utf16(units)
            .map(|c| c.unwrap_or('\u{fffd}'))
            .collect()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        bytes => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Characters that show nothing: zero-width, direction, tags, variation selectors, NUL and its like.
pub(super) fn is_invisible(c: char) -> bool {
    is_deceptive(c)
        || (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Characters that hide text or change its direction (Unicode TR9 and TR36).
pub(super) fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}
