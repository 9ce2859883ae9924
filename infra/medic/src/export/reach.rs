//! An installation that exports logs, as somebody at a terminal reaches it.

use std::collections::HashMap;

use anyhow::Context as _;
use aws_config::SdkConfig;
use clap::Args;
use jiff::SignedDuration;
use log_exporter::aws::{AwsSources, Clients};
use log_exporter::config::Config;
use shared::clock::{Clock as _, System};
use shared::deadline::Deadline;
use shared::records::S3Records;

use crate::config;
use crate::deployment::stack_output;
use crate::installed::{self, Installed};

/// One piece of work, such as reading the parts of an hour, may take so long.
const PATIENCE: SignedDuration = SignedDuration::from_mins(30);

/// Which installation is meant.
#[derive(Args, Clone, Debug)]
pub struct WhichExport {
    /// The bucket that logs are exported to; without it, the one that the variable `EXPORT_BUCKET` names, or else the one that the stack made
    #[arg(long, value_name = "BUCKET")]
    export_bucket: Option<String>,

    #[command(flatten)]
    pub(super) installed: installed::Which,
}

/// What is reached of an installation: its AWS, and what was said of it.
#[derive(Debug)]
pub struct Reached {
    aws: SdkConfig,
    clients: Clients,
    which: WhichExport,
}

impl Reached {
    /// The AWS of the environment and of the profile files.
    pub async fn find(which: &WhichExport) -> anyhow::Result<Self> {
        let aws = installed::aws().await?;
        Ok(Self {
            clients: Clients::new(&aws),
            aws,
            which: which.clone(),
        })
    }

    /// The AWS settings.
    pub fn aws(&self) -> &SdkConfig {
        &self.aws
    }

    /// The region.
    pub fn region(&self) -> String {
        let region = self.aws.region();
        region.map_or(String::new(), ToString::to_string)
    }

    /// The records, the ledger among them.
    pub async fn records(&self) -> anyhow::Result<Installed> {
        Installed::find_by(self.aws.clone(), &self.which.installed).await
    }

    /// The bucket that logs are exported to.
    pub async fn export_bucket(&self) -> anyhow::Result<String> {
        let given = self.which.export_bucket.clone();
        match given.or_else(config::export_bucket) {
            Some(bucket) => Ok(bucket),
            None => self.output("ExportBucketName").await.context(
                "couldn't find the bucket that logs are exported to; --export-bucket names it",
            ),
        }
    }

    /// The objects of the bucket that logs are exported to, as records: for manifests.
    pub fn exported<'a>(&'a self, bucket: &'a str) -> S3Records<'a> {
        S3Records {
            client: &self.clients.s3,
            bucket,
            deadline: deadline(),
        }
    }

    /// Log groups, and the objects of the bucket that logs are exported to, for one piece of work.
    pub fn sources<'a>(&'a self, export_bucket: &'a str) -> AwsSources<'a> {
        AwsSources {
            clients: &self.clients,
            export_bucket,
            deadline: deadline(),
        }
    }

    /// The deployed function's settings, which are what its environment says, and its account.
    pub async fn deployed(&self) -> anyhow::Result<(HashMap<String, String>, String)> {
        let function = self.output("LogExporterFunctionName").await?;
        let lambda = aws_sdk_lambda::Client::new(&self.aws);
        let call = lambda.get_function_configuration();
        let configuration = call.function_name(&function).send().await;
        let configuration =
            configuration.with_context(|| format!("couldn't read the settings of {function}"))?;
        let arn = configuration.function_arn.unwrap_or_default();
        // arn:aws:lambda:eu-west-1:111122223333:function:name
        let account = arn.split(':').nth(4).unwrap_or_default().to_owned();
        let environment = configuration.environment.and_then(|all| all.variables);
        let mut settings = environment.unwrap_or_default();
        settings.insert("AWS_REGION".to_owned(), self.region());
        settings.insert("AWS_LAMBDA_FUNCTION_NAME".to_owned(), function);
        Ok((settings, account))
    }

    /// The deployed function's settings, read as it reads them.
    pub async fn config(&self) -> anyhow::Result<Config> {
        let (settings, _) = self.deployed().await?;
        Config::from_vars(settings).context("couldn't use the deployed function's settings")
    }

    async fn output(&self, key: &str) -> anyhow::Result<String> {
        stack_output(&self.aws, self.which.installed.stack(), key).await
    }
}

fn deadline() -> Deadline {
    Deadline::at(System.now() + PATIENCE)
}
