//! What people read at the end: mails, the change that is proposed, and where everything is written down.

use std::collections::BTreeSet;

use shared::outbound::is_harmless;

use super::files::Files;
use super::observations::Act;
use super::stage::Stage;
use crate::demo::mails::as_read;
use crate::scripted_llm::diff::unified;

/// What people read, and where it is.
pub(super) fn tell(stage: &Stage<'_>, bug: &Act, attack: &Act) {
    let screen = stage.screen;
    for act in [bug, attack] {
        let mut mails = act.new_mails().iter();
        let newest = mails.rfind(|mail| mail.html.is_some());
        if let Some(mail) = newest.or_else(|| act.new_mails().last()) {
            screen.title(&format!("A mail, {}", mail.at));
            screen.text(&as_read(mail));
        }
    }
    if let [pull, ..] = bug.new_pulls() {
        screen.title(&format!("What pull request #{} changes", pull.number));
        screen.text(&bug.diff);
    }
    screen.title("Where it is written down");
    for key in [
        &bug.keys.json,
        &bug.keys.page,
        &attack.keys.json,
        &attack.keys.page,
    ] {
        screen.text(&format!("  {}", stage.buckets.address(key)));
    }
}

/// The files that differ, as they were and as they are.
pub(super) fn diff(before: &Files, after: &Files) -> String {
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let text = |files: &Files, path| files.get(path).cloned().unwrap_or_default();
    let diffs = paths
        .into_iter()
        .map(|path| unified(path, &text(before, path), &text(after, path)));
    let diffs: Vec<String> = diffs.collect();
    let lines = diffs.iter().flat_map(|diff| diff.lines());
    let lines: Vec<String> = lines.map(|line| format!("  {}", visible(line))).collect();
    lines.join("\n")
}

/// A model may have written the line.
fn visible(line: &str) -> String {
    let shown = |c| if is_harmless(c) { c } else { '·' };
    line.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_shown_and_nothing_of_it_is_hidden() {
        let files = |cart: &str| {
            let files = [("a.py", "same\n"), ("cart.py", cart)];
            let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
            Files::from(files)
        };
        assert_eq!(
            diff(&files("one\n"), &files("t\u{202e}wo\n")),
            "  --- a/cart.py\n  +++ b/cart.py\n  @@ -1,1 +1,1 @@\n  -one\n  +t·wo"
        );
    }
}
