//! The template of a line: what stays the same when the line comes again.

/// The hash of the line with its numbers, hashes, ids and widths left out. Never zero.
///
/// Parts of words that contain a digit, and words of seven or more hexadecimal digits, count as one sign whatever their length, together
/// with the points and dashes between them: counts, durations, times, ports, versions, temporary names. A nought that stands alone is kept,
/// since `0 failed` is not `3 failed`. The width of blanks and of separators does not matter.
pub(crate) fn template(text: &str) -> u64 {
    let mut hash = Fnv::new();
    for word in text
        .as_bytes()
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty())
    {
        hash_word(&mut hash, word);
        hash.add(b' ');
    }
    hash.value | 1
}

/// Parts of a word are what stands between signs such as `/`, `:` and `=`.
fn hash_word(hash: &mut Fnv, word: &[u8]) {
    let is_sign = |byte: u8| !byte.is_ascii_alphanumeric() && byte < 0x80;
    let joins = |sign: Option<&u8>| matches!(sign, Some(b'.' | b':' | b'-' | b'/'));
    let mut rest = word;
    let mut before: Option<u8> = None;
    while let Some(&first) = rest.first() {
        let len = if is_sign(first) {
            rest.iter().take_while(|byte| **byte == first).count()
        } else {
            rest.iter().take_while(|byte| !is_sign(**byte)).count()
        };
        let (part, after) = rest.split_at(len);
        if is_sign(first) {
            // The length of a separator says nothing.
            if !(hash.masked && matches!(first, b'.' | b'-' | b'_')) {
                hash.add(first);
            }
        } else if part == b"0" && !joins(before.as_ref()) && !joins(after.first()) {
            hash.add(b'0');
        } else if part.iter().any(u8::is_ascii_digit)
            || part.len() >= 7 && part.iter().all(u8::is_ascii_hexdigit)
        {
            hash.mask();
        } else {
            part.iter().for_each(|byte| hash.add(*byte));
        }
        before = part.last().copied();
        rest = after;
    }
}

/// FNV-1a with 64 bits (the FNV specification), which remembers whether the last thing added was a masked part.
struct Fnv {
    value: u64,
    masked: bool,
}

impl Fnv {
    fn new() -> Self {
        Self {
            value: 0xcbf2_9ce4_8422_2325,
            masked: false,
        }
    }

    fn add(&mut self, byte: u8) {
        self.value = (self.value ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        self.masked = false;
    }

    /// `1.2.3` and `12-34` are one number to a reader.
    fn mask(&mut self) {
        if !self.masked {
            self.add(0);
            self.masked = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::template;

    #[test]
    fn what_changes_from_run_to_run_does_not_matter() {
        let same = [
            ("took 3.21s", "took 14.7s"),
            ("listening on 127.0.0.1:4711", "listening on 127.0.0.1:80"),
            ("commit 81bfbd9c3da1", "commit 0a1b2c3"),
            ("/tmp/x81f2/out.log: written", "/tmp/x7/out.log: written"),
            ("a   b", "a b"),
            ("------", "---------------"),
            ("Get:12 archive 2024-01-02", "Get:7 archive 2025-11-30"),
        ];
        for (one, other) in same {
            assert_eq!(template(one), template(other), "{one}");
        }
    }

    #[test]
    fn what_a_line_says_does() {
        let different = [
            ("0 failed", "3 failed"),
            ("error: a", "error: b"),
            ("ok", "OK"),
            ("a/b", "a.b"),
            ("", "x"),
        ];
        for (one, other) in different {
            assert_ne!(template(one), template(other), "{one}");
        }
    }
}
