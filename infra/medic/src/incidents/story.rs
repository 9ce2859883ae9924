//! One incident as a story: what happened, when, why, and who knows of it.

use std::fmt::Write as _;

use alarm_playbook::action::{Order, OrderId, PlannedCall};
use alarm_playbook::record::{
    Delivery, Entry, Intent, Outcome, Reasons, Report, Rung, Told, Verdict,
};
use alarm_playbook::recovery::{Period, Recovery, RecoveryVerdict, Shows};
use alarm_playbook::rule::Snapshot;
use alarm_playbook::target::Target;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shared::outbound::Quoted;
use shared::reports::Channel;

use super::find::Found;
use super::line::status;
use crate::event::Tone;
use crate::screen::Paragraph;
use crate::when::{ago, clock_time, date_and_time};

/// Something that happened.
#[derive(Debug)]
struct Happening {
    at: Timestamp,
    tone: Tone,
    what: String,
    details: Vec<String>,
}

/// The whole story, under a head that says how it stands.
pub(super) fn tell(found: &Found, record: &str, now: Timestamp) -> Vec<Paragraph> {
    let Found { target, entry, .. } = found;
    let name = Quoted::line(&entry.alarm_name);
    let (status, tone) = status(found);
    let fired = entry.state_changed_at;
    let openness = if found.is_open { "open" } else { "closed" };
    let mut told = vec![
        Paragraph::title(format!("Incident {}: {name} on {target}", entry.incident)),
        Paragraph::toned(tone, format!("{status} ({openness})")),
        Paragraph::new(format!(
            "Fired {} ({}), playbook {}\nRecord {record}\n",
            ago(fired, now),
            date_and_time(fired),
            Quoted::line(&entry.playbook),
        )),
    ];
    told.extend(
        happenings(found)
            .iter()
            .map(|happening| happening.paragraph(fired)),
    );
    told
}

/// The story as a script reads it, beside the record itself.
pub(super) fn facts(found: &Found) -> Value {
    let happenings = happenings(found);
    let happened = happenings.iter().map(|happening| {
        json!({"at": happening.at, "what": happening.what, "details": happening.details})
    });
    json!({
        "incident": found.entry.incident,
        "open": found.is_open,
        "status": status(found).0,
        "target": found.target,
        "story": happened.collect::<Vec<_>>(),
        "record": found.entry,
    })
}

/// Everything that happened, in order. What happened at one time is told in the order of cause and effect.
fn happenings(found: &Found) -> Vec<Happening> {
    let Found { target, entry, .. } = found;
    let mut happened = vec![fired(entry)];
    for (n, rung) in entry.earlier.iter().enumerate() {
        let order = order(entry, &rung.intent);
        happened.extend(of_rung(rung, target, &order, n));
    }
    happened.extend(present(entry, target));
    happened.extend(entry.told.iter().map(told));
    if let Some(subject) = &entry.page {
        let at = entry.recovery.as_ref().map(|recovery| recovery.proven_at);
        let what = format!("somebody is called: {}", Quoted::line(subject));
        happened.push(Happening::new(
            at.unwrap_or(entry.decided_at),
            Tone::Bad,
            what,
        ));
    }
    happened.sort_by_key(|happening| happening.at);
    if let Some(last) = happened.last().map(|last| last.at) {
        let what = if found.is_open {
            "it is still open: the function looks at it each minute"
        } else {
            "closed: nothing is left to do"
        };
        happened.push(Happening::new(last, Tone::Neutral, what));
    }
    happened
}

fn fired(entry: &Entry) -> Happening {
    let mut details = vec![Quoted::line(&entry.alarm_reason).to_string()];
    match &entry.rule {
        Some(Snapshot::Known(rule)) => {
            details.push(format!("it watches {}", Quoted::line(&rule.to_string())));
        }
        Some(rule @ Snapshot::Composite(_)) => {
            let rules = rule.rules();
            let of_child = |(name, rule): &(Option<&str>, _)| {
                format!("it watches {}: {rule}", name.unwrap_or_default())
            };
            details.extend(rules.iter().map(|rule| Quoted::line(&of_child(rule)).to_string()));
        }
        Some(Snapshot::Unknown(why)) => {
            details.push(format!(
                "what it watches is not known: {}",
                Quoted::line(why)
            ));
        }
        None => {}
    }
    details.retain(|detail| !detail.is_empty());
    Happening {
        details,
        ..Happening::new(entry.state_changed_at, Tone::Bad, "the alarm fired")
    }
}

