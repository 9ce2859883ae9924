use alarm_playbook::alarms::Tags;
use alarm_playbook::playbook::PlaybookFile;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const HISTORY: &str = include_str!("samples/history.json");
const ALARMS: &str = include_str!("samples/alarms.json");
const PLAYBOOK: &str = include_str!("samples/playbook.yaml");

fn planner() -> Planner {
    Planner {
        is_now_given: true,
        playbooks: PlaybookFile::parse(PLAYBOOK).unwrap(),
        state: None,
        tags: Tags::new(),
        record: None,
        accounts: Vec::new(),
        regions: Vec::new(),
        now: jiff::Timestamp::UNIX_EPOCH,
    }
}

fn known() -> KnownAlarms {
    KnownAlarms::parse(ALARMS).unwrap()
}

fn told(planner: &Planner, history: &str, known: &KnownAlarms) -> Told {
    let options = Options::default();
    tell(planner, "history.json", history.as_bytes(), known, &options).unwrap()
}

/// The text and below it what was complained about.
fn shown(told: &Told) -> String {
    format!("{}\n---\n{}", told.text(), told.complaints.join("\n"))
}

#[test]
fn a_night_is_told_line_by_line() {
    insta::assert_snapshot!(shown(&told(&planner(), HISTORY, &known())));
}

#[test]
fn a_night_of_which_only_names_are_known_is_told_by_names_and_says_so() {
    let told = told(&planner(), HISTORY, &KnownAlarms::default());
    insta::assert_snapshot!(shown(&told));
}

#[test]
fn the_form_of_a_replay_is_a_contract() {
    let json = told(&planner(), HISTORY, &known()).json().unwrap();
    let lines: Vec<Value> = json
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    // The ladder that was climbed to its end, and the summary.
    insta::assert_json_snapshot!([&lines[2], &lines[lines.len() - 1]]);
}

/// Events one to a line, as a queue or a log holds them.
fn events() -> String {
    let event = |time: &str, state: &str, old: &str| {
        let configuration = json!({"metrics": [{"metricStat": {
            "metric": {"namespace": "AWS/ApplicationELB", "name": "HTTPCode_Target_5XX_Count", "dimensions": {"LoadBalancer": "app/shop/1"}},
            "period": 60, "stat": "Sum",
        }}]});
        json!({
            "source": "aws.cloudwatch",
            "detail-type": "CloudWatch Alarm State Change",
            "account": "111122223333",
            "region": "eu-west-1",
            "resources": ["arn:aws:cloudwatch:eu-west-1:111122223333:alarm:checkout-5xx"],
            "detail": {
                "alarmName": "checkout-5xx",
                "state": {"value": state, "reason": "Threshold Crossed: 2 datapoints [15.0, 12.0]", "timestamp": time},
                "previousState": {"value": old},
                "configuration": configuration,
            },
        })
        .to_string()
    };
    [
        event("2026-02-18T21:47:01.123+0000", "ALARM", "OK"),
        "{\"half\": ".to_owned(),
        event("2026-02-18T21:49:01.123+0000", "OK", "ALARM"),
        json!({"source": "aws.ecs", "detail-type": "ECS Task State Change"}).to_string(),
    ]
    .join("\n")
}

#[test]
fn events_one_to_a_line_are_a_history_too() {
    insta::assert_snapshot!(shown(&told(&planner(), &events(), &KnownAlarms::default())));
}

#[test]
fn a_file_without_a_change_of_state_is_an_error_that_says_why() {
    let refused = |history: &str| {
        let options = Options::default();
        let bytes = history.as_bytes();
        let error = tell(&planner(), "x", bytes, &known(), &options).unwrap_err();
        error.to_string()
    };
    let none = "there is no state change of an alarm in it";
    assert_eq!(refused(""), none);
    assert_eq!(refused(r#"{"AlarmHistoryItems": []}"#), none);
    assert_eq!(
        refused("alarm!"),
        format!("{none}; the first trouble: not JSON: expected value at line 1 column 1")
    );
    assert_eq!(
        refused(r#"{"a": 1}"#),
        format!("{none}; the first trouble: JSON, but not an alarm")
    );
    let odd = r#"{"AlarmHistoryItems": [{"AlarmName": "x", "HistoryItemType": "StateUpdate", "Timestamp": 1e300, "HistoryData": "{\"newState\": {\"stateValue\": \"ALARM\"}}"}]}"#;
    assert_eq!(
        refused(odd),
        format!("{none}; the first trouble: a state update without readable data")
    );
    let far = odd.replace("1e300", "250000000000");
    assert_eq!(
        refused(&far),
        format!("{none}; the first trouble: the time of the change is missing or odd")
    );
    assert_eq!(
        KnownAlarms::parse("{}").unwrap_err().to_string(),
        "it describes no alarm: there are neither MetricAlarms nor CompositeAlarms in it"
    );
}

#[test]
fn where_an_account_is_asked_for_an_alarm_of_no_account_is_not_acted_on() {
    let strict = Planner {
        accounts: vec!["111122223333".to_owned()],
        ..planner()
    };
    let json = told(&strict, HISTORY, &KnownAlarms::default())
        .json()
        .unwrap();
    let first: Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["decision"], &first["rule"], &first["reasons"][0]),
        (
            &json!("report"),
            &json!("account"),
            &json!("the message does not say which account the alarm is in")
        )
    );
}

#[test]
fn as_much_as_the_caps_allow_is_done_and_no_more() {
    let yaml = PLAYBOOK.replace(
        "version: 1",
        "version: 1\ndefaults: { cooldown: 0s, max_actions_per_hour_in_all: 1, memory: { skip_after: 0 } }",
    );
    let capped = Planner {
        playbooks: PlaybookFile::parse(&yaml).unwrap(),
        ..planner()
    };
    let json = told(&capped, HISTORY, &known()).json().unwrap();
    let rules: Vec<Value> = json
        .lines()
        .take(3)
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["rule"].clone())
        .collect();
    assert_eq!(rules, [json!(null), json!("shared_cap"), json!(null)]);
}

