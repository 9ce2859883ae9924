//! Spans of time that are exported as one.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// A half-open span `[start, end)` of UTC time: whole hours, all of one UTC day.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "Bounds", into = "Bounds")]
pub struct Window {
    start: Timestamp,
    end: Timestamp,
}

/// A span that is no [`Window`].
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("{start} to {end} is no window: it has whole hours of one UTC day")]
pub struct BadWindow {
    start: Timestamp,
    end: Timestamp,
}

#[derive(Clone, Copy, Deserialize, Serialize)]
struct Bounds {
    start: Timestamp,
    end: Timestamp,
}

impl Window {
    /// The window from `start` up to `end`, which is not in it.
    pub fn new(start: Timestamp, end: Timestamp) -> Result<Self, BadWindow> {
        let [first, after] = [start, end].map(Timestamp::as_millisecond);
        let is_whole = start == hour_of(start) && end == hour_of(end);
        let is_one_day = first.div_euclid(DAY_MS) == (after - 1).div_euclid(DAY_MS);
        if is_whole && first < after && is_one_day {
            Ok(Self { start, end })
        } else {
            Err(BadWindow { start, end })
        }
    }

    /// Its first moment.
    pub fn start(self) -> Timestamp {
        self.start
    }

    /// The first moment after it.
    pub fn end(self) -> Timestamp {
        self.end
    }

    /// Whether an event of this moment belongs to it.
    pub fn contains(self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }

    /// How long it is.
    pub fn length(self) -> SignedDuration {
        self.end.duration_since(self.start)
    }

    /// The first moments of its hours.
    pub fn hours(self) -> impl Iterator<Item = Timestamp> {
        let hours = self.length().as_hours();
        (0..hours).map(move |hour| self.start + SignedDuration::from_hours(hour))
    }
}

/// The first moment of the hour that a moment is in.
pub fn hour_of(at: Timestamp) -> Timestamp {
    let hour = at.as_millisecond().div_euclid(HOUR_MS) * HOUR_MS;
    // The first hour that a timestamp can have begins before it.
    Timestamp::from_millisecond(hour).unwrap_or(Timestamp::MIN)
}

impl TryFrom<Bounds> for Window {
    type Error = BadWindow;

    fn try_from(Bounds { start, end }: Bounds) -> Result<Self, BadWindow> {
        Self::new(start, end)
    }
}

impl From<Window> for Bounds {
    fn from(Window { start, end }: Window) -> Self {
        Self { start, end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(start: &str, end: &str) -> Result<Window, BadWindow> {
        Window::new(start.parse().unwrap(), end.parse().unwrap())
    }

    #[test]
    fn a_window_has_whole_hours_of_one_day() {
        let day = window("2026-02-18T00:00:00Z", "2026-02-19T00:00:00Z").unwrap();
        assert_eq!(day.hours().count(), 24);
        let cases = [
            ("2026-02-18T21:00:00Z", "2026-02-18T21:00:00Z"),
            ("2026-02-18T21:00:00Z", "2026-02-18T20:00:00Z"),
            ("2026-02-18T21:00:00.001Z", "2026-02-18T22:00:00Z"),
            ("2026-02-18T21:00:00Z", "2026-02-18T21:30:00Z"),
            ("2026-02-18T23:00:00Z", "2026-02-19T01:00:00Z"),
        ];
        for (start, end) in cases {
            let error = window(start, end).unwrap_err();
            assert_eq!(
                serde_json::from_value::<Window>(serde_json::json!({"start": start, "end": end}))
                    .unwrap_err()
                    .to_string(),
                error.to_string()
            );
        }
    }

    #[test]
    fn the_end_belongs_to_the_next_window() {
        let hour = window("2026-02-18T21:00:00Z", "2026-02-18T22:00:00Z").unwrap();
        assert!(hour.contains(hour.start()) && !hour.contains(hour.end()));
        assert_eq!(hour.hours().collect::<Vec<_>>(), [hour.start()]);
    }
}
