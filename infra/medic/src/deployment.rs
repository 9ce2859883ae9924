//! Puts the real template with the real binaries into an AWS, as `aws cloudformation package` and `deploy` would.

mod analyst;
mod ci;
mod exporter;
mod package;
mod shop;
mod stack;
mod template;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use aws_config::SdkConfig;
use aws_sdk_cloudformation::types::{Output, Parameter};

pub use self::analyst::{Analyst, AnalystOutputs};
pub use self::ci::{Ci, CiOutputs};
pub use self::exporter::{Exporter, ExporterOutputs};
use self::package::Package;
pub use self::shop::{IMAGE, Restarts, Shop, ShopOutputs, deploy_shop};
use crate::poll::TimeLimit;
use crate::project::Project;

/// The stack's name; it is also the beginning of the names of its resources.
pub const STACK: &str = "lambda-medic";

const ALARM_PLAYBOOK: &str = "alarm-playbook";
const CI_LOG_ANALYZER: &str = "ci-log-analyzer";
const INCIDENT_ANALYST: &str = "incident-analyst";
const LOG_EXPORTER: &str = "log-exporter";

/// The functions of the template.
const FUNCTIONS: [&str; 4] = [
    ALARM_PLAYBOOK,
    CI_LOG_ANALYZER,
    INCIDENT_ANALYST,
    LOG_EXPORTER,
];

/// What the template asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Parameters {
    /// The ECS services that the function may restart.
    pub service_arns: Vec<String>,
    /// The EC2 instances whose containers the function may restart by SSM.
    pub instance_arns: Vec<String>,
    /// The SSM parameters with the private keys of hosts that the function may read.
    pub ssh_key_parameter_arns: Vec<String>,
    /// The sender of reports by SES; empty for none.
    pub mail_from: String,
    /// Who reads alarms and reports; empty for nobody.
    pub mail_to: String,
    /// Whether the function acts.
    pub mode: Mode,
    /// When the function looks after what it began; `None` for the template's own schedule.
    pub tick_schedule: Option<String>,
    /// The playbook file to package; `None` for the project's own.
    pub playbook: Option<PathBuf>,
    /// Whose CI logs are analyzed, and how.
    pub ci: Ci,
    /// Whether incidents are analysed.
    pub analyst: Analyst,
    /// Which logs are exported, and how.
    pub exporter: Exporter,
}

/// Whether an installation acts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// It remediates.
    Live,
    /// It only reports what it would do.
    DryRun,
}

/// What the stack gives to others.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Outputs {
    /// The topic that alarms publish to.
    pub alerts_topic_arn: String,
    /// The topic that the function publishes its reports to.
    pub reports_topic_arn: String,
    /// The bucket that holds the records.
    pub state_bucket_name: String,
    /// The function.
    pub alarm_playbook_function_name: String,
    /// The queue of events that every attempt failed on.
    pub alarm_playbook_failure_queue_url: String,
    /// Of the function that analyzes CI logs; `None` if the installation has none.
    pub ci: Option<CiOutputs>,
    /// Of the function that analyses incidents; `None` if the installation has none.
    pub analyst: Option<AnalystOutputs>,
    /// Of the function that exports logs; `None` if the installation has none.
    pub exporter: Option<ExporterOutputs>,
}

/// Packages the functions, uploads them, creates the stack and waits until it is complete.
pub async fn deploy(
    config: &SdkConfig,
    project: &Project,
    parameters: &Parameters,
) -> anyhow::Result<Outputs> {
    package::upload(config, parameters.packages(project)).await?;
    let template = read_template(&project.template()).await?;
    let codes = FUNCTIONS.map(|function| template::Code {
        function,
        uri: Package::uri(function),
    });
    let template = template::with_code_at(&template, &codes)?;
    let stack = stack::Wanted {
        name: STACK,
        template: stack::Template::At(package::upload_template(config, template).await?),
        parameters: parameters.as_cloudformation(),
    };
    let outputs = stack::create(config, stack, TimeLimit::usual()).await?;
    Outputs::from_stack(&outputs)
}

/// The bucket that holds the records of a stack that is there.
pub async fn state_bucket(config: &SdkConfig, stack: &str) -> anyhow::Result<String> {
    let outputs = stack::outputs(config, stack).await?;
    output(&outputs, stack, "StateBucketName")
}

