//! The headers of a diff's files and hunks, one line at a time.

/// As a file has at most so many lines, larger numbers are nonsense.
const MOST_LINE_NUMBER: usize = 1_000_000;

/// Git's extended headers (`git help diff`, "generating patch text") that say more than that a text changes.
const REFUSED_HEADERS: [(&str, &str); 11] = [
    ("old mode", "changes the mode of a file"),
    ("new mode", "changes the mode of a file"),
    ("deleted file mode", "deletes a file"),
    ("rename ", "renames a file"),
    ("copy ", "copies a file"),
    ("similarity index", "renames or copies a file"),
    ("dissimilarity index", "rewrites a file"),
    ("GIT binary patch", "is binary"),
    ("Binary files", "is binary"),
    ("Submodule ", "changes a submodule"),
    (
        "new file mode",
        "makes something else than an ordinary file",
    ),
];

/// Whether a line before `---` changes nothing but a text.
pub(super) fn is_plain(line: &str) -> bool {
    line == "new file mode 100644"
        || line
            .strip_prefix("index ")
            .is_some_and(is_index_of_a_plain_file)
}

/// What else a line before `---` does, as far as it is known.
pub(super) fn refusal(line: &str) -> Option<&'static str> {
    let is_meant = |(start, _): &&(&str, &'static str)| line.starts_with(start);
    REFUSED_HEADERS.iter().find(is_meant).map(|(_, what)| *what)
}

/// Whether an `index` line is one of an ordinary file.
fn is_index_of_a_plain_file(index: &str) -> bool {
    let (ids, mode) = index.split_once(' ').unwrap_or((index, "100644"));
    let is_id = |id: &str| id.bytes().all(|c| c.is_ascii_hexdigit()) && !id.is_empty();
    let are_ids = ids
        .split_once("..")
        .is_some_and(|(old, new)| is_id(old) && is_id(new));
    are_ids && matches!(mode, "100644" | "100755")
}

/// The path of both sides, with Git's `a/` and `b/` or, as models write it, without.
pub(super) fn common_path<'n>(old: &'n str, new: &'n str) -> Option<&'n str> {
    let bare = |name: &'n str| name.strip_prefix("b/");
    if old == "/dev/null" {
        return Some(bare(new).unwrap_or(new));
    }
    match (old.strip_prefix("a/"), bare(new)) {
        (Some(old), Some(new)) if old == new => Some(new),
        _ => (old == new).then_some(new),
    }
}

/// Where a hunk begins, from its header `@@ -start,count +start,count @@`.
pub(super) fn start(header: &str) -> Option<usize> {
    let (ranges, _) = header.strip_prefix("@@ -")?.split_once(" @@")?;
    let (old, new) = ranges.split_once(" +")?;
    range_start(new)?;
    range_start(old)
}

fn range_start(range: &str) -> Option<usize> {
    let (start, count) = range.split_once(',').unwrap_or((range, "1"));
    let number = |digits: &str| {
        let is_number =
            (1..=7).contains(&digits.len()) && digits.bytes().all(|c| c.is_ascii_digit());
        let number = is_number.then(|| digits.parse::<usize>().ok())??;
        (number <= MOST_LINE_NUMBER).then_some(number)
    };
    number(count)?;
    number(start)
}
