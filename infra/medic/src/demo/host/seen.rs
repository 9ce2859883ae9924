//! Looks for each promise among what was seen: when it happened, and what it was; or what is missing.

use std::collections::BTreeMap;

use alarm_playbook::action::Work;
use alarm_playbook::record::Entry;
use jiff::Timestamp;

use super::observations::HostObservations;
use super::{ALARM_MAIL, OK_MAIL};
use crate::demo::mails::{RECOVERY_MAIL, REPORT_MAIL};
use crate::demo::promise::seen::{
    Sight, back_to_ok, decided, mail, on_both_channels_with, published, seen,
};
use crate::local_cloud::{Container, DockerCall};
use crate::scenario::StateName;
use crate::scenario::host::{
    CONTAINER, HOST_ALARM, INSTANCE, PROCESSOR_THRESHOLD, ProcessorPeriod, SentCommand,
};
use crate::timeline::{Moment, Timeline};

/// What the script of the host makes of an attempt. The last word is the playbook's.
const RESTART: [&str; 5] = ["docker", "restart", "-t", "10", CONTAINER];

pub(super) fn first_period(observations: &HostObservations, timeline: &Timeline) -> Sight {
    busy(observations.periods.first(), timeline)
}

pub(super) fn alarm(observations: &HostObservations, timeline: &Timeline) -> Sight {
    busy(observations.periods.get(1), timeline)?;
    let change = observations.changed_to(StateName::Alarm);
    let change = change.ok_or_else(|| format!("{HOST_ALARM} did not go off"))?;
    seen(change.at, &change.reason)
}

pub(super) fn publication(observations: &HostObservations, _: &Timeline) -> Sight {
    published(&observations.alarm_actions)
}

pub(super) fn alarm_mail(observations: &HostObservations, _: &Timeline) -> Sight {
    mail(observations.mail(ALARM_MAIL))
}

pub(super) fn decision(observations: &HostObservations, _: &Timeline) -> Sight {
    decided(observations.entry.as_ref())
}

/// The report has to name what its reader needs, on both channels.
pub(super) fn report(observations: &HostObservations, _: &Timeline) -> Sight {
    let (entry, work) = work(observations)?;
    let action = entry.intent.as_ref();
    let action = action.ok_or("the record has no intent")?.step.title();
    let needed = [
        format!("Alarm: {HOST_ALARM}"),
        format!("Target: container {CONTAINER} on {INSTANCE}"),
        format!("Action: {action}"),
        "Result: ".to_owned(),
        format!("{}: {}", work.label(), work.id()),
        "Status: IN PROGRESS".to_owned(),
        "Timestamp: ".to_owned(),
    ];
    on_both_channels_with(&observations.mails, REPORT_MAIL, &needed)
}

/// Exactly one command, with the document and the parameters that are expected, and the one that the function's record names.
pub(super) fn command(observations: &HostObservations, _: &Timeline) -> Sight {
    let command = only_command(observations)?;
    let (entry, work) = work(observations)?;
    if *work != Work::Command(command.id.clone()) {
        return Err(format!("the record names {}, not this one", work.id()));
    }
    let attempt = format!("{}-1", entry.incident);
    let parameters = [("Attempt", attempt.as_str()), ("Container", CONTAINER)];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), vec![value.to_owned()]));
    let is_expected = command.instances == [INSTANCE]
        && command.parameters == BTreeMap::from(parameters)
        && command.document.contains("RestartContainerDocument")
        && command.comment == format!("lambda-medic {attempt}");
    if !is_expected {
        return Err(format!("the command is another one: {command:?}"));
    }
    seen(
        command.sent_at,
        format!("{} Attempt={attempt}", command.document),
    )
}

pub(super) fn success(observations: &HostObservations, _: &Timeline) -> Sight {
    let command = only_command(observations)?;
    match (command.status.as_str(), command.ended_at) {
        ("Success", Some(at)) => seen(at, command.output.trim_end()),
        (status, _) => Err(format!("it is `{status}`")),
    }
}

/// What the function's record names is all there is of a session: the host answers again how it ended when it is asked again.
pub(super) fn session(observations: &HostObservations, _: &Timeline) -> Sight {
    let (entry, work) = work(observations)?;
    if !observations.commands.is_empty() {
        return Err("SSM was asked for a command".to_owned());
    }
    let Work::Session(session) = work else {
        return Err(format!("the record names {}, not a session", work.id()));
    };
    let began_at = entry.concluded_at.unwrap_or(entry.decided_at);
    seen(began_at, session)
}

pub(super) fn restart(observations: &HostObservations, _: &Timeline) -> Sight {
    let call = only_restart(observations)?;
    match call.status {
        Some(0) => seen(call.at, call.argv.join(" ")),
        Some(status) => Err(format!("docker restart ended with {status}")),
        None => Err("docker restart has not ended".to_owned()),
    }
}

pub(super) fn new_process(observations: &HostObservations, _: &Timeline) -> Sight {
    let named = |containers: &[Container]| {
        let mut containers = containers.iter();
        containers.find(|it| it.name == CONTAINER).cloned()
    };
    let both = (named(&observations.before), named(&observations.now));
    let (Some(before), Some(now)) = both else {
        return Err(format!("the host has no container {CONTAINER}"));
    };
    match (before.pid, now.pid) {
        (Some(old), Some(new)) if old != new && now.restarts == 1 => {
            seen(now.started_at, format!("process {new} instead of {old}"))
        }
        (_, None) => Err(format!("{CONTAINER} does not run")),
        _ => Err(format!("docker restarted it {} times", now.restarts)),
    }
}

