//! lambda-medic installed in a local cloud, where it watches over a service or a host that is fine for now.

mod ci;
mod export;
mod host;

use std::path::PathBuf;

use anyhow::Context as _;
use aws_config::SdkConfig;
use aws_sdk_cloudwatch::types::StateValue;

pub use self::ci::{CiWish, LlmServer};
pub use self::export::ExportWish;
pub use self::host::{HostWish, Over};
use crate::deployment::{
    Analyst, Ci, Exporter, Mode, Outputs, Parameters, Restarts, Shop, deploy, deploy_shop,
};
use crate::event;
use crate::local_cloud::LocalCloud;
use crate::poll::TimeLimit;
use crate::project::Project;
use crate::scenario::{Scenario, service_arn};
use crate::screen::Screen;
use crate::speed::Speed;

/// The sender of the function's mails.
pub const MAIL_FROM: &str = "medic@example.com";

/// Who reads alarms and reports.
pub const MAIL_TO: &str = "oncall@example.com";

/// Another reader of the reports topic. The stack subscribes [`MAIL_TO`] to it only where SES mails are not wanted, so that
/// nobody gets a report twice.
pub const TEAM: &str = "team@example.com";

/// A local cloud with the stack, and what it watches over (a service, if nothing else is said) with its alarm, which is OK.
#[derive(Debug)]
pub struct Installation<S = Scenario> {
    /// The cloud that all of it is in.
    pub cloud: LocalCloud,
    /// What the stack gave.
    pub outputs: Outputs,
    /// What is watched, and its alarm.
    pub scenario: S,
}

/// What kind of installation is wanted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Wish {
    /// Whether the function acts.
    pub mode: Mode,
    /// How long the alarm's periods and the time between two ticks are.
    pub speed: Speed,
    /// Whether a restart of the service heals it.
    pub restarts: Restarts,
    /// The playbook file; `None` for the project's own.
    pub playbook: Option<PathBuf>,
    /// Whose CI logs are analyzed, and how.
    pub ci: Ci,
    /// Whether incidents are analysed.
    pub analyst: Analyst,
    /// Which logs are exported, and how.
    pub exporter: Exporter,
}

impl Wish {
    /// An installation that acts, as fast as on AWS, on a service that a restart heals.
    pub fn live() -> Self {
        Self {
            mode: Mode::Live,
            speed: Speed::LIFE,
            restarts: Restarts::Heal,
            playbook: None,
            ci: Ci::default(),
            analyst: Analyst::default(),
            exporter: Exporter::default(),
        }
    }
}

impl Installation {
    /// Sets all of it up and shows each part as it is ready.
    pub async fn set_up(project: &Project, wish: Wish, screen: &Screen) -> anyhow::Result<Self> {
        let cloud = start_cloud(project, wish.speed, screen).await?;
        let config = cloud.sdk_config();
        let parameters = Parameters {
            service_arns: vec![service_arn(cloud.region(), cloud.account())],
            instance_arns: Vec::new(),
            ssh_key_parameter_arns: Vec::new(),
            mail_from: MAIL_FROM.to_owned(),
            mail_to: MAIL_TO.to_owned(),
            mode: wish.mode,
            tick_schedule: wish.speed.tick_schedule(),
            playbook: wish.playbook,
            ci: wish.ci,
            analyst: wish.analyst,
            exporter: wish.exporter,
        };
        let outputs = Box::pin(install(&cloud, project, &parameters, screen)).await?;

        screen.waiting_for("the service to run");
        let shop = Shop {
            alerts_topic_arn: outputs.alerts_topic_arn.clone(),
            speed: wish.speed,
            restarts: wish.restarts,
        };
        let shop = Box::pin(deploy_shop(&config, project, &shop)).await?;
        let load_balancer = cloud.load_balancer(&shop.load_balancer_arn).await?;
        let scenario = Scenario::new(&config, &shop, load_balancer);
        let service = scenario.wait_for_rollout(None, TimeLimit::usual()).await?;
        screen.observed(&event::service(&service, &scenario.load_balancer));

        screen.waiting_for("the alarm to be evaluated");
        let alarm = scenario.wait_for_alarm(&StateValue::Ok, TimeLimit::usual());
        screen.observed(&event::alarm(&alarm.await?));
        Ok(Self {
            cloud,
            outputs,
            scenario,
        })
    }
}

async fn start_cloud(
    project: &Project,
    speed: Speed,
    screen: &Screen,
) -> anyhow::Result<LocalCloud> {
    start_cloud_with(project, speed, &[], screen).await
}

async fn start_cloud_with(
    project: &Project,
    speed: Speed,
    settings: &[(&str, String)],
    screen: &Screen,
) -> anyhow::Result<LocalCloud> {
    screen.waiting_for("the local cloud to start");
    let cloud = LocalCloud::start_with(project, speed, settings).await?;
    screen.observed(&event::cloud(&cloud));
    Ok(cloud)
}

/// Creates the stack, with everybody who reads its mails.
async fn install(
    cloud: &LocalCloud,
    project: &Project,
    parameters: &Parameters,
    screen: &Screen,
) -> anyhow::Result<Outputs> {
    let config = cloud.sdk_config();
    cloud.verify_sender(MAIL_FROM).await?;
    screen.waiting_for("the stack to be created");
    let outputs = Box::pin(deploy(&config, project, parameters)).await?;
    screen.observed(&event::stack(&outputs));
    subscribe(&config, &outputs.reports_topic_arn).await?;
    Ok(outputs)
}

async fn subscribe(config: &SdkConfig, topic_arn: &str) -> anyhow::Result<()> {
    let call = aws_sdk_sns::Client::new(config).subscribe();
    call.topic_arn(topic_arn)
        .protocol("email")
        .endpoint(TEAM)
        .send()
        .await
        .map(drop)
        .with_context(|| format!("couldn't subscribe {TEAM} to SNS topic {topic_arn}"))
}
