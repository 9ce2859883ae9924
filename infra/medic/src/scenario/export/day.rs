//! What services log on a day: lines of every form that is hard to keep apart, each at a millisecond of its own. Pure.

use jiff::{SignedDuration, Timestamp};

/// A line before it is logged.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Line {
    /// When, to the millisecond.
    pub at: Timestamp,
    /// The log stream.
    pub stream: &'static str,
    /// The message, which may have several lines.
    pub message: String,
}

/// The log streams of a group.
const STREAMS: [&str; 4] = [
    "web/checkout/8f1c2a",
    "web/checkout/b07d44",
    "web/checkout/e93f10",
    "worker-1",
];

/// Each so many lines an error with its stack, and other forms that a reader of files could take for two lines or for none.
const STACKS: usize = 23;
const ODD: usize = 17;

/// What one message is although it does not look it.
const ODDITIES: [&str; 6] = [
    "two lines\nof which the second is indented:\n\t42\n",
    "a line as Windows ends it\r\n",
    "Käse und Brötchen 東京 🛒, and a tab:\t.",
    "an empty line\n\nin the middle",
    "\n",
    "quotes \"and\" backslashes \\ and {\"json\": [1, 2]}",
];

/// So many lines of a group, spread evenly over the half-open span.
pub fn day(group: &str, lines: usize, (from, to): (Timestamp, Timestamp)) -> Vec<Line> {
    let length = to.duration_since(from).as_millis();
    let made = (0..lines).map(|n| {
        // Within its share of the span, so that none has the moment of another.
        let place = length * i128::try_from(n).unwrap_or_default();
        let since = place / i128::try_from(lines).unwrap_or(1);
        let since = SignedDuration::from_millis(i64::try_from(since).unwrap_or_default());
        line(group, n, from.saturating_add(since).unwrap_or(from))
    });
    made.collect()
}

/// The `n`th line of a group, at a moment.
pub fn line(group: &str, n: usize, at: Timestamp) -> Line {
    let [first, second, third, fourth] = STREAMS;
    let stream = match n % 7 {
        0..=2 => first,
        3 | 4 => second,
        5 => third,
        _ => fourth,
    };
    let message = message(group, n);
    Line {
        at,
        stream,
        message,
    }
}

/// Lines that come a day late: of the same streams, between the others.
pub fn late(lines: &[Line], number: usize) -> Vec<Line> {
    let step = (lines.len() / (number + 1)).max(1);
    let chosen = lines.iter().skip(step).step_by(step).take(number);
    let moved = chosen.enumerate().map(|(n, line)| Line {
        at: line
            .at
            .saturating_add(SignedDuration::from_millis(1))
            .unwrap_or(line.at),
        stream: line.stream,
        message: format!("late {n}: the agent of this host was without a network"),
    });
    moved.collect()
}

fn message(group: &str, n: usize) -> String {
    let request = n.wrapping_mul(0x9e37_79b9) & 0x00ff_ffff;
    let request = format!("{request:06x}");
    if n % STACKS == STACKS - 1 {
        return format!(
            "ERROR request {request}: Cannot read property total of null\n    at total (/app/cart.js:41:17)\n    at checkout (/app/checkout.js:{}:9)\n    at next (/app/router.js:12:3)",
            n % 90
        );
    }
    if n % ODD == ODD - 1 {
        let odd = ODDITIES.get((n / ODD) % ODDITIES.len()).unwrap_or(&"");
        return (*odd).to_owned();
    }
    let milliseconds = 11 + n % 83;
    format!(
        r#"{{"level":"INFO","message":"GET {group}/{} 200","request":"{request}","duration_ms":{milliseconds}}}"#,
        n % 311
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_line_of_a_day_has_its_own_moment_in_it() {
        let from: Timestamp = "2026-02-18T00:00:00Z".parse().unwrap();
        let to: Timestamp = "2026-02-19T00:00:00Z".parse().unwrap();
        let lines = day("/shop", 3_000, (from, to));
        let moments: BTreeSet<Timestamp> = lines.iter().map(|line| line.at).collect();
        assert_eq!((lines.len(), moments.len()), (3_000, 3_000));
        assert!(moments.iter().all(|at| (from..to).contains(at)));
        let streams: BTreeSet<&str> = lines.iter().map(|line| line.stream).collect();
        assert_eq!(streams, BTreeSet::from(STREAMS));
        for odd in ODDITIES {
            assert!(lines.iter().any(|line| line.message == odd), "{odd:?}");
        }
        assert!(lines.iter().all(|line| !line.message.is_empty()));
        let late = late(&lines, 5);
        assert!(late.iter().all(|line| !moments.contains(&line.at)));
        assert_eq!(late.len(), 5);
    }
}
