//! A plan as a person reads it, with what the contract has no place for.

use alarm_playbook::action::PlannedCall;
use alarm_playbook::decision::Decision;
use alarm_playbook::playbook::{Playbook, Step};

use super::Plan;

/// What a person reads beside the contract.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Told {
    /// The subject under which somebody is called.
    pub(super) page: Option<String>,
    /// Nobody hears of it for now.
    pub(super) is_mute: bool,
    /// The record is none of an alarm.
    pub(super) is_rejected: bool,
    /// How many tasks a service gets, where nobody says how many it has.
    pub(super) count: Option<String>,
}

/// The number that a service is scaled to, in words, where it depends on how many tasks there are.
pub(super) fn count(decision: &Decision, playbook: &Playbook) -> Option<String> {
    let Decision::Remediate(plan) = decision else {
        return None;
    };
    match playbook.steps.get(plan.intent.rung)? {
        Step::ScaleService(scale) => {
            let by = scale.by?;
            Some(format!("now + {by}, at most {}", scale.max))
        }
        _ => None,
    }
}

impl Plan {
    pub(super) fn text(&self) -> String {
        let Self {
            file,
            decision,
            told,
            ..
        } = self;
        let decision = if told.is_rejected {
            "rejected"
        } else {
            decision
        };
        let playbook = self.playbook.iter();
        let playbook = playbook.map(|name| format!("\n  playbook: {name}"));
        let target = self.target.iter();
        let target = target.map(|target| format!("\n  target: {target}"));
        let reasons = self.reasons.iter();
        let reasons = reasons.map(|reason| {
            let reason = reason.strip_prefix("rejected: ").unwrap_or(reason);
            format!("\n  - {reason}")
        });
        let calls = self.calls.iter().map(|call| self.call(call));
        let page = told.page.iter();
        let page = page.map(|subject| format!("\n  page: {subject:?}"));
        let mute = told.is_mute.then_some(
            "\n  mute: nobody is told; what still fires when the window ends is acted on while it is fresh, or told",
        );
        let mute = mute.map(str::to_owned);
        let details = playbook.chain(target).chain(reasons).chain(calls);
        let details: Vec<String> = details.chain(page).chain(mute).collect();
        format!("{file}: {decision}{}", details.concat())
    }

    fn call(&self, call: &PlannedCall) -> String {
        let PlannedCall {
            service,
            operation,
            input,
        } = call;
        let mut input = input.clone();
        if let (Some(count), Some(known)) = (&self.told.count, input.get_mut("desiredCount")) {
            *known = count.as_str().into();
        }
        format!("\n  call: {service}:{operation} {input}")
    }
}
