//! The playbook's real handler against a simulated AWS, after the remediation: the schedule, the proof, the end.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test stops where it cannot go on"
)]

use std::sync::{Arc, Mutex};

use alarm_playbook::alarms::AlarmNow;
use alarm_playbook::decision::Policy;
use alarm_playbook::rule::Snapshot;
use futures::join;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};
use shared::alarm::{Kind, Metric, State};
use support::deliveries::{
    Delivered, deliver, deliver_once, firing, firing_as, live, message_as, tick,
};
use support::simulated::Fault::{
    Busy, CrashAfter, CrashBefore, Denied, LostAnswer, LostRequest, Throttled,
};
use support::simulated::Operation::{
    Alarm, Archive, Deploy, Describe, Firing, History, List, Mark, Measure, Read, Remove, Send,
    Write,
};
use support::simulated::{Fault, Operation, Watches, World};

/// A world that invocations run in, with the checkout service broken since 21:45.
struct Incident {
    world: Arc<Mutex<World>>,
    runtime: tokio::runtime::Runtime,
}

/// A time on the day of the incident.
fn at(time: &str) -> Timestamp {
    format!("2026-02-18T{time}Z").parse().unwrap()
}

/// The moment at which the alarm's message arrives: 21:47:02, two minutes and two seconds after the first error.
fn incident() -> Incident {
    Incident::of(World::new(at("21:47:02")))
}

impl Incident {
    fn of(world: World) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let world = Arc::new(Mutex::new(world));
        Self { world, runtime }
    }

    fn with(self, change: impl FnOnce(&mut World)) -> Self {
        change(&mut self.world.lock().unwrap());
        self
    }

    fn with_fault(&self, operation: Operation, fault: Fault) {
        self.world.lock().unwrap().add_fault(operation, 0, fault);
    }

    fn with_configuration_at(&self, time: &str) -> &Self {
        self.world.lock().unwrap().configured_at = Some(at(time));
        self
    }

    /// Delivers events; Lambda's waits before its retries do not pass here unless a retry is due.
    fn deliver(&self, events: &[Value]) -> Vec<Delivered> {
        let before = self.world.lock().unwrap().now;
        let calls = self.world.lock().unwrap().invocations;
        let delivered = self.runtime.block_on(deliver(&self.world, &live(), events));
        let mut world = self.world.lock().unwrap();
        if world.invocations == calls + events.len() {
            world.now = before + SignedDuration::from_secs(1);
        }
        delivered
    }

    /// Runs the schedule at the top of each minute until `end`.
    fn tick_until(&self, end: &str) -> Vec<Delivered> {
        self.tick_with(&live(), end)
    }

    fn tick_with(&self, policy: &Policy, end: &str) -> Vec<Delivered> {
        let mut answers = Vec::new();
        loop {
            let next = {
                let now = self.world.lock().unwrap().now.as_second();
                Timestamp::from_second((now / 60 + 1) * 60).unwrap()
            };
            if next > at(end) {
                return answers;
            }
            self.world.lock().unwrap().now = next;
            answers.push(self.runtime.block_on(tick(&self.world, policy)));
        }
    }

    /// What people got, each with its time in whole seconds: `21:47:02 Restart begun`.
    fn mails(&self) -> Vec<String> {
        let world = self.world.lock().unwrap();
        let mails = world.sent_at.iter().zip(&world.sent);
        let mails = mails.filter(|(_, (channel, _))| *channel == shared::reports::Channel::Mail);
        mails
            .map(|(at, (_, message))| {
                let (title, _) = message.subject().split_once(':').unwrap();
                format!("{} {title}", at.strftime("%H:%M:%S"))
            })
            .collect()
    }

    /// What the record says of the only incident.
    fn recovery(&self) -> Value {
        self.world.lock().unwrap().record()["entries"][0]["recovery"].clone()
    }

    fn verdict(&self) -> String {
        self.recovery()["verdict"]
            .as_str()
            .unwrap_or("none")
            .to_owned()
    }

    /// Restarts, the verdict, what is still open, and whether a closed copy says the same as the record.
    fn end(&self) -> (usize, String, usize, bool) {
        let world = self.world.lock().unwrap();
        let entry = &world.record()["entries"][0];
        let closed = world.closed();
        let is_copy = entry
            .as_object()
            .unwrap()
            .iter()
            .all(|(key, value)| closed[key] == *value);
        let verdict = entry["recovery"]["verdict"]
            .as_str()
            .unwrap_or("none")
            .to_owned();
        (world.restarts, verdict, world.open().len(), is_copy)
    }
}

