//! Addresses in somebody else's text: still readable, but nothing makes a link of them, and they carry no data.

/// `text` with `hxxp` for `http`, `fxp` for `ftp` and `www[.]` for `www.`, `mailto[:]` for `mailto:`; what follows `?` or `#` in an address is left out.
pub fn defang(text: &str) -> String {
    if !text.contains("//") && !may_have(text, b"www.") && !may_have(text, b"mailto:") {
        return text.to_owned();
    }
    let mut safe = String::with_capacity(text.len() + 8);
    let mut rest = text;
    let mut before = None;
    let mut is_in_address = false;
    while let Some(c) = rest.chars().next() {
        if let Some((replacement, length)) = opening(rest, before) {
            safe.push_str(replacement);
            rest = rest.get(length..).unwrap_or_default();
            is_in_address = true;
        } else {
            safe.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            is_in_address &= !ends_address(c);
            let goes_on = rest
                .chars()
                .next()
                .is_some_and(|next| next != '…' && !ends_address(next))
                && !is_in_mark(rest);
            if is_in_address && matches!(c, '?' | '#') && goes_on {
                safe.push('…');
                rest = rest
                    .find(ends_address)
                    .and_then(|end| rest.get(end..))
                    .unwrap_or_default();
            }
        }
        before = safe.chars().next_back();
    }
    safe
}

/// Whether it goes on as the mark of redaction does after its `#`.
fn is_in_mark(text: &str) -> bool {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.len() < text.len() && rest.starts_with(']')
}

fn ends_address(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`' | ')' | ']' | '|')
}

fn may_have(text: &str, form: &[u8]) -> bool {
    text.as_bytes()
        .windows(form.len())
        .any(|bytes| bytes.eq_ignore_ascii_case(form))
}

/// What an address begins with, and how it is written instead; `None` where none begins.
fn opening(text: &str, before: Option<char>) -> Option<(&'static str, usize)> {
    const OPENINGS: [(&str, &str); 6] = [
        ("https://", "hxxps://"),
        ("http://", "hxxp://"),
        ("ftp://", "fxp://"),
        ("file://", "file[:]//"),
        ("mailto:", "mailto[:]"),
        ("www.", "www[.]"),
    ];
    let is_inside_word = before.is_some_and(char::is_alphanumeric);
    for (form, replacement) in OPENINGS {
        let is_here = text
            .get(..form.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(form));
        // `xhttp://` makes a link as well; `awww.` does not.
        if is_here && !(form == "www." && is_inside_word) {
            return Some((replacement, form.len()));
        }
    }
    // Relative to the protocol, as in `](//evil.example)`: not the comment of a program.
    let is_relative = matches!(before, Some('(' | '"' | '\'' | '='));
    (is_relative && text.starts_with("//")).then_some(("//", 2))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_is_text_and_carries_nothing() {
        for (text, expected) in [
            (
                "https://evil.example/p.png?d=QUtJ",
                "hxxps://evil.example/p.png?…",
            ),
            (
                "![s](HTTP://evil.example/#x)",
                "![s](hxxp://evil.example/#…)",
            ),
            ("see www.evil.example/a?b=c.", "see www[.]evil.example/a?…"),
            ("xhttps://a", "xhxxps://a"),
            ("[a](//evil.example?x=1)", "[a](//evil.example?…)"),
            ("ftp://a/b", "fxp://a/b"),
            ("s3://bucket/key?x", "s3://bucket/key?x"),
            ("is it so?", "is it so?"),
            ("https://a/b?", "hxxps://a/b?"),
            (
                "http://[REDACTED:password#1]@a/b",
                "hxxp://[REDACTED:password#1]@a/b",
            ),
            ("// a comment", "// a comment"),
            ("awww.", "awww."),
            ("https://https://a?b", "hxxps://hxxps://a?…"),
        ] {
            assert_eq!(defang(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_defanged_stays_as_it_is(text in "\\PC*|((https?|ftp)://|www\\.|[/?#a.() ]){0,12}") {
            let once = defang(&text);
            prop_assert_eq!(defang(&once), once);
        }
    }
}
