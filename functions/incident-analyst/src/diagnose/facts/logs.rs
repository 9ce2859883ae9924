//! What the logs show.

use super::Facts;
use crate::diagnose::exhibit::Exhibit;
use crate::diagnose::patterns::Rising;
use crate::diagnose::seen::Seen;
use crate::diagnose::words::{clock, counted, quoted};

/// From so many lines on, an error is not one request's own.
const OFTEN: u64 = 10;

pub(super) fn add(facts: &mut Facts, seen: &Seen<'_>) {
    let mut errors = seen
        .patterns
        .iter()
        .filter(|rising| rising.pattern.is_error);
    let Some(first) = errors.next() else {
        return;
    };
    let mut exhibits = vec![Exhibit::log(&first.pattern.example)];
    exhibits.extend(errors.map(|rising| Exhibit::log(&rising.pattern.example)));
    facts.add("new_errors", log_sentence(first), exhibits.clone());
    let often = seen
        .patterns
        .iter()
        .find(|rising| rising.pattern.is_error && rising.pattern.since >= OFTEN);
    if let Some(often) = often {
        let exhibits = vec![Exhibit::log(&often.pattern.example)];
        facts.add("new_errors_often", log_sentence(often), exhibits);
    }
}

/// `A new line in the logs, 120 times since 14:02 UTC: “…”`.
pub(in crate::diagnose) fn log_sentence(rising: &Rising<'_>) -> String {
    let pattern = rising.pattern;
    let what = if pattern.is_error { "error" } else { "line" };
    let times = counted(pattern.since, "time");
    let text = quoted(&pattern.text);
    let since = clock(pattern.first_at);
    if rising.is_unseen() && !rising.is_new() {
        return format!("More of an {what} in the logs, {times} since {since}, not seen in what was read of the hour before: {text}")
            .replace("an line", "a line");
    }
    if rising.is_new() {
        return format!("A new {what} in the logs, {times} since {since}: {text}");
    }
    let before = counted(pattern.before, "time");
    format!("More of an {what} in the logs, {times} after {before} in the hour before: {text}")
        .replace("an line", "a line")
}
