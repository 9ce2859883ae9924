//! What was observed, in the words that a person reads. Nothing here is printed that an API did not show first.

use std::time::Duration;

use alarm_playbook::record::{Delivery, Entry, Outcome, TargetRecord};
use aws_sdk_cloudwatch::types::{MetricAlarm, StateValue};
use aws_sdk_ecs::types::Service;
use shared::outbound::Quoted;

use crate::deployment::{Outputs, STACK};
use crate::function::LoggedDecision;
use crate::local_cloud::{LocalCloud, Mail, Via};
use crate::scenario::{ALARM, CLUSTER, ERRORS, SERVICE, primary};

/// One thing that was observed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Event {
    /// What it happened to, in a word or two.
    pub subject: &'static str,
    /// What happened.
    pub detail: String,
    /// How it should be felt.
    pub tone: Tone,
}

/// How an event should be felt; a terminal shows it as a colour.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tone {
    /// Something works.
    Good,
    /// Something is broken.
    Bad,
    /// Something happened.
    Neutral,
}

impl Event {
    /// The event on one line, after the time since the beginning.
    pub fn line(&self, elapsed: Duration) -> String {
        let Self {
            subject, detail, ..
        } = self;
        format!("{:>6.1} s  {subject:<12} {detail}", elapsed.as_secs_f64())
    }
}

/// The local cloud answers.
pub fn cloud(cloud: &LocalCloud) -> Event {
    let (account, region) = (cloud.account(), cloud.region());
    good(
        "local cloud",
        format!(
            "answers at {}, account {account}, {region}",
            cloud.endpoint()
        ),
    )
}

/// The stack is complete.
pub fn stack(outputs: &Outputs) -> Event {
    let function = &outputs.alarm_playbook_function_name;
    good(
        "stack",
        format!("{STACK} is CREATE_COMPLETE, with function {function}"),
    )
}

/// The service's rollout is completed.
pub fn service(service: &Service) -> Event {
    let (running, desired) = (service.running_count(), service.desired_count());
    let deployment = primary(service)
        .and_then(|primary| primary.id())
        .unwrap_or_default();
    let detail = format!(
        "{CLUSTER}/{SERVICE} runs {running} of {desired} tasks, deployment {deployment} is COMPLETED"
    );
    good("service", detail)
}

/// Metric data were accepted.
pub fn errors() -> Event {
    let [earlier, later] = ERRORS;
    let detail = format!("errors of the last two minutes published: {earlier}, then {later}");
    neutral("metric data", detail)
}

/// The alarm is in a state.
pub fn alarm(alarm: &MetricAlarm) -> Event {
    let state = alarm
        .state_value()
        .map_or("in no state", StateValue::as_str);
    let reason = Quoted::line(alarm.state_reason().unwrap_or_default());
    match alarm.state_value() {
        Some(StateValue::Ok) => good("alarm", format!("{ALARM} is {state}")),
        _ => bad("alarm", format!("{ALARM} is {state}: {reason}")),
    }
}

/// A mail arrived.
pub fn mail(mail: &Mail) -> Event {
    let subject = match mail.via {
        Via::Ses => "mail by SES",
        Via::Sns => "mail by SNS",
    };
    let to = mail.to.join(", ");
    neutral(subject, format!("to {to}: {}", Quoted::line(&mail.subject)))
}

/// The function logged a decision.
pub fn decision(decision: &LoggedDecision) -> Event {
    let LoggedDecision { decision, message } = decision;
    neutral(
        "function",
        format!(
            "decided {}: {}",
            Quoted::line(decision),
            Quoted::line(message)
        ),
    )
}

/// Another deployment than before is the primary one.
pub fn new_deployment(before: &str, deployment: &str) -> Event {
    neutral(
        "deployment",
        format!("{deployment} is PRIMARY; it was {before}"),
    )
}

/// The record says what was done.
pub fn record(address: &str, record: &TargetRecord) -> Event {
    let entries: Vec<_> = record.entries.iter().map(entry).collect();
    neutral("record", format!("{address}: {}", entries.join("; ")))
}

fn entry(entry: &Entry) -> String {
    let is_told = |delivery: &Delivery| matches!(delivery, Delivery::MessageId(_));
    let channels = entry
        .told
        .iter()
        .filter(|told| is_told(&told.delivery))
        .count();
    let outcome = match &entry.outcome {
        None => "outcome unknown".to_owned(),
        Some(Outcome::Applied { deployment }) => format!("{deployment} begun"),
        Some(Outcome::Adopted { deployment, .. }) => {
            format!("{deployment} begun, found by looking")
        }
        Some(Outcome::Superseded { deployment }) => format!("superseded by {deployment}"),
        Some(Outcome::Refused { error }) => format!("refused: {}", Quoted::line(error)),
        Some(Outcome::Unclear { reason }) => format!("unclear: {}", Quoted::line(reason)),
        Some(Outcome::Abandoned { reason }) => format!("given up: {}", Quoted::line(reason)),
        Some(Outcome::NotActed) => "nothing done".to_owned(),
    };
    let name = Quoted::line(&entry.alarm_name);
    format!("{name}, {outcome}, told over {channels} channels")
}

fn good(subject: &'static str, detail: String) -> Event {
    toned(Tone::Good, subject, detail)
}

fn bad(subject: &'static str, detail: String) -> Event {
    toned(Tone::Bad, subject, detail)
}

fn neutral(subject: &'static str, detail: String) -> Event {
    toned(Tone::Neutral, subject, detail)
}

fn toned(tone: Tone, subject: &'static str, detail: String) -> Event {
    Event {
        subject,
        detail,
        tone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_is_told_with_its_state_and_reason() {
        let observed = MetricAlarm::builder()
            .state_value(StateValue::Alarm)
            .state_reason("Threshold Crossed:\u{1b}[2J 2 datapoints")
            .build();
        assert_eq!(
            alarm(&observed),
            Event {
                subject: "alarm",
                detail: "checkout-high-5xx-errors is ALARM: Threshold Crossed: [2J 2 datapoints"
                    .to_owned(),
                tone: Tone::Bad,
            }
        );
    }

    #[test]
    fn a_line_begins_with_the_time_and_the_subject_in_columns() {
        let event = new_deployment("ecs-svc/1", "ecs-svc/2");
        assert_eq!(
            event.line(Duration::from_millis(4_160)),
            "   4.2 s  deployment   ecs-svc/2 is PRIMARY; it was ecs-svc/1"
        );
    }
}
