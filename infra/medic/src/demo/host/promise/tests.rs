use alarm_playbook::record::Entry;
use jiff::Timestamp;
use serde_json::json;

use super::*;
use crate::demo::promise::{Outcome, are_complete, are_kept};
use crate::local_cloud::{Container, DockerCall, Mail, Via};
use crate::scenario::host::{CONTAINER, INSTANCE, NEIGHBOUR, ProcessorPeriod, SentCommand};
use crate::scenario::{StateChange, StateName};
use crate::speed::Speed;

const COMMAND: &str = "c970c6ae-8c60-43ac-9e52-97f5117a9dde";
const INCIDENT: &str = "833d442861d1e1beae4b";

fn timeline() -> Timeline {
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
        "Alarm: web-cpu-high\nTarget: container web on {INSTANCE}\nAction: restart container\nResult: accepted\n\
         Status: {}\nEvidence: within the rule it fired with (..)\nCommand: {COMMAND}\nTimestamp: 2026-02-18T21:45:20Z\n",
        if subject.starts_with("Recovered") {
            "RECOVERED"
        } else {
            "IN PROGRESS, recovery is not proven yet"
        },
    );
    Mail {
        via,
        from: "medic@example.com".to_owned(),
        to: vec!["oncall@example.com".to_owned()],
        subject: subject.to_owned(),
        text,
        html: None,
        at,
        topic: None,
    }
}

fn entry() -> Entry {
    let entry = json!({
        "incident": INCIDENT,
        "alarm_name": "web-cpu-high",
        "state_changed_at": at(2, 0),
        "alarm_reason": "Threshold Crossed",
        "playbook": "web-cpu",
        "verdict": "remediate",
        "reasons": {"for": [], "against": []},
        "decided_at": at(2, 1),
        "intent": {"step": "restart_container", "attempt": 1, "before": {}},
        "lease": {"request": "r", "until": at(3, 0)},
        "outcome": {"result": "applied", "command": COMMAND},
        "concluded_at": at(2, 3),
        "untold": [],
        "told": [],
    });
    serde_json::from_value(entry).unwrap()
}

fn container(name: &str, pid: u32, restarts: u32) -> Container {
    Container {
        name: name.to_owned(),
        pid: Some(pid),
        status: "running".to_owned(),
        restarts,
        started_at: if restarts == 0 { at(-1, 0) } else { at(2, 6) },
        endpoint: None,
    }
}

fn call(words: &str, at: Timestamp) -> DockerCall {
    let argv = words.split(' ').map(str::to_owned).collect();
    let status = Some(0);
    DockerCall { at, argv, status }
}

fn command() -> SentCommand {
    let attempt = format!("{INCIDENT}-1");
    let parameters = [("Container", CONTAINER), ("Attempt", attempt.as_str())];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), vec![value.to_owned()]));
    SentCommand {
        id: COMMAND.to_owned(),
        document: "lambda-medic-RestartContainerDocument-1".to_owned(),
        instances: vec![INSTANCE.to_owned()],
        parameters: parameters.into(),
        comment: format!("lambda-medic {attempt}"),
        sent_at: at(2, 3),
        status: "Success".to_owned(),
        ended_at: Some(at(2, 24)),
        output: "{}\n".to_owned(),
    }
}

/// An incident as it should be.
fn as_promised() -> HostObservations {
    let period = |minute, percent| ProcessorPeriod {
        start: at(minute, 0),
        percent: Some(percent),
    };
    let change = |minutes, state| StateChange {
        at: at(minutes, 1),
        state,
        reason: "Threshold Crossed".to_owned(),
    };
    let action =
        "Successfully executed action arn:aws:sns:eu-west-1:111122223333:alerts".to_owned();
    HostObservations {
        periods: vec![
            period(0, 99.5),
            period(1, 100.0),
            period(2, 9.1),
            period(3, 0.2),
        ],
        state_changes: vec![change(2, StateName::Alarm), change(3, StateName::Ok)],
        alarm_actions: vec![(at(2, 1), action)],
        entry: Some(entry()),
        closed_copy: Some("s3://state/incidents/1/incident.json".to_owned()),
        commands: vec![command()],
        docker_calls: vec![
            call("docker restart -t 10 web", at(2, 6)),
            call("docker container inspect --format x web", at(2, 7)),
        ],
        before: vec![container(NEIGHBOUR, 10, 0), container(CONTAINER, 11, 0)],
        now: vec![container(NEIGHBOUR, 10, 0), container(CONTAINER, 12, 1)],
        served_at: Some(at(2, 8)),
        mails: vec![
            mail(Via::Sns, "ALARM: \"web-cpu-high\" in EU", at(2, 1)),
            mail(Via::Sns, "Restart begun: container web", at(2, 3)),
            mail(Via::Ses, "Restart begun: container web", at(2, 4)),
            mail(Via::Sns, "OK: \"web-cpu-high\" in EU", at(3, 1)),
            mail(Via::Sns, "Recovered: container web", at(5, 1)),
            mail(Via::Ses, "Recovered: container web", at(5, 2)),
        ],
    }
}

