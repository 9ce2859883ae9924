//! What people read: drafts of reports, as plain data. They leave through [`Outbound`](shared::outbound::Outbound) only.
//!
//! The first sentence says who has to act, the next ones what comes next and by when. Then the facts that somebody woken up
//! needs; calls, keys and names of records come last.

mod closing;
mod links;
mod opening;
mod storm;
mod trouble;

use jiff::Timestamp;
use shared::outbound::Draft;

pub use self::closing::of_recovery;
use self::links::links;
pub use self::storm::of_storm;
pub use self::trouble::{Unusable, of_failure, of_rejection};
use crate::action::{PlannedCall, Work};
use crate::playbook::{PlaybookFile, Step, StepName};
use crate::record::{Entry, Outcome, Rung};
use crate::target::Target;
use shared::alarm::AlarmArn;

/// A labelled list of a report.
type List = (&'static str, Vec<String>);

/// Where this installation lives: what links are made of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Site<'a> {
    /// The region of the console to link to.
    pub region: &'a str,
    /// The bucket that holds the records.
    pub state_bucket: &'a str,
    /// Whether the incident analyst is installed, which writes a report of each incident into that bucket.
    pub has_incident_reports: bool,
}

/// The report of an entry: what was decided about an alarm and what came of it. What comes next is the playbook's.
pub fn of_entry(
    entry: &Entry,
    target: &Target,
    playbooks: &PlaybookFile,
    site: &Site<'_>,
) -> Draft {
    let opening = opening::of_entry(entry, target, playbooks);
    let mut facts = vec![
        ("Status", opening.status.to_owned()),
        ("Alarm", entry.alarm_name.clone()),
        ("Target", target.to_string()),
        ("Action", action(entry).to_owned()),
        ("Result", result(entry)),
    ];
    facts.extend(work(entry));
    facts.extend([
        ("Alarm fired", utc(entry.state_changed_at)),
        ("Alarm's reason", entry.alarm_reason.clone()),
        ("Timestamp", utc(known_at(entry))),
    ]);
    facts.extend(names(entry));
    let lists = vec![
        ("Notes of the playbook", entry.notes.clone()),
        ("Tried before", tried(entry)),
        ("Reasons against", entry.reasons.against.clone()),
        ("Reasons for", entry.reasons.in_favour.clone()),
        by_hand(entry),
        details(entry, target, site),
    ];
    Draft {
        title: with_page(entry, opening.title),
        summary: opening.summary,
        facts,
        lists: filled(lists),
        links: links(entry, target, site),
        ..Draft::default()
    }
}

/// The title under which somebody is called, or the plain one.
fn with_page(entry: &Entry, title: String) -> String {
    match &entry.page {
        Some(subject) => format!("PAGE: {subject} | {title}"),
        None => title,
    }
}

/// When it was known what an entry's report says.
fn known_at(entry: &Entry) -> Timestamp {
    entry.concluded_at.unwrap_or(entry.decided_at)
}

/// A time as people read it.
fn utc(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// The same, without the day and the seconds.
fn clock(time: Timestamp) -> String {
    time.strftime("%H:%M UTC").to_string()
}

/// The lists that have something in them.
fn filled(lists: Vec<List>) -> Vec<List> {
    let lists = lists.into_iter();
    lists.filter(|(_, items)| !items.is_empty()).collect()
}

/// Where the alarm is, and by what names the incident is found again.
fn names(entry: &Entry) -> Vec<(&'static str, String)> {
    let arn = entry.alarm_arn.as_ref();
    let account = arn.and_then(AlarmArn::account);
    let place = account.zip(arn.and_then(AlarmArn::region));
    let place = place.map(|(account, region)| ("Place", format!("account {account}, {region}")));
    let ids = [
        ("Incident", entry.incident.to_string()),
        ("Attempt", entry.attempt_id()),
    ];
    place.into_iter().chain(ids).collect()
}

/// What somebody at a terminal can do.
fn by_hand(entry: &Entry) -> List {
    let incident = entry.incident.to_string();
    let beginning = incident.get(..8).unwrap_or(&incident);
    let commands = vec![
        format!(
            "medic incident show {beginning}: the whole story, from the alarm to the last mail"
        ),
        "medic pause --for 1h --reason ...: nothing more is begun until medic resume".to_owned(),
    ];
    ("By hand", commands)
}

/// What is for looking things up.
fn details(entry: &Entry, target: &Target, site: &Site<'_>) -> List {
    let calls = entry.intent.iter().flat_map(|intent| &intent.calls);
    let calls = calls.map(
        |PlannedCall {
             service,
             operation,
             input,
         }| format!("call {service}:{operation} {input}"),
    );
    let record = format!("record s3://{}/{}", site.state_bucket, target.record_key());
    let playbook = format!("playbook {}", entry.playbook);
    ("Details", calls.chain([playbook, record]).collect())
}

/// What was tried before the present step, and that it did not help.
fn tried(entry: &Entry) -> Vec<String> {
    let line = |rung: &Rung| {
        let recovery = rung.recovery.as_ref();
        let reason = recovery.map_or("what came of it is not known", |recovery| &recovery.reason);
        format!("{}: {reason}", rung.intent.step.title())
    };
    entry.earlier.iter().map(line).collect()
}

/// The steps that the playbook has after the present one, messages on the way aside.
fn steps_left(entry: &Entry, playbooks: &PlaybookFile) -> Vec<StepName> {
    let rung = entry.intent.as_ref().map_or(0, |intent| intent.rung + 1);
    let playbook = playbooks.named(&entry.playbook);
    let steps = playbook.map_or(&[][..], |playbook| &playbook.steps);
    let left = steps.iter().skip(rung).map(Step::name);
    left.filter(|step| *step != StepName::Notify).collect()
}

fn result(entry: &Entry) -> String {
    let intent = entry.intent.as_ref();
    let service = intent.and_then(|intent| intent.calls.first());
    let service = service.map_or("AWS".to_owned(), |call| call.service.to_uppercase());
    match &entry.outcome {
        Some(Outcome::Applied { .. }) => format!("{service} accepted it"),
        Some(Outcome::Adopted { work, .. }) => {
            let work = format!("{} {}", work.label().to_lowercase(), work.id());
            format!("{service}'s answer was lost; {work} shows that it was carried out")
        }
        Some(Outcome::Superseded { deployment }) => format!("superseded by {deployment}"),
        Some(Outcome::Refused { error }) => error.clone(),
        Some(Outcome::Unclear { reason, .. } | Outcome::Abandoned { reason }) => reason.clone(),
        Some(Outcome::NotActed) if intent.is_some() => "the call below was not made".to_owned(),
        _ => "no call made".to_owned(),
    }
}

/// What was begun, with its kind as the label.
fn work(entry: &Entry) -> Option<(&'static str, String)> {
    if let Some(Outcome::Superseded { deployment }) = &entry.outcome {
        return Some(("Deployment", deployment.clone()));
    }
    let work: &Work = entry.work()?;
    Some((work.label(), work.id()))
}

/// The step of an entry, as people read it.
fn action(entry: &Entry) -> &'static str {
    let intent = entry.intent.as_ref();
    intent.map_or("none", |intent| intent.step.title())
}