/// The seed's OK, as its message.
fn ok_at(time: &str) -> Value {
    let message = message_as("checkout-high-5xx-errors", time);
    let mut message: Value = serde_json::from_str(&message).unwrap();
    message["NewStateValue"] = "OK".into();
    message["OldStateValue"] = "ALARM".into();
    support::deliveries::event(&message.to_string())
}

/// The seed's timeline on the virtual clock: the first error at 21:45:00, everything over at 21:49:00.
#[test]
fn the_incident_is_over_within_four_minutes() {
    let incident = incident();
    incident.deliver(&[firing()]);
    incident.tick_until("21:55:00");
    assert_eq!(
        incident.mails(),
        ["21:47:02 Restart begun", "21:49:00 Recovered"]
    );
    assert_eq!(incident.end(), (1, "recovered".to_owned(), 0, true));
    insta::assert_json_snapshot!(incident.recovery());
    let world = incident.world.lock().unwrap();
    insta::assert_snapshot!(world.sent.last().unwrap().1.text());
    let measured = |name| world.measured(name);
    assert_eq!(measured("TimeToRemediate"), 1);
    assert_eq!(measured("TimeToRecover"), 1);
    assert_eq!(measured("Escalations"), 0);
    assert_eq!(measured("Ticks"), 8);
}

/// What people heard of an alarm that fired at 21:47 in a mute window, and how it ended.
fn muted(window: &'static str, change: impl FnOnce(&mut World)) -> (Vec<String>, usize, String) {
    let incident = incident().with(|world| world.mute = window);
    incident.deliver(&[firing()]);
    incident.tick_until("21:57:00");
    assert_eq!(incident.mails(), [""; 0]);
    change(&mut incident.world.lock().unwrap());
    incident.tick_until("22:20:00");
    let (restarts, verdict, open, is_copy) = incident.end();
    assert_eq!((open, is_copy), (0, true));
    (incident.mails(), restarts, verdict)
}

#[test]
fn what_outlasts_a_mute_window_is_acted_on_or_told_when_it_ends() {
    let window = "[{ from: '21:00', until: '21:58' }]";
    let acted_on = ["21:58:00 Restart begun", "22:00:00 Recovered"].map(str::to_owned);
    assert_eq!(
        muted(window, |_| ()),
        (acted_on.to_vec(), 1, "recovered".to_owned())
    );
    let window = "[{ from: '21:00', until: '22:10' }]";
    let told = vec!["22:10:00 Escalation, nothing could be done".to_owned()];
    assert_eq!(muted(window, |_| ()), (told, 0, "not_recovered".to_owned()));
}

#[test]
fn what_is_over_before_a_mute_window_ends_wakes_nobody() {
    let over = |world: &mut World| world.heal();
    let (mails, restarts, verdict) = muted("[{ from: '21:00', until: '22:10' }]", over);
    assert_eq!(
        (mails, restarts, verdict.as_str()),
        (Vec::new(), 0, "recovered")
    );
}

/// A service that died wholly sends no data: its alarm leaves ALARM, and nothing is proven.
#[test]
fn what_has_no_data_any_more_in_a_mute_window_is_told_when_it_ends() {
    let dead = |world: &mut World| {
        world.has_traffic = false;
        world.firing = vec![AlarmNow {
            state: State::InsufficientData,
            actions_enabled: false,
            ..unheard("21:52:00")
        }];
    };
    let told = vec!["22:10:00 Escalation, recovery not proven".to_owned()];
    let window = "[{ from: '21:00', until: '22:10' }]";
    assert_eq!(muted(window, dead), (told, 0, "inconclusive".to_owned()));
}

/// An alarm that comes and goes in a mute window would fill the record with entries that wait for its end.
#[test]
fn an_incident_in_a_mute_window_ends_when_a_newer_change_has_its_own() {
    let incident = incident().with(|world| world.mute = "[{ from: '21:00', until: '23:00' }]");
    incident.deliver(&[firing()]);
    incident.world.lock().unwrap().firing = vec![unheard("21:54:00")];
    incident.tick_until("21:57:00");
    let world = incident.world.lock().unwrap();
    let entries = world.record()["entries"].clone();
    let of = |entry: &Value| (entry["recovery"]["reason"].clone(), entry["awaits"].clone());
    let ended = "a newer change of the alarm has its own incident";
    assert_eq!(of(&entries[0]), (ended.into(), "mute".into()));
    assert_eq!(of(&entries[1]), (Value::Null, "mute".into()));
    assert_eq!((world.sent.len(), world.open().len()), (0, 1));
}

