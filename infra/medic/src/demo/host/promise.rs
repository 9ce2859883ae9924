//! The promises of the incident on a host, and whether what was seen keeps them.

use super::observations::HostObservations;
use super::seen;
use crate::demo::promise::{Promise, Row, no_hands, promise, total};
use crate::installation::Over;
use crate::timeline::{Moment, Timeline};

type HostPromise = Promise<HostObservations>;

/// Until the function acts.
const ALARM: [HostPromise; 6] = [
    promise(
        Moment::at(1, 0),
        "first period: over 80 %",
        seen::first_period,
    ),
    promise(
        Moment::at(2, 0),
        "second period too: OK -> ALARM",
        seen::alarm,
    ),
    promise(
        Moment::at(2, 1),
        "the alarm publishes to SNS",
        seen::publication,
    ),
    promise(
        Moment::at(2, 2),
        "mail: the alarm is in ALARM",
        seen::alarm_mail,
    ),
    promise(
        Moment::at(2, 2),
        "the function hears and decides",
        seen::decision,
    ),
    promise(
        Moment::at(2, 4),
        "mail: the report of the restart",
        seen::report,
    ),
];

/// How it acts by SSM.
const BY_SSM: [HostPromise; 2] = [
    promise(
        Moment::at(2, 3),
        "SendCommand: one, as expected",
        seen::command,
    ),
    promise(
        Moment::at(2, 15),
        "the command ends as Success",
        seen::success,
    ),
];

/// How it acts over SSH.
const OVER_SSH: [HostPromise; 1] = [promise(
    Moment::at(2, 15),
    "one session over SSH, no command",
    seen::session,
)];

/// What follows. After the restart the processor is idle, and the first whole period from then on proves it; CloudWatch is
/// given one period more in which data may be late.
const RECOVERY: [HostPromise; 8] = [
    promise(
        Moment::at(2, 10),
        "docker restarts web, once",
        seen::restart,
    ),
    promise(
        Moment::at(2, 10),
        "web has another process",
        seen::new_process,
    ),
    promise(
        Moment::at(2, 10),
        "no other container has",
        seen::neighbours,
    ),
    promise(Moment::at(2, 20), "the new process serves", seen::served),
    promise(Moment::at(4, 0), "the processor is idle again", seen::idle),
    promise(Moment::at(4, 1), "ALARM -> OK", seen::ok),
    promise(Moment::at(4, 1), "mail: the alarm is OK", seen::ok_mail),
    promise(
        Moment::at(6, 2),
        "mail: recovery is proven",
        seen::recovery_mail,
    ),
];

/// The rows of the incident.
pub(super) fn rows(over: Over, observations: &HostObservations, timeline: &Timeline) -> Vec<Row> {
    let step: &[HostPromise] = match over {
        Over::Ssm => &BY_SSM,
        Over::Ssh => &OVER_SSH,
    };
    let promises = ALARM.iter().chain(step).chain(&RECOVERY);
    let rows = promises.map(|promise| promise.judge(observations, timeline));
    let length = seen::remediation_length(observations, timeline);
    let totals = [
        total(
            "total: remediation, from ALARM",
            Moment::at(1, 0),
            length,
            timeline,
        ),
        no_hands(seen::only_the_function(observations)),
    ];
    rows.chain(totals).collect()
}

#[cfg(test)]
mod tests;
