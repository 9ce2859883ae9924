//! The verdict: which rule speaks, or that none does.
//!
//! 1. A rule that has what it needs is weighed: what speaks for it, less what speaks against it.
//! 2. It is a candidate from [`BAR`] on. Below, what was found is not enough to say anything.
//! 3. A candidate that another one explains steps back: tasks that crash because they run out of memory are out of memory first. That is the
//!    order from the special to the general, written at the rules; it has no circles, which a test checks.
//! 4. The highest score of those left wins. Where a candidate with another cause has the same score, that is a tie, and a tie is
//!    [`Cause::Undetermined`]: both are said, and nobody is told a coin's throw as a fact.
//!
//! The confidence is the rule's own, times the share of the weight that speaks for it, less where another cause comes near, times
//! [`WITH_GAPS`] if something could not be read. A rule's own confidence is calibrated on our own fixtures alone (`fixtures/incidents/`, which are made
//! up after what AWS documents): it is at most (n + 1) / (n + 2) of the n fixtures that the rule answers or, although they look like it,
//! leaves to others. It is a weight of ours, and the page says so. It says which verdicts to trust more than which; how often they are right in somebody's account is not known.

use super::exhibit::{Exhibit, Exhibits};
use super::facts::{Fact, Facts};
use super::headline::{Blanks, filled};
use super::missing;
use super::rules::{Rules, Weighed};
use super::seen::Seen;
use crate::analysis::{Cause, Reason, Verdict};

/// Two witnesses, or one who must know: the weights are explained in `rules.toml`.
const BAR: i64 = 4;

/// What is left of the confidence when a source had a gap: what speaks against the verdict may be in it.
const WITH_GAPS: f64 = 0.9;

/// More reasons convince nobody further.
const MOST_REASONS: usize = 8;

/// What was seen, where that does not amount to a verdict.
const MOST_OBSERVATIONS: usize = 5;

/// What is worth saying even when no rule speaks, the most telling first.
const OBSERVATIONS: [&str; 17] = [
    "alarm_metric_left_usual",
    "errors_rose",
    "latency_rose",
    "availability_fell",
    "new_errors",
    "task_failed",
    "unhealthy_targets",
    "deployment_before_onset",
    "deployment_failed",
    "requests_rose",
    "requests_fell",
    "cpu_saturated",
    "memory_saturated",
    "memory_ramp",
    "disk_saturated",
    "disk_nearly_full",
    "throttles_rose",
];

/// What the rules conclude.
#[derive(Debug)]
pub(super) enum Conclusion<'r> {
    /// A rule speaks. Others speak for another cause, but less; the best of them first.
    Rule(Weighed<'r>, Vec<Weighed<'r>>),
    /// Rules with different causes have equal reasons.
    Tie(Vec<Weighed<'r>>),
    /// No rule reaches the bar.
    Nothing,
}

/// What the facts amount to.
pub(super) fn conclude<'r>(rules: &'r Rules, facts: &Facts) -> Conclusion<'r> {
    let mut candidates = rules.weigh(facts);
    candidates.retain(|candidate| candidate.score() >= BAR);
    let explained: Vec<&str> = candidates
        .iter()
        .flat_map(|candidate| candidate.rule.explains.iter().map(String::as_str))
        .collect();
    candidates.retain(|candidate| !explained.contains(&candidate.rule.name.as_str()));
    // Stable: of one score, in the order of the file.
    candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.score()));
    let mut causes: Vec<Cause> = Vec::new();
    candidates.retain(|candidate| {
        let is_first = !causes.contains(&candidate.rule.cause);
        causes.push(candidate.rule.cause);
        is_first
    });
    let mut candidates = candidates.into_iter().peekable();
    let Some(best) = candidates.next() else {
        return Conclusion::Nothing;
    };
    let score = best.score();
    if candidates.peek().is_some_and(|next| next.score() == score) {
        let equal = std::iter::once(best).chain(candidates);
        return Conclusion::Tie(
            equal
                .take_while(|candidate| candidate.score() == score)
                .collect(),
        );
    }
    Conclusion::Rule(best, candidates.collect())
}

