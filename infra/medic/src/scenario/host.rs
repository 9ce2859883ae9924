//! What goes wrong on a host: a container that keeps its processor busy, and the alarm on that.

mod alarm;
mod commands;
mod plan;

use alarm_playbook::target::{ContainerName, Ec2Container, InstanceId, Target};
use aws_config::SdkConfig;

pub use self::alarm::{HOST_ALARM, PROCESSOR_THRESHOLD, ProcessorPeriod};
pub use self::commands::SentCommand;
pub use self::plan::plan;
use super::WatchedAlarm;
use crate::local_cloud::Host;
use crate::sshd::Sshd;

/// The host; the playbook names it.
pub const INSTANCE: &str = "i-0123456789abcdef0";

/// The container that goes wrong.
pub const CONTAINER: &str = "web";

/// Another container of the same host, which nothing must happen to.
pub const NEIGHBOUR: &str = "search";

/// The host and its alarm.
#[derive(Debug)]
pub struct HostScenario {
    cloudwatch: aws_sdk_cloudwatch::Client,
    ssm: aws_sdk_ssm::Client,
    /// The alarm.
    pub alarm: WatchedAlarm,
    /// The host as it was before anything happened.
    pub host: Host,
    /// The host's SSH server, if it has one.
    pub sshd: Option<Sshd>,
}

impl HostScenario {
    /// The scenario of a host that was made.
    pub fn new(config: &SdkConfig, host: Host, sshd: Option<Sshd>) -> Self {
        let cloudwatch = aws_sdk_cloudwatch::Client::new(config);
        Self {
            alarm: WatchedAlarm::new(&cloudwatch, HOST_ALARM),
            cloudwatch,
            ssm: aws_sdk_ssm::Client::new(config),
            host,
            sshd,
        }
    }

    /// Where the users of the container find it.
    pub fn endpoint(&self) -> &str {
        let container = self.host.container(CONTAINER);
        let endpoint = container.and_then(|container| container.endpoint.as_deref());
        endpoint.unwrap_or_default()
    }
}

/// The container as the function knows it.
pub fn target() -> anyhow::Result<Target> {
    Ok(Target::Ec2Container(Ec2Container {
        instance: InstanceId::try_from(INSTANCE.to_owned())?,
        container: ContainerName::try_from(CONTAINER.to_owned())?,
    }))
}
