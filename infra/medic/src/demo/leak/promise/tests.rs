use serde_json::json;

use super::*;
use crate::demo::promise::Outcome;
use crate::demo::promise::tests::{as_promised, timeline};

/// A leak as it should be, made of an incident that a restart heals.
fn as_it_should_be() -> LeakObservations {
    let mut of_service = as_promised();
    for mail in &mut of_service.mails {
        let rename = |text: &str| text.replace("checkout-high-5xx-errors", MEMORY_ALARM);
        (mail.subject, mail.text) = (rename(&mail.subject), rename(&mail.text));
    }
    let periods = [9.5, 24.5, 39.5, 54.5, 60.0, 2.0];
    let memory = (0..).zip(periods).map(|(minute, percent)| MemoryPeriod {
        start: timeline().time(Moment::at(minute, 0)),
        percent: Some(percent),
    });
    let memory_series = json!({
        "series": {"id": "alarm", "node": "checkout", "label": "MemoryUtilization (Average)", "unit": "Percent", "kind": "memory", "period": 10, "points": []},
        "threshold": 30.0,
        "onset": null,
        "trend": "rises by 54.1 points a minute, full at 21:53 UTC",
    });
    for found in [
        &mut of_service.first_analysis,
        &mut of_service.last_analysis,
    ] {
        let analysis = &mut found.as_mut().unwrap().analysis;
        analysis.verdict.cause = Cause::MemoryLeak;
        analysis.metrics = vec![serde_json::from_value(memory_series.clone()).unwrap()];
    }
    LeakObservations {
        of_service,
        memory: memory.collect(),
    }
}

fn check(change: impl FnOnce(&mut LeakObservations), expected: &[(&str, &str)]) {
    let mut observations = as_it_should_be();
    change(&mut observations);
    let rows = rows(&observations, &timeline());
    let broken: Vec<_> = rows
        .iter()
        .filter_map(|row| match &row.outcome {
            Outcome::Broken { why, .. } => Some((row.text, why.as_str())),
            Outcome::Kept { .. } => None,
        })
        .collect();
    assert_eq!(broken, expected);
}

#[test]
fn a_leak_that_a_restart_ends_keeps_every_promise() {
    check(|_| {}, &[]);
}

#[test]
fn memory_that_does_not_grow_is_no_leak() {
    check(
        |seen| seen.memory[1].percent = Some(9.0),
        &[("each period uses more memory", "9.5 % and then 9.0 %")],
    );
}

#[test]
fn a_trend_without_an_end_is_no_warning() {
    check(
        |seen| {
            let first = seen.of_service.first_analysis.as_mut().unwrap();
            first.analysis.metrics[0].trend = Some("rises by 1 points a minute".to_owned());
        },
        &[(
            "it says how fast, and when it is full",
            "its trend: rises by 1 points a minute",
        )],
    );
}

#[test]
fn memory_that_stays_full_is_not_free_again() {
    check(
        |seen| seen.memory[5].percent = Some(50.0),
        &[(
            "the memory is free again",
            "no period uses as little as before",
        )],
    );
}