/// What waits for the end of a mute window waits for the end of the storm too, which must not wait for it in turn.
#[test]
fn incidents_in_a_mute_window_do_not_keep_a_storm_alive() {
    let incident = incident().with(|world| world.mute = "[{ from: '21:00', until: '23:00' }]");
    incident.deliver(&[firing()]);
    for second in [11, 21, 31] {
        let time = format!("2026-02-18T21:47:{second}.000+0000");
        incident.deliver(&[firing_as("checkout-high-5xx-errors", &time)]);
    }
    let storm = json!({
        "schema_version": 1,
        "nonce": "n",
        "began_at": "2026-02-18T21:47:02Z",
        "targets": 3,
        "ended_at": null,
        "lease": {"request": "r", "until": "2026-02-18T21:47:40Z"},
        "untold": [],
        "told": [],
    });
    let mut world = incident.world.lock().unwrap();
    assert_eq!(world.open().len(), 4);
    world.put("control/storm.json", &storm);
    drop(world);
    incident.tick_until("22:20:00");
    let world = incident.world.lock().unwrap();
    assert_eq!(world.open().len(), 4);
    assert_eq!(world.sent_over(shared::reports::Channel::Mail), 1);
}

/// OK on its own proves nothing. Here it comes when the proof is there, and nobody has to wait for the schedule.
#[test]
fn an_ok_leads_to_the_proof_at_once() {
    let incident = incident();
    incident.deliver(&[firing()]);
    incident.world.lock().unwrap().now = at("21:49:00");
    let delivered = incident.deliver(&[ok_at("2026-02-18T21:49:00.000+0000")]);
    let handled = &delivered[0].as_ref().unwrap()[0];
    assert_eq!(handled.decision, "verify");
    assert_eq!(
        incident.mails(),
        ["21:47:02 Restart begun", "21:49:00 Recovered"]
    );
}

/// The alarm is OK because somebody raised its threshold: by the rule it fired with, it still fires.
#[test]
fn an_ok_by_a_raised_threshold_is_no_recovery() {
    let incident = incident().with(|world| world.restart_helps = false);
    incident.deliver(&[firing()]);
    incident.world.lock().unwrap().raise_threshold();
    incident.world.lock().unwrap().now = at("21:49:01");
    let ok = incident.deliver(&[ok_at("2026-02-18T21:49:00.000+0000")]);
    assert_eq!(ok[0].as_ref().unwrap()[0].decision, "verify");
    incident.tick_until("21:55:00");
    let mails = incident.mails();
    assert_eq!(
        mails,
        [
            "21:47:02 Restart begun",
            "21:50:00 Escalation, restart did not help"
        ]
    );
    assert_eq!(incident.end(), (1, "not_recovered".to_owned(), 0, true));
    assert_eq!(incident.world.lock().unwrap().measured("Escalations"), 1);
}

/// Raised in the second between firing and our first look, to what is still breached: the rule comes from the history.
#[test]
fn a_rule_that_was_changed_before_we_looked_comes_from_the_history() {
    let threshold = |incident: Incident| {
        incident.deliver(&[firing()]);
        let world = incident.world.lock().unwrap();
        world.record()["entries"][0]["rule"]["known"]["threshold"].clone()
    };
    let raised = incident().with(|world| {
        world.threshold = 12.0;
        world.configured_at = Some(at("21:47:01.500"));
    });
    assert_eq!(threshold(raised), 10.0);
    let earlier = incident().with(|world| {
        world.threshold = 12.0;
        world.configured_at = Some(at("21:40:00"));
    });
    assert_eq!(threshold(earlier), 12.0);
}

/// What an alarm watched for may be unknown: people are told as soon as the restart is rolled out, and not never.
#[test]
fn a_rule_that_nobody_knows_ends_without_a_verdict() {
    let incident = Incident::of(World::new(at("21:47:02")).with_fault(History, 0, Denied));
    incident
        .with_configuration_at("21:47:01.500")
        .deliver(&[firing()]);
    incident.tick_until("21:55:00");
    assert_eq!(
        incident.mails(),
        [
            "21:47:02 Restart begun",
            "21:48:00 Escalation, recovery not proven"
        ]
    );
}

#[test]
fn without_traffic_nothing_is_proven_and_people_are_told_in_the_end() {
    let incident = incident();
    incident.deliver(&[firing()]);
    incident.world.lock().unwrap().has_traffic = false;
    incident.tick_until("22:00:00");
    let mails = incident.mails();
    assert_eq!(
        mails,
        [
            "21:47:02 Restart begun",
            "21:53:00 Escalation, recovery not proven"
        ]
    );
    assert_eq!(incident.verdict(), "inconclusive");
    insta::assert_snapshot!(incident.recovery()["reason"].as_str().unwrap());
}

