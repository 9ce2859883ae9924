mod hostile;
mod lambda;
mod schedules;
mod world;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shared::alarm::{IncidentId, Parsed, read_event};
use shared::switch::Switch;

use self::lambda::Lambda;
use self::world::Fault;
use crate::analysis::Analysis;

const NAME: &str = "checkout-5xx";

fn start() -> Timestamp {
    "2026-02-18T21:47:00Z".parse().unwrap()
}

/// The EventBridge event of a state change so many seconds after the beginning.
fn change(name: &str, state: &str, seconds: i64) -> Value {
    let at = (start() + SignedDuration::from_secs(seconds)).to_string();
    json!({
        "source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change",
        "account": "111122223333", "region": "eu-west-1",
        "resources": [format!("arn:aws:cloudwatch:eu-west-1:111122223333:alarm:{name}")],
        "detail": {"alarmName": name, "state": {"value": state, "reason": "Threshold Crossed", "timestamp": at}},
    })
}

/// The same by SNS.
fn published(name: &str, state: &str, seconds: i64) -> Value {
    let at = (start() + SignedDuration::from_secs(seconds)).to_string();
    let message = json!({
        "AlarmName": name, "AlarmArn": format!("arn:aws:cloudwatch:eu-west-1:111122223333:alarm:{name}"),
        "NewStateValue": state, "NewStateReason": "Threshold Crossed", "StateChangeTime": at,
        "AWSAccountId": "111122223333", "Region": "EU (Ireland)",
    });
    json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": message.to_string()}}]})
}

fn incident(name: &str, seconds: i64) -> IncidentId {
    let received = read_event(&change(name, "ALARM", seconds));
    match &received[0].parsed {
        Parsed::Alarm(alarm) => alarm.incident(),
        other => panic!("{other:?}"),
    }
}

fn analysis_key(seconds: i64) -> String {
    format!("incidents/{}/analysis.json", incident(NAME, seconds))
}

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

/// Delivers events so many seconds after the beginning, with these faults of the bucket, and waits for all that comes of it.
fn run(events: Vec<(i64, Value)>, faults: &[Fault]) -> Lambda {
    let mut lambda = Lambda::new(start());
    lambda.world.lock().faults.extend(faults);
    for (after, event) in events {
        lambda.deliver(event, seconds(after));
    }
    lambda.run();
    lambda
}

fn outcomes(lambda: &Lambda) -> Vec<String> {
    let words = |handled: &Result<Vec<super::Handled>, String>| match handled {
        Ok(handled) => handled
            .iter()
            .map(|one| one.outcome)
            .collect::<Vec<_>>()
            .join("+"),
        Err(_) => "again".to_owned(),
    };
    let mut outcomes: Vec<String> = lambda.handled.iter().map(words).collect();
    outcomes.sort();
    outcomes
}

/// What the report of the incident says: its state, and when it was over, in seconds after the beginning.
fn reported(lambda: &Lambda, at: i64) -> (String, Option<i64>) {
    let json = lambda.world.lock().json(&analysis_key(at));
    let end = json["window"]["ended_at"].as_str();
    let end = end.map(|end| end.parse::<Timestamp>().unwrap());
    let seconds = end.map(|end| end.duration_since(start()).as_secs());
    (json["state"].as_str().unwrap().to_owned(), seconds)
}

fn open() -> (String, Option<i64>) {
    ("open".to_owned(), None)
}

fn closed(at: i64) -> (String, Option<i64>) {
    ("closed".to_owned(), Some(at))
}

#[test]
fn an_alarm_is_analysed_and_both_forms_are_written() {
    let lambda = run(vec![(1, change(NAME, "ALARM", 0))], &[]);
    assert_eq!(outcomes(&lambda), ["analysed"]);
    assert_eq!(reported(&lambda, 0), open());
    let inner = lambda.world.lock();
    let report = format!("incidents/{}/report.html", incident(NAME, 0));
    assert!(inner.objects.contains_key(&report), "{report}");
    let counted =
        ["StateChanges", "Analyses", "TimeToReport", "Failures"].map(|name| inner.count(name));
    assert_eq!(counted, [1, 1, 1, 0]);
}

