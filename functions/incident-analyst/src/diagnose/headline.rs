//! One sentence for a phone: what broke, since when, and why if that is known.

use jiff::{SignedDuration, Timestamp};

use super::deployments::Placed;
use super::ranking::other_node;
use super::seen::Seen;
use super::verdict::Conclusion;
use super::words::{clock, name, short_clock, span};
use crate::series::MetricKind;

/// What texts of rules may name.
#[derive(Debug)]
pub(super) struct Blanks<'a> {
    service: String,
    deployment: Option<&'a Placed<'a>>,
    /// The deployment whose rollout failed, which need not be the same.
    failed: Option<&'a Placed<'a>>,
    suspect: Option<&'a str>,
    /// Whether anybody said who calls whom.
    has_graph: bool,
}

impl<'a> Blanks<'a> {
    pub(super) fn of(seen: &'a Seen<'_>) -> Self {
        Self {
            service: name(seen.subject()),
            deployment: seen.suspected_deployment(),
            failed: seen.failed_deployment(),
            suspect: other_node(seen).map(|suspect| suspect.node.as_str()),
            has_graph: !seen.evidence.call_graph.is_empty(),
        }
    }

    fn value(&self, blank: &str) -> Option<String> {
        match blank {
            "service" => Some(self.service.clone()),
            "deployment" => Some(version(self.deployment)),
            "failed" => Some(version(self.failed)),
            "ago" => Some(self.deployment?.ago()),
            "later" => Some(self.deployment?.later()),
            "dependence" if self.has_graph => Some(format!(", and {} depends on it", self.service)),
            "dependence" => {
                Some(", although no call graph says that one calls the other".to_owned())
            }
            "suspect" => Some(name(self.suspect.unwrap_or("another service"))),
            _ => None,
        }
    }
}

fn version(placed: Option<&Placed<'_>>) -> String {
    placed.map_or_else(
        || "a new version".to_owned(),
        |placed| name(&placed.deployment.task_definition),
    )
}

/// `text` with its blanks filled. What is filled in is not looked at again.
pub(super) fn filled(text: &str, blanks: &Blanks<'_>) -> String {
    let mut pieces = text.split('{');
    let mut filled = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let known = piece
            .split_once('}')
            .and_then(|(blank, rest)| Some((blanks.value(blank)?, rest)));
        let (value, rest) = known.unwrap_or_else(|| ("{".to_owned(), piece));
        filled.push_str(&value);
        filled.push_str(rest);
    }
    filled
}

/// The headline.
pub(super) fn headline(
    conclusion: &Conclusion<'_>,
    seen: &Seen<'_>,
    blanks: &Blanks<'_>,
) -> String {
    let incident = &seen.evidence.incident;
    let began = seen
        .onset
        .unwrap_or(incident.breached_at)
        .min(incident.breached_at);
    let what = broken(seen, incident.ended_at.is_some());
    let when = match incident.ended_at {
        None => format!("since {}", clock(began)),
        Some(ended) => lasted(began, ended.max(began)),
    };
    let subject = name(seen.subject());
    let why = match conclusion {
        Conclusion::Rule(weighed, _) => {
            format!("likely because {}", filled(&weighed.rule.because, blanks))
        }
        Conclusion::Tie(_) => "with more than one likely cause".to_owned(),
        Conclusion::Nothing => "for a reason that is not clear".to_owned(),
    };
    format!("{subject} {what} {when}, {why}")
}

/// `from 14:02 to 14:20 UTC (18 minutes)`.
fn lasted(began: Timestamp, ended: Timestamp) -> String {
    let duration: SignedDuration = ended.duration_since(began);
    let for_long = span(duration.as_secs());
    format!(
        "from {} to {} ({for_long})",
        short_clock(began),
        clock(ended)
    )
}

/// What people notice, now or in the past.
fn broken(seen: &Seen<'_>, is_over: bool) -> &'static str {
    let alarm = seen.readings.iter().find(|reading| reading.is_alarms());
    let fell = alarm
        .and_then(|reading| reading.onset)
        .is_some_and(|onset| !onset.rose);
    // Where nothing is to be seen in the metric, nobody says what people notice.
    let kind = seen.onset.map_or(MetricKind::Other, |_| seen.alarm_kind());
    let (now, past) = match (kind, fell) {
        (MetricKind::Errors, _) => ("answers with errors", "answered with errors"),
        (MetricKind::ClientErrors, _) => ("refuses requests", "refused requests"),
        (MetricKind::Latency, false) => ("is slow", "was slow"),
        (MetricKind::Cpu, false) => ("is short of CPU", "was short of CPU"),
        (MetricKind::Memory, false) => ("is short of memory", "was short of memory"),
        (MetricKind::Disk, false) => ("is short of disk space", "was short of disk space"),
        (MetricKind::HealthyHosts | MetricKind::UnhealthyHosts, _) => {
            ("has unhealthy targets", "had unhealthy targets")
        }
        (MetricKind::Availability, _) => ("fails requests", "failed requests"),
        (MetricKind::Throttles, _) => ("has calls refused", "had calls refused"),
        (MetricKind::Queue, _) => ("falls behind with its work", "fell behind with its work"),
        (MetricKind::RunningTasks, _) => ("has too few tasks", "had too few tasks"),
        (MetricKind::Requests, false) => (
            "gets unusually many requests",
            "got unusually many requests",
        ),
        (MetricKind::Requests, true) => {
            ("gets unusually few requests", "got unusually few requests")
        }
        _ => ("is in alarm", "was in alarm"),
    };
    if is_over { past } else { now }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_is_filled_once_and_a_brace_that_is_none_stays() {
        let blanks = Blanks {
            service: "{deployment}".to_owned(),
            deployment: None,
            failed: None,
            suspect: Some("shop"),
            has_graph: false,
        };
        assert_eq!(
            filled(
                "{service} {deployment} {suspect} {ago} {nothing} {",
                &blanks
            ),
            "{deployment} a new version shop {ago} {nothing} {"
        );
    }
}
