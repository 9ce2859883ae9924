//! A replay in one sentence, and in five numbers.

use std::collections::BTreeMap;

use alarm_playbook::decision::Decision;
use serde_json::{Value, json};

use super::super::replay::{Case, Ending, first_rule};

/// Rules that say that something else has to end first.
const WAITING: [&str; 7] = [
    "cooldown",
    "one_at_a_time",
    "fleet_share",
    "deployment_in_progress",
    "storm",
    "mute",
    "order",
];

/// Rules that say that as much was done as may be.
const CAPS: [&str; 2] = ["hourly_cap", "shared_cap"];

/// What happened, counted.
#[derive(Debug, Default)]
pub(super) struct Summary {
    alarms: usize,
    /// Alarms that led to at least one step.
    remediated: usize,
    /// Steps that were carried out, by what they are called.
    steps: BTreeMap<&'static str, usize>,
    /// Alarms that nothing was done about, by the first rule that stood in the way.
    stopped: BTreeMap<String, usize>,
    /// Alarms that no playbook is for, or that were dealt with before.
    ignored: usize,
    escalated: usize,
}

impl Summary {
    pub(super) fn of(cases: &[Case]) -> Self {
        let mut summary = Self {
            alarms: cases.len(),
            ..Self::default()
        };
        for case in cases {
            summary.add(case);
        }
        summary
    }

    fn add(&mut self, case: &Case) {
        self.remediated += usize::from(!case.rungs.is_empty());
        for tried in &case.rungs {
            *self.steps.entry(tried.intent.step.noun()).or_default() += 1;
        }
        let is_handed_over = matches!(case.ending, Some((_, Ending::HandedOver(_))));
        self.escalated += usize::from(is_handed_over);
        match &case.decision {
            Decision::Ignore(_) | Decision::Wait(_) | Decision::Resume(_) => self.ignored += 1,
            Decision::Report(_) => {
                let rule = first_rule(&case.decision).unwrap_or("the playbook itself");
                *self.stopped.entry(rule.replace('_', " ")).or_default() += 1;
            }
            Decision::Remediate(_) => {}
        }
    }

    /// Such as: 41 alarms, 6 restarts, 3 stopped by cooldown, 1 handed to a person.
    pub(super) fn sentence(&self) -> String {
        let mut parts = vec![counted(self.alarms, "alarm")];
        parts.extend(
            self.steps
                .iter()
                .map(|(noun, number)| counted(*number, noun)),
        );
        let stopped = self.stopped.iter();
        parts.extend(stopped.map(|(rule, number)| format!("{number} stopped by {rule}")));
        if self.ignored > 0 {
            parts.push(format!("{} without a playbook", self.ignored));
        }
        if self.escalated > 0 {
            parts.push(format!("{} handed to a person", self.escalated));
        }
        parts.join(", ")
    }

    /// The form that scripts rely on.
    pub(super) fn contract(&self) -> Value {
        let of = |rules: &[&str]| -> usize {
            let spelled = rules.iter().map(|rule| rule.replace('_', " "));
            spelled.filter_map(|rule| self.stopped.get(&rule)).sum()
        };
        json!({"summary": {
            "alarms": self.alarms,
            "remediated": self.remediated,
            "waited": of(&WAITING),
            "capped": of(&CAPS),
            "escalated": self.escalated,
        }})
    }
}

fn counted(number: usize, noun: &str) -> String {
    match (number, noun) {
        (1, noun) => format!("1 {noun}"),
        (_, "stopping of tasks") => format!("{number} stoppings of tasks"),
        (_, noun) => format!("{number} {noun}s"),
    }
}
