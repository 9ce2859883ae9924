//! The gate as a whole: tables of honest and of hostile patches, and what holds for all.

mod composed;
mod table;

use std::collections::BTreeMap;

use proptest::prelude::*;

use self::table::{honest, hostile, paths};
use super::*;

/// Files of a commit.
#[derive(Debug, Default)]
pub(super) struct Files(pub(super) BTreeMap<String, Vec<u8>>);

impl Base for Files {
    fn file(&self, path: &RepoPath) -> Option<Vec<u8>> {
        self.0.get(path.as_str()).cloned()
    }
}

impl Files {
    fn of(path: &str, text: &str) -> Self {
        Self(BTreeMap::from([(
            path.to_owned(),
            text.as_bytes().to_vec(),
        )]))
    }
}

/// The diff from `before`, `None` for a new file, to `after`, as Git writes it.
pub(super) fn diff(file: &str, before: Option<&str>, after: &str) -> String {
    let old = before.map_or("/dev/null".to_owned(), |_| format!("a/{file}"));
    let patch = flickzeug::create_patch(before.unwrap_or_default(), after).to_string();
    let (_, hunks) = patch.split_once("@@").unwrap();
    format!("--- {old}\n+++ b/{file}\n@@{hunks}")
}

fn content(verdict: Verdict) -> Result<String, Vec<String>> {
    match verdict {
        Verdict::Accept(accepted) => Ok(accepted.files()[0].content().to_owned()),
        Verdict::Refuse(reasons) => Err(reasons),
    }
}

fn reasons(diff: &str, base: &Files) -> Vec<String> {
    content(check(diff, base)).err().unwrap_or_default()
}

