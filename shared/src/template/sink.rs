//! What becomes of a template: a hash, or a text.

use super::CHANGES;
use super::walk::Sink;

/// FNV-1a with 64 bits (the FNV specification).
pub(super) struct Fnv(u64);

impl Fnv {
    pub(super) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub(super) fn value(&self) -> u64 {
        self.0 | 1
    }

    fn add(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
}

impl Sink for Fnv {
    fn keep(&mut self, part: &[u8]) {
        for byte in part {
            self.add(*byte);
        }
    }

    fn mask(&mut self) {
        self.add(0);
    }

    fn end_word(&mut self) {
        self.add(b' ');
    }
}

/// A text of bounded length.
pub(super) struct Readable {
    text: Vec<u8>,
    most: usize,
    is_full: bool,
}

impl Readable {
    pub(super) fn new(most: usize) -> Self {
        Self {
            text: Vec::new(),
            most,
            is_full: false,
        }
    }

    pub(super) fn into_text(mut self) -> String {
        if self.text.last() == Some(&b' ') {
            self.text.pop();
        }
        let mut text = String::from_utf8_lossy(&self.text).into_owned();
        if self.is_full {
            text.push('…');
        }
        text
    }

    fn push(&mut self, part: &[u8]) {
        let room = self.most.saturating_sub(self.text.len());
        if self.is_full || part.len() > room {
            // A part that is too long is cut, so that one endless word is not nothing.
            let fits = if self.is_full {
                0
            } else {
                boundary(part, room)
            };
            self.text.extend(part.iter().take(fits));
            self.is_full = true;
        } else {
            self.text.extend_from_slice(part);
        }
    }
}

/// The end of the last character of `part` that ends within `room` bytes.
fn boundary(part: &[u8], room: usize) -> usize {
    let continues = |at: usize| part.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    let mut end = room.min(part.len());
    while end > 0 && continues(end) {
        end -= 1;
    }
    end
}

impl Sink for Readable {
    fn keep(&mut self, part: &[u8]) {
        self.push(part);
    }

    fn mask(&mut self) {
        let room = self.most.saturating_sub(self.text.len());
        if CHANGES.len() > room {
            self.is_full = true;
        }
        self.push(if self.is_full {
            b""
        } else {
            CHANGES.as_bytes()
        });
    }

    fn end_word(&mut self) {
        // The blank at the end of a line goes away again: it needs no room of its own.
        if !self.is_full {
            self.text.push(b' ');
        }
    }
}
