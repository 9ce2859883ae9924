//! Looking for log groups, page by page over several ticks.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared::exports::layout::group_of_key;

use super::{Catalog, Hint, Known, MISSED, Past};
use crate::ledger::LEDGER;
use crate::rules::{Policy, Rules};
use crate::sources::ListedGroup;

/// How often groups are looked for, at the pace of life.
const EVERY: SignedDuration = SignedDuration::from_hours(1);

/// How far looking for groups is.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Discovery {
    /// The settings by which groups were last looked for.
    pub fingerprint: String,
    /// When that began; it is complete.
    pub listed_at: Option<Timestamp>,
    /// Whether the groups of the ledger were looked through, which a new catalog does not know.
    pub knows_ledger: bool,
    /// What is under way.
    pub walk: Option<Walk>,
}

/// A look for groups that is under way.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Walk {
    /// When it began.
    pub began_at: Timestamp,
    /// Where it is.
    pub stage: Stage,
    /// The groups with the tag, if that could be found out.
    pub tagged: Option<BTreeSet<String>>,
    /// The groups that are there and not chosen, and would be with the tag: while the ledger is still to be looked through.
    #[serde(default)]
    pub untagged: BTreeSet<String>,
}

/// Where a look for groups is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "lists", content = "next", rename_all = "snake_case")]
pub enum Stage {
    /// The groups with the tag are listed, from this page.
    Tagged(Option<String>),
    /// All groups are listed, from this page.
    Groups(Option<String>),
    /// The groups of the ledger are listed, after this key: those that are gone are in no other list.
    Ledger(Option<String>),
}

impl Catalog {
    /// What is to be listed next, if anything: a new look begins each hour, and at once when the settings choose otherwise.
    pub fn stage(&mut self, rules: &Rules, fingerprint: &str, now: Timestamp) -> Option<Stage> {
        let discovery = &mut self.discovery;
        if discovery.fingerprint != fingerprint {
            fingerprint.clone_into(&mut discovery.fingerprint);
            discovery.listed_at = None;
            discovery.walk = None;
        }
        let is_due = |at: Timestamp| now.duration_since(at) >= EVERY / rules.pace.max(1);
        if discovery.walk.is_none() && discovery.listed_at.is_none_or(is_due) {
            let stage = match rules.tag {
                Some(_) => Stage::Tagged(None),
                None => Stage::Groups(None),
            };
            discovery.walk = Some(Walk {
                began_at: now,
                stage,
                tagged: Some(BTreeSet::new()),
                untagged: BTreeSet::new(),
            });
        }
        discovery.walk.as_ref().map(|walk| walk.stage.clone())
    }

    /// A page of the groups with the tag.
    pub fn tagged(&mut self, names: Vec<String>, next: Option<String>) {
        if let Some(walk) = &mut self.discovery.walk {
            walk.tagged.get_or_insert_default().extend(names);
            walk.stage = match next {
                Some(next) => Stage::Tagged(Some(next)),
                None => Stage::Groups(None),
            };
        }
    }

    /// The groups with the tag cannot be listed: what is known of tags stays.
    pub fn untagged(&mut self) {
        if let Some(walk) = &mut self.discovery.walk {
            walk.tagged = None;
            walk.stage = Stage::Groups(None);
        }
    }

    /// A page of all groups.
    pub fn listed(
        &mut self,
        groups: Vec<ListedGroup>,
        next: Option<String>,
        rules: &Rules,
        now: Timestamp,
    ) {
        let Some(walk) = self.discovery.walk.clone() else {
            return;
        };
        for group in groups {
            self.found(group, &walk, rules, now);
        }
        let stage = match next {
            Some(next) => Some(Stage::Groups(Some(next))),
            None if self.discovery.knows_ledger => None,
            None => Some(Stage::Ledger(None)),
        };
        self.go_on(stage);
    }

