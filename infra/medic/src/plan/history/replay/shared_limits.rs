//! What holds beyond a single target: how much fires at once, and how much is done within an hour. The rules are the
//! function's; only where they are kept is different: the function has objects in S3.

use std::collections::{BTreeMap, BTreeSet};

use alarm_playbook::decision::{Objection, SHARED_CAP};
use alarm_playbook::playbook::{Playbook, PlaybookFile};
use alarm_playbook::record::Await;
use alarm_playbook::surroundings::{
    acting_on, fired_key, fired_since, others_acting, targets_fired,
};
use alarm_playbook::target::Target;
use jiff::Timestamp;
use shared::caps::slots_prefix;
use shared::records::Listed;

/// Marks and slots.
#[derive(Debug, Default)]
pub(super) struct SharedLimits {
    fired: BTreeSet<String>,
    acting: BTreeMap<String, Timestamp>,
    slots: BTreeMap<String, u32>,
}

impl SharedLimits {
    pub(super) fn mark_as_fired(&mut self, target: &Target, now: Timestamp) {
        self.fired.insert(fired_key(target, now));
    }

    /// How many targets fired lately, if that is a storm.
    pub(super) fn storm(&self, playbooks: &PlaybookFile, now: Timestamp) -> Option<usize> {
        let limits = &playbooks.defaults.storm;
        let since = fired_since(now - limits.within);
        let marks = self.fired.range(since..).map(|key| Listed {
            key: key.clone(),
            modified_at: now,
        });
        let fired = targets_fired(&marks.collect::<Vec<_>>());
        (fired > limits.most(playbooks.known_targets())).then_some(fired)
    }

    /// Takes a place among those that are under remediation and a slot under each cap; or says what is lacking, and what is
    /// waited for if anything is.
    pub(super) fn take(
        &mut self,
        target: &Target,
        playbook: &Playbook,
        playbooks: &PlaybookFile,
        now: Timestamp,
    ) -> Result<(), (Objection, Option<Await>)> {
        self.has_place(target, playbooks, now)?;
        let defaults = &playbooks.defaults;
        let own = format!("playbook {}", playbook.name);
        let all = "the installation".to_owned();
        let caps = [
            (own, defaults.max_actions_per_hour),
            (all, defaults.max_actions_per_hour_in_all),
        ];
        for (whose, most) in caps {
            let taken = self.slots.entry(slots_prefix(&whose, now)).or_default();
            if *taken >= most {
                let reason =
                    format!("{whose} acted {most} times within the hour, which is its most");
                return Err((Objection::firm(reason).named(SHARED_CAP), None));
            }
            *taken += 1;
        }
        self.acting.insert(acting_on(target), now);
        Ok(())
    }

    /// The target is not under remediation any more.
    pub(super) fn leave(&mut self, target: &Target) {
        self.acting.remove(&acting_on(target));
    }

    fn has_place(
        &self,
        target: &Target,
        playbooks: &PlaybookFile,
        now: Timestamp,
    ) -> Result<(), (Objection, Option<Await>)> {
        let defaults = &playbooks.defaults;
        let marks = self.acting.iter().map(|(key, at)| Listed {
            key: key.clone(),
            modified_at: *at,
        });
        let longest = defaults.rollout_within + defaults.verify_within;
        let others = others_acting(&marks.collect::<Vec<_>>(), target, longest, now);
        let most = defaults.most_at_once(playbooks.known_targets());
        if others < most {
            return Ok(());
        }
        let reason =
            format!("{others} other targets are under remediation, and {most} at once is the most");
        let objection = Objection::firm(reason).named("fleet_share");
        Err((objection, Some(Await::Fleet)))
    }
}
