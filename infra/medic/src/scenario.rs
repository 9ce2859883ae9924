//! What goes wrong: a service on ECS, and the alarm on its errors, as in the incident that lambda-medic was made for.

mod alarm;
mod service;

use aws_config::SdkConfig;

pub use self::alarm::{ALARM, ERRORS};
pub use self::service::{CLUSTER, SERVICE, deployment_ids, primary, service_arn, target};

/// The monitored service and its alarm.
#[derive(Clone, Debug)]
pub struct Scenario {
    ecs: aws_sdk_ecs::Client,
    cloudwatch: aws_sdk_cloudwatch::Client,
}

impl Scenario {
    /// The scenario in the account that `config` leads to. Nothing is created yet.
    pub fn new(config: &SdkConfig) -> Self {
        Self {
            ecs: aws_sdk_ecs::Client::new(config),
            cloudwatch: aws_sdk_cloudwatch::Client::new(config),
        }
    }
}