#[test]
fn a_restart_that_does_not_help_is_escalated() {
    let incident = incident().with(|world| world.restart_helps = false);
    incident.deliver(&[firing()]);
    incident.tick_until("21:55:00");
    let mails = incident.mails();
    assert_eq!(
        mails,
        [
            "21:47:02 Restart begun",
            "21:50:00 Escalation, restart did not help"
        ]
    );
    let world = incident.world.lock().unwrap();
    insta::assert_snapshot!(world.sent.last().unwrap().1.text());
}

/// What came of an alarm of each kind: the closing mail and the verdict.
fn closing(watches: Watches, change: fn(&mut World)) -> (String, String) {
    let incident = incident().with(|world| {
        world.watches = watches;
        change(world);
    });
    incident.deliver(&[firing()]);
    incident.tick_until("22:10:00");
    let mails = incident.mails();
    assert_eq!(mails.len(), 2, "{mails:?}");
    (
        mails[1].clone(),
        incident.recovery()["reason"].as_str().unwrap().to_owned(),
    )
}

fn check_kind(watches: Watches, change: fn(&mut World), mail: &str, reason: &str) {
    let (sent, why) = closing(watches, change);
    assert_eq!(sent, mail, "{why}");
    assert!(why.contains(reason), "{why}");
}

const HEALED: fn(&mut World) = |_| ();
const NOT_HEALED: fn(&mut World) = |world| world.restart_helps = false;
const DID_NOT_HELP: &str = "21:50:00 Escalation, restart did not help";

#[test]
fn the_recovery_of_an_expression_is_proven_by_the_expression() {
    let of = Watches::ErrorRate;
    // No errors, no datapoint: the requests tell that the share is zero. An expression waits for late data.
    let clear = "within the rule it fired with (100 * m1 / m2 > 10 in 2 of 2 periods of 60 s): 0 with 30 requests";
    check_kind(of, HEALED, "21:50:00 Recovered", clear);
    let late = "21:51:00 Escalation, restart did not help";
    check_kind(of, NOT_HEALED, late, "is met again");
}

#[test]
fn the_recovery_of_an_anomaly_is_proven_by_its_band() {
    let of = Watches::ExpectedErrors { has_model: true };
    let clear = "0 with 30 requests (expected: -1.00 to 5.00)";
    check_kind(of, HEALED, "21:50:00 Recovered", clear);
    let breach = "15 with 30 requests (expected: -1.00 to 5.00)";
    let late = "21:51:00 Escalation, restart did not help";
    check_kind(of, NOT_HEALED, late, breach);
    // Without a band nothing is normal and nothing is not.
    let of = Watches::ExpectedErrors { has_model: false };
    check_kind(
        of,
        HEALED,
        "21:53:00 Escalation, recovery not proven",
        "shows nothing",
    );
}

#[test]
fn the_recovery_of_a_composite_alarm_is_proven_by_its_childrens_rules() {
    let of = Watches::OtherAlarms {
        is_deploying: false,
    };
    let clear = "checkout-errors (Sum of HTTPCode_Target_5XX_Count > 10 in 2 of 2 periods of 60 s): 0 with 30 requests";
    check_kind(of, HEALED, "21:50:00 Recovered", clear);
    check_kind(of, NOT_HEALED, DID_NOT_HELP, "is met again");
    // The composite alarm is OK as soon as somebody deploys; the errors go on.
    let of = Watches::OtherAlarms { is_deploying: true };
    check_kind(of, NOT_HEALED, DID_NOT_HELP, "is met again");
    // Children of which nothing is known prove nothing.
    let denied = |world: &mut World| world.add_fault(Alarm, 1, Denied);
    let why = "the alarm's children are not known";
    check_kind(of, denied, "21:48:00 Escalation, recovery not proven", why);
}

#[test]
fn the_recovery_of_a_log_alarm_is_not_proven() {
    let mail = "21:48:00 Escalation, recovery not proven";
    check_kind(Watches::Logs, HEALED, mail, "it is an alarm on a log query");
}

/// One fault during the remediation or during the proof: one restart, a true verdict, people hear of both, nothing is left.
fn check(operation: Operation, skipped: usize, fault: Fault) {
    let faulty = World::new(at("21:47:02")).with_fault(operation, skipped, fault);
    let incident = Incident::of(faulty);
    incident.deliver(&[firing()]);
    incident.tick_until("22:10:00");
    let context = format!("{operation:?} number {skipped} {fault:?}");
    assert_eq!(
        incident.end(),
        (1, "recovered".to_owned(), 0, true),
        "{context}"
    );
    let mails = incident.mails();
    let closing = mails
        .iter()
        .filter(|mail| mail.contains("Recovered"))
        .count();
    let duplicates = usize::from(matches!(
        (operation, fault),
        (Send, LostAnswer | CrashAfter) | (Write, CrashBefore)
    ));
    assert!(
        (1..=1 + duplicates).contains(&closing),
        "{context}: {mails:?}"
    );
}

