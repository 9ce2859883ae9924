//! A line as its reader on a screen saw it.

use memchr::{memchr2_iter, memrchr};

use super::{
    ansi,
    prefix::{Prefix, prefix},
};
use crate::line::{Columns, Line};

/// What CI systems write for themselves and overwrite at once, so that people do not see it: GitLab's sections, Travis's folds.
const FOLDS: [&[u8]; 4] = [
    b"section_start:",
    b"section_end:",
    b"travis_fold:",
    b"travis_time:",
];

/// Fold marks are short; a line has room for dozens.
const FOLDS_BYTES: usize = 4096;

/// Room to put a line together again where something was taken out.
#[derive(Debug, Default)]
pub(super) struct Cleaner {
    bytes: Vec<u8>,
    text: String,
    folds: String,
}

/// A cleaned line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Cleaned<'a> {
    pub(super) text: &'a str,
    pub(super) columns: Option<Columns<'a>>,
}

impl Cleaner {
    /// Cleans a line; one in which nothing is to be changed is not copied.
    pub(super) fn clean<'a>(&'a mut self, line: &'a [u8]) -> Cleaned<'a> {
        let line = without_carriage_returns(line);
        let Prefix { columns, text } = prefix(line);
        let names = columns.and_then(|(job, step)| {
            Some(Columns {
                job: str::from_utf8(line.get(job)?).ok()?,
                step: str::from_utf8(line.get(step)?).ok()?,
                folds: "",
            })
        });
        let bytes = line.get(text..).unwrap_or_default();
        if !ansi::is_suspect(bytes) {
            return Cleaned {
                text: valid(bytes, &mut self.text),
                columns: names,
            };
        }
        self.overwrite(bytes);
        // A colour may have stood before the time.
        let hidden = if text == 0 {
            prefix(&self.bytes).text
        } else {
            0
        };
        let text = valid(self.bytes.get(hidden..).unwrap_or_default(), &mut self.text);
        let columns = if self.folds.is_empty() {
            names
        } else {
            Some(Columns {
                folds: &self.folds,
                ..names.unwrap_or_default()
            })
        };
        Cleaned { text, columns }
    }

    /// Leaves in `bytes` what a terminal shows in the end: of the pieces between lone `\r`, the last one with anything in it. What failed
    /// is not hidden by what was written over it.
    fn overwrite(&mut self, mut rest: &[u8]) {
        self.folds.clear();
        self.keep_folds(rest);
        if let Some(piece) = overwritten_failure(rest) {
            self.bytes.clear();
            ansi::strip(piece, &mut self.bytes);
            return;
        }
        loop {
            let at = memrchr(b'\r', rest);
            let piece = rest.get(at.map_or(0, |at| at + 1)..).unwrap_or_default();
            self.bytes.clear();
            ansi::strip(piece, &mut self.bytes);
            let is_fold = FOLDS.iter().any(|fold| self.bytes.starts_with(fold));
            if !is_fold && !self.bytes.trim_ascii().is_empty() {
                return;
            }
            let Some(at) = at else { break };
            rest = rest.get(..at).unwrap_or_default();
        }
        if !self.folds.is_empty() {
            self.bytes.clear();
        }
    }

    fn keep_folds(&mut self, line: &[u8]) {
        if memrchr(b'\r', line).is_none() {
            return;
        }
        for piece in line
            .split(|byte| *byte == b'\r')
            .filter(|piece| may_be_fold(piece))
        {
            self.bytes.clear();
            ansi::strip(piece, &mut self.bytes);
            let is_fold = FOLDS.iter().any(|fold| self.bytes.starts_with(fold));
            if is_fold && self.folds.len() + self.bytes.len() < FOLDS_BYTES {
                self.folds.push_str(&String::from_utf8_lossy(&self.bytes));
                self.folds.push('\n');
            }
        }
    }
}

/// The last piece of a line that says what failed, where a later one that does not was written over it.
fn overwritten_failure(line: &[u8]) -> Option<&[u8]> {
    memrchr(b'\r', line)?;
    let mut pieces = line.split(|byte| *byte == b'\r').rev();
    let shown = pieces.find(|piece| !piece.trim_ascii().is_empty())?;
    if says_failure(shown) {
        return None;
    }
    pieces.find(|piece| says_failure(piece))
}

