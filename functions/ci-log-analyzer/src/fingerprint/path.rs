//! Paths: the folders in which a runner happens to work say nothing about the failure.

use std::borrow::Cow;

/// Folders below which every name is made up for the run (POSIX, macOS, Windows, GitHub's runner).
const TEMPORARY: [&str; 6] = [
    "/tmp/",
    "/var/tmp/",
    "/var/folders/",
    "/T/",
    "/Temp/",
    "/_temp/",
];

/// Of a path from the root, so many of the last names stay where the project's folder is not known.
const NAMES_KEPT: usize = 3;

/// `word` with the beginning of its absolute path taken away: up to the project's folder, where a CI system's usual place of it is known.
pub(super) fn without_prefix(word: &str) -> Cow<'_, str> {
    let Some(start) = path_start(word) else {
        return Cow::Borrowed(word);
    };
    let (before, path) = word.split_at_checked(start).unwrap_or((word, ""));
    let path = path.replace('\\', "/");
    let kept = temporary(&path)
        .or_else(|| below_project(&path))
        .unwrap_or_else(|| last_names(&path));
    Cow::Owned(format!("{before}{kept}"))
}

/// Where an absolute path begins: at `/` or `C:\`, at the beginning or behind a quote, bracket or `=`; not inside a URL.
fn path_start(word: &str) -> Option<usize> {
    if word.contains("://") {
        return None;
    }
    let opens = |c: char| {
        matches!(
            c,
            '"' | '\'' | '`' | '(' | '[' | '=' | '<' | ':' | ']' | '‘'
        )
    };
    let start = word.find(['/', '\\'])?;
    let (before, path) = word.split_at_checked(start)?;
    let drive = before
        .strip_suffix(':')
        .and_then(|before| before.chars().last());
    if drive.is_some_and(|drive| drive.is_ascii_alphabetic()) {
        return start.checked_sub(2);
    }
    let is_absolute = path.starts_with('/') && path.bytes().filter(|b| *b == b'/').count() > 1;
    let is_at_start = before.chars().last().is_none_or(opens);
    (is_absolute && is_at_start).then_some(start)
}

/// Below a temporary folder only the last name is kept, and that only below a made-up one.
fn temporary(path: &str) -> Option<String> {
    let folder = TEMPORARY.iter().find(|folder| path.contains(**folder))?;
    let (_, below) = path.split_once(folder)?;
    let name = below.rsplit_once('/').map_or("", |(_, name)| name);
    Some(format!("tmp/#/{name}"))
}

/// GitHub `…/work/<repository>/<repository>/`, GitLab `/builds/<group>/<project>/`, Travis `…/build/<owner>/<repository>/`, Jenkins
/// `…/workspace/<job>/`, Docker `/github/workspace/`, Azure `…/_work/1/s/`: the documented working folders of the CI systems.
pub(crate) fn below_project(path: &str) -> Option<String> {
    let names: Vec<&str> = path.split('/').collect();
    let at = names.windows(3).enumerate().find_map(|(at, names)| {
        let [folder, first, second] = names else {
            return None;
        };
        match *folder {
            "work" | "_work" | "__w" | "a" if first == second => Some(at + 3),
            "_work" if *second == "s" => Some(at + 3),
            "builds" if *first == "workspace" => Some(at + 3),
            "builds" | "build" if at <= 3 => Some(at + 3),
            "workspace" if at > 0 && names.first() == Some(&"workspace") => Some(at + 2),
            _ => None,
        }
    });
    let at = match names.get(..3) {
        Some(["", "github", "workspace"]) => 3,
        _ => at?,
    };
    let kept = names.get(at..)?;
    (!kept.is_empty() && kept != [""]).then(|| kept.join("/"))
}

fn last_names(path: &str) -> String {
    let mut names: Vec<&str> = path.rsplit('/').take(NAMES_KEPT).collect();
    names.retain(|name| !name.is_empty());
    names.reverse();
    names.join("/")
}
