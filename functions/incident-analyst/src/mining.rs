//! Counts what logs say: entries in, templates with their counts before and since the window began out. Pure, one pass, bounded memory.
//!
//! The same event in two lines is one template, whatever its numbers, times and ids ([`shared::template`]). Of a JSON or logfmt entry only
//! what people would read counts, of a stack trace only the exception. What the platform and health checks say every few seconds is counted
//! as read, and is no pattern.

mod json;
mod level;
mod logfmt;
mod noise;
mod rank;
mod reading;
mod table;
mod trace;
mod words;

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};
use shared::outbound::redacted_head;

use self::rank::Spans;
use self::reading::Reader;
use self::table::Table;
use crate::evidence::{LogEntry, PatternCount};

/// An entry of a log, borrowed from wherever it was read. Text that was no UTF-8 comes as what could be read of it.
#[derive(Clone, Copy, Debug)]
pub struct LogEntryRef<'a> {
    /// CloudWatch's own id of the event; empty where there is none.
    pub event_id: &'a str,
    /// The log group.
    pub group: &'a str,
    /// The log stream.
    pub stream: &'a str,
    /// When it happened.
    pub at: Timestamp,
    /// Its text, however long and of however many lines.
    pub message: &'a str,
}

/// How much is kept. The defaults take less than 10 MB.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long before the window began entries were read: counts before it are so many in this time.
    pub before: SignedDuration,
    /// So much of an entry is looked at.
    pub entry_bytes: usize,
    /// So many different templates are counted at a time.
    pub templates: usize,
    /// So many patterns come out.
    pub patterns: usize,
    /// A template's text and an example are no longer.
    pub text_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            before: SignedDuration::from_hours(1),
            entry_bytes: 16 * 1024,
            templates: 4_096,
            patterns: 50,
            text_bytes: 500,
        }
    }
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Mined {
    /// The most telling first: errors that are new or rose, whatever else is new or rose, other errors, the rest.
    pub patterns: Vec<PatternCount>,
    /// How many entries were added, before and since the window began.
    pub counted: (u64, u64),
    /// What the counts lack, in sentences for people.
    pub gaps: Vec<String>,
}

/// Counts the templates of log entries.
///
/// Entries may come in any order. As long as there are no more templates than allowed, the order changes nothing.
#[derive(Debug)]
pub struct Miner {
    window_began: Timestamp,
    limits: Limits,
    reader: Reader,
    table: Table,
    counted: (u64, u64),
    cut: u64,
    last: Option<Timestamp>,
}

impl Miner {
    /// Begins to count. An entry of the time `window_began` is in the window.
    pub fn new(window_began: Timestamp, limits: Limits) -> Self {
        Self {
            window_began,
            limits,
            reader: Reader::default(),
            table: Table::new(limits.templates.max(1)),
            counted: (0, 0),
            cut: 0,
            last: None,
        }
    }

    /// Counts an entry.
    pub fn add(&mut self, entry: &LogEntryRef<'_>) {
        let is_since = entry.at >= self.window_began;
        if is_since {
            self.counted.1 += 1;
        } else {
            self.counted.0 += 1;
        }
        self.last = self.last.max(Some(entry.at));
        let message = whole_words(entry.message, self.limits.entry_bytes);
        self.cut += u64::from(message.len() < entry.message.len());
        if let Some(reading) = self.reader.read(message) {
            self.table.count(
                &reading,
                &Seen {
                    entry,
                    message,
                    is_since,
                },
                self.limits.text_bytes,
            );
        }
    }

    /// What the entries say.
    pub fn finish(self) -> Mined {
        let spans = Spans::new(self.limits.before, self.window_began, self.last);
        let gaps = self.gaps();
        let mut patterns = self.table.into_patterns();
        rank::rank(&mut patterns, &spans);
        patterns.truncate(self.limits.patterns);
        Mined {
            patterns,
            counted: self.counted,
            gaps,
        }
    }

    fn gaps(&self) -> Vec<String> {
        let mut gaps = Vec::new();
        let lost = self.table.lost();
        if lost > 0 {
            gaps.push(format!(
                "The logs have more than {} different patterns; {lost} entries of the rarest are not in the counts.",
                self.limits.templates
            ));
        }
        if self.cut > 0 {
            let bytes = self.limits.entry_bytes;
            gaps.push(format!(
                "Of {} long log entries only the first {bytes} bytes were read.",
                self.cut
            ));
        }
        gaps
    }
}

/// What people would read of an entry, in one line, without its time and level; `None` if it tells nothing.
pub(crate) fn told(message: &str) -> Option<String> {
    let mut reader = Reader::default();
    Some(reader.read(message)?.text.to_owned())
}

/// Whether a line is about a request and nothing else, as those of access logs are.
pub(crate) fn is_request(line: &str) -> bool {
    noise::access(line).is_some()
}

/// Whether what stands before or after a word of a line says that it is not so: `no`, `=0`, `: false`.
pub(crate) fn is_taken_back(before: &str, after: &str) -> bool {
    words::is_taken_back(before, after)
}

/// An entry that is being counted.
#[derive(Clone, Copy, Debug)]
struct Seen<'a> {
    entry: &'a LogEntryRef<'a>,
    message: &'a str,
    is_since: bool,
}

impl Seen<'_> {
    /// The entry as an example of its template.
    fn example(&self, text: &str, most: usize) -> LogEntry {
        // What somebody reads should be what the log has, unless the part that matters would be cut off.
        let is_short = self.message.len() <= most && !self.message.contains('\n');
        let text = if is_short { self.message } else { text };
        LogEntry {
            event_id: name(self.entry.event_id).to_owned(),
            group: name(self.entry.group).to_owned(),
            stream: name(self.entry.stream).to_owned(),
            at: self.entry.at,
            message: one_line(cut(&redacted(text, most), most)),
        }
    }
}

/// The names of log groups and streams have 512 characters at most (CloudWatch Logs, `CreateLogGroup`, `CreateLogStream`).
const NAME_BYTES: usize = 512;

fn name(name: &str) -> &str {
    cut(name, NAME_BYTES)
}

fn one_line(text: &str) -> String {
    let text = text.trim_end();
    text.chars()
        .map(|char| if char.is_control() { ' ' } else { char })
        .collect()
}

/// `text` as far as `most` bytes of it are kept, without its secrets: whoever redacts it later would not know half a secret.
fn redacted(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most && !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(redacted_head(text, most.saturating_mul(4)).0)
}

/// The first `most` bytes of `text` or, where a word would be cut, what is before it.
fn whole_words(text: &str, most: usize) -> &str {
    let head = cut(text, most);
    match head.rfind(char::is_whitespace) {
        Some(end) if head.len() < text.len() => head.get(..end).unwrap_or(head),
        _ => head,
    }
}

/// The first `most` bytes of `text`, or one, two or three fewer, where a character would be cut.
fn cut(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or(text)
}

#[cfg(test)]
mod tests;
