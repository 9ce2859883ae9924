//! How serious an entry says it is, and where what it says begins.

/// How serious an entry is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Level {
    /// `INFO` and below.
    Info,
    /// `WARN`.
    Warning,
    /// `ERROR` and above.
    Error,
}

/// So many words at the beginning of a line may be time, thread, id and level.
const LEAD_WORDS: usize = 6;

impl Level {
    /// By a name as the loggers of the common languages, syslog (RFC 5424) and OpenTelemetry have them, in any case; or by a number.
    pub(super) fn named(name: &str) -> Option<Self> {
        const NAMES: [(&str, Level); 25] = [
            ("info", Level::Info),
            ("error", Level::Error),
            ("warn", Level::Warning),
            ("debug", Level::Info),
            ("warning", Level::Warning),
            ("trace", Level::Info),
            ("fatal", Level::Error),
            ("critical", Level::Error),
            ("severe", Level::Error),
            ("err", Level::Error),
            ("panic", Level::Error),
            ("notice", Level::Info),
            ("information", Level::Info),
            ("verbose", Level::Info),
            ("alert", Level::Error),
            ("emerg", Level::Error),
            ("emergency", Level::Error),
            ("crit", Level::Error),
            ("dpanic", Level::Error),
            ("fine", Level::Info),
            ("finer", Level::Info),
            ("finest", Level::Info),
            ("config", Level::Info),
            ("default", Level::Info),
            ("dbg", Level::Info),
        ];
        let named = NAMES
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        named
            .map(|(_, level)| *level)
            .or_else(|| Self::numbered(name.parse().ok()?))
    }

    /// Numbers below 8 are syslog's severities (RFC 5424, section 6.2.1), tens are those of pino and bunyan.
    fn numbered(number: u8) -> Option<Self> {
        match number {
            0..=3 | 50..=60 => Some(Self::Error),
            4 | 40..=49 => Some(Self::Warning),
            5..=7 | 10..=39 => Some(Self::Info),
            _ => None,
        }
    }
}

/// The level that the first words of a line name, if they do, and the line without the times, ids and level that it begins with.
pub(super) fn lead(line: &str) -> (Option<Level>, &str) {
    let mut rest = line.trim();
    let mut is_leading = true;
    let mut after = rest;
    for _ in 0..LEAD_WORDS {
        let Some((word, tail)) = first_word(after) else {
            break;
        };
        if let Some((level, own)) = level_of(word, is_leading) {
            let text = if is_leading {
                line_after(after, own)
            } else {
                rest
            };
            return (Some(level), if text.is_empty() { rest } else { text });
        }
        is_leading = is_leading && (is_time(word) || is_uuid(word));
        after = tail;
        if is_leading && !tail.is_empty() {
            rest = tail;
        }
    }
    (None, rest)
}

fn first_word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (word, tail) = text.split_at_checked(end)?;
    (!word.is_empty()).then(|| (word, tail.trim_start()))
}

/// The level in `word`, and how many bytes of the word say it. Within a line only what is written as loggers write levels is one.
fn level_of(word: &str, is_leading: bool) -> Option<(Level, usize)> {
    let bare = word.trim_start_matches(['[', '(', '<', '|']);
    let end = bare
        .find(|char: char| !char.is_ascii_alphabetic())
        .unwrap_or(bare.len());
    let (name, after) = bare.split_at_checked(end)?;
    let is_bracketed = bare.len() < word.len() && after.starts_with([']', ')', '>', '|']);
    let is_labelled = is_leading && after.starts_with(':');
    let is_loud = name.len() > 3
        && name.bytes().all(|byte| byte.is_ascii_uppercase())
        && (after.is_empty() || after.starts_with([':', ']', '|', ',']));
    if is_bracketed || is_labelled || is_loud {
        let signs = after.len()
            - after
                .trim_start_matches([']', ')', '>', '|', ':', ','])
                .len();
        return Some((Level::named(name)?, word.len() - after.len() + signs));
    }
    is_leading
        .then(|| glog(word))
        .flatten()
        .map(|level| (level, word.len()))
}

