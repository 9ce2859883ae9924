use alarm_playbook::record::Entry;
use jiff::Timestamp;
use serde_json::json;

use super::*;
use crate::analysis::Analyzed;
use crate::demo::exported::Exported;
use crate::demo::observations::{NewDeployment, ServiceEvent};
use crate::local_cloud::{Mail, Via};
use crate::scenario::{LogLine, Period, StateChange, StateName};
use crate::speed::Speed;
use crate::traffic::Answered;

const DEPLOYMENT: &str = "ecs-svc/2";

pub(in crate::demo) fn timeline() -> Timeline {
    Timeline {
        zero: "2026-02-18T21:45:00Z".parse().unwrap(),
        speed: Speed::FASTEST,
    }
}

/// The time of a moment of the scenario.
fn at(minutes: i64, seconds: i64) -> Timestamp {
    timeline().time(Moment::at(minutes, seconds))
}

fn mail(via: Via, subject: &str, at: Timestamp) -> Mail {
    let text = format!(
        "{subject}\n\nAlarm: checkout-high-5xx-errors\nAction: restart ECS service\nResult: accepted\n\
         Status: IN PROGRESS\nDeployment: {DEPLOYMENT}\nTimestamp: 2026-02-18T21:45:20Z\n"
    );
    Mail {
        via,
        from: "medic@example.com".to_owned(),
        to: vec![match via {
            Via::Ses => "oncall@example.com".to_owned(),
            Via::Sns => "team@example.com".to_owned(),
        }],
        subject: subject.to_owned(),
        text,
        html: None,
        at,
        topic: None,
    }
}

fn entry() -> Entry {
    let entry = json!({
        "incident": "6788a735f5096406f645",
        "alarm_name": "checkout-high-5xx-errors",
        "state_changed_at": at(2, 0),
        "alarm_reason": "Threshold Crossed",
        "playbook": "checkout-5xx",
        "verdict": "remediate",
        "reasons": {"for": ["it is fresh"], "against": []},
        "decided_at": at(2, 1),
        "intent": null,
        "lease": {"request": "r", "until": at(3, 0)},
        "outcome": {"result": "applied", "deployment": DEPLOYMENT},
        "concluded_at": at(2, 3),
        "untold": [],
        "told": [],
    });
    serde_json::from_value(entry).unwrap()
}

fn rolling_update() -> Vec<ServiceEvent> {
    let events = [
        (3, "has started 1 tasks: (task 2)."),
        (5, "registered 1 targets in (target-group checkout)"),
        (9, "has begun draining connections on 1 tasks."),
        (9, "deregistered 1 targets in (target-group checkout)"),
        (14, "has stopped 1 running tasks: (task 1)."),
        (14, "(deployment ecs-svc/2) deployment completed."),
        (15, "has reached a steady state."),
    ];
    let event = |(seconds, message): (i64, &str)| ServiceEvent {
        at: at(2, seconds),
        message: format!("(service checkout) {message}"),
    };
    events.map(event).into()
}

fn mails() -> Vec<Mail> {
    vec![
        mail(
            Via::Sns,
            "ALARM: \"checkout-high-5xx-errors\" in EU (Ireland)",
            at(2, 1),
        ),
        mail(
            Via::Sns,
            "Restart begun: ECS service shop/checkout",
            at(2, 3),
        ),
        mail(
            Via::Ses,
            "Restart begun: ECS service shop/checkout",
            at(2, 4),
        ),
        mail(
            Via::Sns,
            "OK: \"checkout-high-5xx-errors\" in EU (Ireland)",
            at(3, 1),
        ),
        mail(Via::Sns, "Recovered: ECS service shop/checkout", at(4, 1)),
        mail(Via::Ses, "Recovered: ECS service shop/checkout", at(4, 2)),
    ]
}

