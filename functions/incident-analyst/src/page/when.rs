//! Times as people read them.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use shared::outbound::Page;

/// Writes times of one incident: all of them in UTC, and the date only where it is another one than the alarm's.
pub(super) struct Clock {
    date: Date,
}

impl Clock {
    pub(super) fn of(breached_at: Timestamp) -> Self {
        Self {
            date: utc(breached_at).date(),
        }
    }

    /// `14:02`, or `11 Mar 23:58`.
    pub(super) fn minute(&self, at: Timestamp) -> String {
        self.shown(at, "%H:%M")
    }

    /// `14:02:07`, or `11 Mar 23:58:01`.
    pub(super) fn second(&self, at: Timestamp) -> String {
        self.shown(at, "%H:%M:%S")
    }

    /// A `time` element, to the second.
    pub(super) fn write(&self, at: Timestamp, page: &mut Page) {
        page.own("<time datetime=\"").text(&at.to_string());
        page.own("\">").text(&self.second(at)).own("</time>");
    }

    fn shown(&self, at: Timestamp, format: &str) -> String {
        let at = utc(at);
        let time = at.strftime(format);
        if at.date() == self.date {
            time.to_string()
        } else {
            format!("{} {time}", at.strftime("%-d %b"))
        }
    }
}

/// `12 March 2026`.
pub(super) fn date(at: Timestamp) -> String {
    utc(at).strftime("%-d %B %Y").to_string()
}

/// `58 s`, `12 min`, `3 h 5 min`, `2 days`: never negative.
pub(super) fn length(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().unsigned_abs();
    match (seconds / 60, seconds / 3_600) {
        (0..2, _) => format!("{seconds} s"),
        (minutes, 0..2) => format!("{minutes} min"),
        (minutes, hours @ ..48) => match minutes % 60 {
            0 => format!("{hours} h"),
            rest => format!("{hours} h {rest} min"),
        },
        (_, hours) => format!("{} days", hours / 24),
    }
}

fn utc(at: Timestamp) -> Zoned {
    at.to_zoned(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_time_has_its_date_only_on_another_day() {
        let clock = Clock::of(at("2026-03-12T00:04:00Z"));
        assert_eq!(clock.minute(at("2026-03-12T14:02:07Z")), "14:02");
        assert_eq!(clock.second(at("2026-03-11T23:58:01Z")), "11 Mar 23:58:01");
        assert_eq!(date(at("2026-03-12T00:04:00Z")), "12 March 2026");
    }

    #[test]
    fn a_length_has_the_unit_that_people_use() {
        for (seconds, expected) in [
            (0, "0 s"),
            (-58, "58 s"),
            (119, "119 s"),
            (120, "2 min"),
            (7_199, "119 min"),
            (7_200, "2 h"),
            (11_130, "3 h 5 min"),
            (200_000, "2 days"),
            (i64::MIN, "106751991167300 days"),
        ] {
            assert_eq!(length(SignedDuration::from_secs(seconds)), expected);
        }
    }
}
