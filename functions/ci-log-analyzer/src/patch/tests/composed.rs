//! Hostile patches put together from pieces: whatever the header, the place in the file, the company and the line ends, each is refused.
//!
//! `PROPTEST_CASES` says how many are tried; there are more than a million of them.

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::table::{Case, honest, hostile, paths};
use super::{Files, Verdict, check, diff};

struct Pieces {
    paths: Vec<String>,
    hostile: Vec<Case>,
    honest: Vec<Case>,
}

static PIECES: LazyLock<Pieces> = LazyLock::new(|| Pieces {
    paths: paths(),
    hostile: hostile(),
    honest: honest(),
});

/// How the header of a file is written.
#[derive(Clone, Copy, Debug)]
enum Header {
    Plain,
    Git,
    GitWithIndex,
    WithoutPrefix,
    WithTime,
}

/// What the header does beside.
#[derive(Clone, Copy, Debug)]
enum Twist {
    None,
    Quoted,
    OtherOld,
    OtherGit,
    Renamed,
    Linked,
    Executable,
    Deleted,
}

/// What stands beside the hostile file.
#[derive(Clone, Copy, Debug)]
enum Company {
    Alone,
    HonestBefore,
    HonestBehind,
}

const HEADERS: [Header; 5] = [
    Header::Plain,
    Header::Git,
    Header::GitWithIndex,
    Header::WithoutPrefix,
    Header::WithTime,
];
const TWISTS: [Twist; 8] = [
    Twist::None,
    Twist::Quoted,
    Twist::OtherOld,
    Twist::OtherGit,
    Twist::Renamed,
    Twist::Linked,
    Twist::Executable,
    Twist::Deleted,
];
const COMPANY: [Company; 3] = [Company::Alone, Company::HonestBefore, Company::HonestBehind];

/// How a patch is carried.
#[derive(Clone, Copy, Debug)]
struct Dress {
    header: Header,
    company: Company,
    is_crlf: bool,
    is_miscounted: bool,
}

fn dress() -> impl Strategy<Value = Dress> {
    let parts = (
        select(HEADERS.to_vec()),
        select(COMPANY.to_vec()),
        any::<bool>(),
        any::<bool>(),
    );
    parts.prop_map(|(header, company, is_crlf, is_miscounted)| Dress {
        header,
        company,
        is_crlf,
        is_miscounted,
    })
}

/// `patch`, made by [`diff`], with another header.
fn with_header(patch: &str, file: &str, header: Header) -> String {
    let (names, hunks) = patch.split_once("@@").unwrap();
    let names = match header {
        Header::Plain => names.to_owned(),
        Header::Git => format!("diff --git a/{file} b/{file}\n{names}"),
        Header::GitWithIndex => {
            format!("diff --git a/{file} b/{file}\nindex 1234567..89abcde 100644\n{names}")
        }
        Header::WithoutPrefix => names.replace("--- a/", "--- ").replace("+++ b/", "+++ "),
        Header::WithTime => names.replace('\n', "\t2026-01-01 00:00:00.000000000 +0000\n"),
    };
    format!("{names}@@{hunks}")
}

fn twisted(patch: &str, file: &str, twist: Twist) -> String {
    let (names, hunks) = patch.split_once("@@").unwrap();
    let git = |middle: &str| format!("diff --git a/{file} b/{file}\n{middle}{names}@@{hunks}");
    match twist {
        Twist::None => patch.to_owned(),
        Twist::Quoted => format!("--- \"a/{file}\"\n+++ \"b/{file}\"\n@@{hunks}"),
        Twist::OtherOld => format!("--- a/src/lib.rs\n+++ b/{file}\n@@{hunks}"),
        Twist::OtherGit => format!("diff --git a/src/lib.rs b/src/lib.rs\n{names}@@{hunks}"),
        Twist::Renamed => git("similarity index 90%\nrename from src/lib.rs\nrename to x\n"),
        Twist::Linked => git("new file mode 120000\n"),
        Twist::Executable => git("old mode 100644\nnew mode 100755\n"),
        Twist::Deleted => format!("--- a/{file}\n+++ /dev/null\n@@{hunks}"),
    }
}

/// The counts of the first hunk are wrong, the text is not.
fn miscounted(patch: &str) -> String {
    let (before, rest) = patch.split_once("@@ -").unwrap();
    let (ranges, behind) = rest.split_once(" @@").unwrap();
    let start = |range: &str| range.split(',').next().unwrap_or_default().to_owned();
    let (old, new) = ranges.split_once(" +").unwrap();
    format!("{before}@@ -{},7 +{},9 @@{behind}", start(old), start(new))
}

