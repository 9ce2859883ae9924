//! What lines look like: tests that several formats share. All are linear in the line.

/// No condition.
pub(crate) fn any(_: &str) -> bool {
    true
}

/// The line without what `BuildKit` puts before the output of a build step: `#12 3.456 `.
pub(crate) fn bare(text: &str) -> &str {
    let stripped = text.strip_prefix('#').and_then(|rest| {
        let (step, rest) = rest.split_once(' ')?;
        let (seconds, rest) = rest.split_once(' ')?;
        let is_number = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || byte == b'.')
        };
        (is_number(step) && seconds.contains('.') && is_number(seconds)).then_some(rest)
    });
    stripped.unwrap_or(text)
}

/// How many bytes of blanks the line begins with.
pub(crate) fn indent(text: &str) -> usize {
    text.bytes()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count()
}

pub(crate) fn is_indented(text: &str) -> bool {
    text.starts_with([' ', '\t'])
}

/// A frame of a stack trace of the JVM, .NET, Node, or what stands between frames.
pub(crate) fn is_frame(text: &str) -> bool {
    let body = text.trim_start();
    is_indented(text)
        || [
            "at ",
            "Caused by: ",
            "... ",
            "Suppressed: ",
            "from ",
            "--- End of",
        ]
        .iter()
        .any(|start| body.starts_with(start))
}

/// A line that only separates: at least four signs, none of them a letter or a digit, at most two kinds.
pub(crate) fn is_rule(text: &str) -> bool {
    let body = text.trim();
    let Some(first) = body.chars().next() else {
        return false;
    };
    body.len() >= 4
        && !first.is_alphanumeric()
        && body.chars().all(|sign| sign == first || sign == ' ')
}

/// The text after a place in a file at the line's start: `path:12:`, `path:12:3:`, `path(12,3):`, `path:[12,3]`.
///
/// Compilers print these forms: the GNU coding standards ("Formatting Error Messages"), `MSBuild`'s canonical errors, and Maven's compiler plugin.
pub(crate) fn after_location(text: &str) -> Option<&str> {
    let body = text.trim_start();
    let stop = body.find([':', '(']).filter(|&at| at > 0)?;
    // `C:\path`: the colon of a drive is not the end of the path.
    let stop = if stop == 1 {
        body.get(2..)?.find([':', '('])? + 2
    } else {
        stop
    };
    let path = body.get(..stop)?;
    if !path.contains(['.', '/'])
        || path.len() > 300
        || path.contains("  ")
        || path.starts_with("http")
        || path.starts_with('[')
    {
        return None;
    }
    let rest = body.get(stop..)?;
    let place = rest.get(1..)?;
    let place = place.strip_prefix('[').unwrap_or(place);
    let digits = place.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 {
        return None;
    }
    let rest = place.trim_start_matches(|sign: char| {
        sign.is_ascii_digit() || matches!(sign, ':' | ',' | '-' | ')' | ']' | '.')
    });
    Some(rest.trim_start())
}

pub(crate) fn is_located(text: &str) -> bool {
    after_location(text).is_some()
}

/// A place in a file with something to say about it other than a warning or a note.
pub(crate) fn is_located_error(text: &str) -> bool {
    after_location(text).is_some_and(|message| {
        let start: String = message
            .chars()
            .take(16)
            .flat_map(char::to_lowercase)
            .collect();
        ["error", "fatal", "catastrophic"]
            .iter()
            .any(|word| start.starts_with(word))
    })
}

/// `12) …`, as the test runners number failures.
pub(crate) fn is_numbered(text: &str) -> bool {
    let body = text.trim_start();
    let digits = body.bytes().take_while(u8::is_ascii_digit).count();
    (1..=4).contains(&digits)
        && body
            .get(digits..)
            .is_some_and(|rest| rest.starts_with(") "))
}

/// `12 failing`, `3 failed`: a count that is not nought before the word.
pub(crate) fn counts(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default().trim_end();
        let digits = before.bytes().rev().take_while(u8::is_ascii_digit).count();
        digits > 0 && before.bytes().rev().take(digits).any(|digit| digit != b'0')
    })
}

/// `SomethingError: …` or `some.pkg.SomethingException: …` at the start of the line.
pub(crate) fn is_exception(text: &str) -> bool {
    let body = text.trim_start();
    let name: &str = body.split([':', ' ']).next().unwrap_or_default();
    let rest = body.get(name.len()..).unwrap_or_default();
    (name.ends_with("Error") || name.ends_with("Exception") || name.ends_with("Failure"))
        && name.len() > 5
        && (rest.is_empty() && name.contains(['.', ':'])
            || rest.starts_with(": ")
            || rest.starts_with(" [")
            || rest == ":")
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$' | b':'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn places_are_told_from_other_text() {
        let cases = [
            ("src/total.c:9:5: error: no", Some("error: no")),
            ("./total.go:9: no", Some("no")),
            ("Total.cs(9,5): error CS1: no", Some("error CS1: no")),
            ("C:\\shop\\total.cpp(9): error C2: no", Some("error C2: no")),
            ("/shop/Total.java:[9,5] no", Some("no")),
            ("https://example.com:80/", None),
            ("done: 3 of 4", None),
            ("12:30:01 started", None),
            ("", None),
        ];
        for (text, rest) in cases {
            assert_eq!(after_location(text), rest, "{text}");
        }
    }

    #[test]
    fn exceptions_are_told_from_prose() {
        let cases = [
            ("ValueError: no", true),
            ("java.lang.IllegalStateException: no", true),
            ("shop.errors.ShopError", true),
            ("  TypeError: no", true),
            ("Error: no", false),
            ("isHandledError", false),
            ("an Error: no", false),
        ];
        for (text, is) in cases {
            assert_eq!(is_exception(text), is, "{text}");
        }
    }

    #[test]
    fn a_count_of_nought_is_none() {
        let cases = [
            ("3 failing", true),
            ("10 failing", true),
            ("0 failing", false),
            ("failing", false),
        ];
        for (text, is) in cases {
            assert_eq!(counts(text, " failing"), is, "{text}");
        }
    }

    #[test]
    fn what_buildkit_puts_before_the_output_is_left_out() {
        let cases = [
            ("#12 3.456 error: no", "error: no"),
            ("#12 ERROR: no", "#12 ERROR: no"),
            ("# 3.4 x", "# 3.4 x"),
            ("#", "#"),
        ];
        for (text, bare_text) in cases {
            assert_eq!(bare(text), bare_text);
        }
    }

    proptest! {
        #[test]
        fn any_line_has_some_shape(text in ".{0,80}") {
            let _ = (after_location(&text), is_exception(&text), is_frame(&text), is_rule(&text), is_numbered(&text), counts(&text, " f"), bare(&text));
        }
    }
}
