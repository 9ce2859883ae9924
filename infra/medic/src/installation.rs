//! lambda-medic installed in a local cloud, where it watches over a service that is fine for now.

use anyhow::Context as _;
use aws_config::SdkConfig;

use crate::deployment::{Mode, Outputs, Parameters, deploy};
use crate::event;
use crate::local_cloud::LocalCloud;
use crate::project::Project;
use crate::scenario::{Scenario, service_arn};
use crate::screen::Screen;

/// The sender of the function's mails.
pub const MAIL_FROM: &str = "medic@example.com";

/// Who reads alarms and reports.
pub const MAIL_TO: &str = "oncall@example.com";

/// Another reader of the reports topic. The stack subscribes [`MAIL_TO`] to it only where SES mails are not wanted, so that
/// nobody gets a report twice.
pub const TEAM: &str = "team@example.com";

/// A local cloud with the stack, the service and its alarm, which is OK.
#[derive(Debug)]
pub struct Installation {
    /// The cloud that all of it is in.
    pub cloud: LocalCloud,
    /// What the stack gave.
    pub outputs: Outputs,
    /// The service and its alarm.
    pub scenario: Scenario,
}

impl Installation {
    /// Sets all of it up and shows each part as it is ready.
    pub async fn set_up(project: &Project, mode: Mode, screen: &Screen) -> anyhow::Result<Self> {
        screen.waiting_for("the local cloud to start");
        let cloud = LocalCloud::start(project).await?;
        screen.observed(&event::cloud(&cloud));

        let config = cloud.sdk_config();
        let scenario = Scenario::new(&config);
        let parameters = Parameters {
            service_arns: vec![service_arn(cloud.region(), cloud.account())],
            mail_from: MAIL_FROM.to_owned(),
            mail_to: MAIL_TO.to_owned(),
            mode,
        };
        cloud.verify_sender(MAIL_FROM).await?;
        screen.waiting_for("the stack and the service to be created");
        let stack = async {
            let outputs = deploy(&config, project, &parameters).await?;
            screen.observed(&event::stack(&outputs));
            anyhow::Ok(outputs)
        };
        let service = async {
            let service = scenario.create_service().await?;
            screen.observed(&event::service(&service));
            Ok(())
        };
        let (outputs, ()) = tokio::try_join!(Box::pin(stack), Box::pin(service))?;

        subscribe(&config, &outputs.reports_topic_arn).await?;
        screen.waiting_for("the alarm to be evaluated");
        let alarm = scenario.create_alarm(&outputs.alerts_topic_arn).await?;
        screen.observed(&event::alarm(&alarm));
        Ok(Self {
            cloud,
            outputs,
            scenario,
        })
    }
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
