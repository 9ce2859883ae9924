//! Where private keys stand in a log: an excerpt may show the middle of one, which nothing in those lines gives away.

use memchr::memmem;

use crate::analysis::Range;
use crate::line::Line;

/// The lines of private keys in PEM form (RFC 7468), from the first mark to the last.
#[derive(Debug, Default)]
pub(super) struct PrivateKeys {
    ranges: Vec<Range>,
    is_open: bool,
}

impl PrivateKeys {
    /// What is shown in the place of a line of a key.
    pub(super) const MARK: &str = "[REDACTED:private-key]";

    /// A log that has more of them hides everything after the last.
    const MOST: usize = 1_000;

    /// A key of 16,384 bits has some 200 lines; what goes on longer is no key, or one whose end was lost.
    const MOST_LINES: u64 = 400;

    /// Takes the next line of the log.
    pub(super) fn push(&mut self, line: &Line<'_>) {
        if self.is_open {
            self.go_on(line);
        }
        // Few lines hold five hyphens, and they are found fast.
        if memmem::find(line.text.as_bytes(), b"PRIVATE KEY-----").is_none() {
            return;
        }
        let is_begin = memmem::find(line.text.as_bytes(), b"-----BEGIN ").is_some();
        let is_end = memmem::find(line.text.as_bytes(), b"-----END ").is_some();
        if is_begin && !is_end && !self.is_open {
            self.is_open = true;
            if self.ranges.len() < Self::MOST {
                let (start, end) = (line.number, line.number);
                self.ranges.push(Range { start, end });
            } else if let Some(last) = self.ranges.last_mut() {
                last.end = u64::MAX;
            }
        } else if is_end {
            self.is_open = false;
        }
    }

    fn go_on(&mut self, line: &Line<'_>) {
        let Some(last) = self.ranges.last_mut() else {
            return;
        };
        last.end = last.end.max(line.number);
        if last.end - last.start >= Self::MOST_LINES {
            self.is_open = false;
        }
    }

    /// Whether a line belongs to a key.
    pub(super) fn hold(&self, number: u64) -> bool {
        let after = self.ranges.partition_point(|range| range.start <= number);
        let before = after.checked_sub(1).and_then(|last| self.ranges.get(last));
        before.is_some_and(|range| number <= range.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: &str = concat!("-----BEGIN RSA PRIVATE", " KEY-----");
    const END: &str = concat!("-----END RSA PRIVATE", " KEY-----");

    fn held(lines: &[&str]) -> Vec<u64> {
        let mut keys = PrivateKeys::default();
        for (number, text) in (1..).zip(lines) {
            keys.push(&Line {
                number,
                text,
                columns: None,
            });
        }
        (1..=lines.len() as u64)
            .filter(|number| keys.hold(*number))
            .collect()
    }

    #[test]
    fn the_lines_of_a_key_are_held_and_no_others() {
        assert_eq!(
            held(&["+ cat key", BEGIN, "MIIE", "aGVs", END, "done"]),
            [2, 3, 4, 5]
        );
        assert_eq!(held(&["a", "-----BEGIN CERTIFICATE-----", "MIIE"]), [0; 0]);
        assert_eq!(held(&[BEGIN, "MIIE"]), [1, 2]);
        let in_one_line = format!("{BEGIN}\\nMIIE\\n{END}");
        assert_eq!(held(&[&in_one_line, "next"]), [0; 0]);
    }

    #[test]
    fn a_key_without_an_end_hides_no_more_than_a_long_key() {
        let mut lines = vec![BEGIN];
        lines.extend(["x"; 1_000]);
        assert_eq!(held(&lines), (1..=401).collect::<Vec<u64>>());
    }
}
