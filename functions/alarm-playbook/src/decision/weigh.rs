//! The reasons for and against acting, weighed.

use jiff::SignedDuration;

use super::ladder::{Climb, climb};
use super::{Decision, Plan, Refusal, Situation, advance, belts, never};
use crate::playbook::Exception;
use crate::record::{Await, Entry, Reasons, Verdict};
use shared::alarm::State;

/// How long people are not told again that nothing is done about an alarm, for the same reasons.
const TOLD_AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// A reason not to act.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Objection {
    /// The rule's name, by which the same reason is recognised whatever its words.
    pub rule: &'static str,
    /// In words.
    pub reason: String,
    /// What a playbook can say to do without this reason.
    pub(super) exception: Option<Exception>,
}

impl Objection {
    /// A reason that no playbook can do without.
    pub fn firm(reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self {
            rule: "",
            reason,
            exception: None,
        }
    }

    /// A reason that holds unless the playbook makes this exception.
    pub(super) fn unless(exception: Exception, reason: impl Into<String>) -> Self {
        Self {
            exception: Some(exception),
            ..Self::firm(reason)
        }
    }

    /// As that rule's reason.
    #[must_use]
    pub fn named(self, rule: &'static str) -> Self {
        Self { rule, ..self }
    }
}

/// What to do about a fault, from rung `from` of the ladder on.
pub(super) fn weigh(situation: &Situation<'_>, from: usize) -> Decision {
    // Before all else: in a storm CloudWatch is not even asked.
    if let Some(storm) = never::storm(situation) {
        let mut reasons = in_favour(situation);
        reasons.object(vec![storm.named("storm")]);
        let refusal = Refusal {
            reasons,
            ..Refusal::default()
        };
        return refused(situation, refusal);
    }
    let Weighed {
        mut reasons,
        against,
    } = reasons(situation);
    if against.is_empty() {
        return climbed(situation, reasons, climb(situation, from));
    }
    let mut spent = against
        .iter()
        .map(|objection| belts::is_spent(objection.rule));
    let page = spent
        .all(|is_spent| is_spent)
        .then(|| situation.playbook.page());
    reasons.object(against);
    let refusal = Refusal {
        reasons,
        page: page.flatten(),
        ..Refusal::default()
    };
    refused(situation, refusal)
}

/// What follows from where the ladder led.
fn climbed(situation: &Situation<'_>, mut reasons: Reasons, climb: Climb) -> Decision {
    let Climb {
        act,
        page,
        awaits,
        notes,
        passed,
    } = climb;
    if let Some(intent) = act {
        let passed = passed.into_iter().map(|objection| objection.reason);
        let passed = passed.map(|reason| format!("a step was passed over: {reason}"));
        reasons.in_favour.extend(passed);
        return Decision::Remediate(Plan {
            intent,
            reasons,
            notes,
        });
    }
    reasons.object(passed);
    if reasons.against.is_empty() {
        let nothing = "the playbook only tells people".to_owned();
        reasons.against.push(nothing);
    }
    let refusal = Refusal {
        reasons,
        page: page.filter(|_| awaits.is_none()),
        notes,
        awaits,
        is_quiet: false,
    };
    refused(situation, refusal)
}

/// A refusal, quiet where people know already or are not to be woken; also one that follows after the decision, as for want
/// of room.
pub fn refused(situation: &Situation<'_>, refusal: Refusal) -> Decision {
    let is_storm = situation.surroundings.storm.is_some();
    let is_quiet = situation.is_mute || is_storm || is_old_news(situation, &refusal);
    let awaits = if is_storm {
        Some(Await::Storm)
    } else if situation.is_mute && !advance::is_nobodys(&refusal) {
        Some(Await::Mute)
    } else {
        refusal.awaits
    };
    Decision::Report(Refusal {
        awaits,
        is_quiet,
        ..refusal
    })
}

/// Whether people were told within the hour that nothing is done about this alarm, for the same reasons.
fn is_old_news(situation: &Situation<'_>, refusal: &Refusal) -> bool {
    let is_recent =
        |entry: &Entry| situation.now.duration_since(entry.decided_at) < TOLD_AGAIN_AFTER;
    let is_same = |entry: &Entry| {
        entry.alarm_name == situation.alarm.name
            && entry.reasons.rules == refusal.reasons.rules
            && entry.page == refusal.page
    };
    let mut entries = situation.record.entries.iter();
    entries.any(|entry| {
        let was_told = !entry.is_unheard();
        entry.verdict == Verdict::Report && was_told && is_recent(entry) && is_same(entry)
    })
}

struct Weighed {
    reasons: Reasons,
    against: Vec<Objection>,
}

/// The reasons for and against acting at all. Exceptions that the playbook made use of are reasons for.
fn reasons(situation: &Situation<'_>) -> Weighed {
    let mut weighed = Weighed {
        reasons: in_favour(situation),
        against: Vec::new(),
    };
    // Of an incident that goes on, the message was weighed when it opened.
    let goes_on = situation
        .record
        .entry(&situation.alarm.incident())
        .is_some();
    let of_the_message = if goes_on {
        &[][..]
    } else {
        &never::OF_THE_MESSAGE
    };
    let rules = never::STANDING
        .iter()
        .chain(of_the_message)
        .chain(&belts::RULES);
    for (name, rule) in rules {
        let Some(objection) = rule(situation) else {
            continue;
        };
        if situation.allows(&objection) {
            let allowed = format!("{}, and the playbook allows that", objection.reason);
            weighed.reasons.in_favour.push(allowed);
        } else {
            weighed.against.push(objection.named(name));
        }
    }
    weighed
}

fn in_favour(situation: &Situation<'_>) -> Reasons {
    let mut in_favour = vec![format!(
        "playbook {} is for this alarm",
        situation.playbook.name
    )];
    let (was, at) = (situation.alarm.old_state, situation.alarm.state_changed_at);
    if let (Some(State::Ok), Some(at)) = (was, at) {
        in_favour.push(format!("the alarm went from OK to ALARM at {at}"));
    }
    if situation.alarm.is_unheard {
        let unheard = "its message never came, the schedule found it: look at the alerts topic";
        in_favour.push(unheard.to_owned());
    }
    Reasons {
        in_favour,
        ..Reasons::default()
    }
}

impl Reasons {
    /// With these objections.
    pub fn object(&mut self, objections: Vec<Objection>) {
        for Objection { rule, reason, .. } in objections {
            self.against.push(reason);
            self.rules.push(rule.to_owned());
        }
    }
}
