//! The files that lines of a log name.

use std::collections::BTreeSet;

use super::RepoPath;
use crate::evidence::Quote;
use crate::fingerprint::below_project;

/// More are not fetched for one question.
const MOST: usize = 20;

/// Words of a line are looked at up to here: a line names one or two files.
const MOST_WORDS: usize = 200;

/// The files that `quotes` name, in their order, each once, and only those that a proposal may touch.
///
/// A name counts with a folder before it (`src/a.rs`), or with a place in the file behind it (`main.go:12`). Folders of the machine, as CI
/// systems document them, are taken off.
pub fn mentioned(quotes: &[Quote]) -> Vec<RepoPath> {
    let mut known = BTreeSet::new();
    let names = quotes.iter().flat_map(|quote| names(&quote.text));
    let paths = names.filter_map(|name| RepoPath::parse(&name));
    paths
        .filter(|path| known.insert(path.clone()))
        .take(MOST)
        .collect()
}

fn names(line: &str) -> Vec<String> {
    let quoted = line.split(['"', '\'', '`']).skip(1).step_by(2);
    let words = line.split(|c: char| c.is_whitespace() || "\"'`()<>,;=|{}[".contains(c));
    quoted
        .chain(words)
        .take(MOST_WORDS)
        .filter_map(name)
        .collect()
}

/// The path in a word, if it holds one, as it is in the repository.
fn name(word: &str) -> Option<String> {
    let path = word.replace('\\', "/");
    let (path, has_place) = without_place(&path);
    let path = path.strip_prefix("file://").unwrap_or(path);
    let path = below_project(path).unwrap_or_else(|| path.trim_start_matches("./").to_owned());
    (has_place || path.contains('/')).then_some(path)
}

/// Without `:12:3`, `:12` or a colon at the end, and whether there was a number.
fn without_place(path: &str) -> (&str, bool) {
    // What follows is the name of a test, as pytest writes it.
    let path = path.split("::").next().unwrap_or_default();
    let mut rest = path.trim_end_matches(['.', ':']);
    let mut has_place = false;
    while let Some((before, number)) = rest.rsplit_once(':') {
        let is_number = !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit());
        if !is_number {
            break;
        }
        (rest, has_place) = (before, true);
    }
    (rest, has_place)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(lines: &[&str]) -> Vec<String> {
        let quotes = lines.iter().map(|line| Quote {
            number: 1,
            text: (*line).to_owned(),
        });
        let quotes: Vec<Quote> = quotes.collect();
        mentioned(&quotes)
            .iter()
            .map(|path| path.as_str().to_owned())
            .collect()
    }

    #[test]
    fn a_line_names_its_file_as_the_tools_write_it() {
        for (line, expected) in [
            (" --> src/a.rs:12:3", "src/a.rs"),
            ("  File \"x/y.py\", line 3, in f", "x/y.py"),
            (
                "  File \"/home/runner/work/shop/shop/app/orders.py\", line 3",
                "app/orders.py",
            ),
            ("    at foo (src/x.ts:3:4)", "src/x.ts"),
            (
                "    at foo (/home/runner/work/shop/shop/src/x.ts:3:4)",
                "src/x.ts",
            ),
            ("src/x.ts(3,4): error TS2322: no", "src/x.ts"),
            (
                "##[error]D:\\a\\shop\\shop\\web\\cart.js:7: x",
                "web/cart.js",
            ),
            ("    main_test.go:8: want 5", "main_test.go"),
            ("./server/main.go:14:2: undefined: x", "server/main.go"),
            (
                "[ERROR] /builds/acme/shop/src/main/java/A.java:[3,4] no",
                "src/main/java/A.java",
            ),
            (
                "FAILED tests/test_orders.py::test_total - assert",
                "tests/test_orders.py",
            ),
            (
                "thread 'x' panicked at 'no', crates/a/src/lib.rs:3:5",
                "crates/a/src/lib.rs",
            ),
            ("error in \"docs/old page.md\"", "docs/old page.md"),
        ] {
            assert_eq!(found(&[line]), [expected], "{line}");
        }
    }

    #[test]
    fn files_that_a_proposal_may_not_touch_and_files_of_the_machine_are_not_named() {
        assert_eq!(
            found(&[
                ".github/workflows/ci.yml:3",
                "/usr/lib/python3/dist-packages/x.py:3",
                "../../etc/passwd.txt",
                "node_modules/a/b.js:3",
                "https://example.com/a.js",
                "/home/runner/.cargo/registry/src/x-1.0/src/lib.rs:3:4",
                "package.json",
                "a.rs",
                "no file here",
            ]),
            Vec::<String>::new()
        );
    }

    #[test]
    fn files_are_named_once_and_not_without_end() {
        assert_eq!(
            found(&["src/a.rs:1", "src/b.rs:2 src/a.rs:3"]),
            ["src/a.rs", "src/b.rs"]
        );
        let many: Vec<String> = (0..100).map(|n| format!("src/f{n}.rs:1")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(found(&many).len(), MOST);
    }

    proptest! {
        #[test]
        fn no_line_stops_it(line in "\\PC{0,200}") {
            for path in found(&[&line]) {
                prop_assert_eq!(RepoPath::parse(&path).map(|path| path.as_str().to_owned()), Some(path));
            }
        }
    }
}