fn dressed(patch: String, company: &Case, dress: Dress, base: &mut Files) -> String {
    let patch = if dress.is_miscounted {
        miscounted(&patch)
    } else {
        patch
    };
    let beside = diff(&company.path, company.before.as_deref(), &company.after);
    if !matches!(dress.company, Company::Alone)
        && let Some(before) = &company.before
    {
        base.0
            .insert(company.path.clone(), before.clone().into_bytes());
    }
    let patch = match dress.company {
        Company::Alone => patch,
        Company::HonestBefore => beside + &patch,
        Company::HonestBehind => patch + &beside,
    };
    if dress.is_crlf {
        patch.replace('\n', "\r\n")
    } else {
        patch
    }
}

proptest! {
    #[test]
    fn no_dress_opens_a_closed_place(
        path in any::<Index>(), body in any::<Index>(), company in any::<Index>(), twist in select(TWISTS.to_vec()), dress in dress(), is_new: bool,
    ) {
        let (path, body, company) = (path.get(&PIECES.paths), body.get(&PIECES.honest), company.get(&PIECES.honest));
        let before = if is_new { None } else { body.before.as_deref() };
        let mut base = Files::default();
        base.0.extend(before.map(|before| (path.clone(), before.as_bytes().to_vec())));
        let patch = twisted(&with_header(&diff(path, before, &body.after), path, dress.header), path, twist);
        let patch = dressed(patch, company, dress, &mut base);
        prop_assert!(matches!(check(&patch, &base), Verdict::Refuse(reasons) if !reasons.is_empty()), "{patch}");
    }

    #[test]
    fn no_dress_makes_a_hostile_change_pass(case in any::<Index>(), company in any::<Index>(), dress in dress(), is_base_crlf: bool) {
        let (case, company) = (case.get(&PIECES.hostile), company.get(&PIECES.honest));
        if case.path == company.path {
            return Ok(());
        }
        let before = case.before.as_deref().unwrap();
        let mut base = Files::of(&case.path, before);
        if is_base_crlf {
            base = Files::of(&case.path, &before.replace('\n', "\r\n"));
        }
        let patch = with_header(&diff(&case.path, Some(before), &case.after), &case.path, dress.header);
        let patch = dressed(patch, company, dress, &mut base);
        prop_assert!(matches!(check(&patch, &base), Verdict::Refuse(reasons) if !reasons.is_empty()), "{patch}");
    }

    #[test]
    fn no_open_place_takes_an_ordinary_file_with_a_twist(case in any::<Index>(), twist in select(TWISTS[1..].to_vec()), dress in dress()) {
        let case = case.get(&PIECES.honest);
        if case.before.is_none() || case.path == "src/lib.rs" {
            return Ok(());
        }
        let mut base = Files::of(&case.path, case.before.as_deref().unwrap());
        base.0.insert("src/lib.rs".to_owned(), b"one\n".to_vec());
        let patch = twisted(&diff(&case.path, case.before.as_deref(), &case.after), &case.path, twist);
        let dress = Dress { company: Company::Alone, ..dress };
        let patch = dressed(patch, case, dress, &mut base);
        prop_assert!(matches!(check(&patch, &base), Verdict::Refuse(reasons) if !reasons.is_empty()), "{patch}");
    }

    /// The same dress does not make an honest patch look hostile.
    #[test]
    fn no_dress_spoils_an_honest_patch(case in any::<Index>(), header in select(HEADERS.to_vec()), is_crlf: bool, is_miscounted: bool) {
        let case = case.get(&PIECES.honest);
        let base = case.before.as_deref().map_or_else(Files::default, |before| Files::of(&case.path, before));
        // A new file has `/dev/null` in its header; the line ends of a file that has `\r\n` are no part of how a patch is carried.
        if case.before.as_deref().is_none_or(|before| is_crlf && before.contains('\r')) {
            return Ok(());
        }
        let patch = with_header(&diff(&case.path, case.before.as_deref(), &case.after), &case.path, header);
        let dress = Dress { header, company: Company::Alone, is_crlf, is_miscounted };
        let patch = dressed(patch, case, dress, &mut Files::default());
        let verdict = check(&patch, &base);
        prop_assert!(matches!(verdict, Verdict::Accept(_)), "{patch}{verdict:?}");
    }
}
