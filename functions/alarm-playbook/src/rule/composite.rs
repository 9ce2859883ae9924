//! The rule of a composite alarm: an expression over other alarms, with their rules.
//!
//! Pure. A child that got worse must never look like recovery: `ALARM(errors) AND NOT ALARM(deploying)` becomes false, too,
//! when somebody deploys. So the parts of the expression that a worse child makes true are measured, and those that a
//! worse child makes false stay as they were when the alarm fired.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::expression::Expression;
use super::{Rule, Snapshot};
use shared::alarm::State;

/// As many as CloudWatch allows one expression (API reference, `PutCompositeAlarm`); here it is all levels together.
const MOST_CHILDREN: usize = 100;

/// The rule of a composite alarm.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Composite {
    /// Its `AlarmRule`.
    expression: String,
    /// The alarms that it depends on by name, those of nested composite alarms among them.
    #[serde(default)]
    children: BTreeMap<String, Child>,
}

/// An alarm that a composite alarm depends on, as it was when that fired.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Child {
    /// Its state.
    pub state: State,
    /// Its rule; of a composite one without the children, who are kept beside it.
    pub rule: Snapshot,
}

impl Composite {
    /// The rule with this expression, its children still to be asked for; `None` if it cannot be read.
    pub fn parse(expression: &str) -> Option<Self> {
        Expression::parse(expression)?;
        Some(Self {
            expression: expression.to_owned(),
            children: BTreeMap::new(),
        })
    }

    /// Its expression.
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// The alarms that it depends on.
    pub fn children(&self) -> impl Iterator<Item = (&str, &Child)> {
        let children = self.children.iter();
        children.map(|(name, child)| (name.as_str(), child))
    }

    /// The names of the alarms that are still to be asked for, no more of them than may be kept.
    pub fn unasked(&self) -> Vec<String> {
        let nested = self
            .children
            .values()
            .filter_map(|child| match &child.rule {
                Snapshot::Composite(nested) => Some(nested.expression.as_str()),
                Snapshot::Known(_) | Snapshot::Unknown(_) => None,
            });
        let expressions = std::iter::once(self.expression.as_str()).chain(nested);
        let parsed: Vec<Expression> = expressions.filter_map(Expression::parse).collect();
        let names: BTreeSet<&str> = parsed.iter().flat_map(Expression::alarms).collect();
        let room = MOST_CHILDREN.saturating_sub(self.children.len());
        let unasked = names
            .into_iter()
            .filter(|name| !self.children.contains_key(*name));
        unasked.take(room).map(str::to_owned).collect()
    }

    /// Keeps an alarm that it depends on.
    pub fn add(&mut self, name: String, child: Child) {
        if self.children.len() < MOST_CHILDREN {
            self.children.insert(name, child);
        }
    }

    /// What can be proven with it, once its children are known.
    pub fn sealed(self) -> Snapshot {
        let at_best = self.holds(|_| Some(false));
        if at_best == Some(true) {
            return Snapshot::Unknown(
                "the composite alarm's expression is true whatever its children's data show"
                    .to_owned(),
            );
        }
        if at_best.is_none() || self.rules().is_empty() {
            return Snapshot::Unknown(format!(
                "the composite alarm depends on what cannot be measured: {}",
                self.why_unknown()
            ));
        }
        Snapshot::Composite(self).bounded()
    }

    fn why_unknown(&self) -> String {
        let mut children = self.children.iter();
        let why = children.find_map(|(name, child)| match &child.rule {
            Snapshot::Unknown(why) => Some(format!("{name}: {why}")),
            Snapshot::Known(_) | Snapshot::Composite(_) => None,
        });
        why.unwrap_or_else(|| "too many alarms, or none".to_owned())
    }

    /// The children that have to be measured, with their rules.
    pub fn rules(&self) -> Vec<(&str, &Rule)> {
        let mut names = BTreeSet::new();
        self.holds(|name| {
            names.insert(name.to_owned());
            None
        });
        let rules = names.iter().filter_map(|name| {
            let (name, child) = self.children.get_key_value(name)?;
            match &child.rule {
                Snapshot::Known(rule) => Some((name.as_str(), rule)),
                Snapshot::Composite(_) | Snapshot::Unknown(_) => None,
            }
        });
        rules.collect()
    }

