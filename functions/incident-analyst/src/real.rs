//! The handler on the real world: what an invocation is made of.

use aws_config::SdkConfig;
use jiff::Timestamp;
use lambda_runtime::Context;
use shared::aws::{LazyClient, lazy};
use shared::clock::{Clock as _, System};
use shared::deadline::Deadline;
use shared::http::Http;
use shared::llm::{Llm as _, Providers, Standings};
use shared::metrics::EmfMeter;
use shared::records::S3Records;
use shared::secrets::{SecretCache, SsmSecrets};

use crate::analysis::{Analysis, Summary};
use crate::aws::{AwsSources, Clients};
use crate::case::{Case, Collect, Summarise};
use crate::collect::{CollectSettings, Heard, collect, incident_of};
use crate::config::Config;
use crate::evidence::Evidence;
use crate::handler::Handler;
use crate::page::Console;
use crate::record::{LEASE_MARGIN, Lease};
use crate::summary::summarise;

/// What outlives an invocation.
#[derive(Debug)]
pub struct Sandbox {
    clients: Clients,
    console: Option<Console>,
    ssm: LazyClient<aws_sdk_ssm::Client>,
    secrets: SecretCache,
    http: Http,
    models: Standings,
}

/// Evidence from AWS.
#[derive(Clone, Copy, Debug)]
pub struct AwsEvidence<'a> {
    clients: &'a Clients,
    state_bucket: &'a str,
    settings: &'a CollectSettings,
}

/// Summaries by the configured models.
#[derive(Debug)]
pub struct ModelSummaries<'a>(Providers<'a, SsmSecrets<'a>, System>);

/// A handler whose effects are real.
pub type RealHandler<'a> = Handler<'a, S3Records<'a>, AwsEvidence<'a>, ModelSummaries<'a>, System>;

impl Sandbox {
    /// A sandbox in which nothing is built yet.
    pub fn new(aws: &SdkConfig, config: &Config) -> Self {
        let ssm = aws.clone();
        Self {
            clients: Clients::new(aws),
            console: Console::new(&config.concerns.region),
            ssm: lazy(move || aws_sdk_ssm::Client::new(&ssm)),
            secrets: SecretCache::default(),
            http: Http::default(),
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

/// The account of the function, which its ARN names.
fn account(context: &Context) -> &str {
    let mut parts = context.invoked_function_arn.split(':');
    parts.nth(4).unwrap_or_default()
}

/// The handler of one invocation.
pub fn real_handler<'a>(
    sandbox: &'a Sandbox,
    config: &'a Config,
    context: &Context,
    secrets: &'a SsmSecrets<'a>,
    meter: &'a EmfMeter<'a>,
) -> RealHandler<'a> {
    let deadline = secrets.deadline;
    Handler {
        records: S3Records {
            client: &sandbox.clients.s3,
            bucket: &config.state_bucket,
            deadline,
        },
        evidence: AwsEvidence {
            clients: &sandbox.clients,
            state_bucket: &config.state_bucket,
            settings: &config.collect,
        },
        summaries: ModelSummaries(Providers {
            providers: &config.providers,
            http: &sandbox.http,
            secrets,
            standings: &sandbox.models,
            time: &System,
        }),
        time: System,
        concerns: &config.concerns,
        account: account(context).to_owned(),
        console: sandbox.console.as_ref(),
        is_paused: config.is_paused,
        lease: Lease {
            request: context.request_id.clone(),
            until: deadline.end() + LEASE_MARGIN,
        },
        ends_at: deadline.end(),
        meter,
    }
}

impl Collect for AwsEvidence<'_> {
    async fn collect(&self, case: &Case, by: Timestamp) -> Evidence {
        let deadline = Deadline::at(by);
        let sources = AwsSources {
            clients: self.clients,
            state_bucket: self.state_bucket,
            export_bucket: self.settings.export_bucket.as_deref(),
            deadline,
        };
        let heard = Heard {
            alarm: case.alarm.clone(),
            ended_at: case.ended_at,
        };
        let subject = incident_of(&sources, heard, self.settings, &System, deadline).await;
        Box::pin(collect(&sources, subject, self.settings, &System, deadline)).await
    }
}

impl Summarise for ModelSummaries<'_> {
    fn is_configured(&self) -> bool {
        self.0.is_configured()
    }

    async fn summarise(&self, analysis: &Analysis, by: Timestamp) -> Option<Summary> {
        Box::pin(summarise(&self.0, analysis, &System, Deadline::at(by))).await
    }
}
