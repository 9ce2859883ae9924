//! A line of a log, as its reader on a screen saw it.

/// One line, without its end, and without what CI systems and terminals put around the text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Line<'a> {
    /// 1-based in the original file, counted by `\n` alone.
    pub number: u64,
    /// The text: valid UTF-8 (what was not is replaced), without BOM, time stamps, ANSI sequences and `gh run view` columns, what a
    /// lone `\r` overwrote removed, cut to [`Line::MAX_BYTES`] on a character boundary.
    pub text: &'a str,
    /// The job and step columns of `gh run view --log`, where the line has them.
    pub columns: Option<Columns<'a>>,
}

/// What `gh run view --log` puts before each line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Columns<'a> {
    pub job: &'a str,
    pub step: &'a str,
}

impl Line<'_> {
    /// Longer lines are cut: minified bundles and encoded images, of which the beginning says all.
    pub const MAX_BYTES: usize = 8 * 1024;
}
