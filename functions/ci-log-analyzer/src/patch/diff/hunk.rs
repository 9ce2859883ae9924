//! The lines of a hunk.

use flickzeug::{Diff, Line as Parsed, LineEnd};

/// Lines that follow one another, with the changes among them.
#[derive(Debug)]
pub(in crate::patch) struct Hunk {
    /// Where it says that it begins in the base file, from 1; where it has no old lines, the line before it.
    pub(in crate::patch) start: usize,
    pub(in crate::patch) lines: Vec<Line>,
}

/// A line of a hunk.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::patch) struct Line {
    pub(in crate::patch) side: Side,
    pub(in crate::patch) text: String,
    /// `\n`, `\r\n` or, at the end of a file, nothing.
    pub(in crate::patch) end: &'static str,
}

/// On which side of a change a line is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::patch) enum Side {
    Both,
    Old,
    New,
}

/// The lines as the parser reads them, given a header that is true.
pub(super) fn parsed(body: &[&str]) -> Option<Vec<Line>> {
    let of = |sides: [char; 2]| {
        let is_of = |line: &&&str| matches!(**line, "" | "\r") || line.starts_with(sides);
        body.iter().filter(is_of).count()
    };
    let (old, new) = (of([' ', '-']), of([' ', '+']));
    let mut text = format!("--- a\n+++ b\n@@ -1,{old} +1,{new} @@\n");
    for line in body {
        if matches!(*line, "" | "\r") {
            text.push(' ');
        }
        text.push_str(line);
        text.push('\n');
    }
    let diff = Diff::from_str(&text).ok()?;
    let [hunk] = diff.hunks() else {
        return None;
    };
    Some(hunk.lines().iter().map(Line::from).collect())
}

impl From<&Parsed<'_, str>> for Line {
    fn from(line: &Parsed<'_, str>) -> Self {
        let (side, (text, end)) = match line {
            Parsed::Context(line) => (Side::Both, *line),
            Parsed::Delete(line) => (Side::Old, *line),
            Parsed::Insert(line) => (Side::New, *line),
        };
        let end = match end {
            Some(LineEnd::Lf) => "\n",
            Some(LineEnd::CrLf) => "\r\n",
            None => "",
        };
        Self {
            side,
            text: text.to_owned(),
            end,
        }
    }
}
