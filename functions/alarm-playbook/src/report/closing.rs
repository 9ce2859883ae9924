//! The second report on a remediation: whether it helped, and how that is known.

use jiff::{SignedDuration, Timestamp};
use shared::outbound::Draft;

use super::{Site, action, alarm_link, service_link};
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
    } = verdict(recovery);
    let total = recovery.proven_at.duration_since(entry.state_changed_at);
    let total = SignedDuration::from_secs(total.as_secs());
    let alarm_now = recovery.alarm_state.map_or("not asked for", State::as_str);
    let stored = |key: String| format!("s3://{}/{key}", site.state_bucket);
    Draft {
        title: format!("{title}: {target} ({})", entry.alarm_name),
        summary: summary.to_owned(),
        facts: vec![
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
            ("Carried out", known(entry.acted_at(), "unknown")),
            (
                "Deployment",
                entry.deployment().unwrap_or("none").to_owned(),
            ),
            ("Rolled out", known(recovery.rolled_out_at, "not complete")),
            ("Alarm now", alarm_now.to_owned()),
            ("Timestamp", recovery.proven_at.to_string()),
            ("Playbook", entry.playbook.clone()),
            ("Incident", entry.incident.to_string()),
            ("Attempt", entry.attempt_id()),
            ("Record", stored(target.record_key())),
            ("Closed copy", stored(index::closed_copy(&entry.incident))),
        ],
        lists: Vec::new(),
        links: vec![
            alarm_link(&entry.alarm_name, site),
            service_link(target, site),
        ],
    }
}

struct Verdict {
    title: &'static str,
    status: &'static str,
    summary: &'static str,
}

fn verdict(recovery: &Recovery) -> Verdict {
    let (title, status, summary) = match recovery.verdict {
        RecoveryVerdict::Recovered => (
            "Recovered",
            "RECOVERED",
            "The alarm's own metric is back within the rule it fired with, on data from after the restart. Nobody needs to do anything now; the cause may still be there.",
        ),
        RecoveryVerdict::NotRecovered if recovery.rolled_out_at.is_none() => (
            "Escalation, restart failed",
            "NOT RECOVERED",
            "The restart's own deployment failed: its tasks did not start or did not become healthy. Nothing more is done by itself: somebody has to look at the service now.",
        ),
        RecoveryVerdict::NotRecovered => (
            "Escalation, restart did not help",
            "NOT RECOVERED",
            "The restart was carried out and did not help. Nothing more is done by itself: somebody has to look at the service.",
        ),
        RecoveryVerdict::Inconclusive => (
            "Escalation, recovery not proven",
            "NOT PROVEN",
            "The restart was carried out, and nothing proves that it helped. Somebody has to look at the service.",
        ),
    };
    Verdict {
        title,
        status,
        summary,
    }
}

fn known(time: Option<Timestamp>, unknown: &str) -> String {
    time.map_or_else(|| unknown.to_owned(), |time| time.to_string())
}
