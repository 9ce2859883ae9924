//! Looks for each promise among what was seen: when it happened, and what it was; or what is missing.

use alarm_playbook::playbook::StepName;
use alarm_playbook::record::{Entry, Verdict};
use jiff::{SignedDuration, Timestamp};

use crate::demo::exported::Exported;
use crate::demo::mails::{ALARM_MAIL, ESCALATION_MAIL, OK_MAIL, RECOVERY_MAIL, REPORT_MAIL};
use crate::demo::observations::{NewDeployment, Observations, ServiceEvent, mails_by};
use crate::local_cloud::{Mail, Via};
use crate::scenario::{ALARM, Period, StateChange, StateName};
use crate::timeline::{Moment, Timeline};
use crate::traffic::Answered;

/// The alarm's threshold.
const THRESHOLD: f64 = 10.0;

/// What ECS writes of a rolling update, in this order. New tasks are healthy when the old ones begin to drain.
const ROLLING_UPDATE: [&str; 6] = [
    "has started",
    "registered",
    "has begun draining connections",
    "deregistered",
    "has stopped",
    "has reached a steady state",
];

/// Something that happened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::demo) struct Seen {
    /// When, by the clock of the service that says so.
    pub(in crate::demo) at: Timestamp,
    /// What.
    pub(in crate::demo) what: String,
}

/// Something that happened, or what is missing.
pub(in crate::demo) type Sight = Result<Seen, String>;

#[expect(clippy::unnecessary_wraps, reason = "it is what most looks end with")]
pub(in crate::demo) fn seen(at: Timestamp, what: impl Into<String>) -> Sight {
    let what = what.into();
    Ok(Seen { at, what })
}

pub(in crate::demo) fn failed_request(observations: &Observations, _: &Timeline) -> Sight {
    let Answered { at, status } = observations.first_failure.ok_or("no request failed")?;
    match status {
        Some(500) => seen(at, "GET /api/checkout answers 500"),
        Some(other) => Err(format!(
            "the first request that failed was answered {other}"
        )),
        None => Err("the first request that failed was not answered".to_owned()),
    }
}

pub(in crate::demo) fn error_line(observations: &Observations, _: &Timeline) -> Sight {
    let line = observations.first_error.as_ref();
    let line = line.ok_or("the service's log group has no such line")?;
    seen(line.received_at, &line.message)
}

/// That what the service logged during the incident is where the manifests say that it is.
pub(super) fn exported(observations: &Observations, _: &Timeline) -> Sight {
    let exported = observations.exported.as_ref();
    let exported = exported.ok_or("the export lacks lines of the incident that the log has")?;
    let Exported { at, lines, address } = exported;
    seen(*at, format!("all {lines} lines of the incident, {address}"))
}

pub(super) fn first_count(observations: &Observations, timeline: &Timeline) -> Sight {
    let counted = observations.periods.iter().find(|period| is_broken(period));
    let counted = counted.ok_or("no period has a data point of HTTPCode_Target_5XX_Count")?;
    // CloudWatch does not tell more exactly when.
    let until = timeline
        .moment(counted.start)
        .plus(SignedDuration::from_mins(1));
    seen(
        timeline.time(until),
        "a data point of the period that ends here",
    )
}

pub(super) fn first_period(observations: &Observations, timeline: &Timeline) -> Sight {
    over_threshold(observations.periods.first(), timeline)
}

pub(super) fn alarm(observations: &Observations, timeline: &Timeline) -> Sight {
    over_threshold(observations.periods.get(1), timeline)?;
    let change = observations.changed_to(StateName::Alarm);
    let change = change.ok_or_else(|| format!("{ALARM} did not go off"))?;
    seen(change.at, &change.reason)
}

pub(in crate::demo) fn publication(observations: &Observations, _: &Timeline) -> Sight {
    published(&observations.alarm_actions)
}

pub(in crate::demo) fn published(actions: &[(Timestamp, String)]) -> Sight {
    let is_done = |summary: &str| summary.starts_with("Successfully executed action");
    let mut actions = actions.iter();
    let (at, summary) = actions
        .find(|(_, summary)| is_done(summary))
        .ok_or("the alarm's history tells of no action")?;
    seen(*at, summary)
}

