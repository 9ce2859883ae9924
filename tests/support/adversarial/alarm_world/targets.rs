//! Targets that write down each call that would change AWS.

use std::sync::{Arc, Mutex};

use alarm_playbook::action::{Order, PlannedCall, Work};
use alarm_playbook::target::Target;
use alarm_playbook::targets::{Also, HostState, Run, RunStatus, TargetState, Targets};
use shared::clock::Clock as _;
use shared::failure::CallError;

use crate::simulated::Simulated;

/// The simulated AWS with a host and a number of tasks besides, and a list of what was changed.
#[derive(Clone, Debug)]
pub(super) struct Acting {
    pub(super) aws: Simulated,
    pub(super) changes: Arc<Mutex<Vec<PlannedCall>>>,
}

impl Targets for Acting {
    async fn look(&self, target: &Target, also: Also) -> Result<Option<TargetState>, CallError> {
        if target.ec2_container().is_some() {
            let host = HostState {
                ping_status: Some("Online".to_owned()),
                ..HostState::default()
            };
            return Ok(Some(TargetState::Host(host)));
        }
        let mut state = self.aws.look(target, also).await?;
        if let Some(TargetState::Service(service)) = &mut state {
            (service.desired_count, service.running_count) = (3, 3);
        }
        Ok(state)
    }

    async fn carry_out(&self, target: &Target, order: &Order) -> Result<Work, CallError> {
        self.changes.lock().unwrap().extend(order.calls(target));
        match order.action {
            alarm_playbook::action::Action::ForceNewDeployment => {
                self.aws.carry_out(target, order).await
            }
            alarm_playbook::action::Action::SetDesiredCount(count) => Ok(Work::DesiredCount(count)),
            _ => Ok(Work::Command("command-1".to_owned())),
        }
    }

    async fn run(
        &self,
        _target: &Target,
        _order: &Order,
        work: Option<&Work>,
    ) -> Result<Option<Run>, CallError> {
        let at = self.aws.now();
        let run = |work: &Work| Run {
            work: work.clone(),
            began_at: at,
            status: RunStatus::Succeeded { at },
        };
        Ok(work.filter(|work| work.is_run()).map(run))
    }
}
