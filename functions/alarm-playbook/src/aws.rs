//! The world as AWS: the clients, and the implementation of [`Targets`](crate::targets::Targets).

mod cloudwatch;
mod targets;

use aws_config::SdkConfig;
use jiff::SignedDuration;
use lambda_runtime::Context;
use shared::aws::{LazyClient, lazy};
use shared::clock::{Clock as _, System};
use shared::deadline::Deadline;
use shared::metrics::EmfMeter;
use shared::records::S3Records;
use shared::reports::AwsReports;

pub use self::cloudwatch::CloudWatchAlarms;
pub use self::targets::{AwsTargets, KeyCache};
use crate::config::Config;
use crate::handler::Handler;
use crate::playbook::PlaybookFile;
use crate::record::Lease;
use crate::report::Site;

/// How much longer than the invocation a lease lasts: clocks differ, and a request may linger on the wire.
///
/// Short enough that Lambda's first retry, a minute after the failure, finds the lease over
/// (developer guide, "How Lambda handles errors and retries with asynchronous invocation").
pub const LEASE_MARGIN: SignedDuration = SignedDuration::from_secs(15);

/// A handler whose effects are on AWS.
pub type AwsHandler<'a> =
    Handler<'a, AwsTargets<'a>, CloudWatchAlarms<'a>, S3Records<'a>, AwsReports<'a>, System>;

/// The clients, built once per sandbox and each when it is first used.
#[derive(Debug)]
pub struct Clients {
    /// The limits of services that are scaled.
    pub autoscaling: LazyClient<aws_sdk_applicationautoscaling::Client>,
    /// Alarms.
    pub cloudwatch: LazyClient<aws_sdk_cloudwatch::Client>,
    /// Services.
    pub ecs: LazyClient<aws_sdk_ecs::Client>,
    /// What load balancers think of tasks.
    pub elb: LazyClient<aws_sdk_elasticloadbalancingv2::Client>,
    /// Records.
    pub s3: LazyClient<aws_sdk_s3::Client>,
    /// Mail.
    pub ses: LazyClient<aws_sdk_sesv2::Client>,
    /// The reports topic.
    pub sns: LazyClient<aws_sdk_sns::Client>,
    /// Hosts, commands, automations and the keys of hosts.
    pub ssm: LazyClient<aws_sdk_ssm::Client>,
    /// The tags of hosts.
    pub tagging: LazyClient<aws_sdk_resourcegroupstagging::Client>,
    /// The keys of hosts that were read lately.
    pub keys: KeyCache,
}

impl Clients {
    /// Clients of one configuration; nothing is built yet.
    pub fn new(config: &SdkConfig) -> Self {
        let of = || config.clone();
        let (autoscaling, cloudwatch, ecs, elb) = (of(), of(), of(), of());
        let (s3, ses, sns, ssm, tagging) = (of(), of(), of(), of(), of());
        Self {
            autoscaling: lazy(move || aws_sdk_applicationautoscaling::Client::new(&autoscaling)),
            cloudwatch: lazy(move || aws_sdk_cloudwatch::Client::new(&cloudwatch)),
            ecs: lazy(move || aws_sdk_ecs::Client::new(&ecs)),
            elb: lazy(move || aws_sdk_elasticloadbalancingv2::Client::new(&elb)),
            s3: lazy(move || aws_sdk_s3::Client::new(&s3)),
            ses: lazy(move || aws_sdk_sesv2::Client::new(&ses)),
            sns: lazy(move || aws_sdk_sns::Client::new(&sns)),
            ssm: lazy(move || aws_sdk_ssm::Client::new(&ssm)),
            tagging: lazy(move || aws_sdk_resourcegroupstagging::Client::new(&tagging)),
            keys: KeyCache::default(),
        }
    }
}

/// The handler of one invocation.
pub fn aws_handler<'a>(
    clients: &'a Clients,
    config: &'a Config,
    playbooks: &'a PlaybookFile,
    context: &'a Context,
    meter: &'a EmfMeter<'a>,
) -> AwsHandler<'a> {
    let deadline = Deadline::of_invocation(context.deadline, System.now());
    Handler {
        targets: AwsTargets {
            clients,
            account: account(context),
            region: &config.region,
            deadline,
        },
        alarms: CloudWatchAlarms {
            client: &clients.cloudwatch,
            deadline,
        },
        records: S3Records {
            client: &clients.s3,
            bucket: &config.state_bucket,
            deadline,
        },
        reports: AwsReports {
            sns: &clients.sns,
            ses: &clients.ses,
            topic_arn: &config.reports_topic_arn,
            pager_topic_arn: config.pager_topic_arn.as_deref(),
            mail: config.mail.as_ref(),
            deadline,
        },
        time: System,
        playbooks,
        policy: config.policy.clone().within(&playbooks.defaults),
        site: Site {
            region: &config.region,
            state_bucket: &config.state_bucket,
            has_incident_reports: config.has_incident_reports,
        },
        lease: Lease {
            request: context.request_id.clone(),
            until: deadline.end() + LEASE_MARGIN,
        },
        ends_at: deadline.end(),
        alerts_topic: &config.alerts_topic_arn,
        meter,
    }
}

/// The account of the function, which its ARN names.
fn account(context: &Context) -> &str {
    let mut parts = context.invoked_function_arn.split(':');
    parts.nth(4).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use aws_config::BehaviorVersion;

    use super::*;
    use crate::playbook::tests::checkout_playbooks;

    #[test]
    fn the_lease_is_the_requests_and_outlives_the_invocation() {
        let vars = [
            ("STATE_BUCKET", "state"),
            (
                "REPORTS_TOPIC_ARN",
                "arn:aws:sns:eu-west-1:111122223333:reports",
            ),
            (
                "ALERTS_TOPIC_ARN",
                "arn:aws:sns:eu-west-1:111122223333:alerts",
            ),
            ("ALLOWED_ACCOUNTS", "111122223333"),
            ("ALLOWED_REGIONS", "eu-west-1"),
            ("AWS_REGION", "eu-west-1"),
        ];
        let vars: HashMap<String, String> = vars
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        let config = Config::from_vars(vars).unwrap();
        let clients = Clients::new(
            &SdkConfig::builder()
                .behavior_version(BehaviorVersion::latest())
                .build(),
        );
        let mut context = Context::default();
        context.request_id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned();
        context.deadline = 1_771_451_254_000;
        let playbooks = checkout_playbooks();
        let meter = EmfMeter {
            function_name: &config.function_name,
        };
        let handler = aws_handler(&clients, &config, &playbooks, &context, &meter);
        let lease = Lease {
            request: "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned(),
            until: "2026-02-18T21:47:49Z".parse().unwrap(),
        };
        assert_eq!(handler.lease, lease);
    }
}
