//! What came of a step, whether it helped, and who was told: each as something that happened.

use alarm_playbook::record::{Delivery, Outcome, Report, Told};
use alarm_playbook::recovery::{Period, Recovery, RecoveryVerdict, Shows};
use jiff::Timestamp;
use shared::outbound::Quoted;
use shared::reports::Channel;

use super::Happening;
use crate::event::Tone;
use crate::when::clock_time;

pub(super) fn of_outcome(outcome: &Outcome, at: Timestamp) -> Happening {
    let (tone, what) = match outcome {
        Outcome::Applied { work } => (
            Tone::Neutral,
            format!(
                "carried out: {} {}",
                work.label().to_lowercase(),
                Quoted::line(&work.id())
            ),
        ),
        Outcome::Adopted { work, created_at } => (
            Tone::Neutral,
            format!(
                "carried out at {}, its answer was lost and a look found it: {} {}",
                clock_time(*created_at),
                work.label().to_lowercase(),
                Quoted::line(&work.id())
            ),
        ),
        Outcome::Superseded { deployment } => (
            Tone::Bad,
            format!(
                "somebody else deployed in between: {}",
                Quoted::line(deployment)
            ),
        ),
        Outcome::Refused { error } => (Tone::Bad, format!("it failed: {}", Quoted::line(error))),
        Outcome::Unclear { reason, .. } => (
            Tone::Bad,
            format!(
                "whether it was carried out cannot be told: {}",
                Quoted::line(reason)
            ),
        ),
        Outcome::Abandoned { reason } => (
            Tone::Bad,
            format!("given up, not carried out: {}", Quoted::line(reason)),
        ),
        Outcome::NotActed => (Tone::Neutral, "nothing was done".to_owned()),
    };
    Happening::new(at, tone, what)
}

pub(super) fn of_recovery(recovery: &Recovery) -> Vec<Happening> {
    let complete = recovery
        .rolled_out_at
        .map(|at| Happening::new(at, Tone::Neutral, "complete: from here on data count"));
    let (tone, verdict) = match recovery.verdict {
        RecoveryVerdict::Recovered => (Tone::Good, "RECOVERED"),
        RecoveryVerdict::NotRecovered => (Tone::Bad, "NOT RECOVERED"),
        RecoveryVerdict::Inconclusive => (Tone::Bad, "NOT PROVEN"),
    };
    let mut details = vec![Quoted::line(&recovery.reason).to_string()];
    details.extend(recovery.periods.iter().map(period));
    if let Some(state) = recovery.alarm_state {
        details.push(format!("the alarm itself was in {}", state.as_str()));
    }
    let proven = Happening {
        details,
        ..Happening::new(recovery.proven_at, tone, verdict)
    };
    complete.into_iter().chain([proven]).collect()
}

fn period(period: &Period) -> String {
    let number = |number: Option<f64>| number.map_or("no data".to_owned(), |n| n.to_string());
    let requests = period
        .requests
        .map_or(String::new(), |requests| format!(" of {requests} requests"));
    let shows = match period.shows {
        Shows::Breach => "breaches",
        Shows::Clear => "is clear",
        Shows::Nothing => "shows nothing",
    };
    let (start, value) = (clock_time(period.start), number(period.value));
    format!("period from {start} {shows}: {value}{requests}")
}

pub(super) fn told(told: &Told) -> Happening {
    let report = match told.report {
        Report::Remediation => "the first report",
        Report::Closing => "the closing report",
    };
    let channel = match told.channel {
        Channel::Topic => "the reports topic",
        Channel::Mail => "mail",
        Channel::Pager => "the pager",
    };
    let (tone, what) = match &told.delivery {
        Delivery::MessageId(id) => (
            Tone::Neutral,
            format!(
                "people were told by {channel}: {report}, message {}",
                Quoted::line(id)
            ),
        ),
        Delivery::Refused(why) => (
            Tone::Bad,
            format!("{channel} refused {report}: {}", Quoted::line(why)),
        ),
    };
    Happening::new(told.at, tone, what)
}
