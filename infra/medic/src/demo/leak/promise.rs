//! The promises of a memory leak, and whether what was seen keeps them.

use alarm_playbook::playbook::StepName;
use incident_analyst::analysis::Cause;
use jiff::SignedDuration;

use super::ALARM_MAIL;
use super::OK_MAIL;
use super::look::LeakObservations;
use crate::demo::findings;
use crate::demo::mails::REPORT_MAIL;
use crate::demo::promise::seen::{self, Sight, back_to_ok, mail, on_both_channels_with, seen};
use crate::demo::promise::{Promise, Row, no_hands, promise, total};
use crate::scenario::{MEMORY_ALARM, MEMORY_THRESHOLD, MemoryPeriod, StateName};
use crate::timeline::{Moment, Timeline};

type LeakPromise = Promise<LeakObservations>;

/// So much of a task's memory is in use without the leak, at most: a fiftieth is usual.
const WITHOUT_LEAK_PERCENT: f64 = 10.0;

/// From the leak to the proof. After the restart the first whole period counts, and it is judged when one more is over, in which data
/// may be late.
const PROMISES: [LeakPromise; 17] = [
    promise(Moment::at(2, 0), "each period uses more memory", growth),
    promise(
        Moment::at(4, 0),
        "a period uses more than 30 %",
        over_threshold,
    ),
    promise(Moment::at(5, 0), "the next one too: OK -> ALARM", alarm),
    promise(Moment::at(5, 1), "the alarm publishes to SNS", |of, t| {
        seen::publication(&of.of_service, t)
    }),
    promise(Moment::at(5, 2), "mail: the alarm is in ALARM", |of, _| {
        mail(of.of_service.mail(ALARM_MAIL))
    }),
    promise(Moment::at(5, 2), "the function decides", |of, t| {
        seen::decision(&of.of_service, t)
    }),
    promise(
        Moment::at(5, 3),
        "UpdateService: new deployment",
        |of, t| seen::deployment(&of.of_service, t),
    ),
    promise(Moment::at(5, 4), "mail: the report of the restart", report),
    promise(Moment::at(5, 30), "a report is stored", |of, t| {
        findings::stored(&of.of_service, t)
    }),
    promise(Moment::at(5, 30), "its verdict: a memory leak", |of, t| {
        findings::caused(&of.of_service, t, Cause::MemoryLeak)
    }),
    promise(
        Moment::at(5, 30),
        "it says how fast, and when it is full",
        |of, t| findings::names_exhaustion(&of.of_service, t),
    ),
    promise(Moment::at(5, 20), "old ones drained, in order", |of, t| {
        seen::drained_tasks(&of.of_service, t)
    }),
    promise(Moment::at(7, 0), "the memory is free again", idle),
    promise(Moment::at(7, 0), "ALARM -> OK", ok),
    promise(Moment::at(7, 1), "mail: the alarm is OK", |of, _| {
        mail(of.of_service.mail(OK_MAIL))
    }),
    promise(Moment::at(8, 2), "mail: recovery is proven", |of, t| {
        seen::recovery_mail(&of.of_service, t)
    }),
    promise(
        Moment::at(8, 5),
        "each statement of the report has evidence",
        |of, t| {
            findings::closed(&of.of_service, t)?;
            findings::proven(&of.of_service, t)
        },
    ),
];

/// The rows of a memory leak.
pub(super) fn rows(observations: &LeakObservations, timeline: &Timeline) -> Vec<Row> {
    let rows = PROMISES.iter();
    let rows = rows.map(|promise| promise.judge(observations, timeline));
    let totals = [
        findings::waiting_time(&observations.of_service, timeline),
        total(
            "total: remediation, from ALARM",
            Moment::at(1, 0),
            seen::remediation_length(&observations.of_service, timeline),
            timeline,
        ),
        no_hands(seen::only_the_function(&observations.of_service)),
    ];
    rows.chain(totals).collect()
}

fn percent(period: Option<&MemoryPeriod>) -> Result<f64, String> {
    let period = period.ok_or("the period is not over")?;
    period
        .percent
        .ok_or_else(|| "the period has no data".to_owned())
}

fn end(period: &MemoryPeriod, timeline: &Timeline) -> jiff::Timestamp {
    let period_length: SignedDuration = timeline.speed.period();
    let end = period.start.saturating_add(period_length);
    end.unwrap_or(period.start)
}

fn growth(observations: &LeakObservations, timeline: &Timeline) -> Sight {
    let [first, second] = [0, 1].map(|number| observations.memory.get(number));
    let (before, after) = (percent(first)?, percent(second)?);
    if after <= before {
        return Err(format!("{before:.1} % and then {after:.1} %"));
    }
    let at = second.map(|period| end(period, timeline));
    seen(
        at.unwrap_or(timeline.zero),
        format!("{before:.1} %, then {after:.1} %"),
    )
}

fn over_threshold(observations: &LeakObservations, timeline: &Timeline) -> Sight {
    let is_over = |period: &&MemoryPeriod| {
        period
            .percent
            .is_some_and(|percent| percent > MEMORY_THRESHOLD)
    };
    let over = observations.memory.iter().find(is_over);
    let over = over.ok_or("no period does")?;
    let used = percent(Some(over))?;
    seen(end(over, timeline), format!("{used:.1} %"))
}

fn alarm(observations: &LeakObservations, _: &Timeline) -> Sight {
    let change = observations.of_service.changed_to(StateName::Alarm);
    let change = change.ok_or_else(|| format!("{MEMORY_ALARM} did not go off"))?;
    seen(change.at, &change.reason)
}

fn report(observations: &LeakObservations, _: &Timeline) -> Sight {
    let deployment = observations.of_service.own_deployment();
    let deployment = deployment.ok_or("the record names no deployment")?;
    let needed = [
        format!("Alarm: {MEMORY_ALARM}"),
        format!("Action: {}", StepName::RestartService.title()),
        format!("Deployment: {deployment}"),
    ];
    on_both_channels_with(&observations.of_service.mails, REPORT_MAIL, &needed)
}

fn idle(observations: &LeakObservations, _: &Timeline) -> Sight {
    let alarm = observations.of_service.changed_to(StateName::Alarm);
    let since = alarm.ok_or("the alarm did not go off")?.at;
    let is_idle = |period: &&MemoryPeriod| {
        period.start >= since
            && period
                .percent
                .is_some_and(|percent| percent < WITHOUT_LEAK_PERCENT)
    };
    let idle = observations.memory.iter().find(is_idle);
    let idle = idle.ok_or("no period uses as little as before")?;
    seen(idle.start, format!("{:.1} %", percent(Some(idle))?))
}

fn ok(observations: &LeakObservations, _: &Timeline) -> Sight {
    let at = back_to_ok(MEMORY_ALARM, &observations.of_service.state_changes)?;
    seen(at, format!("{MEMORY_ALARM} is OK"))
}

#[cfg(test)]
mod tests;
