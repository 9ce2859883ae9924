//! Templates and their counts, as many as allowed.

use std::collections::HashMap;

use jiff::Timestamp;
use shared::outbound::redacted_head;
use shared::template;

use super::reading::Reading;
use super::{Seen, words};
use crate::evidence::{LogEntry, PatternCount};

/// When it is full, the rarest ones go in so many parts of it at once: sorting for each new one would take too long.
const PART: usize = 4;

/// Templates and their counts.
#[derive(Debug)]
pub(super) struct Table {
    counts: HashMap<u64, PatternCount>,
    most: usize,
    lost: u64,
}

impl Table {
    pub(super) fn new(most: usize) -> Self {
        Self {
            counts: HashMap::new(),
            most,
            lost: 0,
        }
    }

    /// How many entries were counted whose templates had to go.
    pub(super) fn lost(&self) -> u64 {
        self.lost
    }

    pub(super) fn count(&mut self, reading: &Reading<'_>, seen: &Seen<'_>, text_bytes: usize) {
        let key = key(reading);
        if let Some(count) = self.counts.get_mut(&key) {
            add(count, reading, seen, text_bytes);
            return;
        }
        if self.counts.len() >= self.most {
            self.drop_rarest();
        }
        self.counts
            .insert(key, first(key, reading, seen, text_bytes));
    }

    /// Errors stay before all others.
    fn drop_rarest(&mut self) {
        let standing =
            |count: &PatternCount| (count.is_error, count.before + count.since, count.template);
        let mut all: Vec<_> = self.counts.values().map(standing).collect();
        all.sort_unstable();
        for (_, entries, key) in all.iter().take((self.most / PART).max(1)) {
            self.lost += entries;
            self.counts.remove(key);
        }
    }

    /// In no order.
    pub(super) fn into_patterns(self) -> Vec<PatternCount> {
        self.counts.into_values().collect()
    }
}

/// A line that is logged as an error and as something else is two patterns; a GET that ends in 200 and in 502 is, too.
fn key(reading: &Reading<'_>) -> u64 {
    let kind = match reading.is_error {
        None => 0,
        Some(false) => 1,
        Some(true) => 2,
    };
    // The multiplier of FNV-1a, so that the kind reaches more than the last bits.
    (template::service_hash(reading.text) ^ kind).wrapping_mul(0x0100_0000_01b3)
}

fn first(key: u64, reading: &Reading<'_>, seen: &Seen<'_>, text_bytes: usize) -> PatternCount {
    PatternCount {
        template: key,
        text: template_text(reading.text, text_bytes),
        is_error: reading
            .is_error
            .unwrap_or_else(|| words::tell_of_error(reading.text)),
        before: u64::from(!seen.is_since),
        since: u64::from(seen.is_since),
        first_at: seen.entry.at,
        last_at: seen.entry.at,
        example: seen.example(reading.text, text_bytes),
    }
}

/// What is masked may be part of a secret whose rest would then not be known: secrets go first, and always.
fn template_text(text: &str, most: usize) -> String {
    let (text, _) = redacted_head(text, most.saturating_mul(4));
    template::service_text(&text, most)
}

fn add(count: &mut PatternCount, reading: &Reading<'_>, seen: &Seen<'_>, text_bytes: usize) {
    let is_first_since = seen.is_since && count.since == 0;
    if seen.is_since {
        count.since += 1;
    } else {
        count.before += 1;
    }
    count.first_at = count.first_at.min(seen.entry.at);
    count.last_at = count.last_at.max(seen.entry.at);
    // Before the window nothing but what is in it replaces an example of it.
    let is_eligible = seen.is_since || count.since == 0;
    if is_first_since || is_eligible && known(seen) <= standing(&count.example) {
        let example = seen.example(reading.text, text_bytes);
        if is_first_since || order(&example) < order(&count.example) {
            count.example = example;
        }
    }
}

/// What of an entry can be compared before an example is made of it.
fn known<'a>(seen: &Seen<'a>) -> (Timestamp, &'a str) {
    (seen.entry.at, super::name(seen.entry.event_id))
}

fn standing(example: &LogEntry) -> (Timestamp, &str) {
    (example.at, &example.event_id)
}

/// Entries of one time have an order of their own, whichever came first.
fn order(entry: &LogEntry) -> (Timestamp, &str, &str, &str, &str) {
    (
        entry.at,
        &entry.event_id,
        &entry.group,
        &entry.stream,
        &entry.message,
    )
}
