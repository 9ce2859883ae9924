//! Facts that are found in texts: in log lines that are new or rose, in why tasks stopped, in what ECS and the load balancer say.

use std::sync::OnceLock;

use regex::bytes::{RegexSet, RegexSetBuilder};
use serde::Deserialize;

use crate::diagnose::exhibit::Exhibit;
use crate::diagnose::facts::{Facts, failed_tasks, log_sentence, tasks_sentence};
use crate::diagnose::seen::Seen;
use crate::diagnose::words::quoted;

/// A line says what it is at its beginning; stack traces are longer.
const MOST_TEXT_BYTES: usize = 2 * 1024;

/// What the expressions of one signal may take when compiled.
const MOST_REGEX_BYTES: usize = 1024 * 1024;

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
    #[serde(skip)]
    compiled: OnceLock<RegexSet>,
}

/// Where a text is looked for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Place {
    /// In log lines that are new or rose.
    Logs,
    /// In why tasks stopped, and in how their containers ended.
    Tasks,
    /// In the service's events since shortly before the trouble.
    Events,
    /// In the reasons of unhealthy targets.
    Targets,
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
        let found = seen.patterns.iter().filter(|rising| {
            self.knows(&rising.pattern.text) || self.knows(&rising.pattern.example.message)
        });
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
        let set = self
            .compiled
            .get_or_init(|| compile(&self.any).unwrap_or_default());
        let bytes = text.as_bytes();
        set.is_match(bytes.get(..MOST_TEXT_BYTES).unwrap_or(bytes))
    }

    #[cfg(test)]
    pub(super) fn problem(&self) -> Option<String> {
        compile(&self.any).err().map(|error| error.to_string())
    }
}

/// Bytes and ASCII classes: logs are in every language, and tables of all of Unicode are megabytes.
fn compile(sources: &[String]) -> Result<RegexSet, regex::Error> {
    RegexSetBuilder::new(sources)
        .unicode(false)
        .case_insensitive(true)
        .size_limit(MOST_REGEX_BYTES)
        .dfa_size_limit(MOST_REGEX_BYTES)
        .build()
}
