//! The entries around the breach, of however many. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::collect::sources::LogEvent;
use crate::collect::text::one_line;
use crate::evidence::LogEntry;

/// The longest message that is kept.
const LONGEST_MESSAGE: usize = 2_000;

/// The names of log groups and streams have 512 characters at most (API reference, `CreateLogGroup`, `CreateLogStream`).
const LONGEST_NAME: usize = 512;

/// The entries whose times are nearest to the breach.
#[derive(Debug)]
pub(super) struct Nearest {
    breached_at: Timestamp,
    most: usize,
    /// By how far they are from the breach, group and id.
    entries: BTreeMap<(u128, String, String), LogEntry>,
}

impl Nearest {
    pub(super) fn new(breached_at: Timestamp, most: usize) -> Self {
        let entries = BTreeMap::new();
        Self {
            breached_at,
            most,
            entries,
        }
    }

    pub(super) fn add(&mut self, group: &str, event: &LogEvent) {
        let apart = event
            .at
            .duration_since(self.breached_at)
            .unsigned_abs()
            .as_millis();
        let farthest = self
            .entries
            .last_key_value()
            .map(|((apart, _, _), _)| *apart);
        let is_full = self.entries.len() >= self.most;
        if is_full && farthest.is_none_or(|farthest| apart >= farthest) {
            return;
        }
        let entry = LogEntry {
            event_id: one_line(&event.id, LONGEST_NAME),
            group: group.to_owned(),
            stream: one_line(&event.stream, LONGEST_NAME),
            at: event.at,
            message: one_line(&event.message, LONGEST_MESSAGE),
        };
        self.entries
            .insert((apart, group.to_owned(), event.id.clone()), entry);
        if self.entries.len() > self.most {
            self.entries.pop_last();
        }
    }

    /// The entries, oldest first.
    pub(super) fn oldest_first(self) -> Vec<LogEntry> {
        let mut entries: Vec<LogEntry> = self.entries.into_values().collect();
        entries.sort_by(|one, other| (one.at, &one.event_id).cmp(&(other.at, &other.event_id)));
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::samples::at;

    #[test]
    fn the_nearest_stay_whatever_the_order_and_come_out_oldest_first_on_one_line() {
        let mut nearest = Nearest::new(at("21:00:00"), 3);
        let times = [
            "20:00:00", "21:00:05", "20:59:59", "20:59:00", "21:59:00", "20:59:58",
        ];
        for (number, time) in times.into_iter().enumerate() {
            nearest.add(
                "/ecs/shop",
                &LogEvent {
                    id: number.to_string(),
                    stream: "web/1".to_owned(),
                    at: at(time),
                    message: format!("line\n\tof {time} {}", "x".repeat(9_000)),
                },
            );
        }
        let entries = nearest.oldest_first();
        let lines: Vec<String> = entries
            .iter()
            .map(|entry| format!("{} {} {}", entry.event_id, entry.at, entry.message))
            .collect();
        assert_eq!(
            lines,
            [
                "5 2026-02-18T20:59:58Z line of 20:59:58",
                "2 2026-02-18T20:59:59Z line of 20:59:59",
                "1 2026-02-18T21:00:05Z line of 21:00:05",
            ]
        );
    }
}
