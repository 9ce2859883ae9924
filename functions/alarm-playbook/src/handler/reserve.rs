//! What an action needs besides the decision: a place among those that run, and a slot under each cap.
//!
//! Both are objects that are created or not. A place is given back when the incident is settled, or by an invocation that took
//! it for nothing, and frees itself when it is too old; a slot is free when its hour is over. Whoever dies in between has taken
//! too much, never too little.

use shared::caps;
use shared::clock::{Clock, Nonces};
use shared::records::{self, Records};
use shared::reports::Reports;

use super::{Handler, HandlerError};
use crate::action::OrderId;
use crate::alarms::Alarms;
use crate::decision::{Objection, SHARED_CAP};
use crate::playbook::Playbook;
use crate::record::Await;
use crate::surroundings;
use crate::target::Target;
use crate::targets::Targets;
use shared::short_hash::short_hash;

/// Why an action may not be begun, though nothing about its target speaks against it.
pub(super) struct Full {
    pub(super) objection: Objection,
    pub(super) awaits: Option<Await>,
}

impl<S: Targets, A: Alarms, R: Records, P: Reports, T: Clock + Nonces> Handler<'_, S, A, R, P, T> {
    /// Takes what an action needs, unless it is a rehearsal, which needs nothing. Whether that was to be had.
    pub(super) async fn may_begin(
        &self,
        target: &Target,
        playbook: &Playbook,
        order: &OrderId,
    ) -> Result<bool, HandlerError> {
        Ok(self.policy.dry_run || self.reserve(target, playbook, order).await?.is_none())
    }

    /// Takes what an action needs; `Some` if it is not to be had.
    pub(super) async fn reserve(
        &self,
        target: &Target,
        playbook: &Playbook,
        order: &OrderId,
    ) -> Result<Option<Full>, HandlerError> {
        if let Some(full) = self.take_place(target, order).await? {
            return Ok(Some(full));
        }
        let defaults = &self.playbooks.defaults;
        let own = format!("playbook-{}", short_hash(&playbook.name, 8));
        let caps = [
            (
                own,
                defaults.max_actions_per_hour,
                format!("playbook {}", playbook.name),
            ),
            (
                "all".to_owned(),
                defaults.max_actions_per_hour_in_all,
                "the installation".to_owned(),
            ),
        ];
        for (scope, most, whose) in caps {
            if !self.take_slot(&scope, most, order).await? {
                self.give_back_place(target, order).await?;
                let reason =
                    format!("{whose} acted {most} times within the hour, which is its most");
                let objection = Objection::firm(reason).named(SHARED_CAP);
                return Ok(Some(Full {
                    objection,
                    awaits: None,
                }));
            }
        }
        Ok(None)
    }

    /// Only so many targets of the fleet are under remediation at once. Two that come at the same moment may both be
    /// refused; none is ever let in too many.
    async fn take_place(
        &self,
        target: &Target,
        order: &OrderId,
    ) -> Result<Option<Full>, HandlerError> {
        let key = surroundings::acting_key(target, order, &self.lease);
        records::create(&self.records, &key, Vec::new()).await?;
        let marks = self.records.list(surroundings::ACTING, None).await?;
        let defaults = &self.playbooks.defaults;
        let longest = defaults.rollout_within + defaults.verify_within;
        let others = surroundings::others_acting(&marks, target, longest, self.time.now());
        let most = defaults.most_at_once(self.playbooks.known_targets());
        if others < most {
            return Ok(None);
        }
        self.give_back_place(target, order).await?;
        let reason =
            format!("{others} other targets are under remediation, and {most} at once is the most");
        let objection = Objection::firm(reason).named("fleet_share");
        Ok(Some(Full {
            objection,
            awaits: Some(Await::Fleet),
        }))
    }

    /// Gives back a place that this invocation took for nothing.
    pub(super) async fn give_back_place(
        &self,
        target: &Target,
        order: &OrderId,
    ) -> Result<(), HandlerError> {
        let key = surroundings::acting_key(target, order, &self.lease);
        Ok(self.records.remove(&key).await?)
    }

    /// Takes one of the slots of an hour; a slot that this very order took before is its own.
    async fn take_slot(
        &self,
        scope: &str,
        most: u32,
        order: &OrderId,
    ) -> Result<bool, HandlerError> {
        let prefix = caps::slots_prefix(scope, self.time.now());
        Ok(caps::take_slot(&self.records, &prefix, 1..=most, order.as_str()).await?)
    }
}
