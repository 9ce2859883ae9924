//! The title of an issue or a pull request, which is the message of a commit as well: there no backtick protects anything.

use serde::Serialize;

use super::Gated;
use super::clean::clean_line;
use super::defang::defang;
use super::quoted::beginning;

/// GitHub takes 256; a list of issues shows fewer.
const MOST_CHARACTERS: usize = 200;

/// Git's shortest unambiguous names of commits have seven digits, and GitHub links those ("Autolinked references and URLs").
const SHORTEST_SHA: usize = 7;

/// What keeps a workflow from running when it is in the message of a commit ("Skipping workflow runs", GitHub's documentation).
const SKIPS: [&str; 5] = [
    "[skip ci]",
    "[ci skip]",
    "[no ci]",
    "[skip actions]",
    "[actions skip]",
];

/// The title of an issue or a pull request, or the message of a commit: one line of at most 200 characters that notifies nobody, links
/// nowhere, closes nothing, and keeps no workflow from running.
///
/// ```compile_fail
/// let title: shared::outbound::Title = String::from("fixes #1").into();
/// ```
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Title(String);

impl Gated for Title {}

impl Title {
    /// `text`, made harmless; `lambda-medic` where nothing of it is left.
    pub fn new(text: &str) -> Self {
        let line = clean_line(text, 8 * MOST_CHARACTERS);
        let line = defang(&line.text).replace('`', "'");
        let line = without_skips(&apart(&line));
        let line = line.trim_start_matches(|c: char| {
            c.is_whitespace() || matches!(c, '/' | '!' | ':' | '#' | '-' | '@')
        });
        let mut title: String = line.chars().take(MOST_CHARACTERS).collect();
        if title.len() < line.len() {
            title.pop();
            title.push('…');
        }
        let title = title.trim_end();
        Self(
            if title.is_empty() {
                "lambda-medic"
            } else {
                title
            }
            .to_owned(),
        )
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `text` with a space in each mention and each reference, and with the beginnings only of names of commits.
fn apart(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(rest.len());
        let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        without_sha(word, &mut safe);
        let Some(mark) = after.chars().next() else {
            break;
        };
        rest = after.get(mark.len_utf8()..).unwrap_or_default();
        let begins = |is_first: fn(char) -> bool| rest.starts_with(is_first);
        match mark {
            '@' if !safe.ends_with(|c: char| c.is_ascii_alphanumeric())
                && begins(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) =>
            {
                safe.push_str("@ ");
            }
            '#' if begins(|c| c.is_ascii_digit()) => safe.push_str("# "),
            '-' if word.eq_ignore_ascii_case("gh") && begins(|c| c.is_ascii_digit()) => {
                safe.push(' ');
            }
            mark => safe.push(mark),
        }
    }
    safe
}

/// A number of many digits is more likely a number than a commit.
fn without_sha(word: &str, safe: &mut String) {
    let is_sha = word.len() >= SHORTEST_SHA
        && word.bytes().all(|b| b.is_ascii_hexdigit())
        && (word.len() >= 40 || word.bytes().any(|b| b.is_ascii_alphabetic()));
    if is_sha {
        safe.push_str(beginning(word, SHORTEST_SHA - 1));
        safe.push('…');
    } else {
        safe.push_str(word);
    }
}

fn without_skips(text: &str) -> String {
    let mut safe = text.to_owned();
    for skip in SKIPS {
        while let Some(start) = safe.to_ascii_lowercase().find(skip) {
            let end = start + skip.len() - 1;
            safe.replace_range(start..=start, "(");
            safe.replace_range(end..=end, ")");
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::outbound::rendered::triggers;

    fn title(text: &str) -> String {
        Title::new(text).as_str().to_owned()
    }

    #[test]
    fn a_title_triggers_nothing() {
        for (text, expected) in [
            (
                "fixes #1 and closes acme/shop#2",
                "fixes # 1 and closes acme/shop# 2",
            ),
            ("resolves GH-1", "resolves GH 1"),
            ("@alice @org/team look", "alice @ org/team look"),
            (
                "cannot resolve @babel/core@^7",
                "cannot resolve @ babel/core@^7",
            ),
            (
                "see abcdef1234567890abcdef1234567890abcdef12",
                "see abcdef…",
            ),
            ("other/repo@deadbeef", "other/repo@deadbe…"),
            ("/deploy production", "deploy production"),
            ("::error::x", "error::x"),
            ("fix [Skip CI] [ci skip]", "fix (Skip CI) (ci skip)"),
            (
                "see https://evil.example/x?d=QUtJ",
                "see hxxps://evil.example/x?…",
            ),
            ("a\r\nCo-authored-by: x\u{202e}", "a Co-authored-by: x"),
            ("", "lambda-medic"),
            ("`x`", "'x'"),
        ] {
            assert_eq!(title(text), expected, "{text:?}");
        }
    }

    #[test]
    fn an_honest_title_stays_as_it_is() {
        for text in [
            "Failed test: cart > adds the tax (expected 20 to be 19)",
            "error[E0432]: unresolved import foo::bar",
            "out of memory after 16777216 bytes at 0xdeadbeef",
            "src/main.rs:3:5: größer als 5 %",
            "user@example.com is not in the sudoers file",
        ] {
            assert_eq!(title(text), text);
        }
    }

    #[test]
    fn a_long_title_is_cut() {
        assert_eq!(title(&"ä ".repeat(300)).chars().count(), MOST_CHARACTERS);
    }

    proptest! {
        #[test]
        fn whatever_the_text_a_title_triggers_nothing(text in "\\PC*|.*|(@|#|GH-|[0-9a-f]{7,9}|fixes |/|\\[skip ci\\]|https?://|www\\.|[ a-z?])*") {
            let title = title(&text);
            prop_assert!(title.chars().count() <= MOST_CHARACTERS && !title.is_empty());
            let is_clean = !title.chars().any(char::is_control);
            prop_assert!(is_clean);
            prop_assert_eq!(triggers(&title), Vec::<String>::new());
            let lower = title.to_ascii_lowercase();
            for active in ["http://", "https://", "ftp://", "[skip ci]"] {
                prop_assert!(!lower.contains(active), "{}", title);
            }
        }
    }
}
