//! Words that lines about failures contain, whatever wrote them.

/// How a word speaks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tone {
    /// A word of failure with its weight; counts where a word begins, and not inside names of files and packages.
    Bad(i32),
    /// A phrase that takes the harm out of a line.
    Good(i32),
}

impl Tone {
    pub(crate) fn weigh(self, text: &str, word: &str, at: usize) -> i32 {
        match self {
            Self::Good(weight) => -weight,
            Self::Bad(weight) => {
                let bytes = text.as_bytes();
                let before = at
                    .checked_sub(1)
                    .and_then(|at| bytes.get(at))
                    .copied()
                    .unwrap_or(b' ');
                let after = bytes.get(at + word.len()).copied().unwrap_or(b' ');
                let named = |byte: u8| matches!(byte, b'-' | b'_' | b'/' | b'.' | b'\\' | b'=');
                let inside = before.is_ascii_alphabetic()
                    && !bytes.get(at).is_some_and(u8::is_ascii_uppercase);
                if inside || named(before) || (matches!(after, b'-' | b'_' | b'/' | b'\\')) {
                    0
                } else {
                    weight
                }
            }
        }
    }
}

/// Weights are in the units of the formats' ones: a line with a single plain "error" is a weak candidate.
pub(crate) const WORDS: &[(&str, Tone)] = &[
    ("error", Tone::Bad(22)),
    ("fatal", Tone::Bad(24)),
    ("failed", Tone::Bad(20)),
    ("failure", Tone::Bad(18)),
    ("failing", Tone::Bad(14)),
    ("fails", Tone::Bad(14)),
    ("fail ", Tone::Bad(14)),
    ("exception", Tone::Bad(18)),
    ("panic", Tone::Bad(20)),
    ("abort", Tone::Bad(14)),
    ("crash", Tone::Bad(18)),
    ("killed", Tone::Bad(18)),
    ("timeout", Tone::Bad(12)),
    ("timed out", Tone::Bad(20)),
    ("cannot ", Tone::Bad(18)),
    ("can't ", Tone::Bad(16)),
    ("could not ", Tone::Bad(18)),
    ("couldn't ", Tone::Bad(18)),
    ("unable to ", Tone::Bad(18)),
    ("not found", Tone::Bad(16)),
    ("not exist", Tone::Bad(14)),
    ("no such ", Tone::Bad(16)),
    ("undefined ", Tone::Bad(14)),
    ("unexpected", Tone::Bad(16)),
    ("expected", Tone::Bad(12)),
    ("invalid", Tone::Bad(16)),
    ("illegal", Tone::Bad(14)),
    ("denied", Tone::Bad(18)),
    ("refused", Tone::Bad(16)),
    ("forbidden", Tone::Bad(16)),
    ("unauthorized", Tone::Bad(16)),
    ("missing", Tone::Bad(14)),
    ("mismatch", Tone::Bad(18)),
    ("does not ", Tone::Bad(12)),
    ("did not ", Tone::Bad(14)),
    ("doesn't ", Tone::Bad(12)),
    ("didn't ", Tone::Bad(14)),
    ("not allowed", Tone::Bad(16)),
    ("unsupported", Tone::Bad(12)),
    ("unknown ", Tone::Bad(10)),
    ("unrecognized", Tone::Bad(14)),
    ("incompatible", Tone::Bad(16)),
    ("conflict", Tone::Bad(12)),
    ("corrupt", Tone::Bad(16)),
    ("exceeded", Tone::Bad(16)),
    ("assert", Tone::Bad(10)),
    ("violation", Tone::Bad(16)),
    ("problem", Tone::Bad(10)),
    ("broken", Tone::Bad(14)),
    ("bad ", Tone::Bad(10)),
    ("wrong", Tone::Bad(12)),
    ("must ", Tone::Bad(8)),
    ("please ", Tone::Bad(8)),
    ("✖", Tone::Bad(20)),
    ("✗", Tone::Bad(20)),
    ("✘", Tone::Bad(20)),
    ("❌", Tone::Bad(22)),
    ("×", Tone::Bad(10)),
    (" 0 fail", Tone::Good(40)),
    (" 0 error", Tone::Good(40)),
    ("failed: 0", Tone::Good(40)),
    ("failed 0", Tone::Good(30)),
    ("failures: 0", Tone::Good(40)),
    ("errors: 0", Tone::Good(40)),
    ("failed=0", Tone::Good(40)),
    ("no error", Tone::Good(30)),
    ("no failure", Tone::Good(30)),
    ("without error", Tone::Good(30)),
    ("fail-fast", Tone::Good(30)),
    ("fail_ci_if_error", Tone::Good(40)),
    ("continue-on-error", Tone::Good(30)),
    ("continue_on_error", Tone::Good(30)),
    ("if-no-files-found", Tone::Good(30)),
    ("warning", Tone::Good(14)),
    ("warn ", Tone::Good(10)),
    ("deprecat", Tone::Good(24)),
    ("debug", Tone::Good(8)),
    ("complete log of this run", Tone::Good(60)),
    ("run with --stacktrace", Tone::Good(60)),
    ("run with --info", Tone::Good(60)),
    ("run with --debug", Tone::Good(60)),
    ("run with --scan", Tone::Good(60)),
    ("get more help at", Tone::Good(60)),
    ("deprecated gradle features", Tone::Good(60)),
    ("* try:", Tone::Good(60)),
    ("allowed to fail", Tone::Good(40)),
    ("allowed_failures", Tone::Good(40)),
    ("should fail", Tone::Good(14)),
    ("expected fail", Tone::Good(20)),
    ("xfail", Tone::Good(20)),
    ("ignored", Tone::Good(10)),
    ("retrying", Tone::Good(10)),
    ("... ok", Tone::Good(40)),
    ("... passed", Tone::Good(40)),
    (" passed", Tone::Good(10)),
    ("✓", Tone::Good(40)),
    ("✔", Tone::Good(40)),
];

#[cfg(test)]
mod tests {
    use crate::evidence::scan::Scanner;

    #[test]
    fn words_count_where_they_are_words_and_good_ones_take_away() {
        let cases = [
            ("the basket is full", 0),
            ("an error", 22),
            ("ERROR", 22),
            ("error-handling v1.2", 0),
            ("lib/error.rs", 0),
            ("terrors", 0),
            ("12 passed, 0 failed", 20 - 40 - 10),
        ];
        for (text, words) in cases {
            assert_eq!(Scanner::shared().unwrap().look(text).words, words, "{text}");
        }
    }
}
