//! What people read: drafts of reports, as plain data. They leave through [`Outbound`](shared::outbound::Outbound) only.

mod closing;
mod storm;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use shared::outbound::{Draft, Link};

pub use self::closing::of_recovery;
pub use self::storm::of_storm;
use crate::action::{PlannedCall, Work};
use crate::alarm::Alarm;
use crate::playbook::StepName;
use crate::record::{Entry, Outcome, Rung, Verdict};
use crate::target::{EcsService, Target};

/// Where this installation lives: what links are made of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Site<'a> {
    /// The region of the console to link to.
    pub region: &'a str,
    /// The bucket that holds the records.
    pub state_bucket: &'a str,
}

/// The report of an entry: what was decided about an alarm and what came of it.
pub fn of_entry(entry: &Entry, target: &Target, site: &Site<'_>) -> Draft {
    let Headline { title, status } = headline(entry);
    let mut facts = vec![
        ("Alarm", entry.alarm_name.clone()),
        ("State changed", entry.state_changed_at.to_string()),
        ("Alarm's reason", entry.alarm_reason.clone()),
        ("Target", target.to_string()),
        ("Action", action(entry).to_owned()),
        ("Result", result(entry)),
        ("Status", status.to_owned()),
    ];
    facts.extend(work(entry));
    let known_at = entry.concluded_at.unwrap_or(entry.decided_at);
    facts.extend([
        ("Timestamp", known_at.to_string()),
        ("Playbook", entry.playbook.clone()),
        ("Incident", entry.incident.to_string()),
        ("Attempt", entry.attempt_id()),
        (
            "Record",
            format!("s3://{}/{}", site.state_bucket, target.record_key()),
        ),
    ]);
    let lists = [
        ("Notes of the playbook", entry.notes.clone()),
        ("Tried before", tried(entry)),
        ("Reasons for", entry.reasons.in_favour.clone()),
        ("Reasons against", entry.reasons.against.clone()),
    ];
    Draft {
        title: with_page(entry, format!("{title}: {target} ({})", entry.alarm_name)),
        summary: summary(entry),
        facts,
        lists: lists
            .into_iter()
            .filter(|(_, items)| !items.is_empty())
            .collect(),
        links: links(entry, target, site),
    }
}

