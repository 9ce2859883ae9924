//! What goes wrong: a service on ECS, and the alarm on its errors, as in the incident that lambda-medic was made for.

mod alarm;
mod log;
mod metrics;
mod service;

use aws_config::SdkConfig;

pub use self::alarm::{ALARM, StateChange, StateName};
pub use self::log::LogLine;
pub use self::metrics::Period;
pub use self::service::{CLUSTER, SERVICE, deployment_ids, primary, service_arn, target};
use crate::deployment::ShopOutputs;
use crate::local_cloud::LoadBalancer;

/// The watched service and its alarm.
#[derive(Clone, Debug)]
pub struct Scenario {
    ecs: aws_sdk_ecs::Client,
    cloudwatch: aws_sdk_cloudwatch::Client,
    logs: aws_sdk_cloudwatchlogs::Client,
    log_group: String,
    /// Where the service's users find it.
    pub load_balancer: LoadBalancer,
}

impl Scenario {
    /// The scenario that the stack `shop` made.
    pub fn new(config: &SdkConfig, shop: &ShopOutputs, load_balancer: LoadBalancer) -> Self {
        Self {
            ecs: aws_sdk_ecs::Client::new(config),
            cloudwatch: aws_sdk_cloudwatch::Client::new(config),
            logs: aws_sdk_cloudwatchlogs::Client::new(config),
            log_group: shop.log_group_name.clone(),
            load_balancer,
        }
    }
}
