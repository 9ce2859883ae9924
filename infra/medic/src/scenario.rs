//! What goes wrong: a service on ECS, and the alarm on its errors, as in the incident that lambda-medic was made for.

mod alarm;
pub mod export;
pub mod host;
mod log;
mod memory;
mod metrics;
mod release;
mod service;

use aws_config::SdkConfig;
use aws_sdk_cloudwatch::types::{MetricAlarm, StateValue};

pub use self::alarm::{ALARM, StateChange, StateName, WatchedAlarm};
pub use self::host::HostScenario;
pub use self::log::LogLine;
pub use self::memory::{MEMORY_ALARM, MEMORY_THRESHOLD, MemoryPeriod};
pub use self::metrics::Period;
pub use self::release::{Deployed, revision};
pub use self::service::{CLUSTER, SERVICE, deployment_ids, primary, service_arn, target};
use crate::deployment::ShopOutputs;
use crate::local_cloud::LoadBalancer;
use crate::poll::TimeLimit;

/// The watched service and its alarm.
#[derive(Clone, Debug)]
pub struct Scenario {
    ecs: aws_sdk_ecs::Client,
    cloudwatch: aws_sdk_cloudwatch::Client,
    /// The alarm on the service's errors.
    pub errors_alarm: WatchedAlarm,
    logs: aws_sdk_cloudwatchlogs::Client,
    log_group: String,
    /// Where the service's users find it.
    pub load_balancer: LoadBalancer,
}

impl Scenario {
    /// The scenario that the stack `shop` made.
    pub fn new(config: &SdkConfig, shop: &ShopOutputs, load_balancer: LoadBalancer) -> Self {
        let cloudwatch = aws_sdk_cloudwatch::Client::new(config);
        Self {
            ecs: aws_sdk_ecs::Client::new(config),
            errors_alarm: WatchedAlarm::new(&cloudwatch, ALARM),
            cloudwatch,
            logs: aws_sdk_cloudwatchlogs::Client::new(config),
            log_group: shop.log_group_name.clone(),
            load_balancer,
        }
    }

    /// The alarm as CloudWatch describes it.
    pub async fn alarm(&self) -> anyhow::Result<MetricAlarm> {
        self.errors_alarm.describe().await
    }

    /// Waits until the alarm is in `state`.
    pub async fn wait_for_alarm(
        &self,
        state: &StateValue,
        limit: TimeLimit,
    ) -> anyhow::Result<MetricAlarm> {
        self.errors_alarm.wait_for(state, limit).await
    }
}
