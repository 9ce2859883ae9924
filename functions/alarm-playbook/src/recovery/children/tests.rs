use super::*;
use crate::playbook::Defaults;
use crate::recovery::tests::{at, measured, summary};
use crate::rule::tests::checkout_errors;
use crate::rule::{Child, Snapshot};

/// A composite alarm that fired over two alarms on errors, each in this state then.
fn errors(expression: &str, states: [State; 2]) -> Snapshot {
    let mut composite = Composite::parse(expression).unwrap();
    for (name, state) in ["a", "b"].into_iter().zip(states) {
        let rule = Snapshot::Known(checkout_errors());
        composite.add(name.to_owned(), Child { state, rule });
    }
    composite.sealed()
}

const BAD: (Option<f64>, Option<f64>) = (Some(15.0), Some(30.0));
const QUIET: (Option<f64>, Option<f64>) = (None, Some(30.0));
const SILENT: (Option<f64>, Option<f64>) = (None, None);

/// The verdict at `now` if both were as given all the time from 21:48 on.
fn judged(
    snapshot: &Snapshot,
    now: &str,
    periods: [(Option<f64>, Option<f64>); 2],
    state: State,
) -> Progress {
    let defaults = Defaults::default();
    let trial = Trial {
        acted_at: at("21:47:03"),
        defaults: &defaults,
        now: at(now),
    };
    let measured = periods.map(|period| measured("21:48:00", &[period; 60]));
    let spans = trial.spans(snapshot, at("21:47:20"));
    trial.verdict(snapshot, &spans, &measured, Some(state))
}

#[test]
fn a_composite_alarm_is_judged_by_its_childrens_data() {
    let both = errors("ALARM(a) AND ALARM(b)", [State::Alarm; 2]);
    let either = errors("ALARM(a) OR ALARM(b)", [State::Alarm; 2]);
    let verdict =
        |snapshot: &Snapshot, now: &str, periods| match judged(snapshot, now, periods, State::Ok) {
            Progress::Wait(_) => None,
            Progress::Concluded(recovery) => Some(recovery.verdict),
        };
    let (recovered, not, inconclusive) = (
        Some(RecoveryVerdict::Recovered),
        Some(RecoveryVerdict::NotRecovered),
        Some(RecoveryVerdict::Inconclusive),
    );
    let table = [
        (&both, "21:50:00", [QUIET, BAD], recovered),
        (&both, "21:50:00", [BAD, BAD], not),
        (&either, "21:50:00", [QUIET, QUIET], recovered),
        (&either, "21:50:00", [QUIET, BAD], not),
        (&either, "21:48:59", [QUIET, QUIET], None),
        (&either, "21:50:00", [QUIET, SILENT], None),
        (&either, "21:52:20", [QUIET, SILENT], inconclusive),
        (&both, "21:50:00", [BAD, SILENT], None),
        // What could be seen still breaches.
        (&both, "21:52:20", [BAD, SILENT], not),
    ];
    for (snapshot, now, periods, expected) in table {
        assert_eq!(
            verdict(snapshot, now, periods),
            expected,
            "{now} {periods:?}"
        );
    }
}

#[test]
fn the_verdict_says_what_each_child_shows() {
    let either = errors("ALARM(a) OR ALARM(b)", [State::Alarm, State::Ok]);
    let rule = "Sum of HTTPCode_Target_5XX_Count > 10 in 2 of 2 periods of 60 s";
    let start = "in the period from 2026-02-18T21:48:00Z";
    let expected = format!(
        "Recovered: the rule it fired with is not met any more (ALARM(a) OR ALARM(b)): a ({rule}): 0 with 30 requests {start}; b ({rule}): no data and no requests {start}, which shows nothing"
    );
    let progress = judged(&either, "21:50:00", [QUIET, SILENT], State::Ok);
    assert_eq!(summary(&progress), expected);
    let Progress::Concluded(recovery) = progress else {
        panic!("no verdict");
    };
    assert_eq!(recovery.rolled_out_at, Some(at("21:47:20")));
    assert_eq!(recovery.periods.len(), 1);
}

#[test]
fn a_composite_alarm_that_is_still_in_alarm_is_waited_for() {
    let either = errors("ALARM(a) OR ALARM(b)", [State::Alarm; 2]);
    let judged = |now| summary(&judged(&either, now, [QUIET; 2], State::Alarm));
    let waiting = "the alarm itself is still in ALARM";
    assert!(judged("22:02:19").starts_with(&format!("wait: {waiting}")));
    let end = format!("Inconclusive: not proven in the time there was: {waiting}");
    assert!(judged("22:02:20").starts_with(&end));
}

#[test]
fn many_children_are_told_in_few_words() {
    let names: Vec<String> = (0..100).map(|n| format!("a{n:02}")).collect();
    let expression = format!("AT_LEAST(1, ALARM, ({}))", names.join(", "));
    let mut composite = Composite::parse(&expression).unwrap();
    for name in names {
        let (state, rule) = (State::Alarm, Snapshot::Known(checkout_errors()));
        composite.add(name, Child { state, rule });
    }
    let snapshot = composite.sealed();
    let defaults = Defaults::default();
    let trial = Trial {
        acted_at: at("21:47:03"),
        defaults: &defaults,
        now: at("21:48:00"),
    };
    let spans = trial.spans(&snapshot, at("21:47:20"));
    assert_eq!(spans.len(), 100);
    let told = summary(&trial.verdict(&snapshot, &spans, &[], None));
    assert!(told.ends_with("a04 (Sum of HTTPCode_Target_5XX_Count > 10 in 2 of 2 periods of 60 s): no period is complete yet; and 95 more"), "{told}");
}
