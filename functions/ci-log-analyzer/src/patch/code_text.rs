//! A text as a program reads it: without comments, and where asked without the texts in it. Rough: it knows quotes and comments, not grammars.

use super::places::Comments;

/// `text` without its comments; lines stay lines.
pub(super) fn without_comments(text: &str, comments: Comments) -> String {
    strip(text, comments, Texts::Kept)
}

/// `text` without its comments and without what stands in quotes.
pub(super) fn bare(text: &str, comments: Comments) -> String {
    strip(text, comments, Texts::Dropped)
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Texts {
    Kept,
    Dropped,
}

/// What a comment begins with, and what it ends with.
type Pair = (&'static str, &'static str);

fn pairs(comments: Comments) -> &'static [Pair] {
    match comments {
        Comments::C => &[("//", "\n"), ("/*", "*/")],
        Comments::Hash => &[("\n=begin", "\n=end"), ("#", "\n")],
        Comments::Python => &[("\"\"\"", "\"\"\""), ("'''", "'''"), ("#", "\n")],
        Comments::Dash => &[("--[[", "]]"), ("{-", "-}"), ("/*", "*/"), ("--", "\n")],
        Comments::Percent => &[("%", "\n")],
        Comments::Semicolon => &[(";", "\n"), ("#_", "\n")],
        Comments::Markup => &[
            ("<!--", "-->"),
            ("{{!--", "--}}"),
            ("{#", "#}"),
            ("<%#", "%>"),
        ],
        Comments::None => &[],
    }
}

fn strip(text: &str, comments: Comments, texts: Texts) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some((open, close)) = comment(rest, comments) {
            let inside = rest.get(open.len()..).unwrap_or_default();
            let end = inside.find(close).unwrap_or(inside.len());
            let (gone, behind) = inside.split_at_checked(end).unwrap_or((inside, ""));
            kept.extend(gone.chars().filter(|c| *c == '\n'));
            rest = if close == "\n" {
                behind
            } else {
                behind.get(close.len()..).unwrap_or_default()
            };
            continue;
        }
        if let Some(length) = quoted(rest, c, comments) {
            let (quoted, behind) = rest.split_at_checked(length).unwrap_or((rest, ""));
            if texts == Texts::Kept {
                kept.push_str(quoted);
            } else {
                kept.push_str("\"\"");
            }
            rest = behind;
            continue;
        }
        kept.push(c);
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    kept
}

/// The comment that begins here. Attributes of Rust and directives of C begin with what is a comment elsewhere, in kinds of their own.
fn comment(rest: &str, comments: Comments) -> Option<Pair> {
    let is_here = |(open, _): &&Pair| rest.starts_with(open);
    pairs(comments).iter().find(is_here).copied()
}

/// How long the text in quotes is that begins here and ends in the same line. An apostrophe is a quote only where another follows.
fn quoted(rest: &str, c: char, comments: Comments) -> Option<usize> {
    if !matches!(c, '"' | '\'' | '`') || comments == Comments::Markup {
        return None;
    }
    let mut is_escaped = false;
    for (at, other) in rest.char_indices().skip(1) {
        match other {
            '\n' => return None,
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if other == c => return Some(at + c.len_utf8()),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_go_and_lines_stay() {
        for (comments, text, expected) in [
            (Comments::C, "a // b\nc /* d\ne */ f", "a \nc \n f"),
            (Comments::C, "\"http://x\" + 1 // y", "\"http://x\" + 1 "),
            (Comments::Hash, "a # b\n=begin\nc\n=end\nd", "a \n\nd"),
            (
                Comments::Python,
                "def f():\n  \"\"\"a\n  b\"\"\"\n  pass # c",
                "def f():\n  \n\n  pass ",
            ),
            (
                Comments::Dash,
                "SELECT 1 -- two\n/* x */ FROM a",
                "SELECT 1 \n FROM a",
            ),
            (Comments::Markup, "<p>it's</p><!-- no -->", "<p>it's</p>"),
            (
                Comments::C,
                "f('a', \"// no\"); /* open",
                "f('a', \"// no\"); ",
            ),
        ] {
            assert_eq!(without_comments(text, comments), expected, "{text}");
        }
        assert_eq!(bare("f(\"x y\") // z", Comments::C), "f(\"\") ");
    }
}