fn broken(seen: &HostObservations) -> Vec<&'static str> {
    let rows = rows(Over::Ssm, seen, &timeline());
    let is_broken = |row: &&Row| matches!(row.outcome, Outcome::Broken { .. });
    rows.iter().filter(is_broken).map(|row| row.text).collect()
}

#[test]
fn an_incident_as_it_should_be_keeps_every_promise() {
    let rows = rows(Over::Ssm, &as_promised(), &timeline());
    assert!(are_kept(&rows) && are_complete(&rows), "{rows:#?}");
}

#[test]
fn before_anything_is_seen_nothing_is_kept() {
    let rows = rows(Over::Ssh, &HostObservations::default(), &timeline());
    let is_kept = |row: &Row| matches!(row.outcome, Outcome::Kept { .. });
    assert!(!rows.iter().any(is_kept), "{rows:#?}");
    assert!(!are_complete(&rows));
}

/// The rows that a change breaks.
fn check(change: fn(&mut HostObservations), expected: &[&str]) {
    let mut seen = as_promised();
    change(&mut seen);
    assert_eq!(broken(&seen), expected);
}

const SENT: &str = "SendCommand: one, as expected";
const NO_HANDS: &str = "total: human intervention";

#[test]
fn a_command_that_is_not_exactly_the_expected_one_breaks_its_promise() {
    check(
        |seen| seen.commands.push(command()),
        &[SENT, "the command ends as Success"],
    );
    check(
        |seen| seen.commands[0].instances.push("i-1".to_owned()),
        &[SENT],
    );
    check(|seen| seen.commands[0].comment.clear(), &[SENT]);
    check(
        |seen| seen.commands[0].document = "AWS-RunShellScript".to_owned(),
        &[SENT],
    );
    let other = |seen: &mut HostObservations| {
        let container = seen.commands[0].parameters.get_mut("Container");
        *container.unwrap() = vec!["search".to_owned()];
    };
    check(other, &[SENT]);
    check(
        |seen| seen.commands[0].status = "Failed".to_owned(),
        &["the command ends as Success"],
    );
}

#[test]
fn whatever_else_happens_on_the_host_breaks_a_promise() {
    let twice = |seen: &mut HostObservations| {
        seen.docker_calls
            .push(call("docker restart -t 10 web", at(2, 9)));
    };
    let of_docker = [
        "docker restarts web, once",
        "no other container has",
        "the processor is idle again",
        NO_HANDS,
    ];
    check(twice, &of_docker);
    let too_much = |seen: &mut HostObservations| {
        seen.docker_calls[0] = call("docker restart -t 10 web search", at(2, 6));
    };
    check(too_much, &of_docker);
    check(
        |seen| seen.now[0].pid = Some(13),
        &["no other container has"],
    );
    check(
        |seen| seen.now[1].pid = Some(11),
        &["web has another process"],
    );
    check(
        |seen| seen.now[1].restarts = 2,
        &["web has another process"],
    );
    check(
        |seen| seen.served_at = None,
        &["the new process serves", "total: remediation, from ALARM"],
    );
}

#[test]
fn a_processor_that_stays_busy_or_never_was_breaks_a_promise() {
    check(
        |seen| seen.periods[1].percent = Some(80.0),
        &["second period too: OK -> ALARM"],
    );
    check(
        |seen| seen.periods[3].percent = Some(99.0),
        &["the processor is idle again"],
    );
    check(
        |seen| {
            seen.state_changes.pop();
        },
        &["ALARM -> OK"],
    );
}

#[test]
fn a_mail_too_few_or_too_many_breaks_a_promise() {
    let recovery = "mail: recovery is proven";
    check(
        |seen| {
            seen.mails.pop();
        },
        &[recovery],
    );
    let twice = |seen: &mut HostObservations| {
        let last = seen.mails[5].clone();
        seen.mails.push(last);
    };
    check(twice, &[recovery]);
    let unproven = |seen: &mut HostObservations| {
        seen.mails[4].text = seen.mails[4].text.replace("RECOVERED", "NOT PROVEN");
    };
    check(unproven, &[recovery]);
    check(
        |seen| seen.mails[1].text.clear(),
        &["mail: the report of the restart"],
    );
}

#[test]
fn over_ssh_no_command_is_asked_for() {
    let mut seen = as_promised();
    let text = |row: Row| (row.text, row.outcome);
    let of = |seen: &HostObservations| {
        let rows = rows(Over::Ssh, seen, &timeline()).into_iter().map(text);
        let mut session = rows.filter(|(text, _)| text.starts_with("one session"));
        session.next().unwrap().1
    };
    let broken = |why: &str| Outcome::Broken {
        at: String::new(),
        why: why.to_owned(),
    };
    assert_eq!(of(&seen), broken("SSM was asked for a command"));
    seen.commands.clear();
    let entry = serde_json::to_value(entry()).unwrap();
    assert_eq!(
        of(&seen),
        broken(&format!("the record names {COMMAND}, not a session"))
    );
    let mut entry = entry;
    entry["outcome"] = json!({"result": "applied", "session": format!("{INCIDENT}-1")});
    seen.entry = Some(serde_json::from_value(entry).unwrap());
    let kept = Outcome::Kept {
        at: "2:03".to_owned(),
        what: format!("{INCIDENT}-1"),
    };
    assert_eq!(of(&seen), kept);
}
