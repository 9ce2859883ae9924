//! AWS on this machine, for as long as the value lives: the Python program in `infra/local`.

mod call;
mod host;
mod load_balancer;
mod log_fault;
mod mail;
mod process;
mod ready;

use std::time::Duration;

use anyhow::{Context as _, bail};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

pub use self::call::GrantedCall;
pub use self::host::{Container, ContainerPlan, DockerCall, Host, HostPlan};
pub use self::load_balancer::LoadBalancer;
pub use self::log_fault::LogFault;
pub use self::mail::{Mail, Via};
use self::process::Process;
use self::ready::Ready;
use crate::deployment::IMAGE;
use crate::project::Project;
use crate::speed::Speed;

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
    /// Starts the local cloud and waits until it answers. At a higher speed it checks the health of targets more often than
    /// their target groups say, whose settings have to be such as AWS accepts.
    pub async fn start(project: &Project, speed: Speed) -> anyhow::Result<Self> {
        Self::start_with(project, speed, &[]).await
    }

    /// Starts it with more of its settings; `infra/local/README.md` has them.
    pub async fn start_with(
        project: &Project,
        speed: Speed,
        more: &[(&str, String)],
    ) -> anyhow::Result<Self> {
        let missing = project.missing();
        if !missing.is_empty() {
            bail!("the local cloud cannot start:\n{}", missing.join("\n"));
        }
        let images = serde_json::json!({IMAGE: project.shop_binary()}).to_string();
        let settings = [
            ("ECS_LOCAL_IMAGES", images),
            ("ALB_HEALTH_CHECK_SPEEDUP", speed.to_string()),
        ];
        let settings = [&settings, more].concat();
        let mut process = Process::spawn(&project.python(), &project.cloud(), &settings)?;
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
        self.read("mails").await
    }

    /// Every action on each resource that a function asked for, and whether its role grants it.
    pub async fn calls(&self) -> anyhow::Result<Vec<GrantedCall>> {
        self.read("calls").await
    }

    /// The load balancer with this ARN.
    pub async fn load_balancer(&self, arn: &str) -> anyhow::Result<LoadBalancer> {
        let all: Vec<LoadBalancer> = self.read("load-balancers").await?;
        all.into_iter()
            .find(|load_balancer| load_balancer.arn == arn)
            .with_context(|| format!("there is no load balancer {arn}"))
    }

    /// Makes a host and starts its containers.
    pub async fn make_host(&self, plan: &HostPlan) -> anyhow::Result<Host> {
        self.post("hosts", plan).await
    }

    /// The host with this instance id.
    pub async fn host(&self, instance: &str) -> anyhow::Result<Host> {
        let all: Vec<Host> = self.read("hosts").await?;
        all.into_iter()
            .find(|host| host.instance == instance)
            .with_context(|| format!("there is no host {instance}"))
    }

    /// Takes the SSM Agent of a host off line (`ConnectionLost`), or back (`Online`).
    pub async fn set_ping(&self, instance: &str, status: &str) -> anyhow::Result<Host> {
        let what = format!("hosts/{instance}/ping");
        self.post(&what, &json!({"status": status})).await
    }

    /// What the local cloud tells of itself, which AWS does not.
    async fn read<T: DeserializeOwned>(&self, what: &str) -> anyhow::Result<T> {
        let url = format!("{}/_medic/{what}", self.endpoint());
        let answer = async {
            let response = self.http.get(&url).send().await?.error_for_status()?;
            response.json().await
        };
        answer.await.with_context(|| format!("couldn't read {url}"))
    }

    async fn post<T: DeserializeOwned>(
        &self,
        what: &str,
        body: &impl Serialize,
    ) -> anyhow::Result<T> {
        let url = format!("{}/_medic/{what}", self.endpoint());
        let answer = async {
            let response = self.http.post(&url).json(body).send().await?;
            response.error_for_status()?.json().await
        };
        answer
            .await
            .with_context(|| format!("couldn't post to {url}"))
    }
}
