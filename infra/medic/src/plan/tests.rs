use shared::alarm::read_bytes;

use super::*;

const ALARM: &[u8] = include_bytes!("../../../../events/alarm-playbook/alarm.json");
const OK: &[u8] = include_bytes!("../../../../events/alarm-playbook/ok.json");
const PLAYBOOK: &str = include_str!("../../../../functions/alarm-playbook/playbook.yaml");

const ROLLING_OUT: &str = r#"{"services": [{"status": "ACTIVE", "deployments": [
    {"id": "ecs-svc/2", "status": "PRIMARY", "createdAt": "2026-02-18T21:40:00.123000+00:00", "taskDefinition": "checkout:8", "rolloutState": "IN_PROGRESS"},
    {"id": "ecs-svc/1", "status": "ACTIVE", "taskDefinition": "checkout:7", "rolloutState": "COMPLETED"}
]}]}"#;

/// Plans a minute after the sample alarm fired.
fn planner() -> Planner {
    Planner {
        playbooks: PlaybookFile::parse(PLAYBOOK).unwrap(),
        state: None,
        tags: Tags::new(),
        record: None,
        accounts: Vec::new(),
        regions: Vec::new(),
        now: "2026-02-18T21:48:01Z".parse().unwrap(),
        is_now_given: true,
    }
}

fn plan(planner: &Planner, event: &[u8]) -> Plan {
    planner.plan("event.json", &read_bytes(event)[0].parsed)
}

#[test]
fn the_form_of_a_plan_is_a_contract() {
    let expected = serde_json::json!({
        "file": "event.json",
        "decision": "remediate",
        "reasons": [
            "playbook checkout-5xx is for this alarm",
            "the alarm went from OK to ALARM at 2026-02-18T21:47:01.123Z",
            "no target state was given, so the target is taken for undisturbed",
        ],
        "playbook": "checkout-5xx",
        "step": "restart_service",
        "target": "ECS service shop/checkout",
        "calls": [{
            "service": "ecs",
            "operation": "UpdateService",
            "input": {"cluster": "shop", "service": "checkout", "forceNewDeployment": true},
        }],
    });
    let plan = plan(&planner(), ALARM);
    assert_eq!(serde_json::to_value(&plan).unwrap(), expected);
    insta::assert_snapshot!(plan.text());
}

#[test]
fn what_is_not_acted_on_has_reasons_and_no_calls() {
    let check = |planner: &Planner, event: &[u8], decision: &str, reason: &str| {
        let plan = plan(planner, event);
        let first = plan.reasons.first().map(String::as_str);
        assert_eq!(
            (plan.decision, first, plan.calls),
            (decision, Some(reason), Vec::new())
        );
    };
    check(&planner(), OK, "ignore", "OK never leads to a remediation");
    check(&planner(), b"{}", "ignore", "JSON, but not an alarm");
    let elsewhere = Planner {
        accounts: vec!["444455556666".to_owned()],
        ..planner()
    };
    check(
        &elsewhere,
        ALARM,
        "report",
        "account 111122223333 is not on the allowlist",
    );
    let rolling_out = target_state::parse(ROLLING_OUT).unwrap();
    let busy = Planner {
        state: Some(rolling_out),
        ..planner()
    };
    check(
        &busy,
        ALARM,
        "wait",
        "deployment ecs-svc/2 began 7m 1s before the alarm: a restart would run the same version again",
    );
    let late = Planner {
        now: "2026-02-18T22:48:01Z".parse().unwrap(),
        ..planner()
    };
    check(
        &late,
        ALARM,
        "report",
        "the alarm changed its state 1h 59s ago, more than 15m",
    );
}

/// The text of the plan for the sample alarm, by the example with one thing written otherwise.
fn text(from: &str, to: &str) -> String {
    assert!(PLAYBOOK.contains(from), "{from}");
    let playbooks = PlaybookFile::parse(&PLAYBOOK.replacen(from, to, 1)).unwrap();
    let planner = Planner {
        playbooks,
        is_now_given: false,
        ..planner()
    };
    plan(&planner, ALARM).text()
}

#[test]
fn a_person_reads_who_is_told_and_called_and_what_is_not_known() {
    let steps = "      - restart_service\n";
    let texts = [
        text("mute: []", "mute: [{ from: \"21:00\", until: \"22:00\" }]"),
        text(steps, "      - page: { subject: checkout fails }\n"),
        text(steps, "      - scale_service: { by: 2, max: 8 }\n"),
        text("AWS/ApplicationELB\n", "AWS/ApplicationElb\n"),
        text("max_alarm_age: 15m", "max_alarm_age: 30s"),
        plan(&planner(), b"[").text(),
    ];
    insta::assert_snapshot!("texts", texts.join("\n"));
}

#[test]
fn a_time_is_written_in_utc() {
    assert_eq!(time("2026-02-18T21:48:01Z"), Ok(planner().now));
    let error = "write it in UTC, such as 2026-02-18T21:48:00Z".to_owned();
    assert_eq!(time("2026-02-18 21:48"), Err(error));
}

#[test]
fn tags_are_read_as_the_aws_cli_prints_them() {
    let printed = r#"{"Tags": [{"Key": "lambda-medic:maintenance", "Value": "true"}]}"#;
    let tags = target_state::parse_tags(printed).unwrap();
    let tagged = Planner { tags, ..planner() };
    assert_eq!(
        plan(&tagged, ALARM).reasons[0],
        "the alarm is tagged lambda-medic:maintenance"
    );
}

#[test]
fn a_target_state_without_a_service_is_an_error() {
    let error = target_state::parse(r#"{"services": []}"#).unwrap_err();
    assert_eq!(error.to_string(), "it describes no service");
}