/// Told of with the time of the restart, because nothing else happened.
pub(super) fn neighbours(observations: &HostObservations, _: &Timeline) -> Sight {
    let call = only_restart(observations)?;
    let is_other = |before: &&Container| before.name != CONTAINER;
    let others: Vec<_> = observations.before.iter().filter(is_other).collect();
    let is_same = |before: &&Container| observations.now.contains(before);
    if others.is_empty() || !others.iter().all(is_same) {
        return Err(format!("the host runs {:?}", observations.now));
    }
    let told: Vec<_> = others
        .iter()
        .map(|other| {
            format!(
                "{} as process {}",
                other.name,
                other.pid.unwrap_or_default()
            )
        })
        .collect();
    seen(call.at, told.join(", "))
}

pub(super) fn served(observations: &HostObservations, _: &Timeline) -> Sight {
    let at = observations.served_at;
    let at = at.ok_or("the new process has not answered a request well")?;
    seen(at, "GET /api/checkout answers 200")
}

/// From the end of the first whole period on, which is when CloudWatch can say so.
pub(super) fn idle(observations: &HostObservations, timeline: &Timeline) -> Sight {
    let since = only_restart(observations)?.at;
    let is_idle = |period: &&ProcessorPeriod| {
        let is_below = |percent| percent <= PROCESSOR_THRESHOLD;
        period.start >= since && period.percent.is_some_and(is_below)
    };
    let period = observations.periods.iter().find(is_idle);
    let period = period.ok_or("no period after the restart is below the threshold")?;
    let percent = period.percent.unwrap_or_default();
    seen(
        end(period, timeline),
        format!("CPUUtilization {percent:.1} %"),
    )
}

pub(super) fn ok(observations: &HostObservations, _: &Timeline) -> Sight {
    let at = back_to_ok(HOST_ALARM, &observations.state_changes)?;
    seen(at, format!("{HOST_ALARM} is OK"))
}

pub(super) fn ok_mail(observations: &HostObservations, _: &Timeline) -> Sight {
    mail(observations.mail(OK_MAIL))
}

pub(super) fn recovery_mail(observations: &HostObservations, _: &Timeline) -> Sight {
    let needed = [
        "Status: RECOVERED".to_owned(),
        "Evidence: within the rule it fired with".to_owned(),
    ];
    on_both_channels_with(&observations.mails, RECOVERY_MAIL, &needed)
}

/// From ALARM to a process that serves.
pub(super) fn remediation_length(
    observations: &HostObservations,
    timeline: &Timeline,
) -> Result<(Moment, String), String> {
    let alarm = observations.changed_to(StateName::Alarm);
    let alarm = timeline.moment(alarm.ok_or("the alarm did not go off")?.at);
    let served = observations.served_at;
    let served = served.ok_or("the new process has not answered a request well")?;
    let length = timeline.moment(served).since(alarm);
    let what = "to the first answer of the new process".to_owned();
    Ok((Moment::at(0, 0).plus(length), what))
}

/// That docker was asked to restart once, for the attempt that the function's record names.
pub(super) fn only_the_function(observations: &HostObservations) -> Result<String, String> {
    only_restart(observations)?;
    let (_, work) = work(observations)?;
    Ok(format!("the one restart is the function's, {}", work.id()))
}

fn busy(period: Option<&ProcessorPeriod>, timeline: &Timeline) -> Sight {
    let period = period.ok_or("the period is not over")?;
    let percent = period.percent.ok_or("the period has no data")?;
    if percent <= PROCESSOR_THRESHOLD {
        return Err(format!("CPUUtilization only {percent:.1} %"));
    }
    seen(
        end(period, timeline),
        format!("CPUUtilization {percent:.1} %"),
    )
}

fn end(period: &ProcessorPeriod, timeline: &Timeline) -> Timestamp {
    let end = period.start.saturating_add(timeline.speed.period());
    end.unwrap_or(period.start)
}

fn work(observations: &HostObservations) -> Result<(&Entry, &Work), String> {
    let entry = observations.entry.as_ref();
    let entry = entry.ok_or("there is no record of the incident")?;
    let work = entry.work().ok_or("the record names nothing begun")?;
    Ok((entry, work))
}

fn only_command(observations: &HostObservations) -> Result<&SentCommand, String> {
    match observations.commands.as_slice() {
        [command] => Ok(command),
        [] => Err("SSM was not asked for a command".to_owned()),
        commands => Err(format!("SSM was asked for {} commands", commands.len())),
    }
}

fn only_restart(observations: &HostObservations) -> Result<&DockerCall, String> {
    match observations.restarts().as_slice() {
        [call] if call.argv == RESTART => Ok(*call),
        [call] => Err(format!("docker was asked for {}", call.argv.join(" "))),
        [] => Err("docker was not asked for a restart".to_owned()),
        calls => Err(format!("docker was asked for {} restarts", calls.len())),
    }
}
