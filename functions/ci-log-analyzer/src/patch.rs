//! The patch gate: whether a unified diff that a language model wrote may become a draft pull request. Pure.
//!
//! The model has read a log that anybody may have written to. So the gate asks the diff itself, and these are its principles:
//!
//! 1. *Nothing is repaired.* Each line of the diff is accounted for ([`diff`]), a path is in plain sight or refused ([`path`]), and the change fits
//!    the base exactly, where it says or in the only place there is ([`apply`]). What is judged is the text that comes of it, and that very text is handed on:
//!    no other reader of the diff has a say. Only the counts in the headers of hunks are not believed: models cannot count.
//! 2. *Ordinary text of known kinds in known places* ([`places`]): source, tests, pages, queries, data and prose. Builds, dependencies, lock files, CI,
//!    infrastructure, settings of tools, agents and owners are closed, by folder, by name, and data also by what stands in it ([`infrastructure`]).
//!    Files are changed or made, never deleted, renamed, linked or made executable.
//! 3. *A reader sees what it does*: small, no characters that hide or deceive ([`characters`]), nothing encoded.
//! 4. *It does nothing that a fix need not do* ([`content`]): run commands, evaluate text, reach for secrets or new hosts ([`hosts`]), switch off what
//!    protects ([`guards`]), what tests ([`checks`]) or what reports.
//!
//! A refusal costs little: an issue says what was found and why there is no patch. So in doubt it is refused.

mod apply;
mod characters;
mod checks;
mod code_text;
mod content;
mod diff;
mod glob;
mod guards;
mod hosts;
mod infrastructure;
mod installs;
mod mentioned;
mod path;
mod places;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) mod made_up;

use serde::Serialize;
use shared::redaction::Redactor;

pub use self::mentioned::mentioned;

use self::apply::Change;
use self::diff::{FileDiff, Side, shown};
use self::places::{Family, Kind};

/// What a table of expressions may take when it is compiled.
const MOST_REGEX_BYTES: usize = 16 * 1024 * 1024;

/// Files are fetched up to here, and a larger one is no source that somebody wrote.
const MOST_FILE_BYTES: usize = 256 * 1024;

/// What generators write at the top of files that are made anew (<https://go.dev/s/generatedcode>, and its like elsewhere).
const GENERATED: [&str; 4] = [
    "DO NOT EDIT",
    "@generated",
    "do not edit by hand",
    "auto-generated file",
];

/// A file of a repository that a proposal may touch, by its path: relative, normalised, with `/`, in plain sight. Only this module makes one.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct RepoPath(String);

/// The files that a diff was made for.
pub trait Base {
    /// The bytes of the file at the base commit; `None` where there is none, or no ordinary file.
    fn file(&self, path: &RepoPath) -> Option<Vec<u8>>;
}

/// What the gate says of a diff.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// It may become a draft pull request.
    Accept(Accepted),
    /// It may not; each reason is a sentence for people, of our own words and, in backticks, paths.
    Refuse(Vec<String>),
}

/// A diff that passed the gate, applied.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Accepted {
    files: Vec<ChangedFile>,
}

/// A file as it is with the patch.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChangedFile {
    path: RepoPath,
    content: String,
    is_new: bool,
}

/// The files that a diff touches: what [`check`] will ask its base for.
///
/// # Errors
///
/// When it is no diff, or touches what a proposal may not; the reasons are sentences for people.
pub fn targets(diff: &str) -> Result<Vec<RepoPath>, Vec<String>> {
    let files = diff::files(diff)?;
    Ok(files.into_iter().map(|file| file.path).collect())
}

/// Whether `diff` may become a draft pull request on `base`, and what the files are with it.
pub fn check(diff: &str, base: &impl Base) -> Verdict {
    let files = match diff::files(diff) {
        Ok(files) => files,
        Err(reasons) => return Verdict::Refuse(reasons),
    };
    let mut accepted = Vec::new();
    let mut reasons = Vec::new();
    for file in &files {
        match judged(file, base) {
            Ok(changed) => accepted.push(changed),
            Err(faults) => {
                let of_file = |fault: String| format!("{} {fault}", shown(file.path.as_str()));
                reasons.extend(faults.into_iter().map(of_file));
            }
        }
    }
    if reasons.is_empty() && !accepted.is_empty() {
        return Verdict::Accept(Accepted { files: accepted });
    }
    Verdict::Refuse(reasons)
}