/// Whether a piece begins with the word of a failure, but for colours and the name of who says it.
fn says_failure(piece: &[u8]) -> bool {
    let head = piece.get(..64).unwrap_or(piece);
    let is_there = |word: &&[u8]| {
        let mut windows = head.windows(word.len());
        windows.any(|window| window.eq_ignore_ascii_case(word))
    };
    [
        &b"error:"[..],
        b"error[",
        b"fatal:",
        b"panicked at",
        b"exception:",
    ]
    .iter()
    .any(is_there)
}

/// Whether a piece of a line is a fold mark, but for control sequences before it.
fn may_be_fold(piece: &[u8]) -> bool {
    // A few control sequences, each of a few bytes.
    let head = piece.get(..32).unwrap_or(piece);
    let mut starts = memchr2_iter(b's', b't', head);
    starts.any(|at| {
        let mark = piece.get(at..).unwrap_or_default();
        FOLDS.iter().any(|fold| mark.starts_with(fold))
    })
}

fn without_carriage_returns(mut line: &[u8]) -> &[u8] {
    while let [rest @ .., b'\r'] = line {
        line = rest;
    }
    line
}

/// The text of the bytes, cut; a copy with U+FFFD only where they are not UTF-8.
fn valid<'a>(bytes: &'a [u8], copy: &'a mut String) -> &'a str {
    // Three bytes more than the text may have, so that a character that is cut in two is cut off.
    let bytes = bytes.get(..Line::MAX_BYTES + 3).unwrap_or(bytes);
    let text = if let Ok(text) = str::from_utf8(bytes) {
        text
    } else {
        copy.clear();
        copy.push_str(&String::from_utf8_lossy(bytes));
        copy
    };
    text.get(..text.floor_char_boundary(Line::MAX_BYTES))
        .unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &[u8], text: &str, folds: &str) {
        let mut cleaner = Cleaner::default();
        let line_shown = cleaner.clean(line);
        let found = (
            line_shown.text,
            line_shown.columns.map_or("", |columns| columns.folds),
        );
        assert_eq!(found, (text, folds), "{:?}", String::from_utf8_lossy(line));
    }

    #[test]
    fn a_line_is_what_a_terminal_shows_in_the_end() {
        check(b"as it is", "as it is", "");
        check(b"from Windows\r", "from Windows", "");
        check(b"10 %\r50 %\r100 %", "100 %", "");
        check(b"10 %\r100 %\r\r", "100 %", "");
        check(b"10 %\r100 %\r\x1b[K", "100 %", "");
        check(b"2026-01-02T03:04:05.1Z 10 %\r100 %", "100 %", "");
        check(
            b"\x1b[36m2026-01-02T03:04:05.1Z coloured\x1b[0m",
            "coloured",
            "",
        );
        check(b"\r", "", "");
    }

    #[test]
    fn folds_are_kept_beside_the_text() {
        check(
            b"section_start:1700000000:build\r\x1b[0K\x1b[0KBuilding",
            "Building",
            "section_start:1700000000:build\n",
        );
        check(
            b"section_end:1700000000:build\r\x1b[0K",
            "",
            "section_end:1700000000:build\n",
        );
        check(
            b"travis_fold:end:a\r\x1b[0Ktravis_fold:start:b\r\x1b[0Ktravis_time:start:01\r\x1b[0K$ make",
            "$ make",
            "travis_fold:end:a\ntravis_fold:start:b\ntravis_time:start:01\n",
        );
        check(b"travis_fold:end:a", "travis_fold:end:a", "");
    }

    #[test]
    fn what_is_not_utf_8_is_replaced() {
        check(b"caf\xe9 \xff!", "caf\u{fffd} \u{fffd}!", "");
        check(
            "\u{200b}zero width\u{feff}".as_bytes(),
            "\u{200b}zero width\u{feff}",
            "",
        );
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let long = "é".repeat(Line::MAX_BYTES);
        let shifted = format!("x{long}");
        let mut cleaner = Cleaner::default();
        assert_eq!(
            cleaner.clean(long.as_bytes()).text,
            "é".repeat(Line::MAX_BYTES / 2)
        );
        assert_eq!(
            cleaner.clean(shifted.as_bytes()).text,
            format!("x{}", "é".repeat(Line::MAX_BYTES / 2 - 1))
        );
    }
}
