//! What the logs show.

use super::Facts;
use crate::diagnose::exhibit::Exhibit;
use crate::diagnose::patterns::Rising;
use crate::diagnose::seen::Seen;
use crate::diagnose::words::{clock, counted, quoted};

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
    facts.add("new_errors", log_sentence(first), exhibits);
}

/// `A new line in the logs, 120 times since 14:02 UTC: “…”`.
pub(in crate::diagnose) fn log_sentence(rising: &Rising<'_>) -> String {
    let pattern = rising.pattern;
    let (article, what) = if pattern.is_error {
        ("an", "error")
    } else {
        ("a", "line")
    };
    let times = counted(pattern.since, "time");
    let day_before = match rising.day_before {
        None => String::new(),
        Some(0) => ", none at the same time of the day before".to_owned(),
        Some(count) => {
            let count = counted(count, "time");
            format!(", {count} at the same time of the day before")
        }
    };
    let text = quoted(&pattern.text);
    let since = clock(pattern.first_at);
    if rising.is_unseen() && !rising.is_new() {
        return format!("More of an {what} in the logs, {times} since {since}, not seen in what was read of the hour before{day_before}: {text}")
            .replace("an line", "a line");
    }
    if rising.is_new() {
        return format!("A new {what} in the logs, {times} since {since}{day_before}: {text}");
    }
    let before = counted(pattern.before, "time");
    format!(
        "More of {article} {what} in the logs, {times} after {before} in the hour before{day_before}: {text}"
    )
}
