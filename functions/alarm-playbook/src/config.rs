//! The function's settings; the only reader of the environment.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use shared::reports::MailSettings;
use shared::settings::{SettingError, Settings};
use tracing::level_filters::LevelFilter;

use crate::decision::Policy;

/// The function's settings, each from the environment variable of its name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Config {
    /// `STATE_BUCKET`: the bucket that holds the records.
    pub state_bucket: String,
    /// `INCIDENT_REPORTS` (off unless `true`): whether the incident analyst writes a report of each incident, to link to.
    pub has_incident_reports: bool,
    /// `ALERTS_TOPIC_ARN`: where alarms publish; alarms that do and whose message was lost are found by it.
    pub alerts_topic_arn: String,
    /// `REPORTS_TOPIC_ARN`: where reports are published.
    pub reports_topic_arn: String,
    /// `PAGER_TOPIC_ARN`: where somebody is called; without it, over the other channels.
    pub pager_topic_arn: Option<String>,
    /// `MAIL_FROM` and `MAIL_TO` (comma-separated): both or neither.
    pub mail: Option<MailSettings>,
    /// `DRY_RUN` (on unless `false`), `MEDIC_PAUSED` (off unless `true`), `ALLOWED_ACCOUNTS` and `ALLOWED_REGIONS` (comma-separated),
    /// `RESTART_DOCUMENT` (the SSM document that restarts containers) and `AUTOMATION_DOCUMENTS` (comma-separated,
    /// names or the ARNs of automation definitions).
    pub policy: Policy,
    /// `PLAYBOOK_FILE`: absolute, or relative to `LAMBDA_TASK_ROOT`; `playbook.yaml` if unset.
    pub playbook_file: PathBuf,
    /// `AWS_REGION`, which Lambda sets: where the services are, and for links into the console.
    pub region: String,
    /// `AWS_LAMBDA_FUNCTION_NAME`, which Lambda sets: a dimension of the function's metrics.
    pub function_name: String,
    /// `AWS_LAMBDA_LOG_LEVEL`, which Lambda sets: info if unset or unknown.
    pub log_level: LevelFilter,
}

impl Config {
    /// The settings in the process's environment.
    #[expect(
        clippy::disallowed_methods,
        reason = "config.rs is the one reader of the environment"
    )]
    pub fn from_env() -> Result<Self, SettingError> {
        Self::from_vars(std::env::vars().collect())
    }

    /// The settings in `vars`. The first that is missing or unusable is the error, by name.
    pub fn from_vars(vars: HashMap<String, String>) -> Result<Self, SettingError> {
        let vars = Settings::new(vars);
        Ok(Self {
            state_bucket: vars
                .required("STATE_BUCKET", "it names the bucket that holds the records")?
                .to_owned(),
            has_incident_reports: vars.flag("INCIDENT_REPORTS", false)?,
            alerts_topic_arn: vars
                .required("ALERTS_TOPIC_ARN", "it is the topic that alarms publish to")?
                .to_owned(),
            reports_topic_arn: vars
                .required(
                    "REPORTS_TOPIC_ARN",
                    "it is the topic that reports are published to",
                )?
                .to_owned(),
            pager_topic_arn: pager(&vars)?,
            mail: vars.mail()?,
            policy: Policy {
                dry_run: vars.flag("DRY_RUN", true)?,
                paused: vars.flag("MEDIC_PAUSED", false)?,
                allowed_accounts: vars.list(
                    "ALLOWED_ACCOUNTS",
                    "it lists the accounts whose alarms may lead to an action",
                )?,
                allowed_regions: vars.list(
                    "ALLOWED_REGIONS",
                    "it lists the regions whose alarms may lead to an action",
                )?,
                restart_document: vars.optional("RESTART_DOCUMENT").map(str::to_owned),
                automations: automations(&vars),
            },
            playbook_file: playbook_file(&vars),
            region: vars
                .required(
                    "AWS_REGION",
                    "Lambda sets it; elsewhere, set it to the services' region",
                )?
                .to_owned(),
            function_name: vars
                .optional("AWS_LAMBDA_FUNCTION_NAME")
                .unwrap_or("alarm-playbook")
                .to_owned(),
            log_level: vars.log_level(),
        })
    }
}

/// A page must not come back as an alarm.
fn pager(vars: &Settings) -> Result<Option<String>, SettingError> {
    let pager = vars.optional("PAGER_TOPIC_ARN");
    if pager.is_some() && pager == vars.optional("ALERTS_TOPIC_ARN") {
        return Err(SettingError::Invalid {
            name: "PAGER_TOPIC_ARN",
            value: pager.unwrap_or_default().to_owned(),
            expected: "use another topic than that of the alarms",
        });
    }
    Ok(pager.map(str::to_owned))
}

/// The documents by name; the template gives the ARNs of their definitions, which the role goes by.
fn automations(vars: &Settings) -> Vec<String> {
    let documents = vars.optional_list("AUTOMATION_DOCUMENTS").into_iter();
    let name = |document: String| match document.split_once(":automation-definition/") {
        Some((_, versioned)) => versioned.split(':').next().unwrap_or_default().to_owned(),
        None => document,
    };
    documents.map(name).collect()
}