pub(in crate::demo) fn alarm_mail(observations: &Observations, _: &Timeline) -> Sight {
    mail(observations.mail(ALARM_MAIL))
}

pub(in crate::demo) fn decision(observations: &Observations, _: &Timeline) -> Sight {
    decided(observations.entry.as_ref())
}

pub(in crate::demo) fn decided(entry: Option<&Entry>) -> Sight {
    let entry = entry.ok_or("there is no record of the incident")?;
    match entry.verdict {
        Verdict::Remediate => seen(entry.decided_at, format!("playbook {}", entry.playbook)),
        other => Err(format!("its verdict is {other:?}")),
    }
}

pub(in crate::demo) fn deployment(observations: &Observations, _: &Timeline) -> Sight {
    let deployment = observations.deployments.first();
    let deployment = deployment.ok_or("the service has no new deployment")?;
    seen(deployment.created_at, &deployment.id)
}

/// The report has to name what its reader needs, on both channels.
pub(super) fn report(observations: &Observations, _: &Timeline) -> Sight {
    let deployment = observations.own_deployment();
    let deployment = deployment.ok_or("the record names no deployment")?;
    let needed = [
        format!("Alarm: {ALARM}"),
        format!("Action: {}", StepName::RestartService.title()),
        "Result: ".to_owned(),
        format!("Deployment: {deployment}"),
        "Status: ".to_owned(),
        "Timestamp: ".to_owned(),
    ];
    on_both_channels_with(&observations.mails, REPORT_MAIL, &needed)
}

/// A report that went out once over each channel, and has these lines.
pub(in crate::demo) fn on_both_channels_with(
    mails: &[Mail],
    subject: &str,
    needed: &[String],
) -> Sight {
    let mails = on_both_channels(mails, subject)?;
    for mail in mails {
        let lacks = |needed: &&String| !mail.text.lines().any(|line| line.starts_with(*needed));
        let missing: Vec<_> = needed
            .iter()
            .filter(lacks)
            .map(|line| line.trim())
            .collect();
        if !missing.is_empty() {
            return Err(format!("the report lacks {}", missing.join(", ")));
        }
    }
    last_of(mails)
}

pub(super) fn healthy_tasks(observations: &Observations, _: &Timeline) -> Sight {
    let [_started, _registered, healthy, ..] = rolling_update(&observations.service_events)?;
    seen(healthy.at, &healthy.message)
}

pub(in crate::demo) fn drained_tasks(observations: &Observations, _: &Timeline) -> Sight {
    let [.., stopped, steady] = rolling_update(&observations.service_events)?;
    seen(steady.at, &stopped.message)
}

pub(super) fn silence(observations: &Observations, _: &Timeline) -> Sight {
    let alarm = observations.changed_to(StateName::Alarm);
    let since = alarm.ok_or("the alarm did not go off")?.at;
    let is_silent =
        |period: &&Period| period.start >= since && period.requests > 0.0 && !is_broken(period);
    let silent = observations.periods.iter().find(is_silent);
    let silent = silent.ok_or("no period without errors and with requests")?;
    let requests = silent.requests;
    seen(silent.start, format!("0 errors in {requests} requests"))
}

pub(in crate::demo) fn ok(observations: &Observations, _: &Timeline) -> Sight {
    let change = back_to_ok(ALARM, &observations.state_changes)?;
    seen(change, format!("{ALARM} is OK"))
}

pub(in crate::demo) fn ok_mail(observations: &Observations, _: &Timeline) -> Sight {
    mail(observations.mail(OK_MAIL))
}

pub(in crate::demo) fn recovery_mail(observations: &Observations, _: &Timeline) -> Sight {
    on_both_channels_with(&observations.mails, RECOVERY_MAIL, &[])
}

pub(super) fn escalation_mail(observations: &Observations, _: &Timeline) -> Sight {
    on_both_channels_with(&observations.mails, ESCALATION_MAIL, &[])
}

pub(super) fn still_alarm(observations: &Observations, _: &Timeline) -> Sight {
    match observations.state_changes.as_slice() {
        [only] if only.state == StateName::Alarm => seen(only.at, "since here, without a break"),
        changes => Err(format!("{ALARM} changed its state {} times", changes.len())),
    }
}

