//! A diff applied to the file it was made for: exactly, or not at all.

use super::diff::{FileDiff, Hunk, Line, Side};

/// A hunk that does not lie where it says is believed if there is one place for it and so many of its old lines have letters or digits.
const LINES_THAT_TELL_A_PLACE: usize = 3;

/// A file before and after its change.
#[derive(Debug)]
pub(super) struct Change<'d> {
    pub(super) file: &'d FileDiff,
    pub(super) before: &'d str,
    pub(super) after: String,
    pub(super) hunks: Vec<Vec<Edit<'d>>>,
}

/// A line of a hunk, where it came to stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edit<'d> {
    pub(super) side: Side,
    pub(super) text: &'d str,
    /// Its number in the new file, from 1; for a line that is gone, that of the line behind it.
    pub(super) number: usize,
}

/// The new text, line by line.
struct Written<'d> {
    text: String,
    lines: usize,
    end: Option<&'d str>,
}

/// The change that `file` makes to `before`, or why it does not fit it.
pub(super) fn apply<'d>(file: &'d FileDiff, before: &'d str) -> Result<Change<'d>, &'static str> {
    let base: Vec<&str> = before.split_inclusive('\n').collect();
    let mut written = Written {
        text: String::with_capacity(before.len()),
        lines: 0,
        end: usual_end(&base),
    };
    let mut hunks = Vec::new();
    let mut next = 0;
    for hunk in &file.hunks {
        let at = place(&base, next, hunk)?;
        for line in base.get(next..at).unwrap_or_default() {
            written.keep(line);
        }
        next = at;
        let mut edits = Vec::new();
        for line in &hunk.lines {
            edits.push(Edit {
                side: line.side,
                text: &line.text,
                number: written.lines + 1,
            });
            match line.side {
                Side::New => written.add(line),
                Side::Both => written.keep(base.get(next).copied().unwrap_or_default()),
                Side::Old => {}
            }
            next += usize::from(line.side != Side::New);
        }
        hunks.push(edits);
    }
    for line in base.get(next..).unwrap_or_default() {
        written.keep(line);
    }
    if written.text == before {
        return Err("is not changed");
    }
    Ok(Change {
        file,
        before,
        after: written.text,
        hunks,
    })
}

impl Written<'_> {
    fn keep(&mut self, line: &str) {
        self.push(line);
    }

    /// With the end that the file's own lines have, where they agree on one.
    fn add(&mut self, line: &Line) {
        let end = match self.end {
            Some(end) if !line.end.is_empty() => end,
            _ => line.end,
        };
        self.push(&line.text);
        self.text.push_str(end);
    }

    /// A line without an end gets one when another follows.
    fn push(&mut self, line: &str) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push_str(self.end.unwrap_or("\n"));
        }
        self.text.push_str(line);
        self.lines += 1;
    }
}

/// How all lines end, where they agree.
fn usual_end(base: &[&str]) -> Option<&'static str> {
    let mut ends = base.iter().filter(|line| line.ends_with('\n'));
    let is_crlf = ends.next()?.ends_with("\r\n");
    let agree = ends.all(|line| line.ends_with("\r\n") == is_crlf);
    agree.then_some(if is_crlf { "\r\n" } else { "\n" })
}

/// The index of the base's line where the hunk lies, at or behind `from`.
fn place(base: &[&str], from: usize, hunk: &Hunk) -> Result<usize, &'static str> {
    let old: Vec<&Line> = hunk
        .lines
        .iter()
        .filter(|line| line.side != Side::New)
        .collect();
    if old.is_empty() {
        let is_first = base.is_empty() && from == 0;
        return is_first
            .then_some(0)
            .ok_or("has a hunk that shows nothing of the file it is for");
    }
    let told = |line: &&&Line| line.text.contains(|c: char| c.is_alphanumeric());
    let telling = old.iter().filter(told).count();
    if telling == 0 {
        return Err("has a hunk that could lie anywhere");
    }
    let stated = hunk.start.saturating_sub(1);
    if stated >= from && lies(base, stated, &old) {
        return Ok(stated);
    }
    if stated >= base.len() || telling < LINES_THAT_TELL_A_PLACE {
        return Err("does not read as the patch says it does");
    }
    let last = base.len().saturating_sub(old.len());
    let mut places = (from..=last).filter(|at| lies(base, *at, &old));
    match (places.next(), places.next()) {
        (Some(place), None) => Ok(place),
        (Some(_), Some(_)) => Err("has several places that a hunk may be meant for"),
        (None, _) => Err("does not read as the patch says it does"),
    }
}

/// Whether the old lines of a hunk are those at `at`. How they end does not count, but that the last one has no end does.
fn lies(base: &[&str], at: usize, old: &[&Line]) -> bool {
    let Some(lines) = base.get(at..at.saturating_add(old.len())) else {
        return false;
    };
    lines.iter().zip(old).all(|(base, old)| {
        let text = base.strip_suffix('\n').unwrap_or(base);
        let text = text
            .strip_suffix('\r')
            .filter(|_| base.ends_with('\n'))
            .unwrap_or(text);
        text == old.text && !(old.end.is_empty() && base.ends_with('\n'))
    })
}
