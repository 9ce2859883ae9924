//! The world as AWS: the clients, and the implementation of the sources in [`collect`](crate::collect).

mod balancers;
mod bounded;
mod cloudwatch;
mod ecs;
mod exported;
mod failed;
mod logs;
mod objects;

use aws_config::SdkConfig;
use shared::aws::{LazyClient, lazy};
use shared::deadline::Deadline;

/// The clients, built once per sandbox and each when it is first used.
#[derive(Debug)]
pub struct Clients {
    /// Metrics and alarms.
    pub cloudwatch: LazyClient<aws_sdk_cloudwatch::Client>,
    /// Services and tasks.
    pub ecs: LazyClient<aws_sdk_ecs::Client>,
    /// Target groups and their health.
    pub elb: LazyClient<aws_sdk_elasticloadbalancingv2::Client>,
    /// Logs.
    pub logs: LazyClient<aws_sdk_cloudwatchlogs::Client>,
    /// Records.
    pub s3: LazyClient<aws_sdk_s3::Client>,
}

impl Clients {
    /// Clients of one configuration; nothing is built yet.
    pub fn new(config: &SdkConfig) -> Self {
        let of = || config.clone();
        let (cloudwatch, ecs, elb, logs, s3) = (of(), of(), of(), of(), of());
        Self {
            cloudwatch: lazy(move || aws_sdk_cloudwatch::Client::new(&cloudwatch)),
            ecs: lazy(move || aws_sdk_ecs::Client::new(&ecs)),
            elb: lazy(move || aws_sdk_elasticloadbalancingv2::Client::new(&elb)),
            logs: lazy(move || aws_sdk_cloudwatchlogs::Client::new(&logs)),
            s3: lazy(move || aws_sdk_s3::Client::new(&s3)),
        }
    }
}

/// The sources on AWS, for the length of one invocation. Every call only reads.
#[derive(Clone, Debug)]
pub struct AwsSources<'a> {
    /// The clients, built once per sandbox.
    pub clients: &'a Clients,
    /// The bucket of the records.
    pub state_bucket: &'a str,
    /// The bucket that logs are exported to, if there is one.
    pub export_bucket: Option<&'a str>,
    /// By when every call must be over.
    pub deadline: Deadline,
}

#[cfg(test)]
mod tests;