/// The step of an entry as the subject of a sentence.
fn noun(entry: &Entry) -> &'static str {
    let intent = entry.intent.as_ref();
    intent.map_or("action", |intent| intent.step.noun())
}

#[cfg(test)]
mod tests {
    use shared::outbound::Outbound;

    use super::*;
    use crate::playbook::tests::checkout_playbooks;
    use crate::record::Verdict;
    use crate::record::tests::entry;
    use crate::samples::{fired_at, firing};
    use crate::target::tests::checkout;

    const SITE: Site<'_> = Site {
        region: "eu-west-1",
        state_bucket: "medic-state",
        has_incident_reports: true,
    };

    fn concluded(verdict: Verdict, outcome: Outcome) -> Draft {
        let alarm = firing();
        let mut entry = entry(&alarm, "us", crate::samples::fired_at());
        entry.verdict = verdict;
        entry.outcome = Some(outcome);
        if verdict == Verdict::Report {
            entry.intent = None;
            entry.reasons.against = vec!["the service is DRAINING".to_owned()];
        }
        let target = Target::EcsService(checkout());
        of_entry(&entry, &target, &checkout_playbooks(), &SITE)
    }

    #[test]
    fn a_restart_is_reported_with_what_somebody_woken_up_needs() {
        let work = Work::Deployment("ecs-svc/2".to_owned());
        let outcome = Outcome::Applied { work };
        let draft = concluded(Verdict::Remediate, outcome);
        insta::assert_snapshot!("restart", Outbound::from(&draft).text());
    }

    /// Every way in which an entry can end.
    fn outcomes() -> Vec<(Verdict, Outcome)> {
        let deployment = || "ecs-svc/2".to_owned();
        let work = || Work::Deployment(deployment());
        let refused = "couldn't force a new deployment: denied".to_owned();
        let unclear = "the service is gone".to_owned();
        let late = "the alarm is too old by now".to_owned();
        let remediated = [
            Outcome::Applied { work: work() },
            Outcome::Adopted {
                work: work(),
                created_at: crate::samples::fired_at(),
            },
            Outcome::Superseded {
                deployment: deployment(),
            },
            Outcome::Refused { error: refused },
            Outcome::Unclear {
                reason: unclear,
                until: None,
            },
            Outcome::Abandoned { reason: late },
        ];
        let remediated = remediated
            .into_iter()
            .map(|outcome| (Verdict::Remediate, outcome));
        let not_acted =
            [Verdict::DryRun, Verdict::Report].map(|verdict| (verdict, Outcome::NotActed));
        remediated.chain(not_acted).collect()
    }

    #[test]
    fn each_outcome_is_called_by_its_name_and_none_a_success() {
        let line = |(verdict, outcome)| {
            let draft = concluded(verdict, outcome);
            let fact = |label| {
                draft
                    .facts
                    .iter()
                    .find(|(name, _)| *name == label)
                    .map_or("", |(_, value)| value.as_str())
            };
            format!(
                "{}\n  {}\n  {} | {} | {}",
                draft.title,
                draft.summary,
                fact("Action"),
                fact("Result"),
                fact("Status")
            )
        };
        let lines: Vec<String> = outcomes().into_iter().map(line).collect();
        let text = lines.join(
            "
",
        );
        assert!(!text.to_uppercase().contains("SUCCESS"), "{text}");
        insta::assert_snapshot!("outcomes", text);
    }

    #[test]
    fn a_failure_and_a_rejection_say_that_nothing_was_done() {
        let error = anyhow::anyhow!("AccessDenied")
            .context("couldn't read s3://medic-state/targets/0a.json");
        let failure = of_failure(&firing(), &error, &SITE);
        let unusable = Unusable {
            reason: "the message is not JSON",
            message_id: "95df01b4-ea98-5cb9-9903-4c221d41eb5e",
            topic: "arn:aws:sns:eu-west-1:111122223333:alerts",
            at: fired_at(),
        };
        let rejection = of_rejection(&unusable, &SITE);
        let text = format!(
            "{}\n---\n{}",
            Outbound::from(&failure).text(),
            Outbound::from(&rejection).text()
        );
        insta::assert_snapshot!("failure_and_rejection", text);
    }
}
