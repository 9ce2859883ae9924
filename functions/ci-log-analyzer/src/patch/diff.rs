//! The files of a unified diff. Each line of it is accounted for: what is no part of a change to ordinary text is refused.

mod header;
mod hunk;

use std::iter::{Enumerate, Peekable};
use std::vec::IntoIter;

pub(super) use self::hunk::{Hunk, Line, Side};
use super::RepoPath;
use super::places::Kind;

/// What a person still reads with care; the fix of a failed build is a few lines.
const MOST_BYTES: usize = 64 * 1024;
const MOST_FILES: usize = 10;
const MOST_CHANGED_LINES: usize = 400;
const MOST_LINE_BYTES: usize = 1000;

/// The change of one file.
#[derive(Debug)]
pub(super) struct FileDiff {
    pub(super) path: RepoPath,
    pub(super) kind: Kind,
    pub(super) is_new: bool,
    pub(super) hunks: Vec<Hunk>,
}

/// The lines of the diff. Where it came with `\r\n` at the end of its own lines too, that is how it was carried and no part of it.
struct Reader<'d> {
    lines: Peekable<Enumerate<IntoIter<&'d str>>>,
    all: Vec<&'d str>,
}

/// The files that `diff` changes, in its order, each once.
pub(super) fn files(diff: &str) -> Result<Vec<FileDiff>, Vec<String>> {
    if diff.len() > MOST_BYTES {
        return Err(vec![format!("the patch is larger than {MOST_BYTES} bytes")]);
    }
    let mut reader = Reader::new(diff);
    let mut files: Vec<FileDiff> = Vec::new();
    while let Some(file) = reader.file().map_err(|reason| vec![reason])? {
        let is_known = |other: &FileDiff| same_place(&other.path, &file.path);
        if files.iter().any(is_known) {
            return Err(vec![format!(
                "{} is changed twice",
                shown(file.path.as_str())
            )]);
        }
        files.push(file);
        if files.len() > MOST_FILES {
            return Err(vec![format!(
                "the patch changes more than {MOST_FILES} files"
            )]);
        }
    }
    bounded(files)
}

fn bounded(files: Vec<FileDiff>) -> Result<Vec<FileDiff>, Vec<String>> {
    let lines = files
        .iter()
        .flat_map(|file| &file.hunks)
        .flat_map(|hunk| &hunk.lines);
    let changed = lines.filter(|line| line.side != Side::Both).count();
    if files.is_empty() || changed == 0 {
        return Err(vec!["there is no change in the patch".to_owned()]);
    }
    if changed > MOST_CHANGED_LINES {
        return Err(vec![format!(
            "the patch changes more than {MOST_CHANGED_LINES} lines"
        )]);
    }
    Ok(files)
}

/// File systems of Windows and macOS take names for the same that differ in case alone.
fn same_place(one: &RepoPath, other: &RepoPath) -> bool {
    one.as_str().to_lowercase() == other.as_str().to_lowercase()
}

/// A path that may be anything, so that it can be read.
pub(super) fn shown(path: &str) -> String {
    let shown: String = path
        .chars()
        .take(120)
        .flat_map(char::escape_default)
        .collect();
    format!("`{shown}`")
}

impl<'d> Reader<'d> {
    fn new(diff: &'d str) -> Self {
        let mut all: Vec<&str> = diff.split('\n').collect();
        let ends_in_crlf = all
            .iter()
            .find(|line| line.starts_with("--- "))
            .is_some_and(|line| line.ends_with('\r'));
        if ends_in_crlf {
            for line in &mut all {
                *line = line.strip_suffix('\r').unwrap_or(line);
            }
        }
        Self {
            lines: all.clone().into_iter().enumerate().peekable(),
            all,
        }
    }

