//! The handler on the real world: what outlives an invocation, and what an invocation is made of.

use aws_config::SdkConfig;
use lambda_runtime::Context;
use shared::aws::{LazyClient, lazy};
use shared::clock::{Clock as _, System};
use shared::deadline::Deadline;
use shared::http::Http;
use shared::metrics::EmfMeter;
use shared::records::S3Records;
use shared::reports::AwsReports;
use shared::secrets::{SecretCache, SsmSecrets};

use crate::config::Config;
use crate::github::{GitHubClient, Sandbox};
use crate::handler::Handler;
use crate::llm::{Providers, Standings};
use crate::objects::S3Objects;
use crate::record::{LEASE_MARGIN, Lease};

/// What is built once per sandbox, each when it is first used.
#[derive(Debug)]
pub struct Clients {
    s3: LazyClient<aws_sdk_s3::Client>,
    ses: LazyClient<aws_sdk_sesv2::Client>,
    sns: LazyClient<aws_sdk_sns::Client>,
    ssm: LazyClient<aws_sdk_ssm::Client>,
    http: Http,
    secrets: SecretCache,
    github: Sandbox,
    models: Standings,
}

/// A handler whose effects are real.
pub type RealHandler<'a> = Handler<
    'a,
    S3Objects<'a>,
    S3Records<'a>,
    AwsReports<'a>,
    GitHubClient<'a, SsmSecrets<'a>, System>,
    Providers<'a, SsmSecrets<'a>, System>,
    System,
>;

impl Clients {
    /// Clients of one configuration; nothing is built yet.
    pub fn new(config: &SdkConfig) -> Self {
        let of = || config.clone();
        let (s3, ses, sns, ssm) = (of(), of(), of(), of());
        Self {
            s3: lazy(move || aws_sdk_s3::Client::new(&s3)),
            ses: lazy(move || aws_sdk_sesv2::Client::new(&ses)),
            sns: lazy(move || aws_sdk_sns::Client::new(&sns)),
            ssm: lazy(move || aws_sdk_ssm::Client::new(&ssm)),
            http: Http::default(),
            secrets: SecretCache::default(),
            github: Sandbox::default(),
            models: Standings::default(),
        }
    }

    /// Where secrets come from, until `deadline`.
    pub fn secrets(&self, deadline: Deadline) -> SsmSecrets<'_> {
        SsmSecrets {
            ssm: &self.ssm,
            cache: &self.secrets,
            deadline,
        }
    }
}

/// When Lambda ends an invocation.
pub fn deadline(context: &Context) -> Deadline {
    Deadline::of_invocation(context.deadline, System.now())
}

/// The handler of one invocation.
pub fn real_handler<'a>(
    clients: &'a Clients,
    config: &'a Config,
    context: &Context,
    secrets: &'a SsmSecrets<'a>,
    meter: &'a EmfMeter<'a>,
) -> RealHandler<'a> {
    let deadline = secrets.deadline;
    Handler {
        objects: S3Objects {
            client: &clients.s3,
            bucket: &config.ci_logs_bucket,
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
            pager_topic_arn: None,
            mail: config.mail.as_ref(),
            deadline,
        },
        github: GitHubClient::new(
            (&clients.http, &config.github, &clients.github),
            secrets,
            &System,
            deadline,
        ),
        llm: Providers {
            providers: &config.providers,
            http: &clients.http,
            secrets,
            standings: &clients.models,
            time: &System,
        },
        time: System,
        bucket: &config.ci_logs_bucket,
        site: &config.site,
        repositories: &config.repositories,
        policy: config.policy,
        lease: Lease {
            request: context.request_id.clone(),
            until: deadline.end() + LEASE_MARGIN,
        },
        ends_at: deadline.end(),
        meter,
    }
}
