//! Cuts text that has no line ends into pieces that no secret spans.

use super::bytes::{Set, at, before, cut, run_start};
use super::names::Name;

/// How many places without a blank are tried.
const MOST_PLACES: usize = 256;

/// The first piece of `text` of at most `most` bytes, and whether it can be judged by itself.
///
/// A piece ends behind a blank or a comma, or, in a list of other kind, behind another sign that follows no name of a
/// secret. Where there is none in its second half, the piece is all up to the next blank, however long, and cannot be
/// judged: a secret in it could be cut anywhere.
pub(super) fn first(text: &str, most: usize) -> (&str, bool) {
    if text.len() <= most {
        return (text, true);
    }
    let head = text.as_bytes().get(..most).unwrap_or_default();
    let blank = head.iter().rposition(|byte| is_end(*byte));
    match blank
        .filter(|index| *index >= most / 2)
        .or_else(|| sign(head))
    {
        Some(index) => (text.get(..=index).unwrap_or_default(), true),
        None => (text.get(..end_of_run(text, most)).unwrap_or(text), false),
    }
}

/// The last sign that separates members of a list rather than a name and its value.
fn sign(head: &[u8]) -> Option<usize> {
    let signs = (head.len() / 2..head.len()).rev();
    let signs =
        signs.filter(|index| matches!(at(head, *index), b':' | b';' | b'|' | b'>' | b'&' | b'.'));
    signs.take(MOST_PLACES).find(|index| {
        // The dots of a progress bar; a token has one at a time.
        if at(head, *index) == b'.' {
            return before(head, *index) == b'.';
        }
        let start = run_start(head, *index, Set::DOTTED, 96);
        let name = Name::of(cut(head, start..*index));
        !name.is_empty() && name.secret().or_else(|| name.identity()).is_none()
    })
}

/// Where the run that is still going on at `from` ends.
fn end_of_run(text: &str, from: usize) -> usize {
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    rest.iter()
        .position(|byte| is_end(*byte))
        .map_or(text.len(), |length| from + length + 1)
}

/// The same for characters.
pub(super) fn is_end_char(c: char) -> bool {
    u8::try_from(c).is_ok_and(is_end)
}

fn is_end(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b',')
}
