//! The ladder: which of a playbook's steps comes next, seen from the state of its target.

use super::steps::{self, Obstacle};
use super::{Objection, Situation};
use crate::action::{Action, Order, OrderId};
use crate::playbook::{Message, Step, StepName};
use crate::record::{Await, Before, Intent};

/// What the ladder comes to.
#[derive(Clone, Debug, Default)]
pub(super) struct Climb {
    /// The step to carry out, if one is left.
    pub(super) act: Option<Intent>,
    /// Who is called, where nothing is left but that.
    pub(super) page: Option<String>,
    /// What to wait for before anything is begun.
    pub(super) awaits: Option<Await>,
    /// What `notify` steps on the way say.
    pub(super) notes: Vec<String>,
    /// Why steps were passed over, or why to wait.
    pub(super) passed: Vec<Objection>,
}

/// Climbs from rung `from` on to the first step that can be carried out.
pub(super) fn climb(situation: &Situation<'_>, from: usize) -> Climb {
    let mut climb = Climb::default();
    let steps = situation.playbook.steps.iter().enumerate().skip(from);
    for (rung, step) in steps {
        match step {
            Step::Notify(Message { subject }) => climb.notes.push(subject.clone()),
            Step::Page(Message { subject }) => climb.page = Some(subject.clone()),
            step => match plan(situation, step) {
                Ok(action) => {
                    climb.act = Some(intent(situation, rung, step.name(), action));
                    return climb;
                }
                Err(Obstacle::Passed(objection)) => climb.passed.push(objection),
                Err(Obstacle::Wait(objection)) => {
                    climb.passed.push(objection);
                    climb.awaits = Some(Await::Deployment);
                    return climb;
                }
            },
        }
    }
    // Nobody is called while somebody's deployment may yet end it.
    if let Some(rollout) = steps::foreign_rollout(situation)
        && !climb.passed.is_empty()
    {
        climb.passed.push(steps::in_progress(rollout));
        climb.awaits = Some(Await::Deployment);
    }
    climb
}

/// The action of a step, unless something speaks against the step that the playbook does not allow.
fn plan(situation: &Situation<'_>, step: &Step) -> Result<Action, Obstacle> {
    forgotten(situation, step.name())?;
    steps::plan(situation, step)
}

/// A step that did not help lately is not tried again.
fn forgotten(situation: &Situation<'_>, step: StepName) -> Result<(), Obstacle> {
    let memory = &situation.defaults.memory;
    let times = situation
        .record
        .times_not_helped(step, memory, situation.alarm, situation.now);
    let most = usize::try_from(memory.skip_after).unwrap_or(usize::MAX);
    if most == 0 || times < most {
        return Ok(());
    }
    let reason = format!(
        "{} did not help {times} times within {:#}",
        step.as_str(),
        memory.within
    );
    Err(Obstacle::Passed(
        Objection::firm(reason).named("did_not_help"),
    ))
}

fn intent(situation: &Situation<'_>, rung: usize, step: StepName, action: Action) -> Intent {
    let order = Order {
        action,
        id: OrderId::new(&situation.alarm.incident(), rung),
    };
    let service = situation.state.and_then(|state| state.service());
    let before = Before {
        deployment: service
            .and_then(|service| service.primary())
            .map(Into::into),
        desired_count: service.map(|service| service.desired_count),
    };
    Intent {
        rung,
        step,
        calls: order.calls(situation.target),
        action: order.action,
        attempt: 1,
        before,
    }
}
