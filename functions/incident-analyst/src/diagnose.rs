//! What the evidence amounts to: from what was found to what broke, since when, and why, if that can be said.
//!
//! Pure: the same evidence, the same analysis, to the byte. In this order:
//!
//! 1. `seen` looks: when each metric left what is usual (`usual`, `onset`), where it goes (`trend`), which deployment stands where to the
//!    trouble (`deployments`), which log lines are new or rose (`patterns`), who is at fault among several nodes (`ranking`).
//! 2. `facts` names what was seen, each fact with what it rests on.
//! 3. `rules` weighs facts for causes; they are data, in `rules.toml`.
//! 4. `verdict` decides, or says that nothing can be decided. **This is where the verdict is made.**
//! 5. `headline`, `timeline` and `summaries` put it into words; `exhibit` numbers what the words rest on.

mod deployments;
mod exhibit;
mod facts;
mod headline;
mod missing;
mod onset;
mod patterns;
mod ranking;
mod rules;
mod seen;
mod summaries;
mod timeline;
mod trend;
mod usual;
mod verdict;
mod words;

use self::exhibit::Exhibits;
use self::facts::Facts;
use self::headline::{Blanks, headline};
use self::rules::Rules;
use self::seen::Seen;
use crate::analysis::{Analysis, SCHEMA_VERSION, State, Window};
use crate::evidence::Evidence;

/// What the evidence amounts to.
///
/// Never fails and never panics, whatever is in the evidence. Every reason of the verdict has evidence, every id that is named is in
/// [`Analysis::evidence`], and nothing else is in it. Where no rule has enough, or two have as much, the verdict is `undetermined`.
/// Outside text is kept on one line. What is cut is redacted before, so that no half of a secret is left; what is not is redacted where it leaves.
pub fn diagnose(evidence: &Evidence) -> Analysis {
    let rules = Rules::built_in();
    let seen = Seen::of(evidence);
    let facts = Facts::of(&seen, rules);
    let conclusion = verdict::conclude(rules, &facts);
    let blanks = Blanks::of(&seen);
    let mut exhibits = Exhibits::default();
    let incident = &evidence.incident;
    Analysis {
        schema_version: SCHEMA_VERSION,
        incident_id: incident.id.to_string(),
        state: match incident.ended_at {
            Some(_) => State::Closed,
            None => State::Open,
        },
        headline: headline(&conclusion, &seen, &blanks),
        verdict: verdict::verdict(&conclusion, &facts, &seen, &blanks, &mut exhibits),
        alarm: summaries::alarm(&incident.alarm),
        target: incident.service.clone(),
        window: Window {
            from: incident.from,
            onset: seen.onset,
            breached_at: incident.breached_at,
            ended_at: incident.ended_at,
            until: incident.until,
        },
        timeline: timeline::timeline(&seen, &mut exhibits),
        metrics: summaries::metrics(&seen),
        patterns: summaries::patterns(&seen, &mut exhibits),
        suspects: ranking::suspects(&seen),
        deployments: summaries::deployments(&seen, &mut exhibits),
        stopped_tasks: summaries::stopped_tasks(&seen, &mut exhibits),
        target_health: summaries::target_health(evidence),
        gaps: missing::gaps(&seen),
        evidence: exhibits.into_items(),
        summary: None,
    }
}

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod tests;