/// What the incident analyst wrote when the alarm fired, or when it was over.
pub(in crate::demo) fn analyzed(state: &str, written_at: Timestamp) -> Analyzed {
    let analysis = json!({
        "schema_version": 1,
        "incident_id": "6788a735f5096406f645",
        "state": state,
        "headline": "checkout answers with errors since 21:45 UTC",
        "verdict": {
            "cause": "undetermined",
            "rule": null,
            "statement": "Something changed, but what was found does not say why.",
            "confidence": 0.0,
            "reasons": [{"text": "A new error in the logs.", "evidence": ["E1"]}],
            "against": [],
            "missing": [],
            "advice": [],
        },
        "alarm": {
            "name": "checkout-high-5xx-errors",
            "description": "",
            "reason": "Threshold Crossed",
            "metric": null,
            "threshold": 10.0,
        },
        "target": {"cluster": "shop", "service": "checkout"},
        "window": {
            "from": at(-60, 0),
            "onset": at(0, 0),
            "breached_at": at(2, 1),
            "ended_at": null,
            "until": at(2, 2),
        },
        "timeline": [],
        "metrics": [],
        "patterns": [{
            "text": "Cannot read property total of null",
            "is_error": true,
            "before": 0,
            "since": 30,
            "first_at": at(0, 1),
            "example": "{\"message\":\"Cannot read property total of null\"}",
            "evidence": "E1",
        }],
        "suspects": [],
        "deployments": [],
        "stopped_tasks": [],
        "target_health": [],
        "gaps": [],
        "evidence": [{
            "id": "E1",
            "at": at(0, 1),
            "reference": {"type": "log_event", "group": "/ecs/shop", "stream": "s", "event_id": "1"},
            "quote": "Cannot read property total of null",
        }],
        "summary": null,
    });
    Analyzed {
        at: written_at,
        page: "s3://state/incidents/6788a735f5096406f645/report.html".to_owned(),
        analysis: serde_json::from_value(analysis).unwrap(),
    }
}

/// An incident as it should be.
pub(in crate::demo) fn as_promised() -> Observations {
    let period = |minute, errors| Period {
        start: at(minute, 0),
        requests: 30.0,
        errors,
    };
    let change = |minutes, state, reason: &str| StateChange {
        at: at(minutes, 1),
        state,
        reason: reason.to_owned(),
    };
    let action =
        "Successfully executed action arn:aws:sns:eu-west-1:111122223333:alerts".to_owned();
    Observations {
        first_failure: Some(Answered {
            at: at(0, 1),
            status: Some(500),
        }),
        first_error: Some(LogLine {
            written_at: at(0, 1),
            received_at: at(0, 2),
            message: "Cannot read property total of null".to_owned(),
        }),
        periods: vec![
            period(0, Some(15.0)),
            period(1, Some(12.0)),
            period(2, Some(2.0)),
            period(3, None),
        ],
        state_changes: vec![
            change(2, StateName::Alarm, "Threshold Crossed: 2 datapoints"),
            change(3, StateName::Ok, "Threshold Crossed: 1 datapoint"),
        ],
        alarm_actions: vec![(at(2, 1), action)],
        entry: Some(entry()),
        first_analysis: Some(analyzed("open", at(2, 6))),
        last_analysis: Some(analyzed("closed", at(4, 1))),
        closed_copy: Some("s3://state/incidents/6788a735f5096406f645/incident.json".to_owned()),
        deployments: vec![NewDeployment {
            id: DEPLOYMENT.to_owned(),
            created_at: at(2, 2),
            runs: "checkout:1".to_owned(),
        }],
        service_events: rolling_update(),
        mails: mails(),
        exported: Some(Exported {
            at: at(3, 14),
            lines: 120,
            address: "s3://exports/cloudwatch-logs/account=111122223333/part".to_owned(),
        }),
    }
}

/// The rows that are broken, each with when and why.
fn broken(observations: &Observations) -> Vec<(&'static str, String, String)> {
    let rows = of_recovery(observations, &timeline());
    assert_eq!(are_kept(&rows), rows.iter().all(|row| !is_broken(row)));
    rows.into_iter()
        .filter_map(|row| match row.outcome {
            Outcome::Broken { at, why } => Some((row.text, at, why)),
            Outcome::Kept { .. } => None,
        })
        .collect()
}

fn is_broken(row: &Row) -> bool {
    matches!(row.outcome, Outcome::Broken { .. })
}

fn check(change: impl FnOnce(&mut Observations), expected: &[(&str, &str, &str)]) {
    let mut observations = as_promised();
    change(&mut observations);
    let broken = broken(&observations);
    let broken: Vec<_> = broken
        .iter()
        .map(|(text, at, why)| (*text, at.as_str(), why.as_str()))
        .collect();
    assert_eq!(broken, expected);
}

#[test]
fn an_incident_as_it_should_be_keeps_every_promise() {
    check(|_| {}, &[]);
}

#[test]
fn nothing_seen_keeps_no_promise() {
    let rows = of_recovery(&Observations::default(), &timeline());
    assert!(rows.iter().all(is_broken), "{rows:?}");
}

#[test]
fn what_comes_later_than_the_machine_can_explain_is_broken() {
    let late =
        |seconds| move |seen: &mut Observations| seen.deployments[0].created_at = at(2, seconds);
    check(late(21), &[]);
    check(
        late(22),
        &[(
            "UpdateService: new deployment",
            "2:22",
            "too late: ecs-svc/2",
        )],
    );
}