/// A page of a history with these changes of alarms on the sample's workers.
fn page(changes: &[(&str, &str, &str, &str)]) -> String {
    let item = |(time, worker, old, new): &(&str, &str, &str, &str)| {
        let data = json!({
            "oldState": {"stateValue": old},
            "newState": {"stateValue": new, "stateReason": "Threshold Crossed: 2 datapoints [15.0, 12.0]"},
        });
        json!({
            "AlarmName": format!("worker-{worker}-errors"),
            "HistoryItemType": "StateUpdate",
            "Timestamp": format!("2026-02-18T{time}Z"),
            "HistoryData": data.to_string(),
        })
    };
    let items: Vec<Value> = changes.iter().map(item).collect();
    json!({"AlarmHistoryItems": items}).to_string()
}

#[test]
fn what_waits_for_its_turn_has_it_when_another_one_is_over() {
    let calm = "version: 1\ndefaults: { storm: { targets: 100, share: 100 } }";
    let calm = Planner {
        playbooks: PlaybookFile::parse(&PLAYBOOK.replace("version: 1", calm)).unwrap(),
        ..planner()
    };
    let history = page(&[
        ("05:00:00", "mail", "OK", "ALARM"),
        ("05:00:10", "stock", "OK", "ALARM"),
        ("05:00:20", "price", "OK", "ALARM"),
        ("05:00:30", "image", "OK", "ALARM"),
        ("05:01:00", "image", "ALARM", "OK"),
        ("05:02:00", "mail", "ALARM", "OK"),
        ("05:03:00", "price", "ALARM", "OK"),
        ("05:04:00", "stock", "ALARM", "INSUFFICIENT_DATA"),
    ]);
    insta::assert_snapshot!(shown(&told(&calm, &history, &known())));
}

/// The items of the sample in another order, the first of them doubled.
fn shuffled(order: &[usize]) -> String {
    let history: Value = serde_json::from_str(HISTORY).unwrap();
    let items = history["AlarmHistoryItems"].as_array().unwrap();
    let mut shuffled: Vec<&Value> = order.iter().map(|n| &items[*n]).collect();
    shuffled.push(shuffled[0]);
    json!({"AlarmHistoryItems": shuffled}).to_string()
}

fn number_of_items() -> usize {
    let history: Value = serde_json::from_str(HISTORY).unwrap();
    history["AlarmHistoryItems"].as_array().unwrap().len()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_the_items_does_not_matter(
        order in Just((0..number_of_items()).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let expected = told(&planner(), HISTORY, &known()).text();
        prop_assert_eq!(told(&planner(), &shuffled(&order), &known()).text(), expected);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = tell(&planner(), "x", &bytes, &known(), &Options::default());
    }

    #[test]
    fn no_change_panics(
        seconds in prop::collection::vec((any::<i64>(), 0_usize..3), 0..30),
    ) {
        let item = |(seconds, state): (i64, usize)| {
            let state = ["ALARM", "OK", "INSUFFICIENT_DATA"][state];
            let data = json!({"oldState": {"stateValue": "OK"}, "newState": {"stateValue": state, "stateReason": "Threshold Crossed: datapoint"}});
            json!({"AlarmName": "checkout-5xx", "HistoryItemType": "StateUpdate", "Timestamp": seconds % 9_214_646_400, "HistoryData": data.to_string()})
        };
        let items: Vec<Value> = seconds.into_iter().map(item).collect();
        let history = json!({"AlarmHistoryItems": items}).to_string();
        let _ = tell(&planner(), "x", history.as_bytes(), &known(), &Options::default());
    }
}