/// An output of a stack that is there.
pub async fn stack_output(config: &SdkConfig, stack: &str, key: &str) -> anyhow::Result<String> {
    let outputs = stack::outputs(config, stack).await?;
    output(&outputs, stack, key)
}

async fn read_template(path: &Path) -> anyhow::Result<String> {
    tokio::fs::read_to_string(path)
        .await
        .with_context(|| format!("couldn't read {}", path.display()))
}

fn parameter(key: &str, value: impl Into<String>) -> Parameter {
    Parameter::builder()
        .parameter_key(key)
        .parameter_value(value)
        .build()
}

fn output(outputs: &[Output], stack: &str, key: &str) -> anyhow::Result<String> {
    outputs
        .iter()
        .find(|output| output.output_key() == Some(key))
        .and_then(Output::output_value)
        .map(str::to_owned)
        .with_context(|| format!("stack {stack} has no output {key}"))
}

impl Parameters {
    /// What has to be uploaded. The package of a function that the template leaves out under a condition is never looked
    /// for, and a debug build is large.
    fn packages(&self, project: &Project) -> Vec<Package> {
        let playbook = self.playbook.clone();
        let playbook = playbook.unwrap_or_else(|| project.playbook());
        let alarm_playbook = Package {
            function: ALARM_PLAYBOOK,
            binary: project.function_binary(),
            files: vec![("playbook.yaml", playbook)],
        };
        let ci_log_analyzer = self.ci.is_wanted().then(|| Package {
            function: CI_LOG_ANALYZER,
            binary: project.ci_function_binary(),
            files: Vec::new(),
        });
        let incident_analyst = (self.analyst == Analyst::Installed).then(|| Package {
            function: INCIDENT_ANALYST,
            binary: project.analyst_function_binary(),
            files: Vec::new(),
        });
        let log_exporter = self.exporter.is_wanted().then(|| Package {
            function: LOG_EXPORTER,
            binary: project.exporter_function_binary(),
            files: Vec::new(),
        });
        [alarm_playbook]
            .into_iter()
            .chain(ci_log_analyzer)
            .chain(incident_analyst)
            .chain(log_exporter)
            .collect()
    }

    fn as_cloudformation(&self) -> Vec<Parameter> {
        let architecture = match std::env::consts::ARCH {
            "aarch64" => "arm64",
            other => other,
        };
        let dry_run = match self.mode {
            Mode::Live => "false",
            Mode::DryRun => "true",
        };
        let mut parameters = vec![
            parameter("ServiceArns", self.service_arns.join(",")),
            parameter("InstanceArns", self.instance_arns.join(",")),
            parameter("SshKeyParameterArns", self.ssh_key_parameter_arns.join(",")),
            parameter("MailFrom", &self.mail_from),
            parameter("MailTo", &self.mail_to),
            parameter("DryRun", dry_run),
            parameter("Architecture", architecture),
        ];
        let tick = self.tick_schedule.as_ref();
        parameters.extend(tick.map(|schedule| parameter("TickSchedule", schedule)));
        parameters.extend(self.ci.as_cloudformation());
        parameters.push(self.analyst.as_cloudformation());
        parameters.extend(self.exporter.as_cloudformation());
        parameters
    }
}

impl Outputs {
    fn from_stack(outputs: &[Output]) -> anyhow::Result<Self> {
        let output = |key: &str| output(outputs, STACK, key);
        Ok(Self {
            alerts_topic_arn: output("AlertsTopicArn")?,
            reports_topic_arn: output("ReportsTopicArn")?,
            state_bucket_name: output("StateBucketName")?,
            alarm_playbook_function_name: output("AlarmPlaybookFunctionName")?,
            alarm_playbook_failure_queue_url: output("AlarmPlaybookFailureQueueUrl")?,
            ci: CiOutputs::from_stack(outputs, STACK)?,
            analyst: AnalystOutputs::from_stack(outputs, STACK)?,
            exporter: ExporterOutputs::from_stack(outputs, STACK)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_that_the_stack_lacks_is_named() {
        let output = |key: &str| Output::builder().output_key(key).output_value("x").build();
        let outputs = ["AlertsTopicArn", "ReportsTopicArn"].map(output);
        let error = Outputs::from_stack(&outputs).unwrap_err();
        assert_eq!(
            error.to_string(),
            "stack lambda-medic has no output StateBucketName"
        );
    }
}
