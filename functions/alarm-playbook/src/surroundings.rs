//! What holds beyond a single target: how much fires at once, and how much is under remediation.
//!
//! Pure: keys, records and rules. What reads and writes them is [`handler`](crate::handler).

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shared::records::{Listed, Record};
use shared::reports::Channel;

use crate::action::OrderId;
use crate::record::{Lease, Told};
use crate::target::Target;
use shared::alarm::IncidentId;
use shared::short_hash::short_hash;

/// What holds beyond the target at the time of a decision.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Surroundings {
    /// Why somebody pulled the kill switch; none if nobody did.
    pub paused: Option<String>,
    /// How many targets fire, if that is a storm.
    pub storm: Option<usize>,
    /// Whether no more than half as many fire as would be one: a storm that swings around its limit is one storm.
    pub is_calm: bool,
}

/// Where the marks of targets that fired lie. They are listed from a time on, so the time comes first.
pub const FIRED: &str = "fired/";

/// The key of the mark that a target fired at a certain time; one a minute.
pub fn fired_key(target: &Target, at: Timestamp) -> String {
    format!("{}{}", fired_since(at), target.hash())
}

/// What the keys of all marks of that minute and later ones are greater than.
pub fn fired_since(at: Timestamp) -> String {
    let minute = at.as_second().div_euclid(60) * 60;
    let minute = Timestamp::from_second(minute).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{FIRED}{minute}/")
}

/// How many targets the marks are of.
pub fn targets_fired(marks: &[Listed]) -> usize {
    let mut hashes: Vec<&str> = marks
        .iter()
        .filter_map(|mark| mark.key.rsplit('/').next())
        .collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes.len()
}

/// Where the marks of targets under remediation lie.
pub const ACTING: &str = "acting/";

/// What the keys of all marks of a target begin with.
pub fn acting_on(target: &Target) -> String {
    format!("{ACTING}{}/", target.hash())
}

/// The key of the mark that an order for a target is being carried out. Each invocation has its own, so that one that gives its
/// place back never takes away another's; each rung has its own, so that a later one is as young as it is.
pub fn acting_key(target: &Target, order: &OrderId, lease: &Lease) -> String {
    let Lease { request, until } = lease;
    let whose = short_hash(&format!("{request} {until}"), 8);
    format!("{}{}/{whose}", acting_on(target), order.as_str())
}

/// What the keys of all marks of an incident begin with.
pub fn acting_because_of(target: &Target, incident: &IncidentId) -> String {
    format!("{}{incident}-", acting_on(target))
}

/// How many targets but this one are under remediation. A mark that outlived the longest remediation is a leftover.
pub fn others_acting(
    marks: &[Listed],
    target: &Target,
    longest: SignedDuration,
    now: Timestamp,
) -> usize {
    let ours = acting_on(target);
    let is_live = |mark: &&Listed| now.duration_since(mark.modified_at) < longest;
    let others = marks
        .iter()
        .filter(is_live)
        .filter(|mark| !mark.key.starts_with(&ours));
    let targets = others.filter_map(|mark| mark.key.split('/').nth(1));
    targets.collect::<HashSet<_>>().len()
}

/// The storm that rages, or raged last.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Storm {
    /// The version of this form.
    schema_version: u32,
    /// The nonce of the last write.
    nonce: String,
    /// When it was noticed.
    pub began_at: Timestamp,
    /// How many targets had fired by then.
    pub targets: usize,
    /// When it was over; none while it rages.
    pub ended_at: Option<Timestamp>,
    /// How many incidents were open then.
    #[serde(default)]
    pub left_open: usize,
    /// Who tells people, and until when nobody else does.
    pub lease: Lease,
    /// Which channels still have to carry what is to be told: that it began, or that it is over.
    pub untold: Vec<Channel>,
    /// Which channels carried it, or refused to.
    pub told: Vec<Told>,
    /// What a later version added; kept when it is rewritten.
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

impl Storm {
    /// Where it lies.
    pub const KEY: &'static str = "control/storm.json";

    /// A storm that was noticed now.
    pub fn noticed(targets: usize, lease: Lease, channels: &[Channel], now: Timestamp) -> Self {
        Self {
            schema_version: Self::SCHEMA_VERSION,
            nonce: String::new(),
            began_at: now,
            targets,
            ended_at: None,
            left_open: 0,
            lease,
            untold: channels.to_vec(),
            told: Vec::new(),
            unknown: Map::new(),
        }
    }

    /// The storm, over now.
    #[must_use]
    pub fn over(
        self,
        lease: Lease,
        left_open: usize,
        channels: &[Channel],
        now: Timestamp,
    ) -> Self {
        // Somebody who could not be called for it yet still is.
        let pager = self
            .untold
            .iter()
            .filter(|channel| **channel == Channel::Pager);
        let untold = channels.iter().chain(pager).copied().collect();
        let ended_at = Some(now);
        Self {
            ended_at,
            left_open,
            lease,
            untold,
            ..self
        }
    }

    /// The storm with who has been told.
    #[must_use]
    pub fn told(mut self, told: Vec<Told>) -> Self {
        self.untold
            .retain(|channel| !told.iter().any(|told| told.channel == *channel));
        self.told.extend(told);
        self
    }
}

impl Record for Storm {
    const SCHEMA_VERSION: u32 = 1;

    fn key(&self) -> String {
        Self::KEY.to_owned()
    }

    fn nonce(&self) -> &str {
        &self.nonce
    }

    fn set_nonce(&mut self, nonce: String) {
        self.nonce = nonce;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::lease;
    use crate::samples::firing;
    use crate::target::tests::checkout;

    fn now() -> Timestamp {
        crate::samples::fired_at()
    }

    fn mark(hash: &str, order: &str, minutes_ago: i64) -> Listed {
        Listed {
            key: format!("{ACTING}{hash}/{order}/0123456789abcdef"),
            modified_at: now() - SignedDuration::from_mins(minutes_ago),
        }
    }

    #[test]
    fn of_the_targets_under_remediation_each_counts_once_while_a_mark_of_it_is_young() {
        let target = Target::EcsService(checkout());
        let marks = [
            mark("aa", "i-1", 21),
            mark("aa", "i-2", 1),
            mark("aa", "j-1", 1),
            mark("bb", "k-1", 21),
            mark(&target.hash(), "l-1", 1),
        ];
        let longest = SignedDuration::from_mins(20);
        assert_eq!(others_acting(&marks, &target, longest, now()), 1);
    }

    #[test]
    fn each_invocation_and_each_rung_has_a_mark_of_its_own_under_the_incident() {
        let (target, incident) = (Target::EcsService(checkout()), firing().incident());
        let order = |rung| OrderId::new(&incident, rung);
        let keys = [
            acting_key(&target, &order(0), &lease("us", now())),
            acting_key(&target, &order(1), &lease("us", now())),
            acting_key(&target, &order(0), &lease("them", now())),
        ];
        let prefix = acting_because_of(&target, &incident);
        assert!(keys.iter().all(|key| key.starts_with(&prefix)), "{keys:?}");
        assert_eq!(keys.iter().collect::<HashSet<_>>().len(), 3);
    }
}