    /// The first key of the ledger after where the look is; `None` if there is none. Its group is noted as gone, unless it is known
    /// or was listed: without its tag, or when tags cannot be listed, it is only not chosen.
    pub fn in_ledger(&mut self, key: Option<&str>, rules: &Rules, now: Timestamp) {
        let Some(piece) = key.and_then(|key| key.strip_prefix(LEDGER)?.split('/').next()) else {
            self.discovery.knows_ledger = true;
            return self.go_on(None);
        };
        let name = group_of_key(piece);
        let walk = self.discovery.walk.as_ref();
        let is_there = walk.is_some_and(|walk| walk.untagged.contains(&name));
        if !is_there
            && !self.groups.contains_key(&name)
            && let Some(policy) = rules.policy(&name, true)
        {
            let began_at = self.discovery.walk.as_ref().map(|walk| walk.began_at);
            let gone = gone(policy, began_at.unwrap_or(now), now);
            self.groups.insert(name, gone);
        }
        // Windows begin with a digit: this is after all of the group's.
        self.go_on(Some(Stage::Ledger(Some(format!("{LEDGER}{piece}/~")))));
    }

    /// The look cannot go on, such as because its page is not known any more: the next one begins from the start.
    pub fn begin_again(&mut self) {
        self.discovery.walk = None;
    }

    fn found(&mut self, group: ListedGroup, walk: &Walk, rules: &Rules, now: Timestamp) {
        let known = self.groups.get(&group.name);
        let is_tagged = match &walk.tagged {
            Some(tagged) => tagged.contains(&group.name),
            None => known.is_some_and(|known| known.is_tagged),
        };
        let Some(policy) = rules.policy(&group.name, is_tagged) else {
            self.groups.remove(&group.name);
            if !self.discovery.knows_ledger
                && rules.policy(&group.name, true).is_some()
                && let Some(walk) = &mut self.discovery.walk
            {
                walk.untagged.insert(group.name);
            }
            return;
        };
        let was_readable = known.is_some_and(|known| known.can_be_read);
        if let Some(known) = self.groups.get_mut(&group.name)
            && known.created_at == group.created_at
            && known.retention != group.retention
        {
            known.past.retained(known.retention, now);
        }
        let new = || gone(policy, walk.began_at, now);
        let known = self.groups.entry(group.name).or_insert_with(new);
        let before = known.group();
        known.past.missed_at = match known.past.missed_at {
            _ if group.can_be_read => None,
            None if was_readable => Some(walk.began_at),
            missed_at => missed_at,
        };
        known.created_at = group.created_at;
        known.retention = group.retention;
        known.can_be_read = group.can_be_read;
        known.is_tagged = is_tagged;
        known.set_policy(policy);
        known.seen_at = walk.began_at;
        known.missed = 0;
        if known.group() != before {
            // What is to be done about its windows may be something else now.
            known.hint.due_at = Some(Timestamp::UNIX_EPOCH);
        }
    }

    fn go_on(&mut self, stage: Option<Stage>) {
        match (stage, &mut self.discovery.walk) {
            (Some(stage), Some(walk)) => walk.stage = stage,
            (_, walk) => {
                if let Some(walk) = walk.take() {
                    self.discovery.listed_at = Some(walk.began_at);
                    self.miss(walk.began_at);
                }
            }
        }
    }

    /// Notes which groups were not seen in the look that began then.
    fn miss(&mut self, began_at: Timestamp) {
        let unseen = self.groups.values_mut();
        for known in unseen.filter(|known| known.seen_at < began_at && known.exists()) {
            known.missed += 1;
            known.past.missed_at.get_or_insert(began_at);
            if !known.exists() {
                // What is not proven of it is lost, and that is to be said.
                known.hint.due_at = Some(Timestamp::UNIX_EPOCH);
            }
        }
    }
}

/// A group that is in the ledger and in no listing.
fn gone(policy: Policy, seen_at: Timestamp, now: Timestamp) -> Known {
    Known {
        created_at: Timestamp::UNIX_EPOCH,
        retention: None,
        can_be_read: true,
        is_tagged: true,
        mode: policy.mode,
        is_redacted: policy.is_redacted,
        found_at: now,
        seen_at,
        missed: MISSED,
        past: Past::default(),
        hint: Hint::default(),
    }
}