#[test]
fn the_same_state_change_by_both_triggers_is_one_analysis_and_no_failure() {
    let events = vec![
        (1, change(NAME, "ALARM", 0)),
        (1, published(NAME, "ALARM", 0)),
        (
            1,
            json!({"alarmData": change(NAME, "ALARM", 0)["detail"], "source": "aws.cloudwatch",
            "alarmArn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:checkout-5xx",
            "accountId": "111122223333", "region": "eu-west-1"}),
        ),
        (90, change(NAME, "ALARM", 0)),
    ];
    let lambda = run(events, &[]);
    assert_eq!(
        outcomes(&lambda),
        ["analysed", "duplicate", "duplicate", "duplicate"]
    );
    assert_eq!(lambda.world.lock().collected.len(), 1);
}

#[test]
fn the_end_of_an_incident_gives_its_report_the_final_state_once() {
    let events = vec![
        (1, change(NAME, "ALARM", 0)),
        (301, change(NAME, "OK", 300)),
        (301, published(NAME, "OK", 300)),
        (400, change(NAME, "OK", 300)),
    ];
    let lambda = run(events, &[]);
    assert_eq!(
        outcomes(&lambda),
        ["analysed", "analysed", "duplicate", "duplicate"]
    );
    assert_eq!(reported(&lambda, 0), closed(300));
    let inner = lambda.world.lock();
    assert_eq!(
        [inner.count("Analyses"), inner.count("TimeToReport")],
        [2, 1]
    );
    assert_eq!(
        [inner.count("StateChanges"), inner.count("HeardBySns")],
        [4, 1]
    );
}

#[test]
fn an_end_that_is_told_first_is_remembered() {
    let events = vec![
        (301, change(NAME, "OK", 300)),
        (302, change(NAME, "ALARM", 0)),
    ];
    let lambda = run(events, &[]);
    assert_eq!(outcomes(&lambda), ["analysed", "noted"]);
    assert_eq!(reported(&lambda, 0), closed(300));
}

#[test]
fn an_end_that_comes_while_the_incident_is_analysed_is_in_its_report() {
    for after in 1..8 {
        let events = vec![
            (1, change(NAME, "ALARM", 0)),
            (after, change(NAME, "OK", 1)),
        ];
        let lambda = run(events, &[]);
        assert_eq!(
            reported(&lambda, 0),
            closed(1),
            "{after}: {:?}",
            lambda.handled
        );
        assert_eq!(lambda.dead_letters, 0);
    }
}

#[test]
fn an_end_belongs_to_the_incident_before_it_and_to_no_other() {
    let events = vec![
        (1, change(NAME, "ALARM", 0)),
        (301, change(NAME, "OK", 300)),
        (601, change(NAME, "ALARM", 600)),
        (701, change("other-alarm", "OK", 700)),
    ];
    let lambda = run(events, &[]);
    assert_eq!(
        [reported(&lambda, 0), reported(&lambda, 600)],
        [closed(300), open()]
    );
    let lost = vec![
        (1, change(NAME, "ALARM", 0)),
        (601, change(NAME, "ALARM", 600)),
        (701, change(NAME, "OK", 700)),
    ];
    let lambda = run(lost, &[]);
    assert_eq!(
        [reported(&lambda, 0), reported(&lambda, 600)],
        [closed(600), closed(700)]
    );
}

