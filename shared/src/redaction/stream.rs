//! A document in chunks of any size, such as a log of gigabytes without a line end.

use super::Redactor;
use super::pieces;
use super::session::{MOST_LINE, Session};

/// Redacts what is written to it; at most one line or 64 KiB is held back.
#[derive(Debug)]
pub struct Stream<'r> {
    session: Session<'r>,
    held: String,
    /// A run too long to be judged is going on; its marker was written when it began.
    is_hiding: bool,
}

impl<'r> Stream<'r> {
    pub(super) fn new(redactor: &'r Redactor) -> Self {
        Self {
            session: redactor.session(),
            held: String::new(),
            is_hiding: false,
        }
    }

    /// Takes the next chunk, which may end anywhere, and appends what is ready to `out`.
    pub fn write(&mut self, chunk: &str, out: &mut String) {
        for part in chunk.split_inclusive('\n') {
            let line = part.strip_suffix('\n');
            self.held.push_str(line.unwrap_or(part));
            if line.is_some() {
                self.end_line(out);
                out.push('\n');
            } else if self.held.len() > MOST_LINE {
                self.release(out);
            }
        }
    }

    /// Appends what was held back. Nothing is written after this.
    pub fn finish(mut self, out: &mut String) -> Session<'r> {
        self.end_line(out);
        self.session
    }

    /// What was redacted so far.
    pub fn session(&self) -> &Session<'r> {
        &self.session
    }

    fn end_line(&mut self, out: &mut String) {
        self.skip_hidden();
        let line = std::mem::take(&mut self.held);
        out.push_str(&self.session.line(&line));
        self.is_hiding = false;
    }

    /// Writes the pieces of a line that goes on.
    fn release(&mut self, out: &mut String) {
        self.skip_hidden();
        while self.held.len() > MOST_LINE {
            let (piece, is_whole) = pieces::first(&self.held, MOST_LINE);
            let length = piece.len();
            let text = if is_whole {
                self.session.piece(piece)
            } else {
                self.session.hide(piece)
            };
            out.push_str(&text);
            self.is_hiding =
                !is_whole && length == self.held.len() && !piece.ends_with(pieces::is_end_char);
            self.held.drain(..length);
        }
    }

    /// Drops the rest of a run whose beginning was hidden.
    fn skip_hidden(&mut self) {
        if !self.is_hiding {
            return;
        }
        let end = self.held.find(pieces::is_end_char);
        self.is_hiding = end.is_none();
        self.held.drain(..end.unwrap_or(self.held.len()));
    }
}
