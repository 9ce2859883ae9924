//! `medic patch check`: whether a diff would pass the gate that stands before each proposal.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use ci_log_analyzer::patch::{Accepted, Base, RepoPath, Verdict, check};
use clap::Args;
use serde::Serialize;

use crate::cli::FINDINGS;
use crate::screen::print;

/// Larger files are not read: what is larger than the gate's own limits is refused by it, and this is far larger.
const MOST_BYTES: u64 = 1024 * 1024;

/// What to check, against what.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The folder with the files that the patch was made for
    #[arg(long, value_name = "DIR")]
    repo: PathBuf,

    /// One JSON object
    #[arg(long)]
    json: bool,

    /// A unified diff, as `git diff` writes it
    #[arg(value_name = "PATCH")]
    patch: PathBuf,
}

/// What the gate says. The form is a contract that scripts rely on.
#[derive(Debug, Serialize)]
struct Answer {
    verdict: &'static str,
    reasons: Vec<String>,
}

/// The files of a folder. Nothing is followed that leads elsewhere.
struct Folder<'f>(&'f Path);

/// Checks a patch and says why it would be refused; returns the exit code. Nothing is changed.
pub fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let repo = &arguments.repo;
    ensure!(repo.is_dir(), "{} is no folder", repo.display());
    let patch = &arguments.patch;
    let bytes = read(patch).with_context(|| format!("couldn't read {}", patch.display()))?;
    let verdict = match String::from_utf8(bytes) {
        Ok(diff) => check(&diff, &Folder(repo)),
        Err(_) => Verdict::Refuse(vec!["the patch is no text".to_owned()]),
    };
    let code = match verdict {
        Verdict::Accept(_) => 0,
        Verdict::Refuse(_) => FINDINGS,
    };
    print(if arguments.json {
        serde_json::to_string(&Answer::from(verdict))?
    } else {
        text(&patch.display().to_string(), &verdict)
    });
    Ok(code)
}

/// Up to one byte more than is of use, so that what is too large is seen to be.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?
        .take(MOST_BYTES)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn text(patch: &str, verdict: &Verdict) -> String {
    match verdict {
        Verdict::Accept(accepted) => format!("{patch}: accepted, {}", changes(accepted)),
        Verdict::Refuse(reasons) => {
            let reasons = reasons.iter().map(|reason| format!("\n  {reason}"));
            format!("{patch}: refused{}", reasons.collect::<String>())
        }
    }
}

fn changes(accepted: &Accepted) -> String {
    let change = |file: &ci_log_analyzer::patch::ChangedFile| {
        let verb = if file.is_new() { "makes" } else { "changes" };
        format!("{verb} {}", file.path().as_str())
    };
    let changes: Vec<String> = accepted.files().iter().map(change).collect();
    changes.join(", ")
}

impl From<Verdict> for Answer {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Accept(_) => Self {
                verdict: "accept",
                reasons: Vec::new(),
            },
            Verdict::Refuse(reasons) => Self {
                verdict: "refuse",
                reasons,
            },
        }
    }
}

impl Base for Folder<'_> {
    fn file(&self, path: &RepoPath) -> Option<Vec<u8>> {
        let mut at = self.0.to_owned();
        for name in path.as_str().split('/') {
            at.push(name);
            if fs::symlink_metadata(&at).ok()?.is_symlink() {
                return None;
            }
        }
        fs::metadata(&at).ok()?.is_file().then(|| read(&at).ok())?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIX: &str = "--- a/src/a.py\n+++ b/src/a.py\n@@ -1 +1 @@\n-total = 1\n+total = 2\n";

    fn checked(folder: &Path, diff: &str) -> (u8, Answer) {
        let patch = folder.join("fix.diff");
        fs::write(&patch, diff).unwrap();
        let verdict = check(diff, &Folder(folder));
        let arguments = Arguments {
            repo: folder.to_owned(),
            json: true,
            patch,
        };
        (run(&arguments).unwrap(), Answer::from(verdict))
    }

    #[test]
    fn a_fix_passes_and_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        fs::write(folder.path().join("src/a.py"), "total = 1\n").unwrap();
        let (code, answer) = checked(folder.path(), FIX);
        let json = serde_json::to_string(&answer).unwrap();
        assert_eq!(
            (code, json.as_str()),
            (0, r#"{"verdict":"accept","reasons":[]}"#)
        );
        let before = fs::read_to_string(folder.path().join("src/a.py")).unwrap();
        assert_eq!(before, "total = 1\n");
        let verdict = check(FIX, &Folder(folder.path()));
        assert_eq!(
            text("fix.diff", &verdict),
            "fix.diff: accepted, changes src/a.py"
        );
    }

    #[test]
    #[cfg(unix)]
    fn what_a_link_leads_to_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        fs::write(elsewhere.path().join("a.py"), "total = 1\n").unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("src")).unwrap();
        let (code, answer) = checked(folder.path(), FIX);
        let reasons = ["`src/a.py` is not there to be changed".to_owned()];
        assert_eq!(
            (code, answer.reasons.as_slice()),
            (FINDINGS, reasons.as_slice())
        );
        let verdict = check(FIX, &Folder(folder.path()));
        assert_eq!(
            text("fix.diff", &verdict),
            "fix.diff: refused\n  `src/a.py` is not there to be changed"
        );
    }

    #[test]
    fn a_folder_that_is_none_is_an_error() {
        let arguments = Arguments {
            repo: PathBuf::from("no such folder"),
            json: false,
            patch: PathBuf::from("fix.diff"),
        };
        assert_eq!(
            run(&arguments).unwrap_err().to_string(),
            "no such folder is no folder"
        );
    }
}
