//! The rules: from facts to causes, as data.
//!
//! They stand in `rules.toml`, whose head says how they are written. How they compete is in [`super::verdict`].

mod requests;
mod signals;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use self::signals::Signal;
use super::facts::Facts;
use super::seen::Seen;
use crate::analysis::Cause;

/// All signals and rules, in their order.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rules {
    #[serde(rename = "signal")]
    signals: Vec<Signal>,
    #[serde(rename = "rule")]
    rules: Vec<Rule>,
}

/// What facts a cause needs, what they weigh, and what is then said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) cause: Cause,
    /// Without all of these facts it says nothing.
    needs: Vec<String>,
    /// Without one of each of these lists it says nothing.
    #[serde(default)]
    one_of: Vec<Vec<String>>,
    /// With any of these it says nothing.
    #[serde(default)]
    unless: Vec<String>,
    /// What speaks for it, and how much.
    #[serde(rename = "for")]
    supports: BTreeMap<String, u32>,
    /// What speaks against it, and how much.
    #[serde(default)]
    against: BTreeMap<String, u32>,
    /// The rules that see a consequence of what this one sees.
    #[serde(default)]
    pub(super) explains: Vec<String>,
    /// What it weighs where nothing speaks against it.
    pub(super) confidence: f64,
    /// Ends the headline: `likely because ...`.
    pub(super) because: String,
    pub(super) statement: String,
    pub(super) advice: Vec<String>,
}

/// What a rule makes of the facts.
#[derive(Debug)]
pub(super) struct Weighed<'r> {
    pub(super) rule: &'r Rule,
    /// The names of the facts that speak for it, the heaviest first.
    pub(super) supports: Vec<&'r str>,
    /// The names of those that speak against it.
    pub(super) against: Vec<&'r str>,
    weight_for: u32,
    weight_against: u32,
}

static BUILT_IN: LazyLock<Rules> =
    LazyLock::new(|| toml::from_str(include_str!("rules.toml")).unwrap_or_default());

impl Rules {
    /// The rules that come with the program; a test reads them, so that they are some.
    pub(super) fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// Every rule that has what it needs, with what speaks for and against it.
    pub(super) fn weigh<'r>(&'r self, facts: &Facts) -> Vec<Weighed<'r>> {
        let may_speak = self.rules.iter().filter(|rule| rule.may_speak(facts));
        may_speak.map(|rule| rule.weigh(facts)).collect()
    }

    /// Adds what the signals find in texts.
    pub(super) fn add_signals(&self, facts: &mut Facts, seen: &Seen<'_>) {
        for signal in &self.signals {
            signal.add(facts, seen);
        }
    }

    #[cfg(test)]
    pub(super) fn all(&self) -> &[Rule] {
        &self.rules
    }

    #[cfg(test)]
    pub(super) fn signal_names(&self) -> impl Iterator<Item = &str> {
        self.signals.iter().map(|signal| signal.name.as_str())
    }
}

impl Rule {
    fn may_speak(&self, facts: &Facts) -> bool {
        let has = |name: &String| facts.has(name);
        self.needs.iter().all(has)
            && self.one_of.iter().all(|list| list.iter().any(has))
            && !self.unless.iter().any(has)
    }

    fn weigh(&self, facts: &Facts) -> Weighed<'_> {
        let weight = |weights, names: &[&str]| once_each(weights, names, facts);
        let supports = heaviest_first(&self.supports, facts);
        let against = heaviest_first(&self.against, facts);
        Weighed {
            rule: self,
            weight_for: weight(&self.supports, &supports),
            weight_against: weight(&self.against, &against),
            supports,
            against,
        }
    }

    /// The names of all facts that it knows.
    #[cfg(test)]
    pub(super) fn fact_names(&self) -> impl Iterator<Item = &String> {
        let named = self
            .needs
            .iter()
            .chain(self.one_of.iter().flatten())
            .chain(&self.unless);
        named.chain(self.supports.keys()).chain(self.against.keys())
    }
}

/// How near a deployment was is more than that it was, although one sentence says both.
const DEGREES: [&str; 1] = ["deployment_just_before_onset"];

/// The sum of the weights of `names`, the heaviest first. What one sentence says is one witness, whatever names it has.
fn once_each(weights: &BTreeMap<String, u32>, names: &[&str], facts: &Facts) -> u32 {
    let mut said: Vec<&str> = Vec::new();
    let mut sum = 0;
    for name in names {
        let text = facts.get(name).map_or("", |fact| fact.text.as_str());
        if DEGREES.contains(name) || !said.contains(&text) {
            sum += weights.get(*name).copied().unwrap_or(0);
            said.push(text);
        }
    }
    sum
}

fn heaviest_first<'r>(weights: &'r BTreeMap<String, u32>, facts: &Facts) -> Vec<&'r str> {
    let mut known: Vec<(&str, u32)> = weights
        .iter()
        .filter(|(name, _)| facts.has(name))
        .map(|(name, weight)| (name.as_str(), *weight))
        .collect();
    known.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    known.into_iter().map(|(name, _)| name).collect()
}

impl Weighed<'_> {
    /// What speaks for it, less what speaks against it.
    pub(super) fn score(&self) -> i64 {
        i64::from(self.weight_for) - i64::from(self.weight_against)
    }

    /// How far it is ahead of the next other cause, from a half (as good as equal) to 1 (there is none).
    pub(super) fn lead(&self, next: Option<&Weighed<'_>>) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a sum of a few small weights")]
        let float = |score: i64| score as f64;
        let next = next.map_or(0.0, |next| float(next.score()));
        1.0 - next / (2.0 * float(self.score()).max(1.0))
    }

    /// The share of all weight that speaks for it, from 0 to 1.
    pub(super) fn agreement(&self) -> f64 {
        let all = f64::from(self.weight_for) + f64::from(self.weight_against);
        f64::from(self.weight_for) / all.max(1.0)
    }
}

#[cfg(test)]
mod tests;
