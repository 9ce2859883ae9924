//! A line of a log, as its reader on a screen saw it.

/// One line, without its end, and without what CI systems and terminals put around the text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Line<'a> {
    /// 1-based in the original file, counted by `\n` alone.
    pub number: u64,
    /// The text: valid UTF-8 (what was not is replaced), without BOM, time stamps, ANSI sequences and `gh run view` columns, what a
    /// lone `\r` overwrote removed, cut to [`Line::MAX_BYTES`] on a character boundary.
    pub text: &'a str,
    /// What was around the text and tells its place, where there was anything.
    pub columns: Option<Columns<'a>>,
}

/// What tells the place of a line and is not its text. What is not known is empty.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Columns<'a> {
    /// The job: the first column of `gh run view --log`, or the name of the file in an archive of logs.
    pub job: &'a str,
    /// The step: the second column of `gh run view --log`, or the name of a step's file in an archive of logs.
    pub step: &'a str,
    /// The fold marks which the CI system wrote on the line and overwrote at once (GitLab's `section_start:…`, Travis's
    /// `travis_fold:…` and `travis_time:…`), in their order, each with a `\n` after it.
    pub folds: &'a str,
}

impl Line<'_> {
    /// Longer lines are cut: minified bundles and encoded images, of which the beginning says all.
    pub const MAX_BYTES: usize = 8 * 1024;
}

/// The beginning of a text without a word that is cut in half: half a secret looks like none. Where that leaves nothing, the mark of a
/// line that cannot be judged.
pub(crate) fn whole_words(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let head = text
        .get(..text.floor_char_boundary(most))
        .unwrap_or_default();
    let end = head.rfind(char::is_whitespace).unwrap_or_default();
    match head.get(..end).unwrap_or_default().trim_end() {
        "" => "[REDACTED:line]",
        words => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_words() {
        let cases = [
            ("ab cd", 5, "ab cd"),
            ("ab cd", 4, "ab"),
            ("ab  cd", 3, "ab"),
            ("é é", 4, "é"),
            ("abcdef", 5, "[REDACTED:line]"),
            ("  abcd", 5, "[REDACTED:line]"),
        ];
        for (text, most, expected) in cases {
            assert_eq!(whole_words(text, most), expected, "{text} {most}");
        }
    }
}
