//! The watched service as a stack of its own.

use aws_config::SdkConfig;
use aws_sdk_cloudformation::types::{Output, Parameter};

use super::{output, parameter, read_template, stack};
use crate::poll::TimeLimit;
use crate::project::Project;
use crate::speed::Speed;

/// The stack's name.
const STACK: &str = "shop";

/// The image of its tasks, without tag. The local cloud runs the program of this name instead.
pub const IMAGE: &str = "demo-app";

/// The network that every account has from the beginning, and two of its subnets, as MiniStack numbers them.
const VPC: &str = "vpc-00000001";
const SUBNETS: &str = "subnet-00000001,subnet-00000002";

/// What the template asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Shop {
    /// The topic that the alarm tells.
    pub alerts_topic_arn: String,
    /// Says what the alarm's period is.
    pub speed: Speed,
    /// Whether a restart of its tasks heals them.
    pub restarts: Restarts,
}

/// Whether a restart helps against the fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Restarts {
    /// The fault is switched on in a process, and a new process is sound.
    Heal,
    /// The fault comes with the environment, to new processes as well.
    DoNotHelp,
}

/// What the stack gives to others.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ShopOutputs {
    /// The load balancer in front of the service.
    pub load_balancer_arn: String,
    /// The log group of its tasks.
    pub log_group_name: String,
}

/// Creates the stack and waits until it is complete.
pub async fn deploy_shop(
    config: &SdkConfig,
    project: &Project,
    shop: &Shop,
) -> anyhow::Result<ShopOutputs> {
    let stack = stack::Wanted {
        name: STACK,
        template: stack::Template::Body(read_template(&project.shop_template()).await?),
        parameters: shop.as_cloudformation(),
    };
    let outputs = stack::create(config, stack, TimeLimit::usual()).await?;
    ShopOutputs::from_stack(&outputs)
}

impl Shop {
    fn as_cloudformation(&self) -> Vec<Parameter> {
        let fault = match self.restarts {
            Restarts::Heal => "",
            Restarts::DoNotHelp => "null-cart",
        };
        vec![
            parameter("VpcId", VPC),
            parameter("SubnetIds", SUBNETS),
            parameter("Image", format!("{IMAGE}:1")),
            // Its tasks are processes of this machine, which the network must not reach.
            parameter("ListenAddress", "127.0.0.1"),
            parameter("AlertsTopicArn", &self.alerts_topic_arn),
            parameter("PeriodSeconds", self.speed.period_seconds().to_string()),
            parameter("FaultSwitch", "open"),
            parameter("Fault", fault),
        ]
    }
}

impl ShopOutputs {
    fn from_stack(outputs: &[Output]) -> anyhow::Result<Self> {
        let output = |key: &str| output(outputs, STACK, key);
        Ok(Self {
            load_balancer_arn: output("LoadBalancerArn")?,
            log_group_name: output("LogGroupName")?,
        })
    }
}