/// `E0102 03:04:05.678` is how glog and klog begin a line.
fn glog(word: &str) -> Option<Level> {
    let digits = word.get(1..)?;
    let is_date = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
    match word.bytes().next().filter(|_| is_date)? {
        b'E' | b'F' => Some(Level::Error),
        b'W' => Some(Level::Warning),
        b'I' => Some(Level::Info),
        _ => None,
    }
}

/// What follows the first `own` bytes of the first word of `text`, and the signs that set it apart.
fn line_after(text: &str, own: usize) -> &str {
    let text = text.trim_start();
    let tail = text.get(own..).unwrap_or_default();
    tail.trim_start_matches(|char: char| char.is_whitespace() || matches!(char, '-' | '|' | ':'))
}

/// A date, a time of day, or both, with or without brackets.
fn is_time(word: &str) -> bool {
    let word = word.trim_matches(['[', ']', '(', ')', ',']);
    let is_part = |byte: u8| byte.is_ascii_digit() || b"-:.,TZ/+".contains(&byte);
    let separators = word.bytes().filter(|byte| b"-:/".contains(byte)).count();
    let starts = word
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_digit());
    starts && separators >= 2 && word.bytes().all(is_part)
}

fn is_uuid(word: &str) -> bool {
    word.len() == 36
        && word
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_is_where_loggers_write_it_and_the_text_begins_after_it() {
        use Level::{Error, Info, Warning};
        let uuid = "1f2e3d4c-dead-4eef-beef-0123456789ab";
        let lambda = format!("2026-01-02T03:04:05.678Z\t{uuid}\tERROR\tno such cart");
        let python = format!("[ERROR]\t2026-01-02T03:04:05.678Z\t{uuid}\tno such cart");
        let lines = [
            (
                "2026-01-02 03:04:05,678 ERROR no such cart",
                Some(Error),
                "no such cart",
            ),
            (
                "2026-01-02T03:04:05Z [main] WARN  shop.Cart - slow",
                Some(Warning),
                "[main] WARN  shop.Cart - slow",
            ),
            (
                "2026/01/02 03:04:05 [error] 12#12: *1 connect() failed",
                Some(Error),
                "12#12: *1 connect() failed",
            ),
            ("ERROR:root:no such cart", Some(Error), "root:no such cart"),
            ("error: no such cart", Some(Error), "no such cart"),
            (
                "E0102 03:04:05.678901 1 cart.go:12] no such cart",
                Some(Error),
                "03:04:05.678901 1 cart.go:12] no such cart",
            ),
            ("INFO | started", Some(Info), "started"),
            (&lambda, Some(Error), "no such cart"),
            (
                &python,
                Some(Error),
                &format!("2026-01-02T03:04:05.678Z\t{uuid}\tno such cart"),
            ),
            ("an error: no such cart", None, "an error: no such cart"),
            ("404 not found", None, "404 not found"),
            ("3 FATAL", Some(Error), "3 FATAL"),
            ("ERROR", Some(Error), "ERROR"),
            ("2026-01-02", None, "2026-01-02"),
            ("", None, ""),
        ];
        for (line, level, text) in lines {
            assert_eq!(lead(line), (level, text), "{line}");
        }
    }

    #[test]
    fn a_level_has_many_names_and_numbers() {
        let names = [
            ("Error", Some(Level::Error)),
            ("WARNING", Some(Level::Warning)),
            ("50", Some(Level::Error)),
            ("30", Some(Level::Info)),
            ("3", Some(Level::Error)),
            ("4", Some(Level::Warning)),
            ("99", None),
            ("-1", None),
            ("cart", None),
            ("", None),
        ];
        for (name, level) in names {
            assert_eq!(Level::named(name), level, "{name}");
        }
    }
}
