use jiff::SignedDuration;

use crate::analysis::{Moment, MomentKind, Reference};
use crate::diagnose::diagnose;
use crate::diagnose::fixtures::fixtures;
use crate::evidence::{AlarmChange, Evidence};

/// An incident that is over, and an alarm that changed its state so many minutes after it fired, or before.
fn over(changes: &[(i64, &str)]) -> Evidence {
    let fixture = fixtures()
        .iter()
        .find(|fixture| fixture.name() == "deployment-before-trouble-rolled-back");
    let mut evidence = fixture.unwrap().evidence();
    evidence.remediation.found = None;
    let breached_at = evidence.incident.breached_at;
    let changes = changes.iter().map(|(minute, to)| AlarmChange {
        at: breached_at + SignedDuration::from_mins(*minute),
        from: "INSUFFICIENT_DATA".to_owned(),
        to: (*to).to_owned(),
        reason: format!("minute {minute}"),
    });
    evidence.alarm_history.found = changes.collect();
    evidence
}

fn of_kind(evidence: &Evidence, kind: MomentKind) -> Vec<Moment> {
    let mut moments = diagnose(evidence).timeline;
    moments.retain(|moment| moment.kind == kind);
    moments
}

#[test]
fn of_an_alarm_that_flaps_the_changes_around_the_breach_are_told() {
    let changes: Vec<(i64, &str)> = (-50..=3)
        .map(|minute| (minute, if minute % 2 == 0 { "ALARM" } else { "OK" }))
        .collect();
    let evidence = over(&changes);
    let breached_at = evidence.incident.breached_at;
    let minutes = of_kind(&evidence, MomentKind::Alarm)
        .iter()
        .map(|moment| moment.at.duration_since(breached_at).as_mins())
        .collect::<Vec<_>>();
    assert_eq!(minutes, (-8..=3).collect::<Vec<_>>());
}

#[test]
fn a_change_to_another_state_in_the_second_of_the_breach_is_not_the_breach() {
    let told = of_kind(&over(&[(0, "INSUFFICIENT_DATA")]), MomentKind::Alarm);
    let texts: Vec<&str> = told.iter().map(|moment| moment.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "The alarm fired.",
            "The alarm went from INSUFFICIENT_DATA to INSUFFICIENT_DATA."
        ]
    );
}

#[test]
fn the_end_rests_on_what_was_said_after_the_breach() {
    for (changes, quote) in [
        (vec![(-30, "OK"), (0, "ALARM")], "OK"),
        (
            vec![(-30, "OK"), (0, "ALARM"), (1, "OK")],
            "INSUFFICIENT_DATA to OK: minute 1",
        ),
    ] {
        let evidence = over(&changes);
        let analysis = diagnose(&evidence);
        let end = analysis
            .timeline
            .iter()
            .find(|moment| moment.kind == MomentKind::Recovery)
            .unwrap();
        let item = analysis
            .evidence
            .iter()
            .find(|item| end.evidence.contains(&item.id))
            .unwrap();
        assert_eq!(
            (item.quote.as_str(), &item.reference),
            (quote, &Reference::AlarmChange)
        );
    }
}
