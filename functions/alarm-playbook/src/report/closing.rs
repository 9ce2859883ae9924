//! The second report on a remediation: whether it helped, and how that is known.

use jiff::{SignedDuration, Timestamp};
use shared::outbound::Draft;

use super::{Site, action, links, tried, with_page, work};
use crate::alarm::State;
use crate::index;
use crate::record::Entry;
use crate::recovery::{Recovery, RecoveryVerdict};
use crate::target::Target;

/// The closing report of an entry.
pub fn of_recovery(entry: &Entry, recovery: &Recovery, target: &Target, site: &Site<'_>) -> Draft {
    let Verdict {
        title,
        status,
        summary,
    } = verdict(entry, recovery);
    let total = recovery.proven_at.duration_since(entry.state_changed_at);
    let total = SignedDuration::from_secs(total.as_secs());
    let alarm_now = recovery.alarm_state.map_or("not asked for", State::as_str);
    let stored = |key: String| format!("s3://{}/{key}", site.state_bucket);
    let mut facts = vec![
        ("Status", status.to_owned()),
        ("Evidence", recovery.reason.clone()),
        (
            "Total time",
            format!("{total:#} from the alarm to this verdict"),
        ),
        ("Alarm", entry.alarm_name.clone()),
        ("State changed", entry.state_changed_at.to_string()),
        ("Target", target.to_string()),
        ("Action", action(entry).to_owned()),
        ("Carried out", known(entry.acted_at(), "not at all")),
    ];
    facts.extend(work(entry));
    facts.extend([
        ("Complete", known(recovery.rolled_out_at, "not complete")),
        ("Alarm now", alarm_now.to_owned()),
        ("Timestamp", recovery.proven_at.to_string()),
        ("Playbook", entry.playbook.clone()),
        ("Incident", entry.incident.to_string()),
        ("Attempt", entry.attempt_id()),
        ("Record", stored(target.record_key())),
        ("Closed copy", stored(index::closed_copy(&entry.incident))),
    ]);
    let tried = tried(entry);
    Draft {
        title: with_page(entry, format!("{title}: {target} ({})", entry.alarm_name)),
        summary,
        facts,
        lists: if tried.is_empty() {
            Vec::new()
        } else {
            vec![("Tried before", tried)]
        },
        links: links(entry, target, site),
    }
}

struct Verdict {
    title: String,
    status: &'static str,
    summary: String,
}

fn verdict(entry: &Entry, recovery: &Recovery) -> Verdict {
    let Some(noun) = entry.intent.as_ref().map(|intent| intent.step.noun()) else {
        return of_waiting(recovery);
    };
    let (title, status, summary) = match recovery.verdict {
        RecoveryVerdict::Recovered => (
            "Recovered".to_owned(),
            "RECOVERED",
            format!(
                "What the alarm watches is back within the rule it fired with, on data from after the {noun}. Nobody needs to do anything now; the cause may still be there."
            ),
        ),
        RecoveryVerdict::NotRecovered if recovery.rolled_out_at.is_none() => (
            format!("Escalation, {noun} failed"),
            "NOT RECOVERED",
            format!(
                "The {noun} was begun and failed. Nothing more is done by itself: somebody has to look at the target now."
            ),
        ),
        RecoveryVerdict::NotRecovered => (
            format!("Escalation, {noun} did not help"),
            "NOT RECOVERED",
            format!(
                "The {noun} was carried out and did not help. Nothing more is done by itself: somebody has to look at the target."
            ),
        ),
        RecoveryVerdict::Inconclusive => (
            "Escalation, recovery not proven".to_owned(),
            "NOT PROVEN",
            format!(
                "The {noun} was carried out, and nothing proves that it helped. Somebody has to look at the target."
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
fn of_waiting(recovery: &Recovery) -> Verdict {
    let (title, status, summary) = match recovery.verdict {
        RecoveryVerdict::Recovered => (
            "Recovered without us",
            "RECOVERED",
            "Nothing was done, and what the alarm watches is back within the rule it fired with.",
        ),
        RecoveryVerdict::NotRecovered => (
            "Escalation, nothing could be done",
            "NOT RECOVERED",
            "Nothing was done, and the alarm goes on. Somebody has to look at the target now.",
        ),
        RecoveryVerdict::Inconclusive => (
            "Escalation, recovery not proven",
            "NOT PROVEN",
            "Nothing was done. The alarm went back, and nothing proves that the fault is gone. Somebody has to look at the target.",
        ),
    };
    Verdict {
        title: title.to_owned(),
        status,
        summary: summary.to_owned(),
    }
}

fn known(time: Option<Timestamp>, unknown: &str) -> String {
    time.map_or_else(|| unknown.to_owned(), |time| time.to_string())
}
