//! The second report on a remediation: whether it helped, and how that is known.

use jiff::{SignedDuration, Timestamp};
use shared::outbound::Draft;

use super::opening::called;
use super::{
    Site, action, by_hand, details, filled, links, names, steps_left, tried, utc, with_page, work,
};
use crate::index;
use crate::playbook::{PlaybookFile, StepName};
use crate::record::Entry;
use crate::recovery::{Recovery, RecoveryVerdict};
use crate::target::Target;
use shared::alarm::State;

/// The closing report of an entry.
pub fn of_recovery(
    entry: &Entry,
    recovery: &Recovery,
    target: &Target,
    playbooks: &PlaybookFile,
    site: &Site<'_>,
) -> Draft {
    let Verdict {
        title,
        status,
        summary,
    } = verdict(entry, recovery);
    let total = recovery.proven_at.duration_since(entry.state_changed_at);
    let total = SignedDuration::from_secs(total.as_secs());
    let alarm_now = recovery.alarm_state.map_or("not asked for", State::as_str);
    let mut facts = vec![
        ("Status", status.to_owned()),
        ("Evidence", recovery.reason.clone()),
        (
            "Total time",
            format!("{total:#} from the alarm to this verdict"),
        ),
        ("Alarm", entry.alarm_name.clone()),
        ("Target", target.to_string()),
        ("Action", action(entry).to_owned()),
        ("Carried out", known(entry.acted_at(), "not at all")),
    ];
    facts.extend(work(entry));
    facts.push(("Rolled out", known(recovery.rolled_out_at, "not complete")));
    facts.extend(not_taken(entry, recovery, playbooks));
    facts.extend([
        ("Alarm now", alarm_now.to_owned()),
        ("Alarm fired", utc(entry.state_changed_at)),
        ("Timestamp", utc(recovery.proven_at)),
    ]);
    facts.extend(names(entry));
    let (label, mut details) = details(entry, target, site);
    let closed = index::closed_copy(&entry.incident);
    details.push(format!("closed copy s3://{}/{closed}", site.state_bucket));
    let lists = vec![
        ("Tried before", tried(entry)),
        by_hand(entry),
        (label, details),
    ];
    Draft {
        title: with_page(entry, format!("{title}: {target} ({})", entry.alarm_name)),
        summary,
        facts,
        lists: filled(lists),
        links: links(entry, target, site),
        ..Draft::default()
    }
}

/// Why it ends here, where it did not end well.
fn not_taken(
    entry: &Entry,
    recovery: &Recovery,
    playbooks: &PlaybookFile,
) -> Option<(&'static str, String)> {
    let mut left = steps_left(entry, playbooks);
    left.retain(|step| *step != StepName::Page);
    let left: Vec<&str> = left.into_iter().map(StepName::title).collect();
    let why = match (recovery.verdict, left.as_slice()) {
        (RecoveryVerdict::Recovered, _) => return None,
        (_, []) => "the playbook has none".to_owned(),
        (RecoveryVerdict::NotRecovered, left) => {
            format!("{}: nothing allows it now", left.join(", "))
        }
        (RecoveryVerdict::Inconclusive, left) => {
            format!(
                "{}: only after a proof that this did not help",
                left.join(", ")
            )
        }
    };
    Some(("Further steps", why))
}

struct Verdict {
    title: String,
    status: &'static str,
    summary: String,
}

