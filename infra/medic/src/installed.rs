//! An installation that is there already, on AWS or in a local cloud, as somebody on call reaches it: the bucket of its records.

use anyhow::{Context as _, ensure};
use aws_config::{BehaviorVersion, SdkConfig};
use clap::Args;
use jiff::SignedDuration;
use serde::de::DeserializeOwned;
use shared::aws::{LazyClient, lazy};
use shared::clock::{Clock as _, System};
use shared::deadline::Deadline;
use shared::records::{self, Listed, Loaded, Record, Records, S3Records};

use crate::config;
use crate::deployment::{self, STACK};

/// Longer than anybody waits for an answer at night.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// So many keys are listed at most: nobody reads more, and a bucket of something else is not listed for hours.
const MOST_KEYS: usize = 20_000;

/// Which installation is meant.
#[derive(Args, Clone, Debug)]
pub struct Which {
    /// The bucket that holds the records; without it, the one that the variable `STATE_BUCKET` names, or else the one that the stack made
    #[arg(long, value_name = "BUCKET")]
    bucket: Option<String>,

    /// The CloudFormation stack of the installation
    #[arg(long, value_name = "STACK", default_value = STACK)]
    stack: String,
}

/// The AWS settings of the environment and of the profile files, which name a region.
pub async fn aws() -> anyhow::Result<SdkConfig> {
    let aws = aws_config::defaults(BehaviorVersion::latest()).load().await;
    ensure!(
        aws.region().is_some(),
        "no region is set: set AWS_REGION, or a region in the profile"
    );
    Ok(aws)
}

impl Which {
    /// The CloudFormation stack of the installation.
    pub fn stack(&self) -> &str {
        &self.stack
    }
}

/// The records of an installation.
#[derive(Debug)]
pub struct Installed {
    aws: SdkConfig,
    s3: LazyClient<aws_sdk_s3::Client>,
    bucket: String,
    deadline: Deadline,
}

impl Installed {
    /// Finds the installation, by the AWS settings of the environment and of the profile files.
    pub async fn find(which: &Which) -> anyhow::Result<Self> {
        Self::find_by(aws().await?, which).await
    }

    /// Finds the installation, by these AWS settings.
    pub async fn find_by(aws: SdkConfig, which: &Which) -> anyhow::Result<Self> {
        let given = which.bucket.clone().or_else(config::state_bucket);
        let bucket = match given {
            Some(bucket) => bucket,
            None => deployment::state_bucket(&aws, &which.stack)
                .await
                .context("couldn't find the bucket of the records; --bucket names it")?,
        };
        Ok(Self::new(aws, bucket))
    }

    /// The installation that keeps its records in this bucket.
    pub fn new(aws: SdkConfig, bucket: String) -> Self {
        let config = aws.clone();
        Self {
            aws,
            s3: lazy(move || aws_sdk_s3::Client::new(&config)),
            bucket,
            deadline: Deadline::at(System.now() + PATIENCE),
        }
    }

    /// The same with all its time again, for what goes on for longer than anybody waits for an answer.
    #[must_use]
    pub fn renewed(&self) -> Self {
        Self::new(self.aws.clone(), self.bucket.clone())
    }

    /// Its records.
    pub fn records(&self) -> S3Records<'_> {
        S3Records {
            client: &self.s3,
            bucket: &self.bucket,
            deadline: self.deadline,
        }
    }

    /// The address of a key, `s3://bucket/key`.
    pub fn address(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.bucket)
    }

    /// Reads a record, or `None` if there is none.
    pub async fn load<T: Record>(&self, key: &str) -> anyhow::Result<Option<Loaded<T>>> {
        let loaded = records::load(&self.records(), key).await;
        loaded.with_context(|| format!("couldn't use {}", self.address(key)))
    }

    /// Reads a document that is never changed, or `None` if there is none.
    pub async fn read<T: DeserializeOwned>(&self, key: &str) -> anyhow::Result<Option<T>> {
        let named = || format!("couldn't use {}", self.address(key));
        let Some(stored) = self.records().read(key).await.with_context(named)? else {
            return Ok(None);
        };
        serde_json::from_slice(&stored.body)
            .map(Some)
            .with_context(named)
    }

    /// Every object under a prefix, page by page, and whether there are more than are listed at most.
    pub async fn list(&self, prefix: &str) -> anyhow::Result<(Vec<Listed>, bool)> {
        let mut listed: Vec<Listed> = Vec::new();
        loop {
            let after = listed.last().map(|last| last.key.clone());
            let page = self.records().list(prefix, after.as_deref()).await;
            let page = page.with_context(|| format!("couldn't list {}", self.address(prefix)))?;
            if page.is_empty() {
                return Ok((listed, false));
            }
            listed.extend(page);
            if listed.len() >= MOST_KEYS {
                return Ok((listed, true));
            }
        }
    }
}
