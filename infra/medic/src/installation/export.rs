//! lambda-medic where it exports logs, which are there before it, and looks after nothing else.

use anyhow::Context as _;

use super::{Installation, MAIL_FROM, MAIL_TO, install, start_cloud_with};
use crate::deployment::{Analyst, Ci, Exporter, Mode, Parameters};
use crate::event;
use crate::local_cloud::LogFault;
use crate::project::Project;
use crate::scenario::export::{ExportScenario, Groups, Line, Stored};
use crate::screen::Screen;
use crate::speed::Speed;

/// What kind of installation is wanted over log groups.
#[derive(Clone, Debug, Default)]
pub struct ExportWish {
    /// The log groups that there are, and what they logged before the installation.
    pub groups: Vec<(&'static str, Vec<Line>)>,
    /// Which of them are exported, and how.
    pub exporter: Exporter,
    /// What goes wrong.
    pub faults: Vec<LogFault>,
    /// Settings of the local cloud, such as how long an export task takes.
    pub cloud: Vec<(&'static str, String)>,
}

impl Installation<ExportScenario> {
    /// Sets up the cloud, the log groups and the stack, and shows each part as it is ready.
    pub async fn set_up_export(
        project: &Project,
        wish: ExportWish,
        screen: &Screen,
    ) -> anyhow::Result<Self> {
        let cloud = start_cloud_with(project, Speed::LIFE, &wish.cloud, screen).await?;
        let config = cloud.sdk_config();
        let groups = Groups::new(&config);
        for (group, lines) in &wish.groups {
            groups.create(group, lines).await?;
            if let Some(first) = lines.iter().map(|line| line.at).min() {
                cloud.set_group_age(group, first).await?;
            }
            screen.observed(&event::log_group(group, lines.len()));
        }
        for fault in &wish.faults {
            cloud.set_log_fault(fault).await?;
        }
        let parameters = Parameters {
            service_arns: Vec::new(),
            instance_arns: Vec::new(),
            ssh_key_parameter_arns: Vec::new(),
            mail_from: MAIL_FROM.to_owned(),
            mail_to: MAIL_TO.to_owned(),
            mode: Mode::Live,
            tick_schedule: None,
            playbook: None,
            ci: Ci::default(),
            analyst: Analyst::Absent,
            exporter: wish.exporter,
        };
        let outputs = Box::pin(install(&cloud, project, &parameters, screen)).await?;
        let exporter = outputs.exporter.as_ref();
        let exporter = exporter.context("the stack has no log-exporter")?;
        let stored = Stored::new(
            &config,
            (cloud.account(), cloud.region()),
            (&exporter.export_bucket_name, &exporter.state_bucket_name),
        );
        Ok(Self {
            cloud,
            outputs,
            scenario: ExportScenario { groups, stored },
        })
    }
}
