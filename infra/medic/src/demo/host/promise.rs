//! The promises of the incident on a host, and whether what was seen keeps them.

use super::observations::HostObservations;
use super::seen;
use crate::demo::promise::{Promise, Row, no_hands, promise, total};
use crate::installation::Over;
use crate::timeline::{Moment, Timeline};

type HostPromise = Promise<HostObservations>;

/// Until the function acts.
const ALARM: [HostPromise; 5] = [
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
];

const REPORT: &str = "mail: the report of the restart";
const PROOF: &str = "mail: recovery is proven";

/// How it acts by SSM, and when that is proven: after the restart the first whole period counts, and it is judged when one more
/// is over, in which data may be late.
const BY_SSM: [HostPromise; 4] = [
    promise(
        Moment::at(2, 3),
        "SendCommand: one, as expected",
        seen::command,
    ),
    promise(Moment::at(2, 4), REPORT, seen::report),
    promise(
        Moment::at(2, 25),
        "the command ends as Success",
        seen::success,
    ),
    promise(Moment::at(6, 2), PROOF, seen::recovery_mail),
];

/// How it acts over SSH. The host answers when it is done, and asked again it does not say since when that is: the longest
/// that its script may take (40 s of the wall clock, which are four minutes at the fastest speed) is waited for, and the next
/// whole period counts.
const OVER_SSH: [HostPromise; 3] = [
    promise(
        Moment::at(2, 25),
        "one session over SSH, no command",
        seen::session,
    ),
    promise(Moment::at(2, 25), REPORT, seen::report),
    promise(Moment::at(10, 2), PROOF, seen::recovery_mail),
];

/// What follows either way.
const RECOVERY: [HostPromise; 7] = [
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
];

/// The rows of the incident.
pub(super) fn rows(over: Over, observations: &HostObservations, timeline: &Timeline) -> Vec<Row> {
    let step: &[HostPromise] = match over {
        Over::Ssm => &BY_SSM,
        Over::Ssh => &OVER_SSH,
    };
    let mut promises: Vec<_> = ALARM.iter().chain(step).chain(&RECOVERY).collect();
    promises.sort_by_key(|promise| promise.by());
    let rows = promises
        .into_iter()
        .map(|promise| promise.judge(observations, timeline));
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