#[test]
fn a_fault_anywhere_costs_neither_the_verdict_nor_the_closing_report() {
    for fault in [LostAnswer, LostRequest, Throttled, CrashBefore, CrashAfter] {
        for operation in [Mark, Write, Archive, Remove, List, Alarm, Firing, Measure] {
            for skipped in 0..6 {
                check(operation, skipped, fault);
            }
        }
        for skipped in 0..8 {
            check(Read, skipped, fault);
            check(Describe, skipped, fault);
            check(Send, skipped, fault);
        }
    }
    check(Write, 3, Busy);
}

/// What the schedule may not see it does not see the next minute either: in the end people are told, and only then.
#[test]
fn a_look_that_is_refused_ends_without_a_verdict_and_with_people_knowing() {
    let refused = |operation| {
        let faulty = (0..60).fold(World::new(at("21:47:02")), |world, _| {
            world.with_fault(operation, usize::from(operation == Alarm), Denied)
        });
        let incident = Incident::of(faulty);
        incident.deliver(&[firing()]);
        incident.tick_until("22:20:00");
        incident.mails()
    };
    let expected = [
        "21:47:02 Restart begun",
        "22:08:00 Escalation, recovery not proven",
    ];
    assert_eq!(refused(Measure), expected);
    assert_eq!(refused(Alarm), expected);
}

/// Every try of the event died before the call, and nobody sends another alarm: the schedule finishes it.
#[test]
fn what_every_try_left_unfinished_the_schedule_finishes() {
    let dying = (0..3).fold(World::new(at("21:47:02")), |world, _| {
        world.with_fault(Deploy, 0, CrashBefore)
    });
    let incident = Incident::of(dying);
    incident.deliver(&[firing()]);
    assert_eq!(incident.world.lock().unwrap().restarts, 0);
    incident.tick_until("22:10:00");
    assert_eq!(incident.end(), (1, "recovered".to_owned(), 0, true));
}

/// The same, but the alarm went back to OK by itself meanwhile: too late to act.
#[test]
fn what_is_over_by_now_is_not_acted_on_late() {
    let dying = (0..3).fold(World::new(at("21:47:02")), |world, _| {
        world.with_fault(Deploy, 0, CrashBefore)
    });
    let incident = Incident::of(dying);
    incident.deliver(&[firing()]);
    incident.world.lock().unwrap().raise_threshold();
    incident.tick_until("22:10:00");
    let world = incident.world.lock().unwrap();
    let outcome = &world.record()["entries"][0]["outcome"];
    let expected = json!({"result": "abandoned", "reason": "the alarm is in OK by now"});
    assert_eq!((world.restarts, outcome), (0, &expected));
}

