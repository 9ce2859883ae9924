//! When GitHub may be asked again. Pure.
//!
//! <https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api>: both kinds of limits answer 403 or 429; `Retry-After`
//! comes first, then `X-RateLimit-Reset` where nothing remains, and without either a minute is the least to wait.

use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use shared::http::Response;

/// The least to wait where GitHub does not say how long.
const LEAST: SignedDuration = SignedDuration::from_secs(60);

/// Limits are per hour: whoever asks for more of a wait is not believed.
const MOST: SignedDuration = SignedDuration::from_secs(3_660);

/// The time before which GitHub will refuse, as `response` with the words `message` tells; `None` where it tells of no limit.
pub(super) fn not_before(response: &Response, message: &str, now: Timestamp) -> Option<Timestamp> {
    let is_refused = matches!(response.status, 403 | 429);
    let after = (is_refused || response.status >= 500)
        .then(|| retry_after(response, now))
        .flatten();
    let reset = (is_refused || response.status < 300)
        .then(|| reset(response))
        .flatten();
    let says_so = is_refused && (response.status == 429 || is_of_a_limit(message));
    let at = after.or(reset).or(says_so.then_some(now + LEAST))?;
    Some(at.clamp(now + SignedDuration::from_secs(1), now + MOST))
}

/// `Retry-After`: seconds, also with a fraction, or a date (RFC 9110, 10.2.3).
fn retry_after(response: &Response, now: Timestamp) -> Option<Timestamp> {
    let value = response.header("retry-after")?.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        let seconds = seconds.is_finite().then_some(seconds)?;
        let seconds = seconds.clamp(0.0, MOST.as_secs_f64());
        return Some(now + SignedDuration::from_secs_f64(seconds));
    }
    rfc2822::parse(value).ok().map(|date| date.timestamp())
}

/// `X-RateLimit-Reset`, where nothing remains until then.
fn reset(response: &Response) -> Option<Timestamp> {
    let remaining = response.header("x-ratelimit-remaining")?.trim();
    let seconds = response.header("x-ratelimit-reset")?.trim().parse().ok()?;
    (remaining == "0").then(|| Timestamp::from_second(seconds).ok())?
}

fn is_of_a_limit(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    message.contains("rate limit") || message.contains("abuse detection")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Status, headers, message, and the seconds to wait.
    type Case = (
        u16,
        &'static [(&'static str, &'static str)],
        &'static str,
        Option<i64>,
    );

    fn seconds_to_wait(
        status: u16,
        headers: &[(&'static str, &str)],
        message: &str,
    ) -> Option<i64> {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        let response = Response {
            status,
            headers,
            body: Vec::new(),
        };
        not_before(&response, message, now).map(|at| at.duration_since(now).as_secs())
    }

    #[test]
    fn a_limit_is_told_from_a_missing_permission_and_says_how_long() {
        let secondary = "You have exceeded a secondary rate limit. Please wait";
        let cases: [Case; 16] = [
            (403, &[], "Resource not accessible by integration", None),
            (404, &[], "Not Found", None),
            (403, &[], secondary, Some(60)),
            (429, &[], "", Some(60)),
            (403, &[("retry-after", "30")], secondary, Some(30)),
            (429, &[("retry-after", "1.5")], "", Some(1)),
            (429, &[("retry-after", "0")], "", Some(1)),
            (429, &[("retry-after", "-5")], "", Some(1)),
            (429, &[("retry-after", "1e300")], "", Some(3_660)),
            (429, &[("retry-after", "NaN")], "", Some(60)),
            (
                429,
                &[("retry-after", "Fri, 15 Jan 2027 08:00:20 GMT")],
                "",
                Some(20),
            ),
            (
                403,
                &[
                    ("x-ratelimit-remaining", "0"),
                    ("x-ratelimit-reset", "1800000090"),
                ],
                "API rate limit exceeded",
                Some(90),
            ),
            (
                200,
                &[
                    ("x-ratelimit-remaining", "0"),
                    ("x-ratelimit-reset", "1800000090"),
                ],
                "",
                Some(90),
            ),
            (
                200,
                &[
                    ("x-ratelimit-remaining", "1"),
                    ("x-ratelimit-reset", "1800000090"),
                ],
                "",
                None,
            ),
            (
                403,
                &[
                    ("x-ratelimit-remaining", "0"),
                    ("x-ratelimit-reset", "99999999999999999"),
                ],
                "rate limit",
                Some(60),
            ),
            (503, &[("retry-after", "5")], "", Some(5)),
        ];
        for (status, headers, message, expected) in cases {
            let waited = seconds_to_wait(status, headers, message);
            assert_eq!(waited, expected, "{status} {headers:?} {message}");
        }
    }
}
