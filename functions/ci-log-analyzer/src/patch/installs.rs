//! Whether prose tells its readers to install what it did not name before.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::apply::Change;
use super::diff::Side;
use super::places::Family;

/// The commands of package managers that fetch what they are given the name of, each with what it is given.
static INSTALL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let tools = "pip3?|pipx|uv|npm|pnpm|yarn|bun|gem|cargo|go|apt(?:-get)?|apk|yum|dnf|brew|conda|composer|dotnet|luarocks|cpanm?";
    let does = "(?:tool |pip |global )?(?:install|add|get|require|i)|npx|bunx|uvx|pnpx";
    Regex::new(&format!(
        r"(?i)\b(?:(?:{tools})(?:\s+-\S+)*\s+(?:{does})|npx|bunx|uvx|pnpx)\s+([^`\n|;&<>]*)"
    ))
    .ok()
});

/// Whether the change has readers install something else.
pub(super) fn fault(change: &Change<'_>) -> Option<&'static str> {
    if change.file.kind.family != Family::Prose {
        return None;
    }
    let is_end = |c: char| c.is_whitespace() || "`\"'()[],;:#*".contains(c);
    let known: BTreeSet<&str> = change.before.split(is_end).collect();
    let mut added = change.hunks.iter().flatten();
    added
        .any(|edit| edit.side == Side::New && !installed(edit.text).is_subset(&known))
        .then_some("has its readers install what it did not name before")
}

/// What the commands of a text install; neither options nor what lies in the project.
fn installed(text: &str) -> BTreeSet<&str> {
    let Some(regex) = INSTALL.as_ref() else {
        return BTreeSet::from([text]);
    };
    let found = regex.captures_iter(text);
    let words = found.filter_map(|found| Some(found.get(1)?.as_str().split_whitespace()));
    let is_name = |word: &&str| {
        let is_local = word.starts_with(['-', '.', '(']) || word.strip_suffix(".txt").is_some();
        !is_local && word.contains(|c: char| c.is_alphanumeric())
    };
    words.flatten().filter(is_name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_options_and_places() {
        for (text, expected) in [
            ("Run `pip install -r requirements.txt`.", vec![]),
            ("Run `npm install` first.", vec![]),
            (
                "`pip install -e .` or `npm i --save left-pad`",
                vec!["left-pad"],
            ),
            ("```\ncargo install cargo-shop\n```", vec!["cargo-shop"]),
            ("npx shop-cli init", vec!["init", "shop-cli"]),
            ("You can get help.", vec![]),
        ] {
            assert_eq!(installed(text), BTreeSet::from_iter(expected), "{text}");
        }
    }
}
