//! How the report of an entry begins: its title, who has to act, what comes next and by when.

use jiff::{SignedDuration, Timestamp};

use super::{clock, noun, steps_left};
use crate::playbook::{Defaults, PlaybookFile, StepName};
use crate::record::{Entry, Outcome, Verdict};
use crate::recovery::Trial;
use crate::rule::Snapshot;
use crate::target::Target;

/// How often the schedule looks (`TickSchedule` in the template): a verdict is told by then.
const TICK: SignedDuration = SignedDuration::from_mins(1);

/// The beginning of a report.
pub(super) struct Opening {
    pub(super) title: String,
    pub(super) status: &'static str,
    pub(super) summary: String,
}

pub(super) fn of_entry(entry: &Entry, target: &Target, playbooks: &PlaybookFile) -> Opening {
    let (title, status) = headline(entry);
    let title = format!("{title}: {target} ({})", entry.alarm_name);
    Opening {
        title: match against(entry) {
            Some(reason) => format!("{title}: {reason}"),
            None => title,
        },
        status,
        summary: summary(entry, target, playbooks),
    }
}

fn headline(entry: &Entry) -> (String, &'static str) {
    let noun = noun(entry);
    let begun = "IN PROGRESS, recovery is not proven yet";
    let capital = capital(noun);
    match (&entry.outcome, entry.verdict) {
        (None, _) => ("In hand".to_owned(), "UNKNOWN"),
        (Some(Outcome::Applied { .. } | Outcome::Adopted { .. }), _) => {
            (format!("{capital} begun"), begun)
        }
        (Some(Outcome::Superseded { .. }), _) => {
            ("Left to somebody's change".to_owned(), "NOT ACTED")
        }
        (Some(Outcome::Refused { .. }), _) => (format!("{capital} failed"), "FAILED"),
        (Some(Outcome::Unclear { .. }), _) => {
            (format!("{capital} may or may not have happened"), "UNKNOWN")
        }
        (Some(Outcome::Abandoned { .. }), _) => (format!("No {noun} made"), "NOT ACTED"),
        (Some(Outcome::NotActed), Verdict::DryRun) => (format!("Dry run of the {noun}"), "DRY RUN"),
        (Some(Outcome::NotActed), Verdict::Wait) => ("Waiting".to_owned(), "NOT ACTED YET"),
        (Some(Outcome::NotActed), _) => ("Not acted on".to_owned(), "NOT ACTED"),
    }
}

/// The first reason why nothing is done, where that is the news.
fn against(entry: &Entry) -> Option<&str> {
    let is_refusal = entry.intent.is_none() && entry.outcome == Some(Outcome::NotActed);
    let reason = entry.reasons.against.first().filter(|_| is_refusal)?;
    Some(reason)
}

/// With a capital letter.
fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn summary(entry: &Entry, target: &Target, playbooks: &PlaybookFile) -> String {
    let noun = noun(entry);
    match (&entry.outcome, entry.verdict) {
        (None, _) => "What came of it is not known yet; the next mail says it.".to_owned(),
        (Some(Outcome::Applied { .. } | Outcome::Adopted { .. }), _) => {
            let begun = entry.intent.as_ref();
            let begun = begun.map_or("", |intent| begun_with(intent.step));
            let due = clock(due(entry, &playbooks.defaults));
            let next = next(entry, playbooks);
            format!(
                "You need not act yet. {begun} Whether that helps is looked into each minute; the next mail says so or calls for you, by about {due} at the latest. {next}"
            )
        }
        (Some(Outcome::Superseded { deployment }), _) => format!(
            "It is yours: somebody deployed {deployment} while the alarm was being handled, so nothing was done on top of it. It is not followed any further. Ask who deployed."
        ),
        (Some(Outcome::Refused { .. }), _) => {
            let calls = entry.intent.as_ref().map_or(0, |intent| intent.calls.len());
            let unchanged = if calls == 1 {
                " It changed nothing."
            } else {
                ""
            };
            format!("Act now: the {noun} was refused, and is not tried again.{unchanged}")
        }
        // From the decision on, not from when its fate was looked into: that may be minutes after the call.
        (Some(Outcome::Unclear { .. }), _) => format!(
            "Act now: whether the {noun} was carried out cannot be told, and it is not made again. Before you do it yourself, look at the target for one that began after {}.",
            clock(entry.decided_at)
        ),
        (Some(Outcome::Abandoned { .. }), _) => format!(
            "{}: the {noun} was intended but never made, and it is too late for it now.",
            called(entry)
        ),
        (Some(Outcome::NotActed), Verdict::DryRun) => {
            let step = entry.intent.as_ref();
            let step = step.map_or("nothing", |intent| intent.step.title());
            format!(
                "It is yours: nothing was changed, because this is a dry run. Otherwise this would have been done: {step}, on {target}. No further mail comes of it."
            )
        }
        (Some(Outcome::NotActed), verdict) => not_acted(entry, verdict, playbooks),
    }
}

