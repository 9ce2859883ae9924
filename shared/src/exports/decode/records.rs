//! The records of an object that an export task wrote. Pure.
//!
//! A record is `2026-02-18T21:47:01.123Z `, the message as it is, and a line end. A message can have line ends, too: a line that does not
//! begin with a timestamp of the window still belongs to the record before. A line of a message that does begin with one cannot be told
//! from a record; then there are more rows than events, and the count shows it.

use std::borrow::Cow;
use std::ops::Range;

use super::lines::Lines;
use super::unpack::Unpacker;
use super::{DecodeError, LONGEST_RECORD};
use crate::exports::window::Window;

/// What follows the date, a nought for each digit.
const TIME: &[u8] = b"T00:00:00.000Z ";

/// How long a record's timestamp is, the space after it included.
const PREFIX: usize = 10 + TIME.len();

const DAY_MS: i64 = 86_400_000;

/// A log event as an export task writes it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Record<'a> {
    /// When it happened: milliseconds since 1970.
    pub timestamp_ms: i64,
    /// What was logged, line ends and all; what is no UTF-8 is replaced.
    pub message: Cow<'a, str>,
}

/// Reads the records of an object that an export task wrote, as [`super::Rows`] reads rows; the last record comes from
/// [`Records::last`], as only the end of the object shows that it is over.
#[derive(Debug)]
pub struct Records {
    /// The window's date as records have it: a window is of one day.
    date: String,
    day_ms: i64,
    window_ms: Range<i64>,
    unpacker: Unpacker,
    lines: Lines,
    /// The timestamp of the record that begins where the lines start.
    open: Option<i64>,
    /// How far from there a line begins of which it is not known yet whether it is another record.
    line: Option<usize>,
}

impl Records {
    /// Before the first byte of an object with events of `window`.
    pub fn new(window: Window) -> Self {
        let [start, end] = [window.start(), window.end()].map(jiff::Timestamp::as_millisecond);
        Self {
            date: window.start().strftime("%Y-%m-%d").to_string(),
            day_ms: start.div_euclid(DAY_MS) * DAY_MS,
            window_ms: start..end,
            unpacker: Unpacker::gzip(),
            lines: Lines::default(),
            open: None,
            line: Some(0),
        }
    }

    /// The next bytes of the object. Records are to be taken until there is none before more bytes are fed.
    pub fn feed(&mut self, bytes: Vec<u8>) {
        self.unpacker.feed(bytes);
    }

    /// The next record, `None` if more bytes are needed.
    #[expect(
        clippy::should_implement_trait,
        reason = "a record borrows from the reader"
    )]
    pub fn next(&mut self) -> Result<Option<Record<'_>>, DecodeError> {
        let found = self.find()?;
        Ok(found.map(|(timestamp_ms, message)| self.record(timestamp_ms, message)))
    }

    /// The last record, after the last byte; an error if something was missing.
    pub fn last(&mut self) -> Result<Option<Record<'_>>, DecodeError> {
        if !self.unpacker.is_complete() {
            return Err(DecodeError::Torn);
        }
        let (start, end) = (self.lines.start(), self.lines.end());
        let Some(timestamp_ms) = self.open.take() else {
            return (start == end).then_some(None).ok_or(DecodeError::NoRecord);
        };
        let is_ended = self.lines.get(start..end).ends_with(b"\n");
        let message = start + PREFIX..end - usize::from(is_ended);
        self.lines.advance(end);
        Ok(Some(self.record(timestamp_ms, message)))
    }

    fn record(&self, timestamp_ms: i64, message: Range<usize>) -> Record<'_> {
        Record {
            timestamp_ms,
            message: String::from_utf8_lossy(self.lines.get(message)),
        }
    }

    /// The next record that is over because another one begins: its timestamp, and where its message is.
    fn find(&mut self) -> Result<Option<(i64, Range<usize>)>, DecodeError> {
        loop {
            let is_decided = match self.line {
                None => {
                    let start = self.lines.start();
                    self.line = self.lines.line_end().map(|end| end - start);
                    self.line.is_some()
                }
                Some(line) => match self.decide(line)? {
                    Decision::Record(found) => return Ok(Some(found)),
                    Decision::Decided => true,
                    Decision::Open => false,
                },
            };
            if !is_decided && !self.lines.fill(&mut self.unpacker, LONGEST_RECORD)? {
                return Ok(None);
            }
        }
    }

    /// Whether a record begins with this line.
    fn decide(&mut self, line: usize) -> Result<Decision, DecodeError> {
        let start = self.lines.start();
        let begin = start + line;
        let text = self.lines.get(begin..self.lines.end());
        if text.len() < PREFIX && self.might_become(text) {
            return Ok(Decision::Open);
        }
        self.line = None;
        let Some(timestamp_ms) = self.timestamp(text) else {
            return match self.open {
                Some(_) => Ok(Decision::Decided),
                None => Err(DecodeError::NoRecord),
            };
        };
        self.lines.advance(begin);
        Ok(match self.open.replace(timestamp_ms) {
            Some(before) => Decision::Record((before, start + PREFIX..begin - 1)),
            None => Decision::Decided,
        })
    }

    fn might_become(&self, text: &[u8]) -> bool {
        let form = self.date.as_bytes().iter().chain(TIME);
        let is_date = |place| place < self.date.len();
        let fits = |(place, (byte, form)): (usize, (&u8, &u8))| {
            byte == form || (!is_date(place) && *form == b'0' && byte.is_ascii_digit())
        };
        text.iter().zip(form).enumerate().all(fits)
    }

    /// The timestamp that a text begins with, if it is one of the window.
    fn timestamp(&self, text: &[u8]) -> Option<i64> {
        let time = text.strip_prefix(self.date.as_bytes())?;
        let [b'T', hours @ .., b'Z', b' '] = time.first_chunk::<{ TIME.len() }>()? else {
            return None;
        };
        let [h1, h2, b':', m1, m2, b':', s1, s2, b'.', f1, f2, f3] = hours else {
            return None;
        };
        let [hour, minute, second] = [[0, *h1, *h2], [0, *m1, *m2], [0, *s1, *s2]].map(number);
        let second = (second? < 60).then_some(second?)?;
        let minute = (minute? < 60).then_some(minute?)?;
        let ms = ((hour? * 60 + minute) * 60 + second) * 1_000 + number([*f1, *f2, *f3])?;
        let at = self.day_ms + ms;
        self.window_ms.contains(&at).then_some(at)
    }
}

/// What is known of a line.
enum Decision {
    /// It begins a record, and this is the one before it.
    Record((i64, Range<usize>)),
    /// It begins the first record, or none.
    Decided,
    /// More of it has to be there.
    Open,
}

/// A number of decimal digits; a zero byte counts as none.
fn number(digits: [u8; 3]) -> Option<i64> {
    digits.into_iter().try_fold(0, |number, digit| match digit {
        0 => Some(number),
        b'0'..=b'9' => Some(number * 10 + i64::from(digit - b'0')),
        _ => None,
    })
}
