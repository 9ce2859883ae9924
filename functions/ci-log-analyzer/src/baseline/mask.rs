//! The template of a line: what stays the same when the line comes again.

/// The hash of the line with its numbers, hex digits, ids and run-specific parts left out.
///
/// Runs of digits and words that contain a digit count as one sign whatever their length, so that counts, durations, times, hashes, ports,
/// versions and temporary names do not matter; neither does the width of blanks. Never zero.
pub(crate) fn template(text: &str) -> u64 {
    let mut hash = Fnv::new();
    let bytes = text.trim().as_bytes();
    for word in bytes.split(|byte| byte.is_ascii_whitespace()).filter(|word| !word.is_empty()) {
        hash_word(&mut hash, word);
        hash.add(b' ');
    }
    hash.value | 1
}

/// Parts of a word are what stands between signs such as `/`, `:` and `=`.
fn hash_word(hash: &mut Fnv, word: &[u8]) {
    let is_sign = |byte: u8| !byte.is_ascii_alphanumeric() && byte < 0x80;
    let mut rest = word;
    let mut before: Option<u8> = None;
    while let Some(&first) = rest.first() {
        let len = if is_sign(first) { rest.iter().take_while(|byte| **byte == first).count() } else { rest.iter().take_while(|byte| !is_sign(**byte)).count() };
        let (part, after) = rest.split_at(len);
        let number_ends = |sign: Option<&u8>| !matches!(sign, Some(b'.' | b':' | b'-' | b'/'));
        if part == b"0" && number_ends(before.as_ref()) && number_ends(after.first()) {
            // `0 failed` is not `3 failed`.
            hash.add(b'0');
        } else if part.iter().any(u8::is_ascii_digit) || part.len() >= 7 && part.iter().all(u8::is_ascii_hexdigit) {
            hash.mask();
        } else if !matches!(first, b'.' | b'-' | b'_' if hash.masked) {
            // The length of a separator says nothing.
            part.iter().take(if is_sign(first) { 1 } else { part.len() }).for_each(|byte| hash.add(*byte));
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
        Self { value: 0xcbf2_9ce4_8422_2325, masked: false }
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