#[test]
fn an_alarm_that_flaps_is_analysed_six_times_an_hour() {
    let events = (0..20).flat_map(|n| {
        let at = n * 60;
        [
            (at + 1, change(NAME, "ALARM", at)),
            (at + 31, change(NAME, "OK", at + 30)),
        ]
    });
    let lambda = run(events.collect(), &[]);
    let inner = lambda.world.lock();
    let incidents: std::collections::BTreeSet<_> = inner
        .collected
        .iter()
        .map(|case| case.id.to_string())
        .collect();
    assert_eq!((incidents.len(), inner.collected.len()), (6, 12));
}

#[test]
fn an_alarm_that_flaps_for_hours_is_analysed_in_each_of_them_and_what_was_left_out_on_demand() {
    let events = (0..60).flat_map(|n| {
        let at = n * 180;
        [
            (at + 1, change(NAME, "ALARM", at)),
            (at + 91, change(NAME, "OK", at + 90)),
        ]
    });
    let mut lambda = run(events.collect(), &[]);
    let incidents: std::collections::BTreeSet<_> = {
        let inner = lambda.world.lock();
        let ids = inner.collected.iter().map(|case| case.id.to_string());
        ids.collect()
    };
    assert_eq!(incidents.len(), 18);
    let left_out = incident(NAME, 59 * 180);
    assert!(!incidents.contains(&left_out.to_string()));
    let again = json!({"incident": left_out.to_string()});
    lambda.deliver(again, seconds(1));
    lambda.run();
    assert_eq!(reported(&lambda, 59 * 180), closed(59 * 180 + 90));
}

#[test]
fn an_alarm_that_fires_again_ends_what_it_fired_about_before_in_whatever_order_that_is_told() {
    let changes = [("ALARM", 0), ("ALARM", 600), ("OK", 700)];
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let told = order.iter().zip([701, 801, 901]);
        let events = told.map(|(which, after)| {
            let (state, at) = changes[*which];
            (after, change(NAME, state, at))
        });
        let lambda = run(events.collect(), &[]);
        assert_eq!(
            [reported(&lambda, 0), reported(&lambda, 600)],
            [closed(600), closed(700)],
            "{order:?}: {:?}",
            lambda.handled
        );
    }
}

#[test]
fn a_person_may_have_an_incident_analysed_again() {
    let again = json!({"incident": incident(NAME, 0).to_string()});
    let events = vec![
        (1, change(NAME, "ALARM", 0)),
        (60, again.clone()),
        (301, change(NAME, "OK", 300)),
        (400, again.clone()),
    ];
    let lambda = run(events, &[]);
    assert_eq!(outcomes(&lambda), ["analysed"; 4]);
    assert_eq!(reported(&lambda, 0), closed(300));
    let nobody = run(vec![(1, again)], &[]);
    assert_eq!(outcomes(&nobody), ["rejected"]);
    assert_eq!(nobody.world.lock().collected, []);
}

#[test]
fn sources_that_do_not_keep_to_their_time_are_gaps_in_a_report_that_is_there_in_time() {
    let mut lambda = Lambda::new(start());
    lambda.world.lock().collect_faults.push_back(Fault::Hang);
    lambda.deliver(change(NAME, "ALARM", 0), seconds(1));
    lambda.run();
    assert_eq!(
        (outcomes(&lambda), lambda.killed),
        (vec!["analysed".to_owned()], 0)
    );
    let gaps = lambda.world.lock().json(&analysis_key(0))["gaps"].clone();
    assert_eq!(gaps[0]["because"], "Nobody answered in time.");
}

#[test]
fn a_kill_switch_that_cannot_be_read_does_not_eat_the_end_of_the_invocation() {
    let mut lambda = Lambda::new(start());
    let mut inner = lambda.world.lock();
    inner.has_model = true;
    inner.hanging = Some(Switch::KEY);
    inner.collect_faults.push_back(Fault::Hang);
    drop(inner);
    lambda.deliver(change(NAME, "ALARM", 0), seconds(1));
    lambda.run();
    let inner = lambda.world.lock();
    assert_eq!((inner.asked, lambda.handled.len()), (0, 1));
    let (key, last, _) = inner.written.last().unwrap();
    assert!(key.starts_with("analyses/"), "{key}");
    // At 17 seconds collecting was given up, and at 24 the switch.
    assert_eq!(last.duration_since(start()).as_secs(), 25);
}

