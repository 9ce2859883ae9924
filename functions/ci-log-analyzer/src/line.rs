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
