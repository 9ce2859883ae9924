//! The promises of the four-minute incident, and whether what was seen keeps them.

pub(super) mod seen;

use self::seen::Sight;
use super::findings;
use super::observations::Observations;
use crate::timeline::{Moment, Timeline};

/// One row of the table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Row {
    /// When it was promised for.
    pub(super) promised: String,
    /// What was promised.
    pub(super) text: &'static str,
    /// How it turned out.
    pub(super) outcome: Outcome,
}

/// How a promise turned out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    /// It was seen, in time.
    Kept {
        /// When it happened.
        at: String,
        /// What was seen.
        what: String,
    },
    /// It was seen too late, or not at all.
    Broken {
        /// When it happened; empty if it did not.
        at: String,
        /// What was seen instead.
        why: String,
    },
}

/// Something that has to have happened by a moment.
pub(super) struct Promise<O = Observations> {
    by: Moment,
    text: &'static str,
    look: Look<O>,
}

/// Finds among what was seen whether and when it happened.
type Look<O> = fn(&O, &Timeline) -> Sight;

pub(super) const fn promise<O>(by: Moment, text: &'static str, look: Look<O>) -> Promise<O> {
    Promise { by, text, look }
}

/// From the first error to the restart.
const REMEDIATION: [Promise; 14] = [
    promise(Moment::at(0, 0), "a request fails", seen::failed_request),
    promise(
        Moment::at(0, 3),
        "ERROR line in CloudWatch Logs",
        seen::error_line,
    ),
    promise(
        Moment::at(1, 0),
        "the load balancer counts it",
        seen::first_count,
    ),
    promise(
        Moment::at(1, 0),
        "first period: over 10 errors",
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
    promise(Moment::at(2, 2), "the function decides", seen::decision),
    promise(
        Moment::at(2, 3),
        "UpdateService: new deployment",
        seen::deployment,
    ),
    promise(
        Moment::at(2, 4),
        "mail: the report of the restart",
        seen::report,
    ),
    promise(
        Moment::at(2, 5),
        "analysis of logs and metrics",
        findings::stored,
    ),
    promise(
        Moment::at(2, 5),
        "it quotes the error of the log",
        |of, t| findings::names_error(of, t, "Cannot read property total of null"),
    ),
    promise(
        Moment::at(2, 10),
        "new tasks are healthy",
        seen::healthy_tasks,
    ),
    promise(
        Moment::at(2, 20),
        "old ones drained, in order",
        seen::drained_tasks,
    ),
];

/// What follows if the restart helps.
const RECOVERY: [Promise; 7] = [
    promise(Moment::at(3, 0), "the metric is back to 0", seen::silence),
    promise(Moment::at(4, 0), "ALARM -> OK", seen::ok),
    promise(Moment::at(4, 1), "mail: the alarm is OK", seen::ok_mail),
    promise(
        Moment::at(4, 1),
        "mail: recovery is proven",
        seen::recovery_mail,
    ),
    promise(
        Moment::at(4, 1),
        "each statement rests on evidence",
        findings::proven,
    ),
    promise(
        Moment::at(4, 5),
        "the report says that it is over",
        findings::closed,
    ),
    promise(Moment::at(5, 0), "logs exported to S3", seen::exported),
];

/// What follows if it does not: two periods after the rollout and its settling time tell, as they did before.
const ESCALATION: [Promise; 2] = [
    promise(
        Moment::at(5, 1),
        "mail: the restart did not help",
        seen::escalation_mail,
    ),
    promise(
        Moment::at(5, 1),
        "the alarm still is in ALARM",
        seen::still_alarm,
    ),
];

/// The rows of an incident that the restart heals.
pub(super) fn of_recovery(observations: &Observations, timeline: &Timeline) -> Vec<Row> {
    let promises = REMEDIATION.iter().chain(&RECOVERY);
    let mut rows: Vec<_> = promises
        .map(|promise| promise.judge(observations, timeline))
        .collect();
    rows.push(total(
        "total: the incident is over",
        Moment::at(4, 0),
        seen::incident_length(observations, timeline),
        timeline,
    ));
    rows.extend(totals(observations, timeline));
    rows
}

/// The rows of an incident that the restart does not heal.
pub(super) fn of_escalation(observations: &Observations, timeline: &Timeline) -> Vec<Row> {
    let promises = REMEDIATION.iter().chain(&ESCALATION);
    let rows = promises.map(|promise| promise.judge(observations, timeline));
    rows.chain(totals(observations, timeline)).collect()
}

/// Whether nothing is missing that could still come: what is late stays late.
pub(super) fn are_complete(rows: &[Row]) -> bool {
    let is_missing =
        |row: &Row| matches!(&row.outcome, Outcome::Broken { at, .. } if at.is_empty());
    !rows.iter().any(is_missing)
}

/// Whether nothing that this version promises was broken.
pub(super) fn are_kept(rows: &[Row]) -> bool {
    let is_broken = |row: &Row| matches!(row.outcome, Outcome::Broken { .. });
    !rows.iter().any(is_broken)
}

impl<O> Promise<O> {
    /// When it is promised for.
    pub(super) fn by(&self) -> Moment {
        self.by
    }

    pub(super) fn judge(&self, observations: &O, timeline: &Timeline) -> Row {
        let outcome = match (self.look)(observations, timeline) {
            Err(why) => Outcome::Broken {
                at: String::new(),
                why,
            },
            Ok(seen) => in_time(timeline.moment(seen.at), self.by, seen.what, timeline),
        };
        Row {
            promised: self.by.to_string(),
            text: self.text,
            outcome,
        }
    }
}

fn totals(observations: &Observations, timeline: &Timeline) -> [Row; 3] {
    let one_minute = Moment::at(1, 0);
    let length = seen::remediation_length(observations, timeline);
    [
        findings::waiting_time(observations, timeline),
        total(
            "total: remediation, from ALARM",
            one_minute,
            length,
            timeline,
        ),
        no_hands(seen::only_the_function(observations)),
    ]
}

/// A row about what is so, whenever.
pub(super) fn no_time(text: &'static str, found: Result<String, String>) -> Row {
    let at = String::new();
    Row {
        promised: String::new(),
        text,
        outcome: match found {
            Ok(what) => Outcome::Kept { at, what },
            Err(why) => Outcome::Broken { at, why },
        },
    }
}

/// Nobody had to do anything.
pub(super) fn no_hands(only_the_function: Result<String, String>) -> Row {
    let outcome = match only_the_function {
        Ok(what) => Outcome::Kept {
            at: "zero".to_owned(),
            what,
        },
        Err(why) => Outcome::Broken {
            at: String::new(),
            why,
        },
    };
    Row {
        promised: "zero".to_owned(),
        text: "total: human intervention",
        outcome,
    }
}

/// A row about how long something took.
pub(super) fn total(
    text: &'static str,
    limit: Moment,
    length: Result<(Moment, String), String>,
    timeline: &Timeline,
) -> Row {
    let outcome = match length {
        Ok((length, what)) => in_time(length, limit, what, timeline),
        Err(why) => Outcome::Broken {
            at: String::new(),
            why,
        },
    };
    Row {
        promised: limit.to_string(),
        text,
        outcome,
    }
}

fn in_time(seen: Moment, by: Moment, what: String, timeline: &Timeline) -> Outcome {
    let at = seen.to_string();
    if seen <= by.plus(timeline.tolerance()) {
        Outcome::Kept { at, what }
    } else {
        let why = format!("too late: {what}");
        Outcome::Broken { at, why }
    }
}

#[cfg(test)]
pub(super) mod tests;