#[test]
fn honest_patches_pass_and_become_what_they_say() {
    let mut refused = Vec::new();
    for case in honest() {
        let before = case.before.as_deref();
        let base = before.map_or_else(Files::default, |before| Files::of(&case.path, before));
        let patch = diff(&case.path, before, &case.after);
        match content(check(&patch, &base)) {
            Ok(content) => assert_eq!(content, case.after, "{patch}"),
            Err(reasons) => refused.push(format!("{patch}{reasons:?}")),
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn hostile_patches_are_refused_for_what_they_do() {
    let mut accepted = Vec::new();
    for case in hostile() {
        let base = Files::of(&case.path, case.before.as_deref().unwrap());
        let patch = diff(&case.path, case.before.as_deref(), &case.after);
        if let Ok(content) = content(check(&patch, &base)) {
            accepted.push(format!("{patch}=> {content}"));
        }
    }
    assert!(
        accepted.is_empty(),
        "{} accepted:\n{}",
        accepted.len(),
        accepted.join("\n")
    );
}

#[test]
fn closed_places_are_refused_whatever_is_done_there() {
    let mut accepted = Vec::new();
    for path in paths() {
        for (before, after) in [
            (None, "# words\n"),
            (Some("# words\n"), "# words\n# more\n"),
        ] {
            let base = before.map_or_else(Files::default, |before| Files::of(&path, before));
            if check(&diff(&path, before, after), &base)
                != Verdict::Refuse(reasons(&diff(&path, before, after), &base))
            {
                accepted.push(path.clone());
            }
        }
        assert_eq!(RepoPath::parse(&path), None, "{path}");
    }
    assert!(accepted.is_empty(), "{accepted:?}");
}

const TEXT: &str = "one\ntwo\nthree\nfour\nfive\nsix\n";

#[test]
fn a_patch_lies_where_it_says_or_in_the_only_place_there_is() {
    let hunk =
        |header: &str, body: &str| format!("--- a/docs/a.md\n+++ b/docs/a.md\n{header}\n{body}");
    let base = Files::of("docs/a.md", TEXT);
    for (header, body, expected) in [
        (
            "@@ -2,3 +2,3 @@",
            " two\n-three\n+3\n four\n",
            "one\ntwo\n3\nfour\nfive\nsix\n",
        ),
        (
            "@@ -2,9 +2,1 @@ two",
            " two\n-three\n+3\n four\n",
            "one\ntwo\n3\nfour\nfive\nsix\n",
        ),
        (
            "@@ -1,3 +1,3 @@",
            " two\n-three\n+3\n four\n",
            "one\ntwo\n3\nfour\nfive\nsix\n",
        ),
        (
            "@@ -6 +6,2 @@",
            " six\n+seven\n",
            "one\ntwo\nthree\nfour\nfive\nsix\nseven\n",
        ),
        (
            "@@ -6 +6 @@",
            "-six\n+6\n\\ No newline at end of file\n",
            "one\ntwo\nthree\nfour\nfive\n6",
        ),
    ] {
        assert_eq!(
            content(check(&hunk(header, body), &base)).as_deref(),
            Ok(expected),
            "{header}"
        );
    }
    for (header, body) in [
        ("@@ -2,3 +2,3 @@", " two\n-drei\n+3\n four\n"),
        ("@@ -200,3 +200,3 @@", " two\n-three\n+3\n four\n"),
        ("@@ -1 +1 @@", "-three\n+3\n"),
        ("@@ -1,0 +2 @@", "+new\n"),
        ("@@ -999999999999999999999,1 +1,1 @@", "-one\n+1\n"),
        ("@@ -1 +1 @@", "-one\n+one\n"),
        ("@@ -1 +1 @@", "-one\n\\ No newline at end of file\n+1\n"),
        ("@@ -1 +1 @@", "-one\n+1\n@@ -1 +1 @@\n-one\n+2\n"),
        ("@@ -5 +5 @@", "-five\n+5\n@@ -1 +1 @@\n-one\n+1\n"),
        ("@@ -1 +1 @@", "-one\n+1\nwords\n"),
        ("@@@ -1 -1 +1 @@@", "-one\n+1\n"),
        ("@@ -1 +1 @@", ""),
        ("@@ -1,6 +1 @@", "-one\n-two\n-three\n-four\n-five\n-six\n"),
    ] {
        assert_ne!(
            reasons(&hunk(header, body), &base),
            Vec::<String>::new(),
            "{header} {body}"
        );
    }
}

#[test]
fn a_place_that_could_be_another_is_no_place() {
    let twice = "begin\nalpha\nbeta\nend\nbegin\nalpha\nbeta\nend\n";
    let base = Files::of("docs/a.md", twice);
    let patch = "--- a/docs/a.md\n+++ b/docs/a.md\n@@ -3,3 +3,3 @@\n begin\n-alpha\n+a\n beta\n";
    assert_eq!(
        reasons(patch, &base),
        ["`docs/a.md` has several places that a hunk may be meant for"]
    );
}

#[test]
fn lines_end_as_those_of_the_file() {
    let base = Files::of("docs/a.md", "one\r\ntwo\r\n");
    let patch = "--- a/docs/a.md\n+++ b/docs/a.md\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n";
    for patch in [
        patch.to_owned(),
        patch.replace('\n', "\r\n"),
        patch
            .replace("two\n+2\n", "two\r\n+2\r\n")
            .replace(" one\n", " one\r\n"),
    ] {
        assert_eq!(content(check(&patch, &base)).as_deref(), Ok("one\r\n2\r\n"));
    }
    let base = Files::of("docs/a.md", "one\ntwo\n");
    assert_eq!(
        content(check(&patch.replace('\n', "\r\n"), &base)).as_deref(),
        Ok("one\n2\n")
    );
}

const REFUSED_HEADERS: [(&str, &str); 15] = [
    (
        "--- a/docs/a.md\n+++ b/docs/b.md\n",
        "`a/docs/a.md` and `b/docs/b.md` are not one file",
    ),
    (
        "--- a/docs/a.md\n+++ /dev/null\n",
        "`a/docs/a.md` is deleted",
    ),
    (
        "--- /dev/null\n+++ b/docs/a.md\n",
        "`docs/a.md` is there already",
    ),
    (
        "diff --git a/docs/b.md b/docs/b.md\n--- a/docs/a.md\n+++ b/docs/a.md\n",
        "`docs/a.md` is another file in the line before it",
    ),
    (
        "diff --git a/docs/a.md b/docs/a.md\nold mode 100644\nnew mode 100755\n--- a/docs/a.md\n+++ b/docs/a.md\n",
        "the patch changes the mode of a file",
    ),
    (
        "diff --git a/docs/a.md b/docs/a.md\nnew file mode 120000\n--- /dev/null\n+++ b/docs/a.md\n",
        "the patch makes something else than an ordinary file",
    ),
    (
        "diff --git a/docs/a.md b/docs/a.md\nnew file mode 160000\n--- /dev/null\n+++ b/docs/a.md\n",
        "the patch makes something else than an ordinary file",
    ),
    (
        "diff --git a/docs/a.md b/docs/a.md\nindex 1..2 160000\n--- a/docs/a.md\n+++ b/docs/a.md\n",
        "line 2 is no part of a unified diff",
    ),
    (
        "diff --git a/docs/a.md b/docs/a.md\nrename from docs/a.md\nrename to docs/b.md\n",
        "the patch renames a file",
    ),
    (
        "diff --git a/docs/a.md b/docs/a.md\ndeleted file mode 100644\n--- a/docs/a.md\n+++ /dev/null\n",
        "the patch deletes a file",
    ),
    (
        "diff --git a/docs/a.md b/docs/a.md\nGIT binary patch\nliteral 1\n",
        "the patch is binary",
    ),
    (
        "Here is the fix:\n--- a/docs/a.md\n+++ b/docs/a.md\n",
        "line 1 is no part of a unified diff",
    ),
    (
        "Index: docs/a.md\n--- a/docs/a.md\n+++ b/docs/a.md\n",
        "line 1 is no part of a unified diff",
    ),
    (
        "--- a/docs/a.md\n",
        "the line `+++...` of a file is missing",
    ),
    (
        "--- a/docs/c.md\n+++ b/docs/c.md\n",
        "`docs/c.md` is not there to be changed",
    ),
];

#[test]
fn headers_say_what_is_done_and_nothing_else_is() {
    let base = Files::of("docs/a.md", "one\n");
    let hunk = "@@ -1 +1 @@\n-one\n+1\n";
    for header in [
        "--- a/docs/a.md\n+++ b/docs/a.md\n",
        "--- docs/a.md\n+++ docs/a.md\n",
        "--- a/docs/a.md\t2026-01-01 00:00:00\n+++ b/docs/a.md\t2026-01-01 00:00:01\n",
        "diff --git a/docs/a.md b/docs/a.md\nindex 5626abf..d00491f 100644\n--- a/docs/a.md\n+++ b/docs/a.md\n",
    ] {
        assert_eq!(
            content(check(&format!("\n{header}{hunk}\n\n"), &base)).as_deref(),
            Ok("1\n"),
            "{header}"
        );
    }
    for (header, reason) in REFUSED_HEADERS {
        assert_eq!(
            reasons(&format!("{header}{hunk}"), &base),
            [reason],
            "{header}"
        );
    }
    assert_eq!(reasons("", &base), ["there is no change in the patch"]);
    let twice = format!("--- a/docs/a.md\n+++ b/docs/a.md\n{hunk}").repeat(2);
    assert_eq!(reasons(&twice, &base), ["`docs/a.md` is changed twice"]);
}

#[test]
fn a_patch_is_small() {
    let new = |path: &str, text: &str| diff(path, None, text);
    let many: String = (0..11)
        .map(|n| new(&format!("src/f{n}.rs"), "fn f() {}\n"))
        .collect();
    for (patch, reason) in [
        (many, "the patch changes more than 10 files".to_owned()),
        (
            new("src/a.rs", &format!("// {}\n", "x".repeat(2000))),
            "`src/a.rs` has a line of more than 1000 bytes".to_owned(),
        ),
        (
            new("src/a.rs", &"fn f() {}\n".repeat(500)),
            "the patch changes more than 400 lines".to_owned(),
        ),
        (
            "x".repeat(1_000_000),
            "the patch is larger than 65536 bytes".to_owned(),
        ),
    ] {
        assert_eq!(reasons(&patch, &Files::default()), [reason]);
    }
}

#[test]
fn what_a_patch_touches_is_known_before_its_base_is() {
    let patch = diff("src/a.rs", Some("a\n"), "b\n") + &diff("docs/new.md", None, "words\n");
    let targets: Vec<String> = targets(&patch)
        .unwrap()
        .iter()
        .map(|path| path.as_str().to_owned())
        .collect();
    assert_eq!(targets, ["src/a.rs", "docs/new.md"]);
    let patch = diff("Makefile", Some("a\n"), "b\n");
    assert_eq!(
        super::targets(&patch),
        Err(vec![
            "`Makefile` is not of a kind that a proposal may touch".to_owned()
        ])
    );
}

#[test]
fn files_that_nobody_writes_are_not_changed() {
    let patch = diff("src/a.rs", Some("one\n"), "two\n");
    for (bytes, reason) in [
        (b"one\n\xff".to_vec(), "is no text"),
        (b"one\n\0".to_vec(), "is no text"),
        (vec![b'\n'; 300_000], "is too large to be changed"),
        (
            b"// @generated\none\n".to_vec(),
            "is generated: what makes it has to be changed",
        ),
    ] {
        let base = Files(BTreeMap::from([("src/a.rs".to_owned(), bytes)]));
        assert_eq!(reasons(&patch, &base), [format!("`src/a.rs` {reason}")]);
    }
}

/// An application of its own: hunks looked for as strings, without the gate's reader or its notion of lines.
fn applied_otherwise(diff: &str, before: &str) -> String {
    let mut done = String::new();
    let mut rest = before;
    for hunk in diff.split("\n@@ ").skip(1) {
        let lines: Vec<&str> = hunk
            .split('\n')
            .skip(1)
            .filter(|line| !line.is_empty())
            .collect();
        let side = |signs: [char; 2]| {
            let lines = lines.iter().filter(|line| line.starts_with(signs));
            let mut side: String = lines.flat_map(|line| ["\n", line.split_at(1).1]).collect();
            side.push('\n');
            side.split_off(1)
        };
        let (skipped, behind) = rest.split_once(&side([' ', '-'])).unwrap();
        done = done + skipped + &side([' ', '+']);
        rest = behind;
    }
    done + rest
}

proptest! {
    #[test]
    fn no_text_stops_it(diff in "\\PC{0,400}", path in "\\PC{0,60}") {
        let base = Files::of("src/a.rs", TEXT);
        let _ = check(&diff, &base);
        let _ = check(&format!("--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-one\n+{diff}\n"), &base);
        let _ = check(&format!("--- a/src/a.rs\n+++ b/src/a.rs\n@@ -1 +1 @@\n{diff}"), &base);
        let _ = check(&format!("diff --git {diff}\n--- \"a/{path}\n+++ \"b/{path}\"\n@@ -1 +1 @@\n+x\n"), &base);
    }

    #[test]
    fn what_is_accepted_is_within_the_rules_and_is_what_others_make_of_it(
        lines in prop::collection::vec("[a-e]{1,2}[0-9]{1,3}", 8..30),
        edits in prop::collection::btree_map(0_usize..30, "[f-j]{1,8} [1-9][0-9]{0,3}", 1..5),
        path in prop::sample::select(vec!["docs/a.md", "src/a.rs", "app/a b.py", ".github/a.md", "Makefile", "data/a.csv"]),
        shift in -2_i64..3,
    ) {
        // Lines that differ, so that there is one place for each hunk.
        let before: Vec<String> = lines.iter().enumerate().map(|(n, line)| format!("{line}k{n}")).collect();
        let mut after = before.clone();
        for (at, text) in &edits {
            if let Some(line) = after.get_mut(*at) {
                text.clone_into(line);
            }
        }
        let (before, after) = (before.join("\n") + "\n", after.join("\n") + "\n");
        prop_assume!(before != after);
        let mut patch = diff(path, Some(&before), &after);
        if shift != 0 {
            patch = patch.replacen("@@ -1,", &format!("@@ -{},", 1 + shift.max(0)), 1);
        }
        let base = Files::of(path, &before);
        if let Verdict::Accept(accepted) = check(&patch, &base) {
            prop_assert_eq!(accepted.files().len(), 1);
            for file in accepted.files() {
                prop_assert_eq!(RepoPath::parse(file.path().as_str()), Some(file.path().clone()));
                prop_assert_eq!(file.content(), applied_otherwise(&patch, &before));
                prop_assert_eq!(file.content(), &after);
            }
        } else {
            prop_assert!(path.starts_with('.') || path == "Makefile", "{patch}");
        }
    }
}

#[test]
fn new_files_that_are_run_when_something_else_is_looked_for_are_refused() {
    for (path, text) in [
        ("src/random.py", "def choice(items):\n    return items[0]\n"),
        ("pytest.py", "def main():\n    return 0\n"),
        ("lib/json.rb", "module JSON\nend\n"),
        (
            "tests/__init__.py",
            "import shop\n\nshop.total = lambda items: 3\n",
        ),
    ] {
        assert_eq!(
            reasons(&diff(path, None, text), &Files::default()),
            [format!(
                "`{path}` is run as soon as something beside it is looked for"
            )]
        );
    }
    for (path, text) in [
        ("src/shop/types.py", "class Order:\n    pass\n"),
        ("tests/__init__.py", "# Tests of the shop.\n"),
    ] {
        assert_eq!(
            reasons(&diff(path, None, text), &Files::default()),
            Vec::<String>::new()
        );
    }
}
