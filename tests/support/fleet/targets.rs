//! The targets that steps act on.

use alarm_playbook::action::{Action, Order, Work};
use alarm_playbook::target::Target;
use alarm_playbook::targets::{Also, Run, TargetState, Targets};
use shared::failure::{CallError, FailureKind};

use super::call::refused;
use super::{Api, Aws, Effect, Fleet, Thing};

impl Targets for Aws {
    async fn look(&self, target: &Target, also: Also) -> Result<Option<TargetState>, CallError> {
        let target = target.clone();
        let look = move |fleet: &mut Fleet, _| {
            let further = usize::from(also.scaling)
                + 2 * usize::from(also.history)
                + 2 * usize::from(also.tasks);
            fleet.count(Api::Look, further);
            let subject = &fleet.subjects[fleet.place(&target)?];
            Some(match &subject.thing {
                Thing::Service(service) => {
                    let mut state = service.state(subject.tagged_since.is_some());
                    state.scaling = state.scaling.filter(|_| also.scaling);
                    state.history = state.history.filter(|_| also.history);
                    state.tasks = state.tasks.filter(|_| also.tasks);
                    TargetState::Service(state)
                }
                Thing::Host(host) => TargetState::Host(host.state(subject.tagged_since.is_some())),
            })
        };
        self.call(Api::Look, look).await
    }

    async fn carry_out(&self, target: &Target, order: &Order) -> Result<Work, CallError> {
        let (target, order) = (target.clone(), order.clone());
        let act = move |fleet: &mut Fleet, invocation| fleet.carry_out(&target, &order, invocation);
        self.call(Api::Act, act)
            .await?
            .ok_or_else(|| refused(Api::Act, FailureKind::Permanent))
    }

    async fn run(
        &self,
        target: &Target,
        order: &Order,
        work: Option<&Work>,
    ) -> Result<Option<Run>, CallError> {
        let is_run = matches!(
            order.action,
            Action::RunDocument(_) | Action::StartAutomation(_) | Action::RunOverSsh(_)
        );
        if !is_run {
            return Ok(None);
        }
        let (target, order, work) = (target.clone(), order.id.as_str().to_owned(), work.cloned());
        let find = move |fleet: &mut Fleet, _| {
            let now = fleet.now;
            let n = fleet.place(&target)?;
            fleet.subjects[n]
                .host_mut()?
                .find(&order, work.as_ref(), now)
        };
        self.call(Api::Run, find).await
    }
}

impl Fleet {
    /// Carries out an order; `None` if AWS refuses it.
    fn carry_out(&mut self, target: &Target, order: &Order, invocation: usize) -> Option<Work> {
        let n = self.place(target)?;
        let id = order.id.as_str();
        // Looked at before the world changes.
        let effect = Effect::of(self, n, order, invocation);
        let (work, is_effective) = match &order.action {
            Action::ForceNewDeployment => {
                (Work::Deployment(self.deploy_for_function(n, None)), true)
            }
            Action::DeployTaskDefinition(arn) => (
                Work::Deployment(self.deploy_for_function(n, Some(arn.clone()))),
                true,
            ),
            Action::StopServiceDeployment(arn) => {
                if !self.stop_deployment(n, arn) {
                    return None;
                }
                (Work::ServiceDeployment(arn.clone()), true)
            }
            Action::SetDesiredCount(count) => (Work::DesiredCount(*count), self.scale(n, *count)),
            Action::StopTasks(tasks) => (Work::Tasks(tasks.clone()), self.stop_tasks(n, tasks)),
            Action::RunDocument(_) => self.send_command(n, id),
            Action::StartAutomation(_) => self.start_automation(n, id),
            Action::RunOverSsh(_) => return None,
        };
        if is_effective {
            self.acted(effect);
        }
        Some(work)
    }
}
