//! From an intent that is written down to an outcome that is written down.

use jiff::Timestamp;
use shared::clock::{Clock, Nonces};
use shared::failure::{CallError, Classify as _, Effect, FailureKind, chain};
use shared::outbound::Quoted;
use shared::records::Records;
use shared::reports::Reports;
use tracing::warn;

use super::{Handler, HandlerError, Held};
use crate::action::{Order, OrderId};
use crate::alarms::Alarms;
use crate::decision::{Fate, Seen, TOO_OLD, Window, fate, may_still_act};
use crate::metrics;
use crate::playbook::Playbook;
use crate::record::{Entry, Intent, Outcome, Stage};
use crate::target::Target;
use crate::targets::{Also, Run, TargetState, Targets};

impl<S: Targets, A: Alarms, R: Records, P: Reports, T: Clock + Nonces> Handler<'_, S, A, R, P, T> {
    /// Makes the intended call of an entry that was claimed a moment ago, if it intends one.
    pub(super) async fn carry_out(&self, held: Held) -> Result<Held, HandlerError> {
        let entry = held.entry()?;
        match (&entry.intent, entry.stage()) {
            (Some(intent), Stage::Intended) => {
                let called = self
                    .call(held.target(), entry, intent, entry.decided_at)
                    .await;
                let outcome = unless_passing(called, self.time.now())?;
                self.conclude(held, outcome).await
            }
            _ => Ok(held),
        }
    }

    /// Settles an entry that somebody else left: what happened in the `window` of its lease is adopted, what did not happen
    /// is done now or given up.
    pub(super) async fn settle(
        &self,
        held: Held,
        window: Option<Window>,
    ) -> Result<Held, HandlerError> {
        let entry = held.entry()?;
        let (Some(intent), Some(window), Stage::Intended) = (&entry.intent, window, entry.stage())
        else {
            return Ok(held);
        };
        let settled = self
            .adopt_or_call(held.target(), entry, intent, window)
            .await;
        let outcome = unless_passing(settled, self.time.now())?;
        self.conclude(held, outcome).await
    }

    async fn adopt_or_call(
        &self,
        target: &Target,
        entry: &Entry,
        intent: &Intent,
        window: Window,
    ) -> Result<Outcome, HandlerError> {
        let (state, run) = self.look_again(target, entry, intent).await?;
        let fate = fate(intent, window, state.as_ref(), run.as_ref());
        if let Some(outcome) = outcome_of(fate, window) {
            return Ok(outcome);
        }
        let alarm = self.alarms.describe(&entry.alarm_name).await?;
        let tags = match &entry.alarm_arn {
            Some(arn) => self.alarms.tags(arn).await?,
            None => None,
        };
        let surroundings = self.surroundings().await?;
        let seen = Seen {
            state: state.as_ref(),
            alarm: alarm.as_ref(),
            tags: tags.as_ref(),
            is_mute: self.is_mute(entry),
            surroundings: &surroundings,
        };
        let defaults = &self.playbooks.defaults;
        let now = self.time.now();
        match may_still_act(entry, defaults, &self.policy, seen, now) {
            Ok(()) => self.call(target, entry, intent, now).await,
            Err(reason) => Ok(Outcome::Abandoned { reason }),
        }
    }

    /// What tells whether an action was carried out: the target, and the command under its order's id.
    async fn look_again(
        &self,
        target: &Target,
        entry: &Entry,
        intent: &Intent,
    ) -> Result<(Option<TargetState>, Option<Run>), HandlerError> {
        let state = self.targets.look(target, Also::of(&intent.action)).await?;
        let run = match entry.order() {
            Some(order) => self.targets.run(target, &order, None).await?,
            None => None,
        };
        Ok((state, run))
    }

    /// Makes the call, once. What its answer does not tell is found out by looking.
    async fn call(
        &self,
        target: &Target,
        entry: &Entry,
        intent: &Intent,
        from: Timestamp,
    ) -> Result<Outcome, HandlerError> {
        if self.time.now() >= self.lease.until {
            return Err(HandlerError::LeaseOver {
                until: self.lease.until,
            });
        }
        let order = Order {
            action: intent.action.clone(),
            id: OrderId::new(&entry.incident, intent.rung),
        };
        let error = match self.targets.carry_out(target, &order).await {
            Ok(work) => return Ok(Outcome::Applied { work }),
            Err(error) => error,
        };
        if error.effect() == Effect::None {
            return refused(error);
        }
        let why = Quoted::line(&chain(&error));
        warn!("no clear answer, so looking at {target}: {why}");
        let (state, run) = self.look_again(target, entry, intent).await?;
        let until = self.time.now();
        let window = Window { from, until };
        let fate = fate(intent, window, state.as_ref(), run.as_ref());
        outcome_of(fate, window).ok_or_else(|| error.into())
    }

    async fn conclude(&self, held: Held, outcome: Outcome) -> Result<Held, HandlerError> {
        let now = self.time.now();
        let entry = held.entry()?;
        self.measure(&match outcome {
            Outcome::Applied { .. } | Outcome::Adopted { .. } => {
                metrics::time_to_remediate(now.duration_since(entry.state_changed_at))
            }
            _ => metrics::escalations(),
        });
        let playbook = self.playbooks.named(&entry.playbook);
        let page = playbook
            .filter(|_| is_stuck(&outcome))
            .and_then(Playbook::page);
        let pager = page.as_ref().and_then(|_| self.reports.pager());
        self.update(held, |record, held| {
            let record = record.concluded(held, &self.lease, outcome.clone(), now)?;
            Ok(record.calling(held, page.clone(), pager))
        })
        .await
    }
}

