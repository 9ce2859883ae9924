//! Times as somebody woken up reads them: how long ago, and when exactly. All in UTC, as on the mails.

use jiff::{SignedDuration, Timestamp};

/// How long ago it was, or in how long it will be, in its largest unit.
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    let since = now.duration_since(at);
    match since.as_secs() {
        0 => "just now".to_owned(),
        ..0 => format!("in {}", largest(-since)),
        1.. => format!("{} ago", largest(since)),
    }
}

/// Such as `2026-02-18 21:47:01 UTC`.
pub fn date_and_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Such as `21:47:01`.
pub fn clock_time(at: Timestamp) -> String {
    at.strftime("%H:%M:%S").to_string()
}

fn largest(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    let (number, unit) = match seconds {
        ..60 => (seconds, "second"),
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_by_its_largest_unit() {
        let now: Timestamp = "2026-02-18T21:47:01.5Z".parse().unwrap();
        let told = |seconds| ago(now - SignedDuration::from_secs(seconds), now);
        assert_eq!(
            [0, 1, 59, 60, 3_600, 90_000, 200_000, -7_200].map(told),
            [
                "just now",
                "1 second ago",
                "59 seconds ago",
                "1 minute ago",
                "1 hour ago",
                "1 day ago",
                "2 days ago",
                "in 2 hours",
            ]
        );
        assert_eq!(date_and_time(now), "2026-02-18 21:47:01 UTC");
        assert_eq!(clock_time(now), "21:47:01");
    }
}
