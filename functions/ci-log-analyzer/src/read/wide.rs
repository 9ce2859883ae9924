//! UTF-16 becomes UTF-8, piece by piece: what Windows PowerShell writes for `>`.

use std::io::{self, Read};

/// What is read at once.
const PIECE: usize = 16 * 1024;

/// A text in UTF-16 with a byte order mark (the Unicode Standard, 23.8), as UTF-8. What is no character is U+FFFD.
#[derive(Debug)]
pub(super) struct Wide<R> {
    log: R,
    is_big: Option<bool>,
    /// Bytes that are no character yet: half a unit, the first of two surrogates, or both.
    left: Vec<u8>,
    text: Vec<u8>,
    given: usize,
}

impl<R: Read> Wide<R> {
    pub(super) fn new(log: R) -> Self {
        Self {
            log,
            is_big: None,
            left: Vec::new(),
            text: Vec::new(),
            given: 0,
        }
    }

    /// Reads the next piece; false at the end.
    fn next(&mut self) -> io::Result<bool> {
        let mut bytes = std::mem::take(&mut self.left);
        let before = bytes.len();
        bytes.resize(before + PIECE, 0);
        let free = bytes.get_mut(before..).unwrap_or_default();
        let read = loop {
            match self.log.read(free) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    bytes.truncate(before);
                    self.left = bytes;
                    return Err(error);
                }
                Ok(read) => break read,
            }
        };
        bytes.truncate(before + read);
        self.decode(&bytes, read == 0);
        Ok(read > 0)
    }

    fn decode(&mut self, bytes: &[u8], is_end: bool) {
        let mut bytes = bytes;
        if self.is_big.is_none() {
            let [first, _, rest @ ..] = bytes else {
                self.left = bytes.to_vec();
                return;
            };
            self.is_big = Some(*first == 0xfe);
            bytes = rest;
        }
        let is_big = self.is_big == Some(true);
        let unit = |pair: &[u8; 2]| {
            if is_big {
                u16::from_be_bytes(*pair)
            } else {
                u16::from_le_bytes(*pair)
            }
        };
        let (pairs, half) = bytes.as_chunks::<2>();
        let ends_early = |pair: &[u8; 2]| !is_end && (0xd800..0xdc00).contains(&unit(pair));
        let (pairs, early) = match pairs {
            [whole @ .., last] if ends_early(last) => (whole, last.as_slice()),
            whole => (whole, &[][..]),
        };
        self.text.clear();
        self.given = 0;
        let decoded = char::decode_utf16(pairs.iter().map(unit));
        let text: String = decoded
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
        self.text.extend_from_slice(text.as_bytes());
        if is_end && !half.is_empty() {
            self.text.extend_from_slice("\u{fffd}".as_bytes());
            return;
        }
        self.left = [early, half].concat();
    }
}

impl<R: Read> Read for Wide<R> {
    fn read(&mut self, free: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() {
            if !self.next()? && self.given == self.text.len() {
                return Ok(0);
            }
        }
        let rest = self.text.get(self.given..).unwrap_or_default();
        let count = rest.len().min(free.len());
        let (given, taken) = (rest.get(..count), free.get_mut(..count));
        if let (Some(given), Some(taken)) = (given, taken) {
            taken.copy_from_slice(given);
        }
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Gives so many bytes at once.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, free: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(free.len()).min(self.0.len());
            free[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn read(bytes: &[u8], piece: usize) -> String {
        let mut text = String::new();
        let mut wide = Wide::new(Slow(bytes, piece));
        wide.read_to_string(&mut text).unwrap();
        text
    }

    proptest! {
        #[test]
        fn a_text_is_read_in_either_order_and_in_any_pieces(text in "\\PC{0,40}", piece in 1_usize..9) {
            let units = || std::iter::once(0xfeff).chain(text.encode_utf16());
            let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
            let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
            prop_assert_eq!(&read(&little, piece), &text);
            prop_assert_eq!(&read(&big, piece), &text);
        }

        #[test]
        fn anything_is_read_to_its_end(bytes in prop::collection::vec(any::<u8>(), 0..40), piece in 1_usize..9) {
            read(&bytes, piece);
        }
    }

    #[test]
    fn halves_are_shown_as_such() {
        assert_eq!(read(b"\xff\xfea\0\x00\xd8", 1), "a\u{fffd}");
        assert_eq!(read(b"\xff\xfea\0b", 1), "a\u{fffd}");
    }
}
