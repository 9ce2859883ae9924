//! Whether a text is the path of a file in plain sight. Nothing is repaired: what would have to be normalised is refused.

use unicode_security::GeneralSecurityProfile as _;

use super::characters;

/// A path that is longer, or deeper, was not made by people.
const MOST_BYTES: usize = 240;
const MOST_NAME_BYTES: usize = 120;
const MOST_DEPTH: usize = 16;

/// Names of devices on Windows, where a file cannot have them, whatever follows a dot.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Why `text` is no path of a file in plain sight, if it is none.
pub(super) fn fault(text: &str) -> Option<&'static str> {
    if text.is_empty() || text.len() > MOST_BYTES {
        return Some("is empty or too long");
    }
    if text.starts_with('/') {
        return Some("is absolute");
    }
    if text.contains('\\') {
        return Some("has a backslash");
    }
    if text.contains([':', '%']) {
        return Some("names a drive or a stream, or is encoded");
    }
    if text.split('/').count() > MOST_DEPTH {
        return Some("is too deep");
    }
    text.split('/').find_map(name_fault)
}

fn name_fault(name: &str) -> Option<&'static str> {
    if matches!(name, "" | "." | "..") {
        return Some("is not normalised");
    }
    if name.starts_with('.') {
        return Some("is hidden: such files and folders configure tools");
    }
    if name.len() > MOST_NAME_BYTES
        || name.starts_with([' ', '-'])
        || name.ends_with([' ', '.'])
        || is_device(name)
    {
        return Some("has a name that tools take for another");
    }
    if characters::deceives(name) {
        return Some("has letters that look like others");
    }
    name.chars().find_map(char_fault)
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    let is_port = |prefix: &str| {
        stem.get(..3)
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
            && stem.len() == 4
            && stem.ends_with(|c: char| c.is_ascii_digit())
    };
    DEVICES
        .iter()
        .any(|device| stem.eq_ignore_ascii_case(device))
        || is_port("com")
        || is_port("lpt")
}

/// Of other characters than those of ASCII, letters and digits of living scripts.
fn char_fault(c: char) -> Option<&'static str> {
    if c.is_ascii() {
        let is_ordinary = c.is_ascii_alphanumeric() || " _-+.,@()[]=$&".contains(c);
        return (!is_ordinary).then_some("has a character that paths here do not have");
    }
    if !c.is_alphanumeric() || !c.identifier_allowed() {
        return Some("has a character that is not seen, or stands for another");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_relative_normalised_and_in_plain_sight() {
        for text in [
            "a",
            "src/a.rs",
            "notes/old file.txt",
            "docs/größe.md",
            "docs/日本語.md",
            "app/[id]/+page.ts",
            "docs/приложение.md",
            "app/(shop)/@cart/page.tsx",
            "routes/$slug.tsx",
            "a/b/c/d/e/f.py",
            "commands/a.py",
        ] {
            assert_eq!(fault(text), None, "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "/etc/passwd",
            "../a",
            "a/../b",
            "a/./b",
            "a//b",
            "a/",
            "./a",
            ".github/a.yml",
            "a/.git/config",
            "a\\b",
            "C:/a",
            "a:b",
            "c:a",
            "a%2eb",
            "-a",
            "a/-rf",
            "a.",
            "a ",
            " a",
            "a/b./c",
            "NUL",
            "src/con.rs",
            "COM1.txt",
            "a\0",
            "a\nb",
            "a\tb",
            "GIT~1/config",
            "a\u{200b}b",
            "a\u{202e}b",
            "sr\u{441}/a.rs",
            "\u{ff0e}github/a",
            "Ma\u{212a}efile",
            "d\u{131}r/a",
            "a?b",
            "a*b",
            "a|b",
            "a;b",
            "a`b`",
            "{a,b}",
            "a\"b",
            "a<b",
            "!a",
            "#a",
            "a^b",
            "e\u{301}/a",
            "a\u{3164}b",
            "\u{fe52}git/a",
        ] {
            assert_ne!(fault(text), None, "{text}");
        }
        assert_ne!(fault(&"a/".repeat(20)), None);
        assert_ne!(fault(&"a".repeat(300)), None);
    }
}
