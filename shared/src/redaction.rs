//! Takes secrets out of text that somebody else wrote, CI logs above all.
//!
//! A line is read as a person reads it (`view`: without colours and invisible characters, and decoded once), one
//! search finds everything that could matter (`gate`), and each place is judged: by its issuer's form (`vendor`,
//! `token`), by the name before it (`named`, `accept`), by the words before it (`command`), as an address (`url`), or by
//! its look and surroundings (`random`, `look`). Base64 of readable text is read too (`encoded`), private keys are
//! followed over lines (`pem`), and what the process knows to be secret goes in any encoding (`known`).
//!
//! No line takes more than linear time (`budget`), and what cannot be judged is hidden. No rule is compiled: the tables
//! are matched directly, and the search is built when the first line comes.

mod accept;
mod announced;
mod assign;
mod budget;
mod bytes;
mod command;
mod encoded;
mod finding;
mod fuzz;
mod gate;
mod key_tracker;
mod known;
mod look;
mod marker;
mod named;
mod names;
mod options;
mod pem;
mod pieces;
mod plain;
mod random;
mod services;
mod session;
mod shape;
mod stand_in;
mod stream;
mod surroundings;
mod tenant;
mod token;
mod url;
mod vendor;
mod view;

use std::borrow::Cow;
use std::collections::BTreeMap;

pub use self::fuzz::fuzz;
pub use self::key_tracker::PrivateKeyTracker;
use self::known::Known;
pub use self::session::Session;
pub use self::stream::Stream;

/// Finds and replaces secrets.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    known: Known,
}

/// A text without its secrets.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Redacted<'t> {
    /// The text with `[REDACTED:kind#n]` in the place of each secret; borrowed where there was none.
    pub text: Cow<'t, str>,
    /// How many were replaced, by kind.
    pub kinds: BTreeMap<&'static str, usize>,
}

impl Redacted<'_> {
    /// How many secrets were replaced.
    pub fn secrets(&self) -> usize {
        self.kinds.values().sum()
    }
}

impl Redactor {
    /// Knows secrets by their form and their surroundings.
    pub fn new() -> Self {
        Self::default()
    }

    /// Knows `values` besides, and hides them in any encoding.
    pub fn with_known<'v>(values: impl IntoIterator<Item = &'v str>) -> Self {
        Self {
            known: Known::new(values),
        }
    }

    /// Redacts one text of any number of lines.
    pub fn redact<'t>(&self, text: &'t str) -> Redacted<'t> {
        let mut session = self.session();
        let mut redacted = String::new();
        let mut shown = 0;
        let mut from = 0;
        for line in text.split_inclusive('\n') {
            let body = line.strip_suffix('\n').unwrap_or(line);
            if let Cow::Owned(replaced) = session.line(body) {
                redacted.push_str(text.get(shown..from).unwrap_or_default());
                redacted.push_str(&replaced);
                shown = from + body.len();
            }
            from += line.len();
        }
        let kinds = session.kinds().clone();
        if shown == 0 && redacted.is_empty() {
            return Redacted {
                text: Cow::Borrowed(text),
                kinds,
            };
        }
        redacted.push_str(text.get(shown..).unwrap_or_default());
        Redacted {
            text: Cow::Owned(redacted),
            kinds,
        }
    }

    /// Starts a document that comes in chunks.
    pub fn stream(&self) -> Stream<'_> {
        Stream::new(self)
    }

    /// Starts a document that comes line by line.
    pub fn session(&self) -> Session<'_> {
        Session::new(self)
    }
}

#[cfg(test)]
mod tests;