/// What could not be done in time, or nobody knows whether it was, is for people: the ladder ends here. A call that somebody's
/// word, or the alarm's end, kept from being made is not.
fn is_stuck(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Refused { .. } | Outcome::Unclear { .. } => true,
        Outcome::Abandoned { reason } => reason == TOO_OLD,
        _ => false,
    }
}

/// What follows from the fate of a call; `None` if it was not carried out.
fn outcome_of(fate: Fate, window: Window) -> Option<Outcome> {
    match fate {
        Fate::Applied(work, created_at) => Some(Outcome::Adopted { work, created_at }),
        Fate::Superseded(deployment) => Some(Outcome::Superseded { deployment }),
        Fate::Unclear(reason) => Some(Outcome::Unclear {
            reason: reason.to_owned(),
            until: Some(window.until),
        }),
        Fate::NotApplied => None,
    }
}

/// A failure that no retry would mend leaves the call's fate open; that is an outcome too, or the target would stay taken.
fn unless_passing(
    result: Result<Outcome, HandlerError>,
    now: Timestamp,
) -> Result<Outcome, HandlerError> {
    match result {
        Err(error) if error.kind() == FailureKind::Permanent => Ok(Outcome::Unclear {
            reason: chain(&error),
            until: Some(now),
        }),
        result => result,
    }
}

/// A clear refusal: an outcome if it would be repeated, a failure of this invocation if it may pass.
fn refused(error: CallError) -> Result<Outcome, HandlerError> {
    match error.kind() {
        FailureKind::Transient => Err(error.into()),
        FailureKind::Permanent => {
            let error = chain(&error);
            Ok(Outcome::Refused { error })
        }
    }
}

impl Held {
    pub(super) fn entry(&self) -> Result<&Entry, HandlerError> {
        let entry = self.loaded.record.entry(&self.incident);
        entry.ok_or_else(|| HandlerError::EntryGone {
            incident: self.incident.to_string(),
        })
    }

    pub(super) fn target(&self) -> &Target {
        &self.loaded.record.target
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_came_too_late_is_for_people_and_one_that_is_not_wanted_is_not() {
        let abandoned = |reason: &str| {
            is_stuck(&Outcome::Abandoned {
                reason: reason.to_owned(),
            })
        };
        assert!(abandoned("the alarm is too old by now"));
        assert!(!abandoned("the alarm is in OK by now"));
        assert!(!abandoned("it is a time at which nothing is done (mute)"));
        assert!(is_stuck(&Outcome::Refused {
            error: "denied".to_owned()
        }));
        assert!(!is_stuck(&Outcome::NotActed));
    }
}