fn not_acted(entry: &Entry, verdict: Verdict, playbooks: &PlaybookFile) -> String {
    let reason = against(entry).unwrap_or("no reason is written down");
    if verdict == Verdict::Wait {
        // It waits for so long, and an alarm that ends at the last moment still has its proof to come.
        let Defaults {
            rollout_within,
            verify_within,
            ..
        } = playbooks.defaults;
        let due = clock(entry.decided_at + rollout_within + verify_within + TICK);
        return format!(
            "You need not act yet. Nothing was done, because {reason}. That is looked at again each minute, and so is the alarm; the next mail says what was done or calls for you, by about {due} at the latest."
        );
    }
    let called = called(entry);
    format!("{called}: nothing was done, because {reason}. No further mail comes of it.")
}

/// How urgent it is for whoever reads it: it is for those alone who are called.
pub(super) fn called(entry: &Entry) -> &'static str {
    if entry.page.is_some() {
        "Act now"
    } else {
        "It is yours"
    }
}

/// By when people hear whether it helped, even if all takes as long as it may.
fn due(entry: &Entry, defaults: &Defaults) -> Timestamp {
    let acted_at = entry.acted_at().unwrap_or(entry.decided_at);
    let trial = Trial {
        acted_at,
        defaults,
        now: acted_at,
    };
    let last = acted_at + defaults.rollout_within;
    let rules = entry.rule.as_ref().map(Snapshot::rules).unwrap_or_default();
    let ends = rules.iter().map(|(_, rule)| trial.end(rule, last, true));
    ends.max().unwrap_or(last + defaults.verify_within) + TICK
}

/// What follows if it does not help.
fn next(entry: &Entry, playbooks: &PlaybookFile) -> String {
    let left = steps_left(entry, playbooks);
    if left.is_empty() {
        return "If it does not help, nothing more is done by itself.".to_owned();
    }
    let left: Vec<&str> = left.into_iter().map(StepName::title).collect();
    format!("If it does not help: {}.", left.join(", then "))
}

/// What goes on once a step was carried out.
fn begun_with(step: StepName) -> &'static str {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Work;
    use crate::playbook::tests::checkout_playbooks;
    use crate::record::Await;
    use crate::record::tests::entry;
    use crate::samples::{fired_at, firing};
    use crate::target::tests::checkout;

    /// How the report of an entry begins, by the example's playbook with further steps.
    fn begins(change: impl FnOnce(&mut Entry)) -> String {
        let mut playbooks = checkout_playbooks();
        let steps = r#"["restart_service", "rollback_deployment", {"notify": {"subject": "x"}}, {"page": {"subject": "y"}}]"#;
        playbooks.playbooks[0].steps = serde_json::from_str(steps).unwrap();
        let mut entry = entry(&firing(), "us", fired_at());
        entry.outcome = Some(Outcome::NotActed);
        entry.concluded_at = Some(fired_at());
        change(&mut entry);
        let target = Target::EcsService(checkout());
        let opening = of_entry(&entry, &target, &playbooks);
        format!("{}\n{}", opening.title, opening.summary)
    }

    #[test]
    fn what_comes_next_is_said_by_its_name_and_with_a_time() {
        let work = Work::Deployment("ecs-svc/2".to_owned());
        let applied = begins(|entry| entry.outcome = Some(Outcome::Applied { work }));
        assert_eq!(
            applied,
            "Restart begun: ECS service shop/checkout (checkout-high-5xx-errors)
You need not act yet. New tasks of the same task definition are starting. Whether that helps is looked into each minute; the next mail says so or calls for you, by about 22:18 UTC at the latest. If it does not help: roll the deployment back, then call somebody."
        );
        let waiting = begins(|entry| {
            entry.verdict = Verdict::Wait;
            entry.intent = None;
            entry.awaits = Some(Await::Deployment);
            entry.reasons.against = vec!["deployment ecs-svc/3 is in progress".to_owned()];
        });
        assert_eq!(
            waiting,
            "Waiting: ECS service shop/checkout (checkout-high-5xx-errors): deployment ecs-svc/3 is in progress
You need not act yet. Nothing was done, because deployment ecs-svc/3 is in progress. That is looked at again each minute, and so is the alarm; the next mail says what was done or calls for you, by about 22:08 UTC at the latest."
        );
    }

    #[test]
    fn what_may_have_been_done_is_looked_for_from_the_decision_on() {
        let unclear = begins(|entry| {
            entry.concluded_at = Some(fired_at() + SignedDuration::from_mins(7));
            entry.outcome = Some(Outcome::Unclear {
                reason: "the service is gone".to_owned(),
                until: None,
            });
        });
        let after = format!("one that began after {}.", clock(fired_at()));
        assert!(unclear.ends_with(&after), "{unclear}");
    }

    #[test]
    fn who_is_called_reads_that_it_is_urgent() {
        let called = begins(|entry| {
            entry.verdict = Verdict::Report;
            entry.intent = None;
            entry.page = Some("y".to_owned());
            entry.reasons.against = vec!["4 is its most".to_owned()];
        });
        assert_eq!(
            called,
            "Not acted on: ECS service shop/checkout (checkout-high-5xx-errors): 4 is its most
Act now: nothing was done, because 4 is its most. No further mail comes of it."
        );
    }
}