/// The rung that is under way, or the decision that nothing is done.
fn present(entry: &Entry, target: &Target) -> Vec<Happening> {
    if let Some(intent) = &entry.intent {
        let rung = Rung {
            intent: intent.clone(),
            reasons: entry.reasons.clone(),
            decided_at: entry.decided_at,
            outcome: entry
                .outcome
                .clone()
                .filter(|_| entry.verdict != Verdict::DryRun),
            concluded_at: entry.concluded_at,
            recovery: entry.recovery.clone(),
        };
        let order = order(entry, intent);
        let mut happened = of_rung(&rung, target, &order, entry.earlier.len());
        if entry.verdict == Verdict::DryRun {
            let what = "not carried out: this is a dry run";
            happened.push(Happening::new(entry.decided_at, Tone::Neutral, what));
        }
        return happened;
    }
    let what = match entry.verdict {
        Verdict::Wait => "decided to wait",
        _ => "decided not to act",
    };
    let decided = Happening {
        details: reasons(&entry.reasons),
        ..Happening::new(entry.decided_at, Tone::Neutral, what)
    };
    let proven = entry.recovery.iter().flat_map(of_recovery);
    [decided].into_iter().chain(proven).collect()
}

fn of_rung(rung: &Rung, target: &Target, order: &Order, n: usize) -> Vec<Happening> {
    let ordinal = if n == 0 {
        ""
    } else {
        ", the next rung of the ladder"
    };
    let title = rung.intent.step.title();
    let calls = match rung.intent.calls.as_slice() {
        // The first version of the records kept the call in another form, and knew one step only.
        [] => order.calls(target),
        calls => calls.to_vec(),
    };
    let mut details = reasons(&rung.reasons);
    details.extend(calls.iter().map(call));
    let decided = Happening {
        details,
        ..Happening::new(
            rung.decided_at,
            Tone::Neutral,
            format!("decided to {title}{ordinal}"),
        )
    };
    let mut happened = vec![decided];
    if let Some(outcome) = &rung.outcome {
        let at = rung.concluded_at.unwrap_or(rung.decided_at);
        happened.push(of_outcome(outcome, at));
    }
    happened.extend(rung.recovery.iter().flat_map(of_recovery));
    happened
}

fn of_outcome(outcome: &Outcome, at: Timestamp) -> Happening {
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
        Outcome::Unclear { reason } => (
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

fn of_recovery(recovery: &Recovery) -> Vec<Happening> {
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

fn told(told: &Told) -> Happening {
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

fn reasons(reasons: &Reasons) -> Vec<String> {
    let told = |kind: &str, reason: &String| format!("{kind}: {}", Quoted::line(reason));
    let in_favour = reasons.in_favour.iter().map(|reason| told("for", reason));
    let against = reasons.against.iter().map(|reason| told("against", reason));
    in_favour.chain(against).collect()
}

fn call(call: &PlannedCall) -> String {
    let PlannedCall {
        service,
        operation,
        input,
    } = call;
    let input = Quoted::line(&input.to_string());
    format!(
        "call: {}:{} {input}",
        Quoted::line(service),
        Quoted::line(operation)
    )
}

fn order(entry: &Entry, intent: &Intent) -> Order {
    Order {
        action: intent.action.clone(),
        id: OrderId::new(&entry.incident, intent.rung),
    }
}

impl Happening {
    fn new(at: Timestamp, tone: Tone, what: impl Into<String>) -> Self {
        Self {
            at,
            tone,
            what: what.into(),
            details: Vec::new(),
        }
    }

    fn paragraph(&self, since: Timestamp) -> Paragraph {
        let after = self.at.duration_since(since);
        let after = format!("+{:#}", SignedDuration::from_secs(after.as_secs().max(0)));
        let mut text = format!("{}  {after:>8}  {}", clock_time(self.at), self.what);
        for detail in &self.details {
            // Writing to a String cannot fail.
            let _ = write!(text, "\n{:>22}{detail}", "");
        }
        Paragraph::toned(self.tone, text)
    }
}
