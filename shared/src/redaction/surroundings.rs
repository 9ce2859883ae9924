//! What stands before a random run.

use super::assign::Link;
use super::bytes::{Set, before, contains, cut, run_start};
use super::names::Name;
use super::random::NEAR;

/// What stands right before a run: its name and how it is tied to it.
#[derive(Debug)]
pub(super) struct Before {
    pub(super) name: Name,
    pub(super) link: Option<Link>,
    /// Named as environment variables are, and set with `=`.
    pub(super) is_variable: bool,
    /// Tied by a colon and a blank, or by nothing.
    pub(super) is_prose: bool,
    /// The name, or in prose the words before it, say that the run is a checksum, a version or the id of something.
    pub(super) is_benign: bool,
}

impl Before {
    pub(super) fn of(bytes: &[u8], start: usize) -> Self {
        let head = cut(bytes, start.saturating_sub(NEAR)..start);
        let gap = head
            .iter()
            .rev()
            .take_while(|byte| is_separator(**byte))
            .count();
        let between = cut(head, head.len() - gap..head.len());
        let is_assigned = between.iter().any(|byte| matches!(byte, b'=' | b':'))
            || between.windows(2).any(|pair| pair == b"=>");
        let link = match (is_assigned, between.is_empty()) {
            (true, _) => Some(Link::Assigned),
            (false, true) => None,
            (false, false) => Some(Link::Beside),
        };
        let name_end = start - gap;
        let name_start = run_start(bytes, name_end, Set::DOTTED, 96);
        let name = Name::of(cut(bytes, name_start..name_end));
        let has_equals = between.contains(&b'=');
        let is_prose = !has_equals && !between.iter().any(|byte| Set::QUOTES.has(*byte));
        let words_start = run_start(bytes, name_end, Set::DOTTED_WORDS, 32);
        let words = Name::of(cut(bytes, words_start..name_end));
        let is_label =
            !is_assigned && matches!(before(bytes, start), b'@' | b'#') || contains(between, b"@");
        let is_benign = name.is_benign()
            || is_label
            || (is_prose && words.is_benign())
            || (name.is_only("id") && !words.is_identity());
        let spelling = cut(bytes, name_start..name_end);
        let is_variable = has_equals
            && spelling.len() >= 4
            && spelling
                .iter()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_');
        Self {
            name,
            link,
            is_variable,
            is_prose,
            is_benign,
        }
    }
}

fn is_separator(byte: u8) -> bool {
    Set::BLANKS.has(byte)
        || Set::QUOTES.has(byte)
        || matches!(
            byte,
            b'=' | b':'
                | b'>'
                | b','
                | b'('
                | b'['
                | b'{'
                | b'|'
                | b'\\'
                | b'@'
                | b'#'
                | b'?'
                | b')'
                | b']'
        )
}