fn judged(file: &FileDiff, base: &impl Base) -> Result<ChangedFile, Vec<String>> {
    let one = |fault: &str| vec![fault.to_owned()];
    let before = match (base.file(&file.path), file.is_new) {
        (None, true) => String::new(),
        (Some(bytes), false) => before(bytes).map_err(one)?,
        (None, false) => return Err(one("is not there to be changed")),
        (Some(_), true) => return Err(one("is there already")),
    };
    let change = apply::apply(file, &before).map_err(one)?;
    let faults = faults(&change);
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(ChangedFile {
        path: file.path.clone(),
        content: change.after,
        is_new: file.is_new,
    })
}

/// The text of a file that people write and change.
fn before(bytes: Vec<u8>) -> Result<String, &'static str> {
    if bytes.len() > MOST_FILE_BYTES {
        return Err("is too large to be changed");
    }
    let text = String::from_utf8(bytes).map_err(|_| "is no text")?;
    if text.contains('\0') {
        return Err("is no text");
    }
    let mut top = text.lines().take(10);
    if top.any(|line| GENERATED.iter().any(|mark| line.contains(mark))) {
        return Err("is generated: what makes it has to be changed");
    }
    Ok(text)
}

/// All that speaks against a change, in words that follow the name of the file.
fn faults(change: &Change<'_>) -> Vec<String> {
    let mut faults: Vec<String> = Vec::new();
    if change.after.len() > MOST_FILE_BYTES {
        faults.push("becomes too large".to_owned());
    }
    if change.after.trim().is_empty() {
        faults.push("is emptied".to_owned());
    }
    if runs_when_found(change) {
        faults.push("is run as soon as something beside it is looked for".to_owned());
    }
    faults.extend(characters_fault(change));
    faults.extend(infrastructure::fault(change));
    faults.extend(content::faults(change));
    faults.extend(hosts::fault(change).map(str::to_owned));
    faults.extend(installs::fault(change).map(str::to_owned));
    faults.extend(checks::faults(change).into_iter().map(str::to_owned));
    faults.extend(guards::faults(change).into_iter().map(str::to_owned));
    faults.extend(secret_fault(change));
    faults
}

/// A new file that is taken for a known module, or statements in the file that makes a folder of tests a package.
fn runs_when_found(change: &Change<'_>) -> bool {
    let FileDiff {
        path, kind, is_new, ..
    } = change.file;
    let path = path.as_str();
    if *is_new && places::takes_the_place_of_a_module(path, *kind) {
        return true;
    }
    let bare = code_text::without_comments(&change.after, kind.comments);
    path.ends_with("/__init__.py") && checks::is_test_path(path) && !bare.trim().is_empty()
}

fn characters_fault(change: &Change<'_>) -> Option<String> {
    let kind = change.file.kind;
    let added = change
        .hunks
        .iter()
        .flatten()
        .filter(|edit| edit.side == Side::New);
    let mut faults = added.filter_map(|edit| {
        let code = match kind.family {
            Family::Code | Family::Query => code_text::bare(edit.text, kind.comments),
            Family::Page | Family::Data | Family::Prose => String::new(),
        };
        let fault = characters::fault(edit.text, &code, kind.family)?;
        Some(format!("{fault} (line {})", edit.number))
    });
    faults.next()
}

fn secret_fault(change: &Change<'_>) -> Option<String> {
    let added = change
        .hunks
        .iter()
        .flatten()
        .filter(|edit| edit.side == Side::New);
    let text: Vec<&str> = added.map(|edit| edit.text).collect();
    let redacted = Redactor::new().redact(&text.join("\n")).secrets();
    (redacted > 0).then(|| "is given what looks like a secret".to_owned())
}

impl RepoPath {
    /// The path `text`, if a proposal may touch it: also for what a log names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::admit(text).ok().map(|(path, _)| path)
    }

    fn admit(text: &str) -> Result<(Self, Kind), String> {
        let refused = |fault: &str| format!("{} {fault}", shown(text));
        if let Some(fault) = path::fault(text) {
            return Err(refused(fault));
        }
        let kind = places::kind(text).map_err(refused)?;
        Ok((Self(text.to_owned()), kind))
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Accepted {
    /// The files as they are with the patch, at least one.
    pub fn files(&self) -> &[ChangedFile] {
        &self.files
    }
}

impl ChangedFile {
    /// Its path.
    pub fn path(&self) -> &RepoPath {
        &self.path
    }

    /// Its whole text.
    pub fn content(&self) -> &str {
        &self.content
    }

    /// Whether it is not there at the base commit.
    pub fn is_new(&self) -> bool {
        self.is_new
    }
}