/// The title under which somebody is called, or the plain one.
fn with_page(entry: &Entry, title: String) -> String {
    match &entry.page {
        Some(subject) => format!("PAGE: {subject} | {title}"),
        None => title,
    }
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

fn links(entry: &Entry, target: &Target, site: &Site<'_>) -> Vec<Link> {
    vec![
        alarm_link(&entry.alarm_name, site),
        target_link(target, site),
    ]
}

/// The report of a message that could not be used.
pub fn of_rejection(reason: &str) -> Draft {
    Draft {
        title: "A message on the alerts topic could not be used".to_owned(),
        summary: "If it was an alarm, nothing was done about it. Nothing will be retried."
            .to_owned(),
        facts: vec![("Reason", reason.to_owned()), ("Action", "none".to_owned())],
        ..Draft::default()
    }
}

/// The report of an alarm whose handling failed in a way that trying again would not mend.
pub fn of_failure(alarm: &Alarm, error: &anyhow::Error, site: &Site<'_>) -> Draft {
    Draft {
        title: format!("Alarm {} could not be handled", alarm.name),
        summary: "lambda-medic gave up on this alarm; somebody has to look at the service and at the error.".to_owned(),
        facts: vec![
            ("Alarm", alarm.name.clone()),
            ("State changed", alarm.state_changed_at.map_or("unknown".to_owned(), |time| time.to_string())),
            ("Alarm's reason", alarm.reason.clone()),
            ("Error", format!("{error:#}")),
            ("Incident", alarm.incident().to_string()),
        ],
        links: vec![alarm_link(&alarm.name, site)],
        ..Draft::default()
    }
}

struct Headline {
    title: String,
    status: &'static str,
}

fn headline(entry: &Entry) -> Headline {
    let noun = noun(entry);
    let begun = "IN PROGRESS, recovery is not proven yet";
    let (title, status) = match (&entry.outcome, entry.verdict) {
        (None, _) => ("In hand".to_owned(), "UNKNOWN"),
        (Some(Outcome::Applied { .. } | Outcome::Adopted { .. }), _) => {
            (format!("{noun} begun"), begun)
        }
        (Some(Outcome::Superseded { .. }), _) => {
            ("Left to somebody's change".to_owned(), "NOT ACTED")
        }
        (Some(Outcome::Refused { .. }), _) => (format!("{noun} failed"), "FAILED"),
        (Some(Outcome::Unclear { .. }), _) => (format!("{noun} of unknown fate"), "UNKNOWN"),
        (Some(Outcome::Abandoned { .. }), _) => (format!("{noun} given up"), "NOT ACTED"),
        (Some(Outcome::NotActed), Verdict::DryRun) => {
            let noun = entry
                .intent
                .as_ref()
                .map_or("action", |intent| intent.step.noun());
            (format!("Dry run of a {noun}"), "DRY RUN")
        }
        (Some(Outcome::NotActed), Verdict::Wait) => ("Waiting".to_owned(), "NOT ACTED YET"),
        (Some(Outcome::NotActed), _) => ("Not acted on".to_owned(), "NOT ACTED"),
    };
    Headline { title, status }
}

/// The step as the subject of a sentence, with a capital letter.
fn noun(entry: &Entry) -> String {
    let noun = entry
        .intent
        .as_ref()
        .map_or("action", |intent| intent.step.noun());
    let mut letters = noun.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn summary(entry: &Entry) -> String {
    let noun = entry
        .intent
        .as_ref()
        .map_or("action", |intent| intent.step.noun());
    match (&entry.outcome, entry.verdict) {
        (None, _) => "What came of it is not known yet.".to_owned(),
        (Some(Outcome::Applied { .. } | Outcome::Adopted { .. }), _) => {
            let begun = entry.intent.as_ref().map_or("", |intent| begun(intent.step));
            format!("{begun} Whether that helps is looked into, and another report will say.")
        }
        (Some(Outcome::Superseded { .. }), _) => {
            "Somebody changed the target while this alarm was being handled, so nothing was done on top of it.".to_owned()
        }
        (Some(Outcome::Refused { .. }), _) => {
            format!("AWS refused the {noun}. Somebody has to look at the target.")
        }
        (Some(Outcome::Unclear { .. }), _) => {
            format!("Whether the {noun} was carried out cannot be told, and it is not made again. Somebody has to look at the target.")
        }
        (Some(Outcome::Abandoned { .. }), _) => {
            format!("The {noun} was intended but never made, and it is too late for it now. Somebody has to look at the target.")
        }
        (Some(Outcome::NotActed), Verdict::DryRun) => {
            "This installation is set to dry run: the call below was decided on and not made.".to_owned()
        }
        (Some(Outcome::NotActed), Verdict::Wait) => {
            "Nothing was done yet. What stands in the way is looked at again each minute, and so is the alarm.".to_owned()
        }
        (Some(Outcome::NotActed), _) => "Nothing was done; the reasons against acting say why.".to_owned(),
    }
}

/// What goes on once a step was carried out.
fn begun(step: StepName) -> &'static str {
    match step {
        StepName::RestartService => "New tasks of the same task definition are starting.",
        StepName::ScaleService => "More tasks are starting.",
        StepName::RollbackDeployment => "The version that served before is coming back.",
        StepName::StopUnhealthyTasks => {
            "The unhealthy tasks are stopping, and others are starting."
        }
        StepName::RestartContainer | StepName::RestartContainerOverSsh => {
            "The container is being restarted on its host."
        }
        StepName::RunAutomation => "The automation runs.",
        StepName::Notify | StepName::Page => "People were told.",
    }
}

fn result(entry: &Entry) -> String {
    let calls = entry.intent.as_ref().map(|intent| {
        let call =
            |PlannedCall {
                 service,
                 operation,
                 input,
             }: &PlannedCall| { format!("{service}:{operation} {input}") };
        let calls: Vec<String> = intent.calls.iter().map(call).collect();
        calls.join(", ")
    });
    match (&entry.outcome, calls) {
        (Some(Outcome::Applied { .. }), Some(call)) => format!("{call} accepted"),
        (Some(Outcome::Adopted { .. }), Some(call)) => {
            format!("{call} accepted; its answer was lost, a look at the target proves it")
        }
        (Some(Outcome::Superseded { deployment }), _) => {
            format!("superseded by {deployment}")
        }
        (Some(Outcome::Refused { error }), _) => error.clone(),
        (Some(Outcome::Unclear { reason, .. } | Outcome::Abandoned { reason }), _) => {
            reason.clone()
        }
        (Some(Outcome::NotActed), Some(call)) => format!("{call} not made"),
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

fn alarm_link(name: &str, site: &Site<'_>) -> Link {
    let region = site.region;
    let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
    Link {
        label: "Alarm in the console",
        url: format!(
            "https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#alarmsV2:alarm/{name}"
        ),
    }
}

fn target_link(target: &Target, site: &Site<'_>) -> Link {
    let region = site.region;
    match target {
        Target::EcsService(EcsService { cluster, service }) => Link {
            label: "Deployments in the console",
            url: format!(
                "https://{region}.console.aws.amazon.com/ecs/v2/clusters/{cluster}/services/{service}/deployments?region={region}"
            ),
        },
        Target::Ec2Container(container) => Link {
            label: "Instance in the console",
            url: format!(
                "https://{region}.console.aws.amazon.com/ec2/home?region={region}#InstanceDetails:instanceId={}",
                container.instance.as_str()
            ),
        },
    }
}

#[cfg(test)]
mod tests {
    use shared::outbound::Outbound;

    use super::*;
    use crate::alarm::tests::firing;
    use crate::record::tests::entry;
    use crate::target::tests::checkout;

    const SITE: Site<'_> = Site {
        region: "eu-west-1",
        state_bucket: "medic-state",
    };

    fn concluded(verdict: Verdict, outcome: Outcome) -> Draft {
        let alarm = firing();
        let mut entry = entry(&alarm, "us", crate::alarm::tests::fired_at());
        entry.verdict = verdict;
        entry.outcome = Some(outcome);
        if verdict == Verdict::Report {
            entry.intent = None;
            entry.reasons.against = vec!["the service is DRAINING".to_owned()];
        }
        of_entry(&entry, &Target::EcsService(checkout()), &SITE)
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
                created_at: crate::alarm::tests::fired_at(),
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
        let rejection = of_rejection("the message is not JSON");
        let text = format!(
            "{}\n---\n{}",
            Outbound::from(&failure).text(),
            Outbound::from(&rejection).text()
        );
        insta::assert_snapshot!("failure_and_rejection", text);
    }

    #[test]
    fn a_hostile_alarm_name_stays_one_segment_of_the_link() {
        let link = alarm_link("a/b?c#d\"><script> https://evil.example", &SITE);
        let url = "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:alarm/a%2Fb%3Fc%23d%22%3E%3Cscript%3E%20https%3A%2F%2Fevil%2Eexample";
        assert_eq!(link.url, url);
    }
}
