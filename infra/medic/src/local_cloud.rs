//! AWS on this machine, for as long as the value lives: the Python program in `infra/local`.

mod mail;
mod process;
mod ready;

use std::time::Duration;

use anyhow::{Context as _, bail};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};

pub use self::mail::{Mail, Via};
use self::process::Process;
use self::ready::Ready;
use crate::project::Project;

/// The local cloud accepts any credentials.
pub const CREDENTIAL: &str = "test";

/// The local cloud answers in milliseconds; only the upload of a debug build takes longer.
const CALL_WITHIN: Duration = Duration::from_secs(30);

/// A local cloud that runs. It ends when the value is dropped, and also when this program is killed.
#[derive(Debug)]
pub struct LocalCloud {
    _process: Process,
    ready: Ready,
    http: reqwest::Client,
}

impl LocalCloud {
    /// Starts the local cloud and waits until it answers.
    pub async fn start(project: &Project) -> anyhow::Result<Self> {
        let missing = project.missing();
        if !missing.is_empty() {
            bail!("the local cloud cannot start:\n{}", missing.join("\n"));
        }
        let mut process = Process::spawn(&project.python(), &project.cloud())?;
        let line = process.first_line().await?;
        Ok(Self {
            ready: Ready::parse(&line)?,
            _process: process,
            http: reqwest::Client::builder()
                .timeout(CALL_WITHIN)
                .no_proxy()
                .build()
                .context("couldn't make an HTTP client")?,
        })
    }

    /// Where all of its services are, such as `http://127.0.0.1:41234`.
    pub fn endpoint(&self) -> &str {
        &self.ready.endpoint
    }

    /// The account that everything in it belongs to.
    pub fn account(&self) -> &str {
        &self.ready.account
    }

    /// The region that everything in it is in.
    pub fn region(&self) -> &str {
        &self.ready.region
    }

    /// The configuration of SDK clients that talk to it. Nothing of the caller's own AWS settings gets into it.
    pub fn sdk_config(&self) -> SdkConfig {
        let credentials = Credentials::new(CREDENTIAL, CREDENTIAL, None, None, "local cloud");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(self.endpoint())
            .region(Region::new(self.region().to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .timeout_config(
                TimeoutConfig::builder()
                    .operation_timeout(CALL_WITHIN)
                    .build(),
            )
            .build()
    }

    /// Makes SES accept mails from an address. On AWS its owner has to agree first, by a click in a mail.
    pub async fn verify_sender(&self, address: &str) -> anyhow::Result<()> {
        let ses = aws_sdk_sesv2::Client::new(&self.sdk_config());
        let call = ses.create_email_identity().email_identity(address);
        call.send()
            .await
            .map(drop)
            .with_context(|| format!("couldn't verify {address} in SES"))
    }

    /// Every mail that left it, oldest first.
    pub async fn mails(&self) -> anyhow::Result<Vec<Mail>> {
        let url = format!("{}/_medic/mails", self.endpoint());
        let answer = async {
            let response = self.http.get(&url).send().await?.error_for_status()?;
            response.json().await
        };
        answer
            .await
            .with_context(|| format!("couldn't read the mails at {url}"))
    }
}