/// A mail service that is down for minutes: the verdict does not wait for the first report.
#[test]
fn a_channel_that_is_down_does_not_keep_the_verdict_from_being_reached() {
    let mute = (0..12).fold(World::new(at("21:47:02")), |world, _| {
        world.with_fault(Send, 1, Throttled)
    });
    let incident = Incident::of(mute);
    incident.deliver(&[firing()]);
    incident.tick_until("22:30:00");
    assert_eq!(incident.end(), (1, "recovered".to_owned(), 0, true));
    let proven = incident.recovery()["proven_at"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(proven.as_str() < "2026-02-18T21:52", "{proven}");
}

/// The alarm as `DescribeAlarms` has it when nobody told us of it.
fn unheard(fired_at: &str) -> AlarmNow {
    AlarmNow {
        name: "checkout-high-5xx-errors".to_owned(),
        arn: "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:checkout-high-5xx-errors"
            .parse()
            .ok(),
        state: State::Alarm,
        reason:
            "Threshold Crossed: 2 datapoints [15.0, 12.0] were greater than the threshold (10.0)."
                .to_owned(),
        description: String::new(),
        transitioned_at: Some(at(fired_at)),
        configured_at: None,
        actions_enabled: true,
        alarm_actions: vec!["arn:aws:sns:eu-west-1:111122223333:alerts".to_owned()],
        is_suppressed: false,
        kind: Some(Kind::Metric),
        metrics: vec![Metric {
            namespace: "AWS/ApplicationELB".to_owned(),
            name: "HTTPCode_Target_5XX_Count".to_owned(),
            dimensions: [(
                "TargetGroup".to_owned(),
                "targetgroup/checkout/1".to_owned(),
            )]
            .into(),
            stat: Some("Sum".to_owned()),
        }],
        rule: Snapshot::Unknown("as configured".to_owned()),
    }
}

fn unheard_incident(fired_at: &str) -> Incident {
    incident().with(|world| world.firing = vec![unheard(fired_at)])
}

#[test]
fn an_alarm_whose_message_was_lost_is_acted_on_after_two_minutes() {
    let incident = unheard_incident("21:47:01");
    incident.tick_until("21:49:00");
    assert_eq!(incident.world.lock().unwrap().restarts, 0);
    incident.tick_until("21:55:00");
    let world = incident.world.lock().unwrap();
    assert_eq!(world.restarts, 1);
    let entry = &world.record()["entries"][0];
    assert_eq!(entry["verdict"], "remediate");
    assert_eq!(entry["state_changed_at"], "2026-02-18T21:47:01Z");
}

/// A message that was only late finds the same incident.
#[test]
fn a_late_message_of_an_adopted_alarm_is_a_duplicate() {
    let incident = unheard_incident("21:47:01.122");
    incident.tick_until("21:50:00");
    let delivered = incident.deliver(&[firing_as(
        "checkout-high-5xx-errors",
        "2026-02-18T21:47:01.123+0000",
    )]);
    let handled = &delivered[0].as_ref().unwrap()[0];
    assert_eq!(
        (handled.decision, incident.world.lock().unwrap().restarts),
        ("ignore", 1)
    );
}

/// The description's time may differ from the message's by a rounding.
#[test]
fn an_alarm_that_was_heard_of_is_not_adopted() {
    let incident = incident();
    incident.deliver(&[firing()]);
    incident.world.lock().unwrap().firing = vec![unheard("21:47:01.122")];
    incident.tick_until("21:55:00");
    let world = incident.world.lock().unwrap();
    assert_eq!(world.record()["entries"].as_array().map(Vec::len), Some(1));
}

#[test]
fn an_old_alarm_that_nobody_told_of_is_reported_once_and_not_acted_on() {
    let incident = unheard_incident("20:00:00");
    incident.tick_until("21:55:00");
    let world = incident.world.lock().unwrap();
    assert_eq!(
        (world.restarts, world.sent.len(), world.open().len()),
        (0, 2, 0)
    );
    let against = world.record()["entries"][0]["reasons"]["against"][0].clone();
    assert_eq!(
        against,
        "the alarm changed its state 1h 48m ago, more than 15m"
    );
}

#[test]
fn an_alarm_whose_actions_are_off_or_held_back_is_not_adopted() {
    let ignored = |change: fn(&mut AlarmNow)| {
        let incident = unheard_incident("21:40:00").with(|world| change(&mut world.firing[0]));
        incident.tick_until("21:55:00");
        let world = incident.world.lock().unwrap();
        assert_eq!((world.sent.len(), world.record()), (0, Value::Null));
    };
    ignored(|alarm| alarm.actions_enabled = false);
    ignored(|alarm| alarm.is_suppressed = true);
}

/// Nobody was told, and only the history knows where the alarm came from.
#[test]
fn an_adopted_alarm_that_did_not_come_from_ok_is_reported_and_not_acted_on() {
    let incident = unheard_incident("21:47:01");
    incident.world.lock().unwrap().state_before = State::InsufficientData;
    incident.tick_until("21:55:00");
    let world = incident.world.lock().unwrap();
    let against = world.record()["entries"][0]["reasons"]["against"][0].clone();
    let expected = "the alarm came from INSUFFICIENT_DATA, not from OK";
    assert_eq!((world.restarts, against), (0, expected.into()));
}

/// While an invocation holds an entry, the schedule keeps away from it.
#[test]
fn the_schedule_leaves_alone_what_another_invocation_has_in_hand() {
    let slow = World::new(at("21:47:58")).with_fault(Write, 1, CrashBefore);
    let incident = Incident::of(slow);
    let first = incident
        .runtime
        .block_on(deliver_once(&incident.world, &live(), &firing()));
    assert_eq!(first.unwrap_err(), "the process was killed");
    // Its outcome is not known, and its lease lasts until 21:48:43.
    let before = incident.world.lock().unwrap().record();
    incident.tick_until("21:48:00");
    assert_eq!(incident.world.lock().unwrap().record(), before);
    incident.tick_until("21:49:00");
    assert_ne!(incident.world.lock().unwrap().record(), before);
}

/// The report is being sent; an OK must not take the entry out of the sender's hands.
#[test]
fn an_ok_leaves_alone_what_another_invocation_has_in_hand() {
    let mute = World::new(at("21:47:02")).with_fault(Send, 1, CrashBefore);
    let incident = Incident::of(mute);
    let first = incident
        .runtime
        .block_on(deliver_once(&incident.world, &live(), &firing()));
    assert_eq!(first.unwrap_err(), "the process was killed");
    let ok = ok_at("2026-02-18T21:47:10.000+0000");
    let answer = incident
        .runtime
        .block_on(deliver_once(&incident.world, &live(), &ok));
    assert_eq!(answer.unwrap()[0].decision, "ignore");
}

/// An OK of another alarm on the same service says nothing about this one.
#[test]
fn an_ok_leads_to_a_look_at_its_own_alarm_only() {
    let incident = incident();
    incident.deliver(&[firing()]);
    incident.world.lock().unwrap().now = at("21:49:00");
    let mut message: Value = serde_json::from_str(&message_as(
        "shop-high-5xx-errors",
        "2026-02-18T21:49:00.000+0000",
    ))
    .unwrap();
    message["NewStateValue"] = "OK".into();
    let delivered = incident.deliver(&[support::deliveries::event(&message.to_string())]);
    assert_eq!(delivered[0].as_ref().unwrap()[0].decision, "ignore");
    assert_eq!(incident.verdict(), "none");
}

/// The alarm itself is asked: while it is in ALARM, nothing is over.
#[test]
fn an_alarm_that_lags_behind_its_metric_delays_the_verdict_and_no_more() {
    let incident = incident().with(|world| world.alarm_lag = SignedDuration::from_mins(6));
    incident.deliver(&[firing()]);
    incident.tick_until("22:10:00");
    assert_eq!(
        incident.mails(),
        ["21:47:02 Restart begun", "21:54:00 Recovered"]
    );
}

/// An OK that cannot be followed is no reason to wake anybody, nor to fail: the schedule looks anyway.
#[test]
fn an_ok_that_cannot_be_followed_is_left_to_the_schedule() {
    for fault in [Denied, LostRequest] {
        let incident = incident();
        incident.deliver(&[firing()]);
        incident.with_fault(Read, fault);
        incident.world.lock().unwrap().now = at("21:49:00");
        let delivered = incident.deliver(&[ok_at("2026-02-18T21:49:00.000+0000")]);
        assert_eq!(delivered[0].as_ref().unwrap()[0].decision, "verify");
        assert_eq!(incident.mails().len(), 1);
        incident.tick_until("21:52:00");
        assert_eq!(incident.verdict(), "recovered");
    }
}

/// What is logged of a look bears the incident's own id, not one made of the OK's time.
#[test]
fn a_look_is_known_by_the_incident_it_is_about() {
    let incident = incident();
    let first = incident.deliver(&[firing()]);
    incident.world.lock().unwrap().now = at("21:49:00");
    let second = incident.deliver(&[ok_at("2026-02-18T21:49:00.000+0000")]);
    let id = |delivered: &Delivered| delivered.as_ref().unwrap()[0].incident.clone();
    assert_eq!(id(&first[0]), id(&second[0]));
}

/// Somebody heard the first report, which does not mean that anybody heard the verdict.
#[test]
fn a_verdict_that_nobody_could_be_told_stays_open() {
    let deaf = (0..200).fold(World::new(at("21:47:02")), |world, _| {
        world.with_fault(Send, 2, Denied)
    });
    let incident = Incident::of(deaf);
    incident.deliver(&[firing()]);
    incident.tick_until("22:00:00");
    assert_eq!(
        (incident.verdict().as_str(), incident.end().2),
        ("recovered", 1)
    );
}

/// A place in the index without an entry belongs to somebody who is about to write it; after two hours to nobody.
#[test]
fn a_leftover_of_the_index_is_removed_after_two_hours() {
    let key = "open/38306ce155c8d9db7437547d856dd181/0123456789abcdef0123";
    let incident = incident().with(|world| world.put(key, &Value::Null));
    incident.tick_until("23:47:00");
    assert_eq!(incident.world.lock().unwrap().open(), [key]);
    incident.tick_until("23:48:00");
    assert_eq!(incident.world.lock().unwrap().open().len(), 0);
}

/// The function has 30 seconds for a run, and more is open than it can look at: nobody waits for ever.
#[test]
fn more_open_incidents_than_one_run_can_look_at_all_have_their_turn() {
    let incident = incident().with(|world| {
        for n in 0..2_000 {
            world.put(
                &format!("open/38306ce155c8d9db7437547d856dd181/{n:020x}"),
                &Value::Null,
            );
        }
    });
    incident.world.lock().unwrap().now += SignedDuration::from_hours(2);
    let answers = incident.tick_until("23:59:00");
    assert!(incident.world.lock().unwrap().open().len() < 100);
    assert!(answers.iter().all(Result::is_ok));
}

#[test]
fn a_schedule_that_cannot_look_at_all_is_a_failed_invocation() {
    let blind = World::new(at("21:47:02")).with_fault(List, 0, Denied);
    let incident = Incident::of(blind);
    let answers = incident.tick_until("21:48:00");
    insta::assert_snapshot!(answers[0].as_ref().unwrap_err());
    assert_eq!(incident.world.lock().unwrap().measured("Ticks"), 0);
}

/// A record that a newer version wrote is left alone by the schedule too, and does not keep the others from their turn.
#[test]
fn an_incident_that_cannot_be_read_is_a_failed_decision_and_no_more() {
    let hash = "38306ce155c8d9db7437547d856dd181";
    let newer = json!({"schema_version": 2, "entries": {}});
    let incident = incident().with(|world| {
        world.put(&format!("targets/{hash}.json"), &newer);
        world.put(&format!("open/{hash}/0123456789abcdef0123"), &Value::Null);
    });
    let answers = incident.tick_until("21:48:00");
    let handled = &answers[0].as_ref().unwrap()[0];
    assert_eq!(handled.decision, "failed");
    assert_eq!(incident.world.lock().unwrap().record(), newer);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Duplicates, an OK, ticks and up to three faults, in any order: one restart at most, and in the end nothing is open
    /// and the verdict is the true one.
    #[test]
    fn whatever_happens_the_verdict_is_true_and_nothing_stays_open(
        deliveries in 1_usize..4,
        helps in any::<bool>(),
        ok in any::<bool>(),
        faults in proptest::collection::vec((operations(), 0_usize..14, faults()), 0..4),
    ) {
        let mut world = World::new(at("21:47:02"));
        world.restart_helps = helps;
        let world = faults.iter().fold(world, |world, &(operation, skipped, fault)| {
            world.with_fault(operation, skipped, fault)
        });
        let incident = Incident::of(world);
        incident.deliver(&vec![firing(); deliveries]);
        if ok {
            incident.deliver(&[ok_at("2026-02-18T21:49:00.000+0000")]);
        }
        incident.tick_until("22:30:00");
        let restarts = incident.world.lock().unwrap().restarts;
        prop_assert!(restarts <= 1, "{restarts} restarts");
        let open = incident.world.lock().unwrap().open();
        prop_assert!(open.is_empty(), "{open:?}");
        let verdict = incident.verdict();
        let is_true = match verdict.as_str() {
            "recovered" => helps && restarts == 1,
            "not_recovered" => !helps && restarts == 1,
            _ => true,
        };
        prop_assert!(is_true, "{verdict} after {restarts} restarts");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Deliveries, two runs of the schedule and an OK at the same time, however they interleave.
    #[test]
    fn all_at_once_is_one_restart_one_verdict_and_two_mails(
        deliveries in 1_usize..4,
        turns in proptest::collection::vec(0_u8..6, 1..12),
    ) {
        let incident = Incident::of(World::new(at("21:47:58")).with_turns(turns.clone()));
        let (world, policy) = (&incident.world, &live());
        let alarms = vec![firing(); deliveries];
        let (before, _, after) = incident.runtime.block_on(async {
            join!(tick(world, policy), deliver(world, policy, &alarms), tick(world, policy))
        });
        prop_assert!(before.is_ok() && after.is_ok());
        let ok = ok_at("2026-02-18T21:52:00.000+0000");
        let (before, answer, after) = incident.runtime.block_on(async {
            join!(tick(world, policy), deliver_once(world, policy, &ok), tick(world, policy))
        });
        prop_assert!(before.is_ok() && answer.is_ok() && after.is_ok());
        incident.tick_until("22:20:00");
        prop_assert_eq!(incident.end(), (1, "recovered".to_owned(), 0, true));
        prop_assert_eq!(incident.mails().len(), 2);
    }
}

fn operations() -> impl Strategy<Value = Operation> {
    proptest::sample::select(vec![
        Read, Write, Mark, Archive, List, Remove, Alarm, Firing, Describe, Deploy, Measure, Send,
    ])
}

fn faults() -> impl Strategy<Value = Fault> {
    proptest::sample::select(vec![
        LostAnswer,
        LostRequest,
        Throttled,
        CrashBefore,
        CrashAfter,
    ])
}