/// The verdict in words, with its evidence.
pub(super) fn verdict(
    conclusion: &Conclusion<'_>,
    facts: &Facts,
    seen: &Seen<'_>,
    blanks: &Blanks<'_>,
    exhibits: &mut Exhibits,
) -> Verdict {
    match conclusion {
        Conclusion::Rule(weighed, others) => {
            let rule = weighed.rule;
            let reasons_for = reasons(&weighed.supports, facts, MOST_REASONS, exhibits);
            let mut against = reasons(&weighed.against, facts, MOST_REASONS, exhibits);
            for other in others {
                against.push(another_cause(other, facts, blanks, exhibits));
            }
            Verdict {
                cause: rule.cause,
                rule: Some(rule.name.clone()),
                statement: filled(&rule.statement, blanks),
                confidence: confidence(weighed, others.first(), seen),
                reasons: reasons_for,
                against,
                missing: missing::from_gaps(seen),
                advice: filled_all(&rule.advice, blanks),
            }
        }
        Conclusion::Tie(candidates) => {
            let said: Vec<String> = candidates
                .iter()
                .map(|candidate| filled(&candidate.rule.statement, blanks))
                .collect();
            let statement = format!(
                "As much speaks for one as for another: {}",
                said.join(" Or: ")
            );
            let supports = candidates
                .iter()
                .flat_map(|candidate| candidate.supports.iter().copied());
            let supports: Vec<&str> = supports.collect();
            undetermined(
                statement,
                reasons(&supports, facts, MOST_REASONS, exhibits),
                seen,
            )
        }
        Conclusion::Nothing => {
            let statement = missing::statement(facts);
            let seen_facts = reasons(&OBSERVATIONS, facts, MOST_OBSERVATIONS, exhibits);
            undetermined(statement, seen_facts, seen)
        }
    }
}

fn filled_all(texts: &[String], blanks: &Blanks<'_>) -> Vec<String> {
    texts.iter().map(|text| filled(text, blanks)).collect()
}

/// What speaks for something else.
fn another_cause(
    other: &Weighed<'_>,
    facts: &Facts,
    blanks: &Blanks<'_>,
    exhibits: &mut Exhibits,
) -> Reason {
    let supports = other.supports.iter().filter_map(|name| facts.get(name));
    let all = supports.flat_map(|fact| fact.exhibits.iter().cloned());
    let rests_on: Vec<Exhibit> = all.take(MOST_REASONS).collect();
    Reason {
        text: format!(
            "It may be something else: {}",
            filled(&other.rule.statement, blanks)
        ),
        evidence: exhibits.cite_all(&rests_on),
    }
}

fn undetermined(statement: String, reasons: Vec<Reason>, seen: &Seen<'_>) -> Verdict {
    Verdict {
        cause: Cause::Undetermined,
        rule: None,
        statement,
        confidence: 0.0,
        reasons,
        against: Vec::new(),
        missing: missing::to_say_more(seen),
        advice: vec!["Look at the timeline and the metrics below; nothing in them was clear enough for a verdict.".to_owned()],
    }
}

/// From 0 to 1, in hundredths.
fn confidence(weighed: &Weighed<'_>, next: Option<&Weighed<'_>>, seen: &Seen<'_>) -> f64 {
    let gaps = if missing::has_gaps(seen) {
        WITH_GAPS
    } else {
        1.0
    };
    let own = match (&seen.ranking, weighed.rule.cause) {
        // The ranking knows how sure it is.
        (Some(ranking), Cause::Suspect) => weighed.rule.confidence.min(ranking.confidence),
        _ => weighed.rule.confidence,
    };
    let confidence = own * weighed.agreement() * weighed.lead(next) * gaps;
    (confidence.clamp(0.0, 1.0) * 100.0).round() / 100.0
}

/// Each fact once, even if two names have it.
fn reasons(names: &[&str], facts: &Facts, most: usize, exhibits: &mut Exhibits) -> Vec<Reason> {
    let mut said: Vec<&Fact> = Vec::new();
    for fact in names.iter().filter_map(|name| facts.get(name)) {
        if said.len() < most && !said.iter().any(|said| said.text == fact.text) {
            said.push(fact);
        }
    }
    said.into_iter()
        .map(|fact| Reason {
            text: format!("{}.", fact.text),
            evidence: exhibits.cite_all(&fact.exhibits),
        })
        .collect()
}

#[cfg(test)]
mod tests;
