//! What people read: drafts of reports, as plain data. They leave through [`Outbound`](shared::outbound::Outbound) only.

mod closing;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use shared::outbound::{Draft, Link};

pub use self::closing::of_recovery;
use crate::alarm::Alarm;
use crate::record::{Entry, Outcome, Verdict};
use crate::services::PlannedCall;
use crate::target::Target;

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
    if let Some(deployment) = deployment(entry) {
        facts.push(("Deployment", deployment.to_owned()));
    }
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
        ("Reasons for", &entry.reasons.in_favour),
        ("Reasons against", &entry.reasons.against),
    ];
    let lists = lists.into_iter().filter(|(_, reasons)| !reasons.is_empty());
    Draft {
        title: format!("{title}: {target} ({})", entry.alarm_name),
        summary: summary(entry).to_owned(),
        facts,
        lists: lists
            .map(|(label, reasons)| (label, reasons.clone()))
            .collect(),
        links: vec![
            alarm_link(&entry.alarm_name, site),
            service_link(target, site),
        ],
    }
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
    title: &'static str,
    status: &'static str,
}

fn headline(entry: &Entry) -> Headline {
    let (title, status) = match (&entry.outcome, entry.verdict) {
        (None, _) => ("In hand", "UNKNOWN"),
        (Some(Outcome::Applied { .. } | Outcome::Adopted { .. }), _) => {
            ("Restart begun", "IN PROGRESS, recovery is not proven yet")
        }
        (Some(Outcome::Superseded { .. }), _) => ("Left to somebody's deployment", "NOT ACTED"),
        (Some(Outcome::Refused { .. }), _) => ("Restart failed", "FAILED"),
        (Some(Outcome::Unclear { .. }), _) => ("Restart of unknown fate", "UNKNOWN"),
        (Some(Outcome::Abandoned { .. }), _) => ("Restart given up", "NOT ACTED"),
        (Some(Outcome::NotActed), Verdict::DryRun) => ("Dry run, would restart", "DRY RUN"),
        (Some(Outcome::NotActed), _) => ("Not acted on", "NOT ACTED"),
    };
    Headline { title, status }
}

fn summary(entry: &Entry) -> &'static str {
    match (&entry.outcome, entry.verdict) {
        (None, _) => "What came of it is not known yet.",
        (Some(Outcome::Applied { .. } | Outcome::Adopted { .. }), _) => {
            "New tasks of the same task definition are starting. Whether that helps is looked into, and a second report will say."
        }
        (Some(Outcome::Superseded { .. }), _) => {
            "Somebody deployed another version while this alarm was being handled, so nothing was done on top of it."
        }
        (Some(Outcome::Refused { .. }), _) => {
            "ECS refused the restart. Somebody has to look at the service."
        }
        (Some(Outcome::Unclear { .. }), _) => {
            "Whether the restart was carried out cannot be told, and it is not made again. Somebody has to look at the service."
        }
        (Some(Outcome::Abandoned { .. }), _) => {
            "The restart was intended but never made, and it is too late for it now. Somebody has to look at the service."
        }
        (Some(Outcome::NotActed), Verdict::DryRun) => {
            "This installation is set to dry run: the call below was decided on and not made."
        }
        (Some(Outcome::NotActed), _) => "Nothing was done; the reasons against acting say why.",
    }
}

fn result(entry: &Entry) -> String {
    let call = entry.intent.as_ref().map(|intent| {
        let PlannedCall {
            service,
            operation,
            input,
        } = &intent.call;
        format!("{service}:{operation} {input}")
    });
    match (&entry.outcome, call) {
        (Some(Outcome::Applied { .. }), Some(call)) => format!("{call} accepted"),
        (Some(Outcome::Adopted { .. }), Some(call)) => {
            format!("{call} accepted; its answer was lost, the new deployment proves it")
        }
        (Some(Outcome::Superseded { deployment }), _) => {
            format!("superseded by deployment {deployment}")
        }
        (Some(Outcome::Refused { error }), _) => error.clone(),
        (Some(Outcome::Unclear { reason } | Outcome::Abandoned { reason }), _) => reason.clone(),
        (Some(Outcome::NotActed), Some(call)) => format!("{call} not made"),
        _ => "no call made".to_owned(),
    }
}

fn deployment(entry: &Entry) -> Option<&str> {
    match entry.outcome.as_ref()? {
        Outcome::Applied { deployment }
        | Outcome::Adopted { deployment, .. }
        | Outcome::Superseded { deployment } => Some(deployment),
        Outcome::Refused { .. }
        | Outcome::Unclear { .. }
        | Outcome::Abandoned { .. }
        | Outcome::NotActed => None,
    }
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

fn service_link(target: &Target, site: &Site<'_>) -> Link {
    let region = site.region;
    let service = target.service();
    let (cluster, service) = (&service.cluster, &service.service);
    Link {
        label: "Deployments in the console",
        url: format!(
            "https://{region}.console.aws.amazon.com/ecs/v2/clusters/{cluster}/services/{service}/deployments?region={region}"
        ),
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
        let outcome = Outcome::Applied {
            deployment: "ecs-svc/2".to_owned(),
        };
        let draft = concluded(Verdict::Remediate, outcome);
        insta::assert_snapshot!("restart", Outbound::from(&draft).text());
    }

    /// Every way in which an entry can end.
    fn outcomes() -> Vec<(Verdict, Outcome)> {
        let deployment = || "ecs-svc/2".to_owned();
        let refused = "couldn't force a new deployment: denied".to_owned();
        let unclear = "the service is gone".to_owned();
        let late = "the alarm is too old by now".to_owned();
        let remediated = [
            Outcome::Applied {
                deployment: deployment(),
            },
            Outcome::Adopted {
                deployment: deployment(),
                created_at: crate::alarm::tests::fired_at(),
            },
            Outcome::Superseded {
                deployment: deployment(),
            },
            Outcome::Refused { error: refused },
            Outcome::Unclear { reason: unclear },
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