    fn peek(&mut self) -> Option<&'d str> {
        self.lines.peek().map(|(_, line)| *line)
    }

    /// The next file, or `None` at the end.
    fn file(&mut self) -> Result<Option<FileDiff>, String> {
        while self.lines.next_if(|(_, line)| line.is_empty()).is_some() {}
        if self.peek().is_none() {
            return Ok(None);
        }
        let git = self.git_header()?;
        let old = self.name("--- ")?;
        let new = self.name("+++ ")?;
        let is_new = old == "/dev/null";
        if new == "/dev/null" {
            return Err(format!("{} is deleted", shown(old)));
        }
        let path = header::common_path(old, new)
            .ok_or_else(|| format!("{} and {} are not one file", shown(old), shown(new)))?;
        if git.is_some_and(|git| git != format!("a/{path} b/{path}")) {
            return Err(format!(
                "{} is another file in the line before it",
                shown(path)
            ));
        }
        let (path, kind) = RepoPath::admit(path)?;
        let mut hunks = Vec::new();
        while self.peek().is_some_and(|line| line.starts_with("@@ ")) {
            hunks.push(self.hunk(path.as_str())?);
        }
        if hunks.is_empty() {
            return Err(format!("{} is not changed", shown(path.as_str())));
        }
        Ok(Some(FileDiff {
            path,
            kind,
            is_new,
            hunks,
        }))
    }

    /// What stands before `---`: what `diff --git` names, and extended headers that change nothing but a text.
    fn git_header(&mut self) -> Result<Option<&'d str>, String> {
        let mut git = None;
        while let Some(line) = self.peek().filter(|line| !line.starts_with("--- ")) {
            let is_plain = header::is_plain(line);
            match line.strip_prefix("diff --git ") {
                Some(names) if git.is_none() => git = Some(names),
                None if is_plain && git.is_some() => {}
                _ => return Err(self.stray(line)),
            }
            self.lines.next();
        }
        Ok(git)
    }

    fn stray(&mut self, line: &str) -> String {
        if let Some(what) = header::refusal(line) {
            return format!("the patch {what}");
        }
        let number = self.lines.peek().map_or(0, |(index, _)| index + 1);
        format!("line {number} is no part of a unified diff")
    }

    /// The name behind `---` or `+++`; a time behind a tab is not read.
    fn name(&mut self, marker: &str) -> Result<&'d str, String> {
        let line = self.lines.next().map_or("", |(_, line)| line);
        let name = line
            .strip_prefix(marker)
            .ok_or_else(|| format!("the line `{}...` of a file is missing", marker.trim_end()))?;
        Ok(name.split('\t').next().unwrap_or_default())
    }

    /// A hunk. Models cannot count: the counts of its header are not read, where it begins is.
    fn hunk(&mut self, path: &str) -> Result<Hunk, String> {
        let (index, header) = self.lines.next().unwrap_or((0, ""));
        let unreadable = || {
            format!(
                "the hunk at line {} for {} cannot be read",
                index + 1,
                shown(path)
            )
        };
        let start = header::start(header).ok_or_else(unreadable)?;
        let body = self.body();
        if body.iter().any(|line| line.len() > MOST_LINE_BYTES) {
            return Err(format!(
                "{} has a line of more than {MOST_LINE_BYTES} bytes",
                shown(path)
            ));
        }
        let lines = hunk::parsed(&body).ok_or_else(unreadable)?;
        Ok(Hunk { start, lines })
    }

    /// The lines up to the next hunk or file. Blank lines at the end belong to nothing.
    fn body(&mut self) -> Vec<&'d str> {
        let mut body = Vec::new();
        while let Some((index, line)) = self.lines.peek().copied() {
            let is_next_file = line.starts_with("--- ") && self.stands(index + 1, "+++ ");
            if is_next_file
                || !(matches!(line, "" | "\r") || line.starts_with([' ', '+', '-', '\\']))
            {
                break;
            }
            body.push(line);
            self.lines.next();
        }
        while body.last().is_some_and(|line| matches!(*line, "" | "\r")) {
            body.pop();
        }
        body
    }

    fn stands(&self, index: usize, start: &str) -> bool {
        self.all
            .get(index)
            .is_some_and(|line| line.starts_with(start))
    }
}
