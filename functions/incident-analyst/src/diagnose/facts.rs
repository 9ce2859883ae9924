//! Named facts: what rules are made of.
//!
//! A fact is a sentence and what it rests on. There is none that rests on nothing: [`Facts::add`] does not take it. That is why every reason
//! of a verdict has evidence.

mod deployments;
mod logs;
mod metrics;
mod service;

pub(super) use self::logs::log_sentence;
pub(super) use self::service::{failed_tasks, tasks_sentence};

use std::collections::BTreeMap;

use super::exhibit::Exhibit;
use super::ranking;
use super::rules::Rules;
use super::seen::Seen;

/// A person looks at two or three pieces of evidence for a statement.
const MOST_EXHIBITS: usize = 4;

/// The facts that the code finds; those of texts are the rules' own signals.
#[cfg(test)]
pub(super) const NAMES: [&str; 44] = [
    "alarm_fired_unseen",
    "alarm_metric_left_usual",
    "alarm_on_disk",
    "alarm_on_memory",
    "alarm_on_requests",
    "alarm_on_throttles",
    "availability_fell",
    "client_errors_rose",
    "cpu_rose",
    "cpu_saturated",
    "deployment_before_onset",
    "deployment_changed_something",
    "deployment_failed",
    "deployment_just_before_onset",
    "deployment_long_before_onset",
    "deployment_minutes_before_onset",
    "disk_nearly_full",
    "disk_ramp",
    "disk_rose",
    "disk_saturated",
    "errors_rose",
    "exit_code_137",
    "exit_code_139",
    "exit_code_error",
    "healthy_hosts_fell",
    "latency_rose",
    "memory_ramp",
    "memory_rose",
    "memory_saturated",
    "new_errors",
    "old_tasks_fail_too",
    "only_new_tasks_fail",
    "other_node_suspected",
    "queue_ramp",
    "queue_rose",
    "requests_fell",
    "requests_ramp",
    "requests_rose",
    "running_tasks_fell",
    "task_failed",
    "task_out_of_memory_near_onset",
    "tasks_fail_repeatedly",
    "throttles_rose",
    "unhealthy_targets",
];

/// A fact.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fact {
    /// The fact in a sentence.
    pub(super) text: String,
    /// What it rests on; never empty.
    pub(super) exhibits: Vec<Exhibit>,
}

/// What is known, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Facts {
    by_name: BTreeMap<String, Fact>,
}

impl Facts {
    /// All that the evidence shows.
    pub(super) fn of(seen: &Seen<'_>, rules: &Rules) -> Self {
        let mut facts = Self::default();
        metrics::add(&mut facts, seen);
        deployments::add(&mut facts, seen);
        service::add(&mut facts, seen);
        logs::add(&mut facts, seen);
        ranking::add(&mut facts, seen);
        rules.add_signals(&mut facts, seen);
        facts
    }

    /// The first of a name stays; a fact that rests on nothing is none.
    pub(super) fn add(&mut self, name: &str, text: String, mut exhibits: Vec<Exhibit>) {
        exhibits.truncate(MOST_EXHIBITS);
        if !exhibits.is_empty() && !self.by_name.contains_key(name) {
            self.by_name
                .insert(name.to_owned(), Fact { text, exhibits });
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Fact> {
        self.by_name.get(name)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }
}
