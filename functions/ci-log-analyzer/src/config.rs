//! The function's settings; the only reader of the environment.

use std::collections::HashMap;

use shared::outbound::Site;
use shared::reports::MailSettings;
use shared::settings::{SettingError, Settings};
use tracing::level_filters::LevelFilter;

use crate::decision::Policy;
use crate::github::{self, ApiRoot, AppId, Identity};
use crate::llm::{self, Provider};
use crate::repository::Repository;

/// The function's settings, each from the environment variable of its name.
#[derive(Clone, Debug)]
pub struct Config {
    /// `STATE_BUCKET`: the bucket that holds the records.
    pub state_bucket: String,
    /// `CI_LOGS_BUCKET`: the bucket that CI uploads its logs to, and where the analyses go.
    pub ci_logs_bucket: String,
    /// `REPOSITORIES` (comma-separated, `owner/name`): whose logs are analysed.
    pub repositories: Vec<Repository>,
    /// `REPORTS_TOPIC_ARN`: where reports are published.
    pub reports_topic_arn: String,
    /// `MAIL_FROM` and `MAIL_TO` (comma-separated): both or neither.
    pub mail: Option<MailSettings>,
    /// `DRY_RUN` (on unless `false`), `MEDIC_PAUSED` (off unless `true`), `MAX_LLM_ASKS_PER_HOUR`, `MAX_PROPOSALS_PER_HOUR`,
    /// `MAX_ISSUES_PER_HOUR` and `MAX_MAILS_PER_HOUR`.
    pub policy: Policy,
    /// `GITHUB_API_URL`, and either `GITHUB_APP_ID` with `GITHUB_APP_KEY_PARAMETER`, or `GITHUB_TOKEN_PARAMETER`, or neither.
    pub github: github::Settings,
    /// The host of GitHub's pages, as `GITHUB_API_URL` says.
    pub site: Site,
    /// `LLM_PROVIDERS`, and for each its `..._KEY_PARAMETER`, `..._MODEL` and `..._BASE_URL`.
    pub providers: Vec<Provider>,
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
        let github = github(&vars)?;
        Ok(Self {
            state_bucket: vars
                .required("STATE_BUCKET", "it names the bucket that holds the records")?
                .to_owned(),
            ci_logs_bucket: vars
                .required(
                    "CI_LOGS_BUCKET",
                    "it names the bucket that CI uploads its logs to",
                )?
                .to_owned(),
            repositories: repositories(&vars)?,
            reports_topic_arn: vars
                .required(
                    "REPORTS_TOPIC_ARN",
                    "it is the topic that reports are published to",
                )?
                .to_owned(),
            mail: vars.mail()?,
            policy: Policy {
                dry_run: vars.flag("DRY_RUN", true)?,
                paused: vars.flag("MEDIC_PAUSED", false)?,
                max_asks: vars.number("MAX_LLM_ASKS_PER_HOUR", 60)?,
                max_proposals: vars.number("MAX_PROPOSALS_PER_HOUR", 4)?,
                max_issues: vars.number("MAX_ISSUES_PER_HOUR", 10)?,
                max_mails: vars.number("MAX_MAILS_PER_HOUR", 20)?,
            },
            site: Site::of_api(github.api.url()),
            github,
            providers: llm::providers(&vars)?,
            function_name: vars
                .optional("AWS_LAMBDA_FUNCTION_NAME")
                .unwrap_or("ci-log-analyzer")
                .to_owned(),
            log_level: vars.log_level(),
        })
    }
}

fn repositories(vars: &Settings) -> Result<Vec<Repository>, SettingError> {
    let names = vars.list(
        "REPOSITORIES",
        "it lists the repositories whose logs are analysed",
    )?;
    let parsed = names.into_iter().map(|name| {
        Repository::parse(&name).ok_or(SettingError::Invalid {
            name: "REPOSITORIES",
            value: name,
            expected: "use owner/name, separated by commas",
        })
    });
    parsed.collect()
}

fn github(vars: &Settings) -> Result<github::Settings, SettingError> {
    let api = vars.optional("GITHUB_API_URL").unwrap_or(ApiRoot::GITHUB);
    let api = ApiRoot::parse(api).ok_or_else(|| SettingError::Invalid {
        name: "GITHUB_API_URL",
        value: api.to_owned(),
        expected: "use an address such as https://api.github.com (http on this machine only)",
    })?;
    let identity = identity(vars)?;
    Ok(github::Settings { api, identity })
}

