//! How the run went: endings, time, memory, processes, files, and the own log.

use super::Trial;
use crate::adversarial::recorded::{Body, Ending, Form};
use crate::adversarial::rules::{
    MOST_INVOCATIONS, MOST_MEMORY, MOST_READ, MOST_REQUESTS, MOST_RUN, MOST_TIME,
};

/// The handler returned each time, did not try without end, and said why it did nothing.
pub(super) fn no_crash(trial: &Trial<'_>) -> Vec<String> {
    let seen = trial.seen;
    let of = |ending: &Ending| match ending {
        Ending::Answered(answer) if answer.is_null() => Some("it answered nothing".to_owned()),
        Ending::Answered(_) => None,
        Ending::Failed(why) => Some(format!("it failed: {why}")),
        Ending::Panicked(why) => Some(format!("it panicked: {why}")),
        Ending::Endless => Some("it did not end".to_owned()),
    };
    let mut found: Vec<_> = seen.endings.iter().filter_map(of).collect();
    if seen.endings.is_empty() {
        found.push("it was not invoked".to_owned());
    }
    if seen.endings.len() > MOST_INVOCATIONS * seen.deliveries.max(1) {
        found.push(format!(
            "{} invocations of {} events",
            seen.endings.len(),
            seen.deliveries
        ));
    }
    let requests = seen.github.len() + seen.llm.len() + seen.messages.len();
    if requests > MOST_REQUESTS * seen.deliveries.max(1) {
        found.push(format!(
            "{requests} requests for {} events",
            seen.deliveries
        ));
    }
    let says_why = |ending: &Ending| match ending {
        Ending::Answered(answer) => answer.to_string().len() > 2,
        _ => true,
    };
    if !seen.endings.iter().any(says_why) && seen.log.trim().is_empty() {
        found.push("nobody is told why nothing was done".to_owned());
    }
    found
}

/// Memory, time and bytes stayed within the limits, no line went on for ever, and something was written down.
pub(super) fn resources_within(trial: &Trial<'_>) -> Vec<String> {
    let seen = trial.seen;
    let mut found = Vec::new();
    if seen.peak_bytes > MOST_MEMORY {
        found.push(format!("{} bytes of memory", seen.peak_bytes));
    }
    let most_time = MOST_TIME * u32::try_from(seen.endings.len().max(1)).unwrap_or(u32::MAX);
    if seen.took > most_time {
        found.push(format!("it took {:?}", seen.took));
    }
    if seen.bytes_read > MOST_READ {
        found.push(format!("{} bytes were read", seen.bytes_read));
    }
    if seen.objects.is_empty() && seen.messages.is_empty() {
        found.push("no report was written".to_owned());
    }
    let has_long_run = |body: &&Body| body.form != Form::Raw && longest_run(&body.text) > MOST_RUN;
    let bodies = seen.bodies();
    found.extend(
        bodies
            .iter()
            .filter(has_long_run)
            .map(|body| format!("{} has a line without end", body.place)),
    );
    found
}

/// How long the longest word is.
fn longest_run(text: &str) -> usize {
    text.split_ascii_whitespace()
        .map(str::len)
        .max()
        .unwrap_or_default()
}

/// Nothing that left is longer than so many bytes, and what was cut says so.
pub(super) fn body_within(trial: &Trial<'_>, most: usize) -> Vec<String> {
    let bodies = trial.seen.bodies();
    let too_long = bodies.iter().filter(|body| body.text.len() > most);
    let mut found: Vec<_> = too_long
        .map(|body| format!("{} has {} bytes", body.place, body.text.len()))
        .collect();
    let words = [
        "…",
        "cut",
        "shortened",
        "truncated",
        "left out",
        "omitted",
        "more lines",
        "not shown",
    ];
    let is_told = |body: &Body| words.iter().any(|word| body.text.contains(word));
    let is_for_people =
        |body: &&Body| matches!(body.form, Form::Markdown | Form::Html | Form::Text);
    if trial.input.len() > most && !bodies.iter().filter(is_for_people).any(is_told) {
        found.push("nothing says that something was cut".to_owned());
    }
    found
}

/// No process was started.
pub(super) fn no_process(trial: &Trial<'_>) -> Vec<String> {
    let processes = trial.seen.processes;
    Vec::from_iter((processes > 0).then(|| format!("{processes} processes were started")))
}

/// No file was made, but temporary ones.
pub(super) fn no_write_outside(trial: &Trial<'_>) -> Vec<String> {
    trial
        .seen
        .files
        .iter()
        .map(|file| format!("{file} was written"))
        .collect()
}

/// Each line of the own log is one JSON object.
pub(super) fn logs_valid(trial: &Trial<'_>) -> Vec<String> {
    let log = &trial.seen.log;
    if log.trim().is_empty() {
        return vec!["nothing was logged, so nothing is proven".to_owned()];
    }
    let is_object = |line: &&str| {
        serde_json::from_str::<serde_json::Value>(line).is_ok_and(|line| line.is_object())
    };
    let broken = log
        .split('\n')
        .filter(|line| !line.is_empty() && !is_object(line));
    broken
        .map(|line| format!("the own log has the line {line}"))
        .collect()
}
