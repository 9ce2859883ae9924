//! A unified diff of two texts that differ in one place. Pure.

use std::fmt::Write as _;

/// As `diff -u` and Git show.
const CONTEXT: usize = 3;

/// The diff of a file in one hunk; both texts end with a line break. Empty if they are the same.
pub fn unified(path: &str, before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same = |(old, new): &(&&str, &&str)| old == new;
    let head = old.iter().zip(&new).take_while(same).count();
    let (old_rest, new_rest) = (old.iter().skip(head), new.iter().skip(head));
    let tail = old_rest.rev().zip(new_rest.rev()).take_while(same).count();
    if head == old.len() && head == new.len() {
        return String::new();
    }
    let from = head.saturating_sub(CONTEXT);
    let after_it = tail.min(CONTEXT);
    let length = |all: usize| all - tail + after_it - from;
    // An empty side begins before its first line.
    let start = |length: usize| if length == 0 { from } else { from + 1 };
    let (old_length, new_length) = (length(old.len()), length(new.len()));
    let mut diff = format!(
        "--- a/{path}\n+++ b/{path}\n@@ -{},{old_length} +{},{new_length} @@\n",
        start(old_length),
        start(new_length)
    );
    let mut write = |sign: char, lines: &[&str], (from, to): (usize, usize)| {
        for line in lines.iter().take(to).skip(from) {
            // Writing to a String cannot fail.
            let _ = writeln!(diff, "{sign}{line}");
        }
    };
    let (old_end, new_end) = (old.len() - tail, new.len() - tail);
    write(' ', &old, (from, head));
    write('-', &old, (head, old_end));
    write('+', &new, (head, new_end));
    write(' ', &old, (old_end, old_end + after_it));
    diff
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hunk(before: &str, after: &str) -> String {
        let diff = unified("f", before, after);
        let hunk = diff.strip_prefix("--- a/f\n+++ b/f\n").unwrap_or(&diff);
        hunk.replace('\n', "/")
    }

    #[test]
    fn the_lines_that_differ_stand_between_three_that_do_not() {
        for (before, after, expected) in [
            ("a\nb\n", "a\nb\n", ""),
            ("a\n", "b\n", "@@ -1,1 +1,1 @@/-a/+b/"),
            ("", "a\n", "@@ -0,0 +1,1 @@/+a/"),
            ("a\nb\n", "a\n", "@@ -1,2 +1,1 @@/ a/-b/"),
            ("a\na\n", "a\na\na\n", "@@ -1,2 +1,3 @@/ a/ a/+a/"),
            (
                "1\n2\n3\n4\n5\n6\n7\n8\n9\n",
                "1\n2\n3\n4\nx\ny\n6\n7\n8\n9\n",
                "@@ -2,7 +2,8 @@/ 2/ 3/ 4/-5/+x/+y/ 6/ 7/ 8/",
            ),
        ] {
            assert_eq!(hunk(before, after), expected, "{before:?} to {after:?}");
        }
    }
}
