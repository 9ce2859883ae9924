//! Moments as people give them on the command line. Pure. All in UTC.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A moment: a time, or so long ago.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Moment {
    /// This moment.
    At(Timestamp),
    /// So long before now.
    Ago(SignedDuration),
}

impl Moment {
    /// When that is.
    pub fn at(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Ago(time) => now.saturating_sub(time).unwrap_or(Timestamp::MIN),
        }
    }
}

/// Reads `2026-02-18`, `2026-02-18T21:47`, `2026-02-18T21:47:01Z`, or how long ago it is: `3h`, `2d`.
pub fn parse(text: &str) -> Result<Moment, String> {
    let utc = |time: DateTime| time.to_zoned(TimeZone::UTC).ok();
    let at = text.parse::<Timestamp>().ok();
    let at = at.or_else(|| Some(utc(text.parse().ok()?)?.timestamp()));
    let at = at.or_else(|| Some(utc(hour(text)?)?.timestamp()));
    let at = at.or_else(|| Some(utc(text.parse::<Date>().ok()?.into())?.timestamp()));
    let ago = || days(text).or_else(|| text.parse::<SignedDuration>().ok());
    let is_past = |time: &SignedDuration| time.is_positive() || time.is_zero();
    match at {
        Some(at) => Ok(Moment::At(at)),
        None => ago().filter(is_past).map(Moment::Ago).ok_or_else(|| {
            "use a time in UTC such as 2026-02-18, 2026-02-18T21 or 2026-02-18T21:47:01Z, or how long ago: 3h, 2d".to_owned()
        }),
    }
}

/// `2026-02-18T21`.
fn hour(text: &str) -> Option<DateTime> {
    let (date, hour) = text.split_once('T')?;
    let hour: i8 = hour.parse().ok()?;
    let date: Date = date.parse().ok()?;
    (0..24).contains(&hour).then(|| date.at(hour, 0, 0, 0))
}

/// A day is always 24 hours here.
fn days(text: &str) -> Option<SignedDuration> {
    let days: u16 = text.strip_suffix('d')?.parse().ok()?;
    Some(SignedDuration::from_hours(24 * i64::from(days)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_time_or_so_long_ago() {
        let now: Timestamp = "2026-02-18T21:47:01Z".parse().unwrap();
        let cases = [
            ("2026-02-18", Some("2026-02-18T00:00:00Z")),
            ("2026-02-18T07", Some("2026-02-18T07:00:00Z")),
            ("2026-02-18T07:30", Some("2026-02-18T07:30:00Z")),
            ("2026-02-18T07:30:01+01:00", Some("2026-02-18T06:30:01Z")),
            ("2026-02-18 07:30:01", Some("2026-02-18T07:30:01Z")),
            ("90m", Some("2026-02-18T20:17:01Z")),
            ("2d", Some("2026-02-16T21:47:01Z")),
            ("2026-02-18T24", None),
            ("-2h", None),
            ("yesterday", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let at = parse(text).ok().map(|moment| moment.at(now).to_string());
            assert_eq!(at.as_deref(), expected, "{text}");
        }
    }
}