    /// Whether the expression is true by what the data of its children show: `Some(true)` if the child's own rule is met,
    /// `Some(false)` if it is proven not to be, `None` if neither; `None` also where the expression depends on that.
    ///
    /// A child that was not in ALARM when the composite alarm fired counts as it was until its data show otherwise:
    /// what never broke needs no proof. That is not so if its children do not explain why it fired.
    pub fn holds(&self, mut shown: impl FnMut(&str) -> Option<bool>) -> Option<bool> {
        let mut children = Children {
            of: self,
            shown: &mut |_| None,
            is_strict: false,
            known: BTreeMap::new(),
        };
        let is_strict = children.truth_of(&self.expression) == Some(false);
        let mut children = Children {
            of: self,
            shown: &mut shown,
            is_strict,
            known: BTreeMap::new(),
        };
        children.truth_of(&self.expression)
    }
}

struct Children<'a> {
    of: &'a Composite,
    shown: &'a mut dyn FnMut(&str) -> Option<bool>,
    /// Whether every child needs proof, also one that was not in ALARM.
    is_strict: bool,
    /// What was found out about nested composite alarms; without a verdict while one is looked into, which ends cycles.
    known: BTreeMap<String, Option<bool>>,
}

impl Children<'_> {
    fn truth_of(&mut self, expression: &str) -> Option<bool> {
        let expression = Expression::parse(expression)?;
        self.truth(&expression, true)
    }

    /// The truth of an expression. `is_worse_true`: in a place where a worse child can make the whole true.
    fn truth(&mut self, expression: &Expression, is_worse_true: bool) -> Option<bool> {
        let mut each = |inner: &[Expression], is_worse_true| -> Vec<Option<bool>> {
            let inner = inner.iter();
            inner
                .map(|inner| self.truth(inner, is_worse_true))
                .collect()
        };
        match expression {
            Expression::Always(truth) => Some(*truth),
            Expression::Is(state, alarm) => self.is(*state, alarm, is_worse_true),
            Expression::Not(inner) => self.truth(inner, !is_worse_true).map(|truth| !truth),
            Expression::All(inner) => at_least(inner.len(), &each(inner, is_worse_true)),
            Expression::Any(inner) => at_least(1, &each(inner, is_worse_true)),
            Expression::AtLeast(needed, inner) => at_least(*needed, &each(inner, is_worse_true)),
        }
    }

    /// Whether a child is in a state.
    fn is(&mut self, state: State, alarm: &str, is_worse_true: bool) -> Option<bool> {
        let child = self.of.children.get(alarm)?;
        let is_good = state == State::Ok;
        if is_good == is_worse_true {
            return Some(child.state == state);
        }
        let was_bad = if is_good {
            child.state != State::Ok
        } else {
            child.state == state
        };
        let shown = match &child.rule {
            Snapshot::Known(_) => (self.shown)(alarm),
            Snapshot::Composite(nested) => self.nested(alarm, &nested.expression),
            Snapshot::Unknown(_) => None,
        };
        let is_bad = match (state, shown) {
            // There are data, whatever they show.
            (State::InsufficientData, Some(_)) => Some(false),
            (_, shown) => shown,
        };
        let is_bad = is_bad.or((!was_bad && !self.is_strict).then_some(false))?;
        Some(is_bad != is_good)
    }

    fn nested(&mut self, alarm: &str, expression: &str) -> Option<bool> {
        if let Some(known) = self.known.get(alarm) {
            return *known;
        }
        self.known.insert(alarm.to_owned(), None);
        let truth = self.truth_of(expression);
        self.known.insert(alarm.to_owned(), truth);
        truth
    }
}

/// Whether so many are true, as far as that is known.
fn at_least(needed: usize, truths: &[Option<bool>]) -> Option<bool> {
    let count = |truth| truths.iter().filter(|known| **known == truth).count();
    let certain = count(Some(true));
    if certain >= needed {
        return Some(true);
    }
    (certain + count(None) < needed).then_some(false)
}

#[cfg(test)]
mod tests;