fn verdict(entry: &Entry, recovery: &Recovery) -> Verdict {
    let Some(noun) = entry.intent.as_ref().map(|intent| intent.step.noun()) else {
        return of_waiting(entry, recovery);
    };
    let (title, status, summary) = match recovery.verdict {
        RecoveryVerdict::Recovered => (
            "Recovered".to_owned(),
            "RECOVERED",
            format!(
                "Nobody needs to do anything now: what the alarm watches is back within the rule it fired with, on data from after the {noun}. No further mail comes. The cause may still be there."
            ),
        ),
        RecoveryVerdict::NotRecovered if recovery.rolled_out_at.is_none() => (
            format!("Escalation, {noun} failed"),
            "NOT RECOVERED",
            format!(
                "Act now: the {noun} was begun and failed, and nothing more is done by itself."
            ),
        ),
        RecoveryVerdict::NotRecovered => (
            format!("Escalation, {noun} did not help"),
            "NOT RECOVERED",
            format!(
                "Act now: the {noun} was carried out and did not help, and nothing more is done by itself."
            ),
        ),
        RecoveryVerdict::Inconclusive => (
            "Escalation, recovery not proven".to_owned(),
            "NOT PROVEN",
            format!(
                "Look at the target: the {noun} was carried out, nothing proves that it helped, and nothing more is done by itself."
            ),
        ),
    };
    Verdict {
        title,
        status,
        summary,
    }
}

/// Nothing was done, because something else had to end first.
fn of_waiting(entry: &Entry, recovery: &Recovery) -> Verdict {
    let called = called(entry);
    let is_firing = recovery.alarm_state == Some(State::Alarm);
    let (title, status, summary) = match recovery.verdict {
        RecoveryVerdict::Recovered => (
            "Recovered without us",
            "RECOVERED",
            "Nobody needs to do anything now: nothing was done, and what the alarm watches is back within the rule it fired with.".to_owned(),
        ),
        RecoveryVerdict::NotRecovered => {
            let goes_on = if is_firing {
                "the alarm goes on"
            } else {
                "what the alarm watches is not back within the rule it fired with, though the alarm is not in ALARM any more"
            };
            (
                "Escalation, nothing could be done",
                "NOT RECOVERED",
                format!("{called}: nothing was done, nothing will be, and {goes_on}."),
            )
        }
        // It was silenced, or a newer change of it has its own incident.
        RecoveryVerdict::Inconclusive if is_firing => (
            "Not followed any further",
            "NOT PROVEN",
            format!(
                "Look at the alarm: nothing was done, and this incident is not followed any further, because {}.",
                recovery.reason
            ),
        ),
        RecoveryVerdict::Inconclusive => (
            "Escalation, recovery not proven",
            "NOT PROVEN",
            "Look at the target: nothing was done, the alarm is not in ALARM any more, and nothing proves that the fault is gone.".to_owned(),
        ),
    };
    Verdict {
        title: title.to_owned(),
        status,
        summary,
    }
}

fn known(time: Option<Timestamp>, unknown: &str) -> String {
    time.map_or_else(|| unknown.to_owned(), utc)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::entry;
    use crate::samples::{fired_at, firing};

    fn waited(verdict: RecoveryVerdict, state: State, page: Option<&str>) -> String {
        let mut entry = entry(&firing(), "us", fired_at());
        entry.intent = None;
        entry.page = page.map(str::to_owned);
        let recovery = Recovery {
            rolled_out_at: None,
            verdict,
            reason: "the alarm's actions are disabled or suppressed".to_owned(),
            proven_at: fired_at(),
            alarm_state: Some(state),
            periods: Vec::new(),
        };
        super::verdict(&entry, &recovery).summary
    }

    #[test]
    fn what_waited_is_told_by_the_state_of_its_alarm_and_by_who_is_called() {
        use RecoveryVerdict::{Inconclusive, NotRecovered};
        assert_eq!(
            waited(NotRecovered, State::Alarm, Some("help")),
            "Act now: nothing was done, nothing will be, and the alarm goes on."
        );
        assert_eq!(
            waited(NotRecovered, State::InsufficientData, None),
            "It is yours: nothing was done, nothing will be, and what the alarm watches is not back within the rule it fired with, though the alarm is not in ALARM any more."
        );
        assert_eq!(
            waited(Inconclusive, State::Alarm, None),
            "Look at the alarm: nothing was done, and this incident is not followed any further, because the alarm's actions are disabled or suppressed."
        );
        assert_eq!(
            waited(Inconclusive, State::Ok, None),
            "Look at the target: nothing was done, the alarm is not in ALARM any more, and nothing proves that the fault is gone."
        );
    }
}
