//! What was observed, in the words that a person reads. Nothing here is printed that an API did not show first.

use alarm_playbook::record::{Entry, Outcome, Verdict};
use aws_sdk_cloudwatch::types::{MetricAlarm, StateValue};
use aws_sdk_ecs::types::Service;
use jiff::SignedDuration;
use shared::outbound::Quoted;

use crate::analysis::Analyzed;
use crate::deployment::{Outputs, STACK};
use crate::local_cloud::{Container, DockerCall, Host, LoadBalancer, LocalCloud, Mail, Via};
use crate::scenario::host::{ProcessorPeriod, SentCommand};
use crate::scenario::{
    CLUSTER, LogLine, MemoryPeriod, Period, SERVICE, StateChange, StateName, primary,
};
use crate::sshd::Sshd;
use crate::timeline::Moment;
use crate::traffic::REQUESTS_PER_PERIOD;

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
    /// The event on one line, after the time since the start of the program and the moment of the scenario, if one has
    /// begun.
    pub fn line(&self, elapsed: SignedDuration, moment: Option<Moment>) -> String {
        let Self {
            subject, detail, ..
        } = self;
        let moment = moment.map(|moment| moment.to_string()).unwrap_or_default();
        let elapsed = elapsed.as_secs_f64();
        format!("{elapsed:>6.1} s {moment:>6}  {subject:<12} {detail}")
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
pub fn service(service: &Service, load_balancer: &LoadBalancer) -> Event {
    let (running, desired) = (service.running_count(), service.desired_count());
    let deployment = primary(service)
        .and_then(|primary| primary.id())
        .unwrap_or_default();
    let detail = format!(
        "{CLUSTER}/{SERVICE} runs {running} of {desired} tasks behind {}, deployment {deployment} is COMPLETED",
        load_balancer.endpoint
    );
    good("service", detail)
}

/// The host has its containers.
pub fn host(host: &Host) -> Event {
    let containers: Vec<_> = host.containers.iter().map(process).collect();
    let Host {
        instance,
        ping_status,
        ..
    } = host;
    let detail = format!(
        "{instance}, whose SSM Agent is {ping_status}, runs {}",
        containers.join(" and ")
    );
    good("host", detail)
}

/// The host can be asked over SSH.
pub fn ssh_server(sshd: &Sshd) -> Event {
    let detail = format!(
        "OpenSSH answers at {}; its one account may ask for restarts, and nothing else",
        sshd.address
    );
    good("SSH", detail)
}

/// A log group is there.
pub fn log_group(name: &str, lines: usize) -> Event {
    neutral("log group", format!("{name} has {lines} lines"))
}

/// Users come.
pub fn traffic(endpoint: &str) -> Event {
    let detail = format!("{REQUESTS_PER_PERIOD} requests a period to {endpoint}/api/checkout");
    neutral("users", detail)
}

/// The fault is on.
pub fn fault(description: &str) -> Event {
    bad("fault", description.to_owned())
}

/// The service wrote of an error.
pub fn error_line(line: &LogLine) -> Event {
    let message = Quoted::line(&line.message);
    bad("log", format!("the first ERROR of the service: {message}"))
}

/// A period is over.
pub fn period(period: &Period) -> Event {
    let Period {
        requests, errors, ..
    } = period;
    let tone = if errors.is_some() {
        Tone::Bad
    } else {
        Tone::Good
    };
    let errors = errors.unwrap_or_default();
    let detail = format!("{errors} errors in {requests} requests of the period that ends here");
    toned(tone, "metric", detail)
}

/// A period of the processor is over.
pub fn processor(period: &ProcessorPeriod, threshold: f64) -> Event {
    let Some(percent) = period.percent else {
        let detail = "no CPUUtilization in the period that ends here";
        return neutral("metric", detail.to_owned());
    };
    let tone = if percent > threshold {
        Tone::Bad
    } else {
        Tone::Good
    };
    let detail = format!("CPUUtilization {percent:.1} % in the period that ends here");
    toned(tone, "metric", detail)
}

/// A period of the service's memory is over.
pub fn memory(period: &MemoryPeriod, threshold: f64) -> Event {
    let Some(percent) = period.percent else {
        let detail = "no MemoryUtilization in the period that ends here";
        return neutral("metric", detail.to_owned());
    };
    let tone = if percent > threshold {
        Tone::Bad
    } else {
        Tone::Good
    };
    let detail = format!("MemoryUtilization {percent:.1} % in the period that ends here");
    toned(tone, "metric", detail)
}

/// The incident analyst wrote what it found.
pub fn analysis(found: &Analyzed) -> Event {
    neutral(
        "analyst",
        Quoted::line(&found.analysis.headline).to_string(),
    )
}

/// All lines that the service logged during the incident are in S3, and manifests name them.
pub fn exported(lines: usize, address: &str) -> Event {
    neutral(
        "export",
        format!("{lines} lines of the incident: {address}"),
    )
}

/// An alarm changed its state.
pub fn state_change(alarm: &str, change: &StateChange) -> Event {
    let reason = Quoted::line(&change.reason);
    match change.state {
        StateName::Ok => good("alarm", format!("{alarm} is OK: {reason}")),
        StateName::Alarm => bad("alarm", format!("{alarm} is ALARM: {reason}")),
        StateName::Other => bad("alarm", format!("{alarm} has no data: {reason}")),
    }
}

/// SSM took a command.
pub fn command_sent(command: &SentCommand) -> Event {
    let SentCommand { id, document, .. } = command;
    let parameters: Vec<_> = command
        .parameters
        .iter()
        .map(|(name, values)| format!("{name}={}", values.join(",")))
        .collect();
    let (instances, parameters) = (command.instances.join(", "), parameters.join(" "));
    let detail = format!("command {id}: {document} on {instances} with {parameters}");
    neutral("SSM", detail)
}

/// SSM says that a command ended, and how.
pub fn command_ended(command: &SentCommand) -> Event {
    let SentCommand { id, status, .. } = command;
    let output = Quoted::line(&command.output);
    let detail = format!("command {id} is {status}: {output}");
    match status.as_str() {
        "Success" => good("SSM", detail),
        _ => bad("SSM", detail),
    }
}

/// The host's docker was called.
pub fn docker_call(call: &DockerCall) -> Event {
    let argv = Quoted::line(&call.argv.join(" ")).to_string();
    neutral("docker", argv)
}

/// Another process runs in a container.
pub fn new_process(before: &Container, now: &Container) -> Event {
    let detail = format!("{} instead of {}", process(now), process(before));
    neutral("host", detail)
}

fn process(container: &Container) -> String {
    match container.pid {
        Some(pid) => format!("{} as process {pid}", container.name),
        None => format!("{} without a process", container.name),
    }
}

/// The alarm told a topic.
pub fn alarm_action(summary: &str) -> Event {
    neutral("SNS", format!("{}", Quoted::line(summary)))
}

/// ECS wrote of the service.
pub fn service_event(message: &str) -> Event {
    neutral("ECS", format!("{}", Quoted::line(message)))
}

/// The function decided, as its record says.
pub fn decided(entry: &Entry) -> Event {
    let verdict = match entry.verdict {
        Verdict::Remediate => "to remediate",
        Verdict::DryRun => "what it would do",
        Verdict::Wait => "to wait",
        Verdict::Report => "to report only",
    };
    let reasons = entry.reasons.in_favour.join("; ");
    neutral(
        "function",
        format!("decided {verdict}: {}", Quoted::line(&reasons)),
    )
}

/// The alarm is in a state.
pub fn alarm(alarm: &MetricAlarm) -> Event {
    let state = alarm
        .state_value()
        .map_or("in no state", StateValue::as_str);
    let name = alarm.alarm_name().unwrap_or_default();
    let reason = Quoted::line(alarm.state_reason().unwrap_or_default());
    match alarm.state_value() {
        Some(StateValue::Ok) => good("alarm", format!("{name} is {state}")),
        _ => bad("alarm", format!("{name} is {state}: {reason}")),
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

/// Another deployment began.
pub fn new_deployment(deployment: &str) -> Event {
    neutral(
        "deployment",
        format!("{deployment} is begun by UpdateService"),
    )
}

/// The record says what became of the call.
pub fn outcome(entry: &Entry) -> Event {
    let outcome = match &entry.outcome {
        None => "outcome unknown".to_owned(),
        Some(Outcome::Applied { work }) => format!("{} begun", work.id()),
        Some(Outcome::Adopted { work, .. }) => format!("{} begun, found by looking", work.id()),
        Some(Outcome::Superseded { deployment }) => format!("superseded by {deployment}"),
        Some(Outcome::Refused { error }) => format!("refused: {}", Quoted::line(error)),
        Some(Outcome::Unclear { reason, .. }) => format!("unclear: {}", Quoted::line(reason)),
        Some(Outcome::Abandoned { reason }) => format!("given up: {}", Quoted::line(reason)),
        Some(Outcome::NotActed) => "nothing done".to_owned(),
    };
    neutral("record", outcome)
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
            .alarm_name("checkout-high-5xx-errors")
            .state_value(StateValue::Alarm)
            .state_reason("Threshold Crossed:\u{1b}[2J 2 datapoints")
            .build();
        assert_eq!(
            alarm(&observed),
            Event {
                subject: "alarm",
                detail: "checkout-high-5xx-errors is ALARM: Threshold Crossed: 2 datapoints"
                    .to_owned(),
                tone: Tone::Bad,
            }
        );
    }

    #[test]
    fn a_line_begins_with_both_times_and_the_subject_in_columns() {
        let event = new_deployment("ecs-svc/2");
        let elapsed = SignedDuration::from_millis(34_160);
        assert_eq!(
            event.line(elapsed, None),
            "  34.2 s         deployment   ecs-svc/2 is begun by UpdateService"
        );
        assert_eq!(
            event.line(elapsed, Some(Moment::at(2, 3))),
            "  34.2 s   2:03  deployment   ecs-svc/2 is begun by UpdateService"
        );
    }
}