/// From the beginning of the first bad period to the alarm's OK.
pub(super) fn incident_length(
    observations: &Observations,
    timeline: &Timeline,
) -> Result<(Moment, String), String> {
    let ok = back_to_ok(ALARM, &observations.state_changes)?;
    Ok((
        timeline.moment(ok),
        "from the beginning of the first bad period to OK".to_owned(),
    ))
}

/// From ALARM to the service's steady state.
pub(in crate::demo) fn remediation_length(
    observations: &Observations,
    timeline: &Timeline,
) -> Result<(Moment, String), String> {
    let alarm = observations.changed_to(StateName::Alarm);
    let alarm = timeline.moment(alarm.ok_or("the alarm did not go off")?.at);
    let [.., steady] = rolling_update(&observations.service_events)?;
    let length = timeline.moment(steady.at).since(alarm);
    Ok((
        Moment::at(0, 0).plus(length),
        "to the steady state of the new deployment".to_owned(),
    ))
}

/// That the service has one new deployment and the function's record says that it is the function's own.
pub(in crate::demo) fn only_the_function(observations: &Observations) -> Result<String, String> {
    let own = observations.own_deployment();
    let own = own.ok_or("the function's record names no deployment")?;
    match observations.deployments.as_slice() {
        [NewDeployment { id, .. }] if id == own => {
            Ok(format!("the one new deployment is the function's, {own}"))
        }
        others => {
            let ids: Vec<_> = others.iter().map(|other| other.id.as_str()).collect();
            Err(format!("new deployments: {}", ids.join(", ")))
        }
    }
}

fn is_broken(period: &Period) -> bool {
    period.errors.is_some_and(|errors| errors > 0.0)
}

fn over_threshold(period: Option<&Period>, timeline: &Timeline) -> Sight {
    let period = period.ok_or("the period is not over")?;
    let errors = period.errors.unwrap_or_default();
    if errors <= THRESHOLD {
        return Err(format!("only {errors} errors"));
    }
    let end = period.start.saturating_add(timeline.speed.period());
    seen(end.unwrap_or(period.start), format!("{errors} errors"))
}

pub(in crate::demo) fn back_to_ok(
    alarm: &str,
    changes: &[StateChange],
) -> Result<Timestamp, String> {
    let mut changes = changes.iter();
    changes.find(|change| change.state == StateName::Alarm);
    let ok = changes.find(|change| change.state == StateName::Ok);
    let ok = ok.ok_or_else(|| format!("{alarm} did not return to OK"))?;
    Ok(ok.at)
}

pub(in crate::demo) fn mail(mail: Option<&Mail>) -> Sight {
    let mail = mail.ok_or("there is no such mail")?;
    seen(mail.at, format!("to {}", mail.to.join(", ")))
}

/// A report goes out once over each channel.
fn on_both_channels<'a>(mails: &'a [Mail], subject: &str) -> Result<[&'a Mail; 2], String> {
    let by = |via, name: &str| match mails_by(mails, via, subject).as_slice() {
        [mail] => Ok(*mail),
        [] => Err(format!("there is no such mail by {name}")),
        mails => Err(format!("there are {} such mails by {name}", mails.len())),
    };
    Ok([by(Via::Sns, "SNS")?, by(Via::Ses, "SES")?])
}

fn last_of([one, other]: [&Mail; 2]) -> Sight {
    let to = [&one.to[..], &other.to[..]].concat().join(" and ");
    seen(one.at.max(other.at), format!("to {to}"))
}

/// The events of the rolling update, which must all be there in their order.
fn rolling_update(events: &[ServiceEvent]) -> Result<[&ServiceEvent; 6], String> {
    let mut rest = events.iter();
    let mut found = Vec::new();
    for wanted in ROLLING_UPDATE {
        let event = rest.find(|event| event.message.contains(wanted));
        found.push(event.ok_or_else(|| {
            let after = found
                .last()
                .map(|event: &&ServiceEvent| event.message.as_str());
            format!(
                "no event `{wanted}` after `{}`",
                after.unwrap_or("the beginning")
            )
        })?);
    }
    found
        .try_into()
        .map_err(|_| "there are six events in a rolling update".to_owned())
}
