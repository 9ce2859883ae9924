//! Events that nobody should send.

use serde_json::{Value, json};

use super::lambda::Lambda;
use super::{NAME, change, outcomes, run, seconds, start};

fn check(event: Value, expected: &str) {
    let what = event.to_string();
    let lambda = run(vec![(1, event)], &[]);
    assert_eq!(outcomes(&lambda), [expected], "{what}");
    let inner = lambda.world.lock();
    assert_eq!(
        (inner.collected.len(), inner.objects.len()),
        (0, 0),
        "{what}"
    );
    assert_eq!(inner.count("Failures"), 0);
}

#[test]
fn what_is_no_alarm_is_rejected_and_nothing_is_looked_at() {
    check(json!(null), "rejected");
    check(json!({}), "ignored");
    check(json!({"incident": "../../control/switch.json"}), "rejected");
    check(json!({"incident": {"$ne": ""}}), "rejected");
    check(
        json!({"detail-type": "CloudWatch Alarm State Change", "source": "evil", "detail": {}}),
        "rejected",
    );
}

#[test]
fn alarms_that_are_none_of_ours_are_ignored() {
    check(
        change("medic-incident-analyst-errors", "ALARM", 0),
        "ignored",
    );
    check(
        change("TargetTracking-service/shop/web-AlarmHigh-1", "ALARM", 0),
        "ignored",
    );
    check(change(NAME, "INSUFFICIENT_DATA", 0), "ignored");
    check(change(NAME, "ALARM", 86_400), "ignored");
    let mut elsewhere = change(NAME, "ALARM", 0);
    elsewhere["region"] = json!("us-east-1");
    elsewhere["resources"] =
        json!(["arn:aws:cloudwatch:us-east-1:111122223333:alarm:checkout-5xx"]);
    check(elsewhere, "ignored");
    let mut anothers = change(NAME, "ALARM", 0);
    anothers["account"] = json!("444455556666");
    anothers["resources"] = json!(["arn:aws:cloudwatch:eu-west-1:444455556666:alarm:checkout-5xx"]);
    check(anothers, "ignored");
    let mut own = change("anything", "ALARM", 0);
    own["detail"]["configuration"] = json!({"metrics": [{"id": "m", "returnData": true, "metricStat": {
        "metric": {"namespace": "LambdaMedic", "name": "Failures", "dimensions": {}}, "period": 60, "stat": "Sum"}}]});
    check(own, "ignored");
}

#[test]
fn a_hostile_name_makes_no_key_and_no_markup() {
    let name = "../../control/switch.json\u{202e}<script>alert(1)</script>";
    let lambda = run(vec![(1, change(name, "ALARM", 0))], &[]);
    assert_eq!(outcomes(&lambda), ["analysed"]);
    let inner = lambda.world.lock();
    for (key, (body, _)) in &inner.objects {
        let is_plain = key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/.".contains(&byte));
        assert!(is_plain && !key.contains(".."), "{key}");
        let body = String::from_utf8(body.clone()).unwrap();
        assert!(
            key.starts_with("analyses/") || !body.contains("<script"),
            "{key}: {body}"
        );
    }
}

#[test]
fn one_record_that_cannot_be_used_does_not_keep_the_others_from_it() {
    let good = change(NAME, "ALARM", 0).to_string();
    let event = json!({"Records": [
        {"messageId": "1", "body": "{"},
        {"messageId": "2", "body": good},
        {"messageId": "3", "body": "[]"},
    ]});
    let mut lambda = Lambda::new(start());
    lambda.deliver(event, seconds(1));
    lambda.run();
    assert_eq!(outcomes(&lambda).len(), 1);
    assert_eq!(lambda.world.lock().count("Analyses"), 1);
}

#[test]
fn a_record_that_somebody_broke_ends_in_the_failure_queue_and_is_not_overwritten() {
    let mut lambda = Lambda::new(start());
    let key = format!("analyses/{}.json", super::incident(NAME, 0));
    let broken = b"{\"schema_version\": 99}".to_vec();
    lambda
        .world
        .lock()
        .objects
        .insert(key.clone(), (broken.clone(), 1));
    lambda.deliver(change(NAME, "ALARM", 0), seconds(1));
    lambda.run();
    assert_eq!(
        (lambda.dead_letters, outcomes(&lambda)),
        (1, vec!["again".to_owned(); 3])
    );
    assert_eq!(lambda.world.lock().objects[&key].0, broken);
}
