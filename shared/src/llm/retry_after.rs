//! How long a provider wants to be left alone.

use std::time::Duration;

use crate::http::Response;
use jiff::fmt::{rfc2822, strtime};
use jiff::{SignedDuration, Timestamp};

/// Nobody is believed beyond this: after an hour one asks again.
const MOST: Duration = Duration::from_hours(1);

/// The time in the headers, else in the words of Groq's message (`Please try again in 1m2.5s`).
pub(super) fn retry_after(response: &Response, message: &str, now: Timestamp) -> Option<Duration> {
    let milliseconds = || duration(number(response.header("retry-after-ms")?)? / 1_000.0);
    let header = || {
        let header = response.header("retry-after")?;
        match number(header) {
            Some(seconds) => duration(seconds),
            None => until(date(header)?, now),
        }
    };
    let said = || duration(seconds(message.split_once("try again in ")?.1)?);
    milliseconds().or_else(header).or_else(said)
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok()
}

/// Of what is no time, such as -1 or NaN, nothing is known.
fn duration(seconds: f64) -> Option<Duration> {
    let is_time = seconds.is_finite() && seconds >= 0.0;
    is_time.then(|| Duration::from_secs_f64(seconds.min(MOST.as_secs_f64())))
}

/// A date in one of the three forms that HTTP allows (RFC 9110, 5.6.7).
fn date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let of = |format| {
        let parsed = strtime::parse(format, text).ok()?;
        let utc = parsed.to_datetime().ok()?.to_zoned(jiff::tz::TimeZone::UTC);
        Some(utc.ok()?.timestamp())
    };
    let parser = rfc2822::DateTimeParser::new();
    let first = parser.parse_timestamp(text).ok();
    first
        .or_else(|| of("%A, %d-%b-%y %H:%M:%S GMT"))
        .or_else(|| of("%a %b %e %H:%M:%S %Y"))
}

/// A date that has passed means now.
fn until(date: Timestamp, now: Timestamp) -> Option<Duration> {
    let left = date.duration_since(now).max(SignedDuration::ZERO);
    duration(left.as_secs_f64())
}

/// The seconds at the beginning of a text like `2m59.56s`, `7.66s`, `350ms` or `1h0m0s. Visit ...`.
fn seconds(text: &str) -> Option<f64> {
    let mut total = None;
    let mut rest = text;
    loop {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.');
        let number = end.and_then(|end| rest.get(..end)?.parse::<f64>().ok());
        let (Some(end), Some(number)) = (end, number) else {
            return total;
        };
        let unit = rest.get(end..)?;
        let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3_600.0)];
        let (name, length) = units.into_iter().find(|(name, _)| unit.starts_with(name))?;
        total = Some(total.unwrap_or(0.0) + number * length);
        rest = unit.get(name.len()..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-21T08:49:37Z";

    fn waits(headers: &[(&'static str, &'static str)], message: &str) -> Option<Duration> {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let response = Response {
            status: 429,
            headers: headers.collect(),
            body: Vec::new(),
        };
        retry_after(&response, message, NOW.parse().unwrap())
    }

    #[test]
    fn a_header_is_a_number_of_seconds_or_a_date() {
        for (value, milliseconds) in [
            ("2", Some(2_000)),
            ("1.5", Some(1_500)),
            (" 0 ", Some(0)),
            ("Sat, 21 Nov 2026 08:49:40 GMT", Some(3_000)),
            ("Saturday, 21-Nov-26 08:49:40 GMT", Some(3_000)),
            ("Sat Nov 21 08:49:40 2026", Some(3_000)),
            ("Sat, 21 Nov 2026 08:00:00 GMT", Some(0)),
            ("86400", Some(3_600_000)),
            ("1e300", Some(3_600_000)),
            ("Thu, 21 Nov 2999 08:49:37 GMT", Some(3_600_000)),
            ("-1", None),
            ("NaN", None),
            ("inf", None),
            ("soon", None),
            ("", None),
        ] {
            let waits = waits(&[("retry-after", value)], "");
            assert_eq!(waits, milliseconds.map(Duration::from_millis), "{value}");
        }
    }

    #[test]
    fn without_a_header_the_message_says_how_long() {
        for (message, milliseconds) in [
            ("Please try again in 1.5s", Some(1_500)),
            (
                "Rate limit reached. Please try again in 7.66s. Visit https://x",
                Some(7_660),
            ),
            ("try again in 2m59.56s.", Some(179_560)),
            ("try again in 350ms. Need more?", Some(350)),
            ("try again in 1h0m0s", Some(3_600_000)),
            ("try again in a while", None),
            ("try again in 5 apples", None),
            ("try again in ", None),
            ("try again in 1.2.3s", None),
            ("", None),
        ] {
            assert_eq!(
                waits(&[], message),
                milliseconds.map(Duration::from_millis),
                "{message}"
            );
        }
    }

    #[test]
    fn the_finest_header_comes_first() {
        let headers = [("retry-after", "9"), ("retry-after-ms", "250")];
        assert_eq!(
            waits(&headers, "try again in 1s"),
            Some(Duration::from_millis(250))
        );
        let waits = waits(&[("retry-after", "soon")], "try again in 1s");
        assert_eq!(waits, Some(Duration::from_secs(1)));
    }

    proptest::proptest! {
        #[test]
        fn whatever_it_says_nobody_waits_longer_than_an_hour(text in "[0-9.msh e+-]{0,30}|.{0,40}") {
            let waits = seconds(&text).and_then(duration);
            proptest::prop_assert!(waits.is_none_or(|waits| waits <= MOST));
            proptest::prop_assert!(date(&text).and_then(|date| until(date, NOW.parse().unwrap())).is_none_or(|waits| waits <= MOST));
        }
    }
}