#[test]
fn the_second_of_two_mails_counts() {
    check(
        |seen| seen.mails[5].at = at(4, 20),
        &[(
            "mail: recovery is proven",
            "4:20",
            "too late: to team@example.com and oncall@example.com",
        )],
    );
    check(
        |seen| drop(seen.mails.pop()),
        &[(
            "mail: recovery is proven",
            "",
            "there is no such mail by SES",
        )],
    );
}

#[test]
fn a_report_that_comes_twice_is_one_too_many() {
    check(
        |seen| seen.mails.push(seen.mails[5].clone()),
        &[(
            "mail: recovery is proven",
            "",
            "there are 2 such mails by SES",
        )],
    );
}

#[test]
fn nothing_more_is_waited_for_once_everything_was_seen_even_if_late() {
    let mut seen = as_promised();
    seen.mails[5].at = at(4, 20);
    assert!(are_complete(&of_recovery(&seen, &timeline())));
    seen.mails.pop();
    assert!(!are_complete(&of_recovery(&seen, &timeline())));
}

#[test]
fn a_report_that_leaves_something_out_is_none() {
    check(
        |seen| seen.mails[2].text = seen.mails[2].text.replace("Deployment", "Deployed"),
        &[(
            "mail: the report of the restart",
            "",
            "the report lacks Deployment: ecs-svc/2",
        )],
    );
}

#[test]
fn a_period_without_requests_proves_nothing() {
    check(
        |seen| seen.periods[3].requests = 0.0,
        &[(
            "the metric is back to 0",
            "",
            "no period without errors and with requests",
        )],
    );
}

#[test]
fn events_of_the_rolling_update_count_in_their_order_only() {
    let why = "no event `has stopped` after `(service checkout) deregistered 1 targets in (target-group checkout)`";
    check(
        |seen| drop(seen.service_events.remove(4)),
        &[
            ("new tasks are healthy", "", why),
            ("old ones drained, in order", "", why),
            ("total: remediation, from ALARM", "", why),
        ],
    );
}

#[test]
fn a_deployment_of_somebody_else_is_human_intervention() {
    let other = NewDeployment {
        id: "ecs-svc/3".to_owned(),
        created_at: at(2, 30),
        runs: "checkout:1".to_owned(),
    };
    check(
        |seen| seen.deployments.push(other),
        &[(
            "total: human intervention",
            "",
            "new deployments: ecs-svc/2, ecs-svc/3",
        )],
    );
}

#[test]
fn an_escalation_has_promises_of_its_own() {
    let mut seen = as_promised();
    seen.state_changes.pop();
    let subject = "Escalation, restart did not help: ECS service shop/checkout";
    seen.mails
        .extend([Via::Sns, Via::Ses].map(|via| mail(via, subject, at(5, 1))));
    assert!(are_kept(&of_escalation(&seen, &timeline())));
    seen.mails.pop();
    assert!(!are_kept(&of_escalation(&seen, &timeline())));
}

#[test]
fn a_report_that_never_gets_its_final_state_or_rests_on_nothing_is_none() {
    check(
        |seen| seen.last_analysis = seen.first_analysis.clone(),
        &[("the report says that it is over", "", "it is open")],
    );
    let unproven = "without evidence: A new error in the logs.";
    check(
        |seen| {
            let last = seen.last_analysis.as_mut().unwrap();
            last.analysis.verdict.reasons[0].evidence = vec!["E7".to_owned()];
        },
        &[("each statement rests on evidence", "", unproven)],
    );
}

#[test]
fn a_report_that_quotes_another_error_or_comes_late_is_no_promise_kept() {
    check(
        |seen| {
            let first = seen.first_analysis.as_mut().unwrap();
            first.analysis.patterns[0].example = "something else".to_owned();
        },
        &[(
            "it quotes the error of the log",
            "",
            "its first pattern: Cannot read property total of null",
        )],
    );
    check(
        |seen| seen.first_analysis.as_mut().unwrap().at = at(3, 30),
        &[
            (
                "analysis of logs and metrics",
                "3:30",
                "too late: s3://state/incidents/6788a735f5096406f645/report.html",
            ),
            (
                "it quotes the error of the log",
                "3:30",
                "too late: Cannot read property total of null: 0 before, 30 since",
            ),
            (
                "total: from ALARM to the report",
                "1:29",
                "too late: within 15 s of the wall clock",
            ),
        ],
    );
}