/// As whom GitHub is asked: the App where both are configured, because it may do less.
fn identity(vars: &Settings) -> Result<Option<Identity>, SettingError> {
    let id = vars.optional("GITHUB_APP_ID");
    if id.is_none() && vars.optional("GITHUB_APP_KEY_PARAMETER").is_none() {
        let token = vars.optional("GITHUB_TOKEN_PARAMETER").map(str::to_owned);
        return Ok(token.map(|parameter| Identity::Token { parameter }));
    }
    let id = vars.required(
        "GITHUB_APP_ID",
        "GITHUB_APP_KEY_PARAMETER is set, and the key is of an App",
    )?;
    let key_parameter = vars.required(
        "GITHUB_APP_KEY_PARAMETER",
        "GITHUB_APP_ID is set, and an App needs its key",
    )?;
    let invalid = || SettingError::Invalid {
        name: "GITHUB_APP_ID",
        value: id.to_owned(),
        expected: "use the App's id or client id",
    };
    Ok(Some(Identity::App {
        id: AppId::parse(id).ok_or_else(invalid)?,
        key_parameter: key_parameter.to_owned(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vars(changes: &[(&str, &str)]) -> HashMap<String, String> {
        let complete = [
            ("STATE_BUCKET", "state"),
            ("CI_LOGS_BUCKET", "ci-logs"),
            ("REPOSITORIES", "acme/shop, acme/web"),
            (
                "REPORTS_TOPIC_ARN",
                "arn:aws:sns:eu-west-1:111122223333:reports",
            ),
            ("MAIL_FROM", "medic@example.com"),
            ("MAIL_TO", "oncall@example.com"),
            ("DRY_RUN", "false"),
            ("GITHUB_APP_ID", "123456"),
            ("GITHUB_APP_KEY_PARAMETER", "/medic/github-app-key"),
            ("GROQ_KEY_PARAMETER", "/medic/groq"),
            ("MAX_PROPOSALS_PER_HOUR", "2"),
            ("AWS_LAMBDA_FUNCTION_NAME", "medic-ci-log-analyzer"),
            ("AWS_LAMBDA_LOG_LEVEL", "WARN"),
        ];
        let all = complete.iter().chain(changes);
        all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn with(changes: &[(&str, &str)]) -> Result<Config, SettingError> {
        Config::from_vars(vars(changes))
    }

    #[test]
    fn a_complete_environment_is_read() {
        let config = with(&[]).unwrap();
        let repositories: Vec<String> = config
            .repositories
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(repositories, ["acme/shop", "acme/web"]);
        let names = [
            config.state_bucket,
            config.ci_logs_bucket,
            config.reports_topic_arn,
            config.function_name,
        ];
        let expected = [
            "state",
            "ci-logs",
            "arn:aws:sns:eu-west-1:111122223333:reports",
            "medic-ci-log-analyzer",
        ];
        assert_eq!(names, expected);
        assert_eq!(
            config.mail.map(|mail| mail.to),
            Some(vec!["oncall@example.com".to_owned()])
        );
        let policy = Policy {
            dry_run: false,
            paused: false,
            max_asks: 60,
            max_proposals: 2,
            max_issues: 10,
            max_mails: 20,
        };
        assert_eq!(
            (config.policy, config.log_level),
            (policy, LevelFilter::WARN)
        );
        assert_eq!(config.providers.len(), 1);
    }

    #[test]
    fn github_is_asked_as_the_app_or_with_a_token_or_not_at_all() {
        let identity = |changes: &[(&str, &str)]| with(changes).unwrap().github.identity;
        let app = Identity::App {
            id: AppId::parse("123456").unwrap(),
            key_parameter: "/medic/github-app-key".to_owned(),
        };
        let token = Identity::Token {
            parameter: "/medic/token".to_owned(),
        };
        let no_app = [("GITHUB_APP_ID", ""), ("GITHUB_APP_KEY_PARAMETER", "")];
        let has_token = ("GITHUB_TOKEN_PARAMETER", "/medic/token");
        assert_eq!(identity(&[has_token]), Some(app));
        assert_eq!(identity(&[no_app[0], no_app[1], has_token]), Some(token));
        assert_eq!(identity(&no_app), None);
    }

    #[test]
    fn each_setting_that_is_missing_or_unusable_is_named() {
        let cases = [
            ("STATE_BUCKET", "", "STATE_BUCKET"),
            ("CI_LOGS_BUCKET", "", "CI_LOGS_BUCKET"),
            ("REPOSITORIES", "", "REPOSITORIES"),
            ("REPOSITORIES", "acme", "REPOSITORIES"),
            ("REPORTS_TOPIC_ARN", "", "REPORTS_TOPIC_ARN"),
            ("MAIL_FROM", "", "MAIL_FROM"),
            ("MAIL_TO", "", "MAIL_TO"),
            ("DRY_RUN", "0", "DRY_RUN"),
            ("MAX_MAILS_PER_HOUR", "many", "MAX_MAILS_PER_HOUR"),
            ("GITHUB_APP_ID", "", "GITHUB_APP_ID"),
            ("GITHUB_APP_ID", "a b", "GITHUB_APP_ID"),
            ("GITHUB_APP_KEY_PARAMETER", "", "GITHUB_APP_KEY_PARAMETER"),
            ("GITHUB_API_URL", "http://github.example", "GITHUB_API_URL"),
            ("LLM_PROVIDERS", "grok", "LLM_PROVIDERS"),
        ];
        for (name, value, named) in cases {
            let error = with(&[(name, value)]).unwrap_err().to_string();
            assert_eq!(error.split(' ').next(), Some(named), "{error}");
        }
    }

    #[test]
    fn nothing_is_written_to_github_unless_somebody_says_so() {
        assert!(with(&[("DRY_RUN", "")]).unwrap().policy.dry_run);
    }
}
