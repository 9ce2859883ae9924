use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::collect::samples::{at, incident};

fn entry(incident: &str, decided_at: &str) -> Value {
    json!({
        "incident": incident,
        "verdict": "remediate",
        "reasons": {"for": ["the alarm fired"], "against": []},
        "decided_at": format!("2026-02-18T{decided_at}Z"),
        "intent": {"step": "rollback_deployment", "attempt": 1},
        "outcome": {"result": "applied", "deployment": "ecs-svc/2"},
        "earlier": [{
            "intent": {"step": "restart_service", "attempt": 1},
            "decided_at": "2026-02-18T21:00:30Z",
            "outcome": {"result": "adopted", "deployment": "ecs-svc/1", "created_at": "2026-02-18T21:00:31Z"},
            "recovery": {"verdict": "not_recovered", "proven_at": "2026-02-18T21:01:00Z"},
        }],
        "recovery": {"verdict": "recovered", "proven_at": "2026-02-18T21:10:00Z", "reason": "fine"},
        "of_tomorrow": true,
    })
}

fn step(step: &str, time: &str, outcome: &str) -> RemediationStep {
    RemediationStep {
        step: step.to_owned(),
        at: at(time),
        outcome: outcome.to_owned(),
    }
}

fn climbed(decided_at: &str) -> Told {
    Told {
        remediation: Some(Remediation {
            steps: vec![
                step("restart_service", "21:00:30", "carried out: not recovered"),
                step("rollback_deployment", decided_at, "carried out: recovered"),
            ],
            verdict: Some("recovered".to_owned()),
            proven_at: Some(at("21:10:00")),
        }),
        deployments: vec!["ecs-svc/1".to_owned(), "ecs-svc/2".to_owned()],
    }
}

#[test]
fn the_closed_copy_tells_every_rung_and_what_came_of_it() {
    let mut closed = entry("any", "21:02:00");
    closed["schema_version"] = json!(1);
    assert_eq!(
        of_closed(closed.to_string().as_bytes()),
        Ok(climbed("21:02:00"))
    );
}

#[test]
fn an_entry_is_found_by_the_incident_or_else_by_its_time() {
    let record = |entries: Value| {
        let record = json!({"schema_version": 2, "entries": entries});
        of_record(record.to_string().as_bytes(), &incident())
    };
    let id = incident().id.to_string();
    let two_incidents = |told: Told| Told {
        deployments: [told.deployments.clone(), told.deployments].concat(),
        ..told
    };
    let both = json!([entry(&id, "21:01:00"), entry("other", "21:01:30")]);
    assert_eq!(record(both), Ok(two_incidents(climbed("21:01:00"))));
    let then = json!([entry("another", "21:01:30"), entry("later", "23:00:00")]);
    assert_eq!(record(then), Ok(two_incidents(climbed("21:01:30"))));
    assert_eq!(record(json!([])), Ok(Told::default()));
}

#[test]
fn deployments_for_other_incidents_of_the_target_are_known_too() {
    let mut other = entry("other", "20:40:00");
    other["earlier"] = Value::Null;
    other["outcome"]["deployment"] = json!("ecs-svc/0");
    let refused = json!({"incident": "refused", "outcome": {"result": "refused"}});
    let record = json!({"schema_version": 2, "entries": [other, refused, 7]});
    let found = of_record(record.to_string().as_bytes(), &incident());
    let expected = Told {
        remediation: None,
        deployments: vec!["ecs-svc/0".to_owned()],
    };
    assert_eq!(found, Ok(expected));
}

#[test]
fn what_was_decided_instead_of_acting_is_said_with_its_reasons() {
    let told = |entry: &Value| told(entry).unwrap().remediation.unwrap().steps;
    let mut dry = entry("any", "21:01:00");
    dry["intent"] = Value::Null;
    dry["earlier"] = Value::Null;
    dry["verdict"] = json!("dry_run");
    assert_eq!(told(&dry), [step("dry_run", "21:01:00", "the alarm fired")]);
    dry["reasons"]["against"] = json!(["paused", "a deployment is under way"]);
    assert_eq!(
        told(&dry),
        [step(
            "dry_run",
            "21:01:00",
            "paused; a deployment is under way"
        )]
    );
}

#[test]
fn outcomes_are_words() {
    let cases = [
        (json!(null), "under way"),
        (
            json!({"result": "refused", "error": "access\ndenied"}),
            "refused: access denied",
        ),
        (
            json!({"result": "unclear", "reason": "gone"}),
            "whether it was carried out is not known: gone",
        ),
        (
            json!({"result": "superseded", "deployment": "x"}),
            "somebody else deployed in between",
        ),
        (json!({"result": "of tomorrow"}), "of tomorrow"),
    ];
    for (result, expected) in cases {
        assert_eq!(outcome(&json!({"outcome": result})), expected);
    }
}

#[test]
fn what_is_no_record_or_a_newer_one_says_nothing() {
    let cases = [
        (
            "{",
            "it is not JSON: EOF while parsing an object at line 1 column 1",
        ),
        ("{}", "it has no schema version"),
        (
            r#"{"schema_version": 9}"#,
            "it has schema version 9, newer than 2",
        ),
        (r#"{"schema_version": 2}"#, "it has no entries"),
    ];
    for (bytes, expected) in cases {
        assert_eq!(
            of_record(bytes.as_bytes(), &incident()),
            Err(expected.to_owned())
        );
    }
    let closed = of_closed(br#"{"schema_version": 1, "decided_at": 7}"#);
    assert_eq!(closed, Err("it is no record of an incident".to_owned()));
}

proptest! {
    #[test]
    fn no_document_panics(text in "\\PC*") {
        let _ = of_closed(text.as_bytes());
        let record = json!({"schema_version": 2, "entries": [{"incident": incident().id, "decided_at": &text, "reasons": &text}]});
        let _ = of_record(record.to_string().as_bytes(), &incident());
    }
}
