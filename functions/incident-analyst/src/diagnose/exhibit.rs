//! What statements rest on, and the numbers that statements refer to it by.

use jiff::Timestamp;

use super::words::{name, number, one_line};
use crate::analysis::{EvidenceItem, Reference};
use crate::evidence::{
    AlarmChange, Deployment, LogEntry, RemediationStep, ServiceEvent, StoppedTask, TargetHealth,
};
use crate::series::{Point, Series};

/// The most important part of a log line is at its beginning.
const MOST_QUOTE_CHARS: usize = 300;

/// More than fits into a quotation.
const MOST_CHANGES: usize = 30;

/// Log groups and streams have names of 512 characters at most (API reference, `CreateLogStream`); nothing else that has an id is longer.
const MOST_ID_CHARS: usize = 512;

/// Something that was found, and where.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Exhibit {
    at: Option<Timestamp>,
    reference: Reference,
    quote: String,
}

impl Exhibit {
    fn new(at: Option<Timestamp>, reference: Reference, quote: &str) -> Self {
        let quote = one_line(quote, MOST_QUOTE_CHARS);
        Self {
            at,
            reference,
            quote,
        }
    }

    /// What it says.
    pub(super) fn quote(&self) -> &str {
        &self.quote
    }

    /// A point of `series`. Where nothing was counted there is none, although that is a zero: then it says so.
    pub(super) fn point(series: &Series, (at, value): (Timestamp, f64)) -> Self {
        let reference = Reference::Datapoint {
            series: id(&series.id),
        };
        let unit = match series.unit.as_str() {
            "" | "None" => String::new(),
            unit => format!(" {unit}"),
        };
        let has_value = |point: &Point| point.at == at && point.value.is_some();
        let quote = if series.points.iter().any(has_value) {
            format!("{}: {}{unit}", name(&series.label), number(value))
        } else {
            format!("{}: no datapoint", name(&series.label))
        };
        Self::new(Some(at), reference, &quote)
    }

    pub(super) fn log(entry: &LogEntry) -> Self {
        let reference = Reference::LogEvent {
            group: id(&entry.group),
            stream: id(&entry.stream),
            event_id: id(&entry.event_id),
        };
        Self::new(Some(entry.at), reference, &entry.message)
    }

    pub(super) fn deployment(deployment: &Deployment) -> Self {
        let reference = Reference::Deployment {
            id: id(&deployment.id),
        };
        let changes: Vec<String> = deployment
            .changes
            .iter()
            .take(MOST_CHANGES)
            .map(|change| one_line(change, MOST_QUOTE_CHARS))
            .collect();
        let changes = match changes.as_slice() {
            [] => String::new(),
            changes => format!(": {}", changes.join(", ")),
        };
        let quote = format!(
            "{} {}{changes}",
            name(&deployment.task_definition),
            name(&deployment.rollout_state)
        );
        Self::new(Some(deployment.created_at), reference, &quote)
    }

    pub(super) fn event(event: &ServiceEvent) -> Self {
        let reference = Reference::ServiceEvent { id: id(&event.id) };
        Self::new(Some(event.at), reference, &event.message)
    }

    pub(super) fn task(task: &StoppedTask) -> Self {
        let reference = Reference::Task { id: id(&task.id) };
        Self::new(task.stopped_at, reference, &end_of(task))
    }

    pub(super) fn target(target: &TargetHealth) -> Self {
        let reference = Reference::TargetHealth {
            target: id(&target.target),
        };
        let said = [&target.state, &target.reason, &target.description];
        let said: Vec<&str> = said
            .into_iter()
            .map(String::as_str)
            .filter(|said| !said.is_empty())
            .collect();
        Self::new(None, reference, &said.join(", "))
    }

    pub(super) fn alarm(change: &AlarmChange) -> Self {
        let quote = format!("{} to {}: {}", change.from, change.to, change.reason);
        Self::new(Some(change.at), Reference::AlarmChange, &quote)
    }

    /// A state change of which the alarm's own message tells.
    pub(super) fn alarm_said(at: Timestamp, reason: &str) -> Self {
        Self::new(Some(at), Reference::AlarmChange, reason)
    }

    pub(super) fn remediation(step: &RemediationStep) -> Self {
        let quote = format!("{}: {}", step.step, step.outcome);
        Self::new(Some(step.at), Reference::Remediation, &quote)
    }

    pub(super) fn proof(at: Timestamp, verdict: &str) -> Self {
        Self::new(Some(at), Reference::Remediation, verdict)
    }
}

/// How a task ended, in ECS's words: the containers' own ends say more than the task's.
pub(super) fn end_of(task: &StoppedTask) -> String {
    let mut said = vec![name(&task.reason)];
    for container in task.containers.iter().take(4) {
        if let Some(code) = container.exit_code {
            said.push(format!("{} exited with {code}", name(&container.name)));
        }
        if !container.reason.is_empty() {
            said.push(one_line(&container.reason, MOST_QUOTE_CHARS / 2));
        }
    }
    said.retain(|said| !said.is_empty());
    said.dedup();
    said.join("; ")
}

fn id(text: &str) -> String {
    one_line(text, MOST_ID_CHARS)
}

/// The exhibits that statements refer to, numbered in the order in which they were first referred to.
#[derive(Debug, Default)]
pub(super) struct Exhibits {
    cited: Vec<Exhibit>,
}

impl Exhibits {
    /// The id of `exhibit`, the same each time.
    pub(super) fn cite(&mut self, exhibit: &Exhibit) -> String {
        let known = self.cited.iter().position(|cited| cited == exhibit);
        let index = known.unwrap_or_else(|| {
            self.cited.push(exhibit.clone());
            self.cited.len() - 1
        });
        format!("E{}", index + 1)
    }

    /// The ids of all of them, each once.
    pub(super) fn cite_all(&mut self, exhibits: &[Exhibit]) -> Vec<String> {
        let mut ids: Vec<String> = Vec::new();
        for exhibit in exhibits {
            let id = self.cite(exhibit);
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }

    /// All that was referred to.
    pub(super) fn into_items(self) -> Vec<EvidenceItem> {
        let items = (1..).zip(self.cited).map(|(number, exhibit)| EvidenceItem {
            id: format!("E{number}"),
            at: exhibit.at,
            reference: exhibit.reference,
            quote: exhibit.quote,
        });
        items.collect()
    }
}
