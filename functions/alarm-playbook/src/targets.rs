//! The targets that steps act on: the narrow trait between the playbook and the world.

mod service;

use std::future::Future;

use jiff::Timestamp;
use shared::failure::CallError;

pub use self::service::{
    Deployment, DeploymentRef, Image, PastDeployment, ScalingLimits, ServiceState, TaskHealth,
};
use crate::action::{Action, Order, Work};
use crate::alarms::Tags;
use crate::playbook::{Step, StepName};
use crate::target::Target;

/// What is known of a target at this moment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TargetState {
    /// What ECS says of a service.
    Service(ServiceState),
    /// What SSM says of the host of a container.
    Host(HostState),
}

/// A host that containers run on.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct HostState {
    /// `Online`, `ConnectionLost` or `Inactive`: whether the host's agent answers (API reference, `InstanceInformation`).
    /// None for an instance that SSM does not manage.
    pub ping_status: Option<String>,
    /// The instance's tags.
    pub tags: Tags,
}

/// What a look should show besides the target itself. Each is one more call, or two.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Also {
    /// The limits that Application Auto Scaling keeps the service within.
    pub scaling: bool,
    /// The service's past deployments.
    pub history: bool,
    /// The service's tasks, and what their load balancer thinks of them.
    pub tasks: bool,
}

impl Also {
    /// What shows how far an action is, or whether it was carried out at all.
    pub fn of(action: &Action) -> Self {
        Self {
            history: matches!(action, Action::StopServiceDeployment(_)),
            tasks: matches!(action, Action::StopTasks(_)),
            scaling: false,
        }
    }

    /// What the steps of a playbook are decided by.
    pub fn for_steps(steps: &[Step]) -> Self {
        let has = |name: StepName| steps.iter().any(|step| step.name() == name);
        Self {
            scaling: has(StepName::ScaleService),
            history: has(StepName::RollbackDeployment),
            tasks: has(StepName::StopUnhealthyTasks),
        }
    }
}

/// A command or an automation that runs, or ran.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Run {
    /// Its name.
    pub work: Work,
    /// When it was asked for.
    pub began_at: Timestamp,
    /// How far it is.
    pub status: RunStatus,
}

/// How far a command or an automation is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RunStatus {
    /// It waits or runs.
    InProgress,
    /// It ended well.
    Succeeded {
        /// When.
        at: Timestamp,
    },
    /// It ended, and not well.
    Failed {
        /// Its status and the end of its output, at most a few hundred characters; outside text.
        reason: String,
    },
}

impl TargetState {
    /// The service, if it is one.
    pub fn service(&self) -> Option<&ServiceState> {
        match self {
            Self::Service(service) => Some(service),
            Self::Host(_) => None,
        }
    }

    /// The target's tags.
    pub fn tags(&self) -> &Tags {
        match self {
            Self::Service(service) => &service.tags,
            Self::Host(host) => &host.tags,
        }
    }
}

/// What steps act on.
pub trait Targets: Sync {
    /// What is known of the target now, or `None` if there is none.
    fn look(
        &self,
        target: &Target,
        also: Also,
    ) -> impl Future<Output = Result<Option<TargetState>, CallError>> + Send;

    /// Carries out an order, once. Returns what it began, without waiting for its end.
    ///
    /// Most of the calls take no client token, so they are sent once only: an error with
    /// [`Effect::Unknown`](shared::failure::Effect::Unknown) is settled by looking, never by sending again.
    fn carry_out(
        &self,
        target: &Target,
        order: &Order,
    ) -> impl Future<Output = Result<Work, CallError>> + Send;

    /// The command or automation that carries out an order: `work` if its name is known, else what is found under the order's
    /// id. `None` if there is none; always for orders that are no commands.
    fn run(
        &self,
        target: &Target,
        order: &Order,
        work: Option<&Work>,
    ) -> impl Future<Output = Result<Option<Run>, CallError>> + Send;
}
