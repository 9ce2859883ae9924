//! A tick on the real world: what an invocation is made of.

use aws_config::SdkConfig;
use jiff::Timestamp;
use lambda_runtime::Context;
use shared::clock::{Clock as _, System};
use shared::deadline::Deadline;
use shared::metrics::EmfMeter;
use shared::records::S3Records;

use crate::aws::{AwsSources, Clients};
use crate::config::Config;
use crate::preflight::Installation;
use crate::tick::{Memo, Tick};

/// What outlives an invocation.
#[derive(Debug)]
pub struct Sandbox {
    clients: Clients,
    memo: Memo,
}

/// A tick whose effects are real.
pub type RealTick<'a> =
    Tick<'a, AwsSources<'a>, AwsSources<'a>, S3Records<'a>, AwsSources<'a>, System>;

impl Sandbox {
    /// A sandbox in which nothing is built yet.
    pub fn new(aws: &SdkConfig) -> Self {
        Self {
            clients: Clients::new(aws),
            memo: Memo::default(),
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

/// The tick of one invocation.
pub fn real_tick<'a>(
    sandbox: &'a Sandbox,
    config: &'a Config,
    context: &Context,
    meter: &'a EmfMeter<'a>,
) -> RealTick<'a> {
    let deadline = deadline(context);
    let ends_at: Timestamp = deadline.end();
    let records = |bucket| S3Records {
        client: &sandbox.clients.s3,
        bucket,
        deadline,
    };
    let sources = AwsSources {
        clients: &sandbox.clients,
        export_bucket: &config.export_bucket,
        deadline,
    };
    Tick {
        logs: sources,
        bucket: sources,
        records: records(&config.state_bucket),
        manifests: records(&config.export_bucket),
        settings: sources,
        time: System,
        rules: &config.rules,
        fingerprint: &config.fingerprint,
        installation: Installation {
            bucket: config.export_bucket.clone(),
            account: account(context).to_owned(),
            region: config.region.clone(),
        },
        is_paused: config.is_paused,
        holder: context.request_id.clone(),
        ends_at,
        memo: &sandbox.memo,
        meter,
    }
}