/// Somebody's good analysis of the first incident, in place of what is stored.
fn store_a_good_analysis(lambda: &Lambda) {
    let good = include_str!("../../fixtures/analyses/bad-deployment.json");
    let mut good: Value = serde_json::from_str(good).unwrap();
    good["incident_id"] = incident(NAME, 0).to_string().into();
    good["state"] = "open".into();
    good["window"]["ended_at"] = Value::Null;
    let mut inner = lambda.world.lock();
    let version = inner.serial();
    let body = good.to_string().into_bytes();
    inner.objects.insert(analysis_key(0), (body, version));
}

#[test]
fn what_was_found_at_the_breach_stays_when_nobody_answers_at_the_end() {
    let again = json!({"incident": incident(NAME, 0).to_string()});
    for last in [change(NAME, "OK", 300), again] {
        let mut lambda = run(vec![(1, change(NAME, "ALARM", 0))], &[]);
        store_a_good_analysis(&lambda);
        let stored = |lambda: &Lambda| -> Analysis {
            serde_json::from_value(lambda.world.lock().json(&analysis_key(0))).unwrap()
        };
        let good = stored(&lambda);
        let is_end = last.get("incident").is_none();
        lambda.world.lock().collect_faults.push_back(Fault::Hang);
        lambda.deliver(last, seconds(300));
        lambda.run();
        let known = stored(&lambda);
        assert_eq!(known.patterns, good.patterns);
        assert_eq!(known.stopped_tasks, good.stopped_tasks);
        assert_eq!(known.target_health, good.target_health);
        assert_eq!((known.metrics, known.gaps), (good.metrics, good.gaps));
        assert_eq!(known.verdict.reasons, good.verdict.reasons);
        assert_eq!(known.verdict.statement, good.verdict.statement);
        let expected = if is_end { closed(300) } else { open() };
        assert_eq!(reported(&lambda, 0), expected);
    }
}

#[test]
fn an_analysis_that_cannot_be_read_is_not_written_over() {
    let mut lambda = run(vec![(1, change(NAME, "ALARM", 0))], &[]);
    store_a_good_analysis(&lambda);
    let good = lambda.world.lock().json(&analysis_key(0));
    lambda.world.lock().unreadable = Some("/analysis.json");
    lambda.deliver(change(NAME, "OK", 300), seconds(300));
    lambda.run();
    assert_eq!(lambda.dead_letters, 1);
    assert_eq!(lambda.world.lock().json(&analysis_key(0)), good);
}

#[test]
fn a_model_is_asked_unless_somebody_pulled_the_kill_switch_and_the_report_is_there_anyway() {
    let with = |is_paused, switch: Option<bool>| {
        let mut lambda = Lambda::new(start());
        lambda.is_paused = is_paused;
        let mut inner = lambda.world.lock();
        inner.has_model = true;
        if let Some(paused) = switch {
            let switch = json!({"schema_version": 1, "paused": paused, "at": start().to_string()});
            let body = switch.to_string().into_bytes();
            inner.objects.insert(Switch::KEY.to_owned(), (body, 1));
        }
        drop(inner);
        lambda.deliver(change(NAME, "ALARM", 0), seconds(1));
        lambda.run();
        let inner = lambda.world.lock();
        let summary = inner.json(&analysis_key(0))["summary"]["text"].clone();
        (inner.asked, summary)
    };
    let summed_up = (1, json!("All of it broke."));
    assert_eq!(with(false, None), summed_up);
    assert_eq!(with(false, Some(false)), summed_up);
    assert_eq!(with(true, None), (0, Value::Null));
    assert_eq!(with(false, Some(true)), (0, Value::Null));
}
