//! Facts that are found in texts: in log lines that are new or rose, in why tasks stopped, in what ECS and the load balancer say.

use std::sync::OnceLock;

use jiff::SignedDuration;
use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use serde::Deserialize;

use super::requests::without_requests;
use crate::diagnose::exhibit::Exhibit;
use crate::diagnose::facts::{Facts, failed_tasks, log_sentence, tasks_sentence};
use crate::diagnose::seen::Seen;
use crate::diagnose::words::{clock, quoted};
use crate::evidence::{PatternCount, StoppedTask};
use crate::mining;

/// A line says what it is at its beginning; stack traces are longer.
const MOST_TEXT_BYTES: usize = 2 * 1024;

/// What the expressions of one signal may take when compiled.
const MOST_REGEX_BYTES: usize = 1024 * 1024;

/// A task that ends longer before the trouble has been replaced since.
const NEAR_ONSET: SignedDuration = SignedDuration::from_mins(5);

/// ECS shows the last hundred.
const MOST_EVENTS: usize = 200;

/// A fact that is found in a text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Signal {
    /// The fact's name.
    pub(super) name: String,
    place: Place,
    /// Any of them will do; ASCII classes, whatever the case of letters.
    any: Vec<String>,
    /// With any of them a log line is about something else.
    #[serde(default)]
    but: Vec<String>,
    #[serde(skip)]
    compiled: OnceLock<Compiled>,
}

/// What is looked for; nothing where it is no expression, which a test excludes.
#[derive(Debug, Default)]
struct Compiled {
    any: Option<Regex>,
    but: RegexSet,
}

/// Where a text is looked for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Place {
    /// In log lines that tell of an error and are new or rose, except where others chose the words.
    Logs,
    /// In why tasks stopped, and in how their containers ended.
    Tasks,
    /// In the service's events since shortly before the trouble.
    Events,
    /// In the reasons of unhealthy targets.
    Targets,
}

/// Whether a task ended within minutes of the onset, or since.
fn ended_near_onset(seen: &Seen<'_>, task: &StoppedTask) -> bool {
    let breached_at = seen.evidence.incident.breached_at;
    let began = seen.onset.unwrap_or(breached_at).min(breached_at);
    let near = began.checked_sub(NEAR_ONSET).unwrap_or(began);
    task.stopped_at.is_some_and(|at| at >= near)
}

impl Signal {
    pub(super) fn add(&self, facts: &mut Facts, seen: &Seen<'_>) {
        match self.place {
            Place::Logs => self.add_logs(facts, seen),
            Place::Tasks => self.add_tasks(facts, seen),
            Place::Events => self.add_events(facts, seen),
            Place::Targets => self.add_targets(facts, seen),
        }
    }

    fn add_logs(&self, facts: &mut Facts, seen: &Seen<'_>) {
        let found = seen
            .patterns
            .iter()
            .filter(|rising| rising.pattern.is_error && self.is_told_by(rising.pattern));
        let found: Vec<_> = found.collect();
        if let Some(first) = found.first() {
            let exhibits = found
                .iter()
                .map(|rising| Exhibit::log(&rising.pattern.example));
            facts.add(&self.name, log_sentence(first), exhibits.collect());
        }
    }

    fn add_tasks(&self, facts: &mut Facts, seen: &Seen<'_>) {
        let found = failed_tasks(seen);
        let found = found.into_iter().filter(|task| {
            self.knows(&task.reason)
                || self.knows(&task.stop_code)
                || task
                    .containers
                    .iter()
                    .any(|container| self.knows(&container.reason))
        });
        let found: Vec<_> = found.collect();
        let exhibits = found.iter().map(|task| Exhibit::task(task)).collect();
        facts.add(&self.name, tasks_sentence(&found), exhibits);
        let near = found.iter().find(|task| ended_near_onset(seen, task));
        if let Some((task, at)) = near.and_then(|task| Some((task, task.stopped_at?))) {
            let text = format!("A task ended so at {}, near the onset", clock(at));
            let name = format!("{}_near_onset", self.name);
            facts.add(&name, text, vec![Exhibit::task(task)]);
        }
    }

    fn add_events(&self, facts: &mut Facts, seen: &Seen<'_>) {
        let matters = seen.begins_to_matter();
        let service = seen.evidence.service.found.as_ref();
        let events = service.map_or(&[][..], |service| service.events.as_slice());
        let found = events
            .iter()
            .take(MOST_EVENTS)
            .filter(|event| event.at >= matters && self.knows(&event.message));
        let found: Vec<_> = found.collect();
        if let Some(first) = found.first() {
            let text = format!("ECS says: {}", quoted(&first.message));
            let exhibits = found.iter().map(|event| Exhibit::event(event));
            facts.add(&self.name, text, exhibits.collect());
        }
    }

    fn add_targets(&self, facts: &mut Facts, seen: &Seen<'_>) {
        let found = seen
            .evidence
            .health
            .found
            .iter()
            .filter(|target| target.state == "unhealthy" && self.knows(&target.reason));
        let exhibits: Vec<Exhibit> = found.map(Exhibit::target).collect();
        if let Some(first) = exhibits.first() {
            let text = format!(
                "The load balancer says of a target: {}",
                quoted(first.quote())
            );
            facts.add(&self.name, text, exhibits);
        }
    }

    fn knows(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        let bytes = bytes.get(..MOST_TEXT_BYTES).unwrap_or(bytes);
        let any = self.compiled().any.as_ref();
        any.is_some_and(|any| any.is_match(bytes))
    }

    /// Whether a log line says it: its template, or what the example tells, whose numbers are not masked.
    fn is_told_by(&self, pattern: &PatternCount) -> bool {
        let told = mining::told(&pattern.example.message);
        let mut texts = [Some(pattern.text.clone()), told].into_iter().flatten();
        texts.any(|text| self.is_said_in(&text))
    }

    fn is_said_in(&self, line: &str) -> bool {
        let line = line
            .get(..line.floor_char_boundary(MOST_TEXT_BYTES))
            .unwrap_or_default();
        let Some(line) = without_requests(line) else {
            return false;
        };
        let compiled = self.compiled();
        let Some(any) = &compiled.any else {
            return false;
        };
        if compiled.but.is_match(line.as_bytes()) {
            return false;
        }
        let mut hits = any.find_iter(line.as_bytes());
        hits.any(|hit| {
            let before = line.get(..hit.start()).unwrap_or_default();
            let after = line.get(hit.end()..).unwrap_or_default();
            !mining::is_taken_back(before, after)
        })
    }

    fn compiled(&self) -> &Compiled {
        self.compiled
            .get_or_init(|| self.compile().unwrap_or_default())
    }

    /// Bytes and ASCII classes: logs are in every language, and tables of all of Unicode are megabytes.
    fn compile(&self) -> Result<Compiled, regex::Error> {
        let any: Vec<String> = self.any.iter().map(|one| format!("(?:{one})")).collect();
        let any = RegexBuilder::new(&any.join("|"))
            .unicode(false)
            .case_insensitive(true)
            .size_limit(MOST_REGEX_BYTES)
            .dfa_size_limit(MOST_REGEX_BYTES)
            .build()?;
        let but = RegexSetBuilder::new(&self.but)
            .unicode(false)
            .case_insensitive(true)
            .size_limit(MOST_REGEX_BYTES)
            .dfa_size_limit(MOST_REGEX_BYTES)
            .build()?;
        Ok(Compiled {
            any: Some(any),
            but,
        })
    }

    #[cfg(test)]
    pub(super) fn problem(&self) -> Option<String> {
        self.compile().err().map(|error| error.to_string())
    }
}