fn playbook_file(vars: &Settings) -> PathBuf {
    let root = Path::new(vars.optional("LAMBDA_TASK_ROOT").unwrap_or("."));
    root.join(vars.optional("PLAYBOOK_FILE").unwrap_or("playbook.yaml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vars(changes: &[(&str, &str)]) -> HashMap<String, String> {
        let complete = [
            ("STATE_BUCKET", "state"),
            ("INCIDENT_REPORTS", "true"),
            (
                "PAGER_TOPIC_ARN",
                "arn:aws:sns:eu-west-1:111122223333:pager",
            ),
            ("RESTART_DOCUMENT", "restart-container"),
            (
                "AUTOMATION_DOCUMENTS",
                "arn:aws:ssm:eu-west-1::automation-definition/AWS-RestartEC2Instance:$DEFAULT, mend",
            ),
            (
                "ALERTS_TOPIC_ARN",
                "arn:aws:sns:eu-west-1:111122223333:alerts",
            ),
            (
                "REPORTS_TOPIC_ARN",
                "arn:aws:sns:eu-west-1:111122223333:reports",
            ),
            ("MAIL_FROM", "medic@example.com"),
            ("MAIL_TO", "oncall@example.com"),
            ("DRY_RUN", "false"),
            ("ALLOWED_ACCOUNTS", "111122223333"),
            ("ALLOWED_REGIONS", "eu-west-1, eu-central-1"),
            ("PLAYBOOK_FILE", "playbook.yaml"),
            ("LAMBDA_TASK_ROOT", "/var/task"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_LAMBDA_FUNCTION_NAME", "medic-alarm-playbook"),
            ("AWS_LAMBDA_LOG_LEVEL", "WARN"),
        ];
        let all = complete.iter().chain(changes);
        all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_complete_environment_is_read() {
        let expected = Config {
            state_bucket: "state".to_owned(),
            has_incident_reports: true,
            alerts_topic_arn: "arn:aws:sns:eu-west-1:111122223333:alerts".to_owned(),
            reports_topic_arn: "arn:aws:sns:eu-west-1:111122223333:reports".to_owned(),
            pager_topic_arn: Some("arn:aws:sns:eu-west-1:111122223333:pager".to_owned()),
            mail: Some(MailSettings {
                from: "medic@example.com".to_owned(),
                to: vec!["oncall@example.com".to_owned()],
            }),
            policy: Policy {
                dry_run: false,
                paused: false,
                allowed_accounts: vec!["111122223333".to_owned()],
                allowed_regions: vec!["eu-west-1".to_owned(), "eu-central-1".to_owned()],
                restart_document: Some("restart-container".to_owned()),
                automations: vec!["AWS-RestartEC2Instance".to_owned(), "mend".to_owned()],
            },
            playbook_file: PathBuf::from("/var/task/playbook.yaml"),
            region: "eu-west-1".to_owned(),
            function_name: "medic-alarm-playbook".to_owned(),
            log_level: LevelFilter::WARN,
        };
        assert_eq!(Config::from_vars(vars(&[])), Ok(expected));
    }

    #[test]
    fn a_pager_that_is_the_topic_of_the_alarms_is_refused() {
        let alerts = "arn:aws:sns:eu-west-1:111122223333:alerts";
        let error = SettingError::Invalid {
            name: "PAGER_TOPIC_ARN",
            value: alerts.to_owned(),
            expected: "use another topic than that of the alarms",
        };
        let settings = vars(&[("PAGER_TOPIC_ARN", alerts)]);
        assert_eq!(Config::from_vars(settings), Err(error));
    }

    #[test]
    fn each_missing_setting_is_named() {
        for name in [
            "STATE_BUCKET",
            "ALERTS_TOPIC_ARN",
            "REPORTS_TOPIC_ARN",
            "ALLOWED_ACCOUNTS",
            "ALLOWED_REGIONS",
            "AWS_REGION",
            "MAIL_FROM",
            "MAIL_TO",
        ] {
            let error = Config::from_vars(vars(&[(name, "")]))
                .unwrap_err()
                .to_string();
            assert_eq!(error.split(' ').next(), Some(name), "{error}");
        }
    }

    #[test]
    fn nothing_is_acted_on_unless_somebody_says_so() {
        let config = Config::from_vars(vars(&[("DRY_RUN", "")])).unwrap();
        assert!(config.policy.dry_run);
        let error = Config::from_vars(vars(&[("DRY_RUN", "0")])).unwrap_err();
        assert_eq!(error.to_string(), "DRY_RUN is `0`; use true or false");
    }

    #[test]
    fn mail_is_off_where_neither_address_is_set() {
        let config = Config::from_vars(vars(&[("MAIL_FROM", ""), ("MAIL_TO", "")])).unwrap();
        assert_eq!(config.mail, None);
    }

    #[test]
    fn an_absolute_playbook_file_is_taken_as_it_is() {
        let config = Config::from_vars(vars(&[("PLAYBOOK_FILE", "/opt/playbook.yaml")])).unwrap();
        assert_eq!(config.playbook_file, PathBuf::from("/opt/playbook.yaml"));
    }
}
