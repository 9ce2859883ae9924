//! An incident on the local cloud and the report of it: the real binary, invoked by EventBridge and SNS, over a service that broke.
#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test says what it saw, and stops where it cannot go on"
)]

use std::time::Duration;

use medic::deployment::Analyst;
use medic::installation::Wish;
use medic::local_cloud::GrantedCall;
use medic::poll::TimeLimit;
use medic::project::Project;
use medic::speed::Speed;
use medic::traffic::Traffic;
use serde_json::{Value, json};
use shared::alarm::IncidentId;
use shared::clock::{Clock as _, System};
use support::browser::judge_stored;
use support::reports::Reports;
use support::stack::Stack;

/// From the first error until the alarm is OK again, six times as fast as on AWS, on a slow machine.
const LONG: Duration = Duration::from_mins(3);

fn texts(analysis: &Value, list: &str, field: &str) -> Vec<String> {
    let items = analysis[list].as_array().unwrap().iter();
    let text = |item: &Value| item[field].as_str().unwrap().to_owned();
    items.map(text).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_breaks_has_one_report_with_its_evidence_and_a_final_state() {
    let stack = Stack::deploy(Wish {
        speed: Speed::FASTEST,
        analyst: Analyst::Installed,
        ..Wish::live()
    })
    .await
    .unwrap();
    let reports = Reports::of(&stack.installation).await.unwrap();
    let endpoint = &stack.installation.scenario.load_balancer.endpoint;
    let traffic = Traffic::begin(endpoint, Speed::FASTEST, System.now()).unwrap();
    traffic.break_service().await.unwrap();

    let entry = stack.handled_entry().await.unwrap();
    let incident = &entry.incident;
    let limit = TimeLimit::of(LONG);
    let (open, _) = reports.in_state(incident, "open", limit).await.unwrap();
    assert_eq!(open["incident_id"], json!(incident));
    assert_eq!(
        open["target"],
        json!({"cluster": "shop", "service": "checkout"})
    );

    stack.closed_entry().await.unwrap();
    let (closed, page) = reports.in_state(incident, "closed", limit).await.unwrap();
    println!("{:#}", closed["verdict"]);
    assert_eq!(page.content_type, "text/html; charset=utf-8");
    assert!(page.text.starts_with("<!doctype html>"), "{}", page.text);
    assert!(page.text.contains("<svg"), "no metric is drawn");
    judge_stored("report", &closed, &page.text).await.unwrap();
    // The one deployment is the playbook's, and it is what helped.
    assert_ne!(closed["verdict"]["cause"], "bad_deployment");
    let kinds = texts(&closed, "timeline", "kind");
    for kind in ["alarm", "remediation", "recovery"] {
        assert!(kinds.iter().any(|one| one == kind), "{kind}: {kinds:?}");
    }

    each_state_change_was_analysed_once(&reports, incident).await;

    // The mail led here before the report was there.
    let link = format!("prefix=incidents/{incident}/report.html");
    let mails = stack.mails("Restart begun: ").await.unwrap();
    assert!(
        mails.iter().all(|mail| mail.text.contains(&link)),
        "{mails:?}"
    );

    let calls = stack.installation.cloud.calls().await.unwrap();
    let name = reports.function.name();
    // What ECS is asked for, the local cloud holds against the cluster; `make validate` knows the actions.
    let refused: Vec<_> = calls
        .iter()
        .filter(|call| call.function == name && !call.granted && !call.action.starts_with("ecs:"))
        .collect();
    assert_eq!(refused, Vec::<&GrantedCall>::new());

    // Somebody asks again, and gets the same.
    let again = json!({"incident": incident});
    let answer = reports.invoke(&again).await.unwrap();
    assert_eq!(answer[0]["outcome"], "analysed", "{answer}");
    let (again, _) = reports.in_state(incident, "closed", limit).await.unwrap();
    assert_eq!(again["verdict"]["cause"], closed["verdict"]["cause"]);
    each_sample_event_is_answered(&reports).await;
}

/// Two state changes, each brought by two triggers.
async fn each_state_change_was_analysed_once(reports: &Reports, incident: &IncidentId) {
    reports.outcomes("duplicate", 2).await.unwrap();
    let record = reports.record(incident).await.unwrap();
    assert_eq!(
        (&record["versions"], &record["attempts"]),
        (&json!(2), &json!(0))
    );
    assert_eq!(reports.in_failure_queue().await.unwrap(), 0);
    let times = reports.times_to_report().await.unwrap();
    println!("from the alarm's state change to the stored report: {times:?} s");
    assert_eq!(times.len(), 1);
}

/// What is said of `events/incident-analyst`, in this order: the end before its beginning, then the same state change in three wrappings.
async fn each_sample_event_is_answered(reports: &Reports) {
    let folder = Project::find(None).unwrap().events("incident-analyst");
    for (case, outcome) in [
        ("eventbridge-ok", "noted"),
        ("eventbridge-alarm", "analysed"),
        ("sns", "duplicate"),
        ("direct", "duplicate"),
        ("hostile", "analysed"),
        ("incident", "rejected"),
    ] {
        let event = std::fs::read(folder.join(format!("{case}.json"))).unwrap();
        let event: Value = serde_json::from_slice(&event).unwrap();
        let answer = reports.invoke(&event).await.unwrap();
        assert_eq!(answer[0]["outcome"], outcome, "{case}: {answer}");
    }
}
