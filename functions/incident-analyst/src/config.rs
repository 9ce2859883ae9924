//! The function's settings; the only reader of the environment.

use std::collections::HashMap;

use shared::llm::{self, Provider};
use shared::settings::{SettingError, Settings};
use tracing::level_filters::LevelFilter;

use crate::collect::{Allowlist, CollectSettings};
use crate::concerns::Concerns;

/// The function's settings, each from the environment variable of its name.
#[derive(Clone, Debug)]
pub struct Config {
    /// `STATE_BUCKET`: the bucket that holds the records, and where the analyses go.
    pub state_bucket: String,
    /// `SERVICE_ARNS` (comma-separated, patterns allowed): the ECS services that are looked at; all of the account and region if empty.
    /// `LOG_GROUPS` (comma-separated): log groups that are read besides those of the service's task definition. `CALL_GRAPH`: the key
    /// of the call graph in the state bucket, if there is one. `EXPORT_BUCKET`: the bucket that the log exporter writes to, if there is
    /// one: what it has of the day before is compared with.
    pub collect: CollectSettings,
    /// `OWN_ALARMS` (comma-separated): how the names of the alarms on lambda-medic itself begin; and `AWS_REGION`, which Lambda sets.
    pub concerns: Concerns,
    /// `LLM_PROVIDERS`, and for each its `..._KEY_PARAMETER`, `..._MODEL` and `..._BASE_URL`: who sums analyses up; nobody if unset.
    pub providers: Vec<Provider>,
    /// `MEDIC_PAUSED` (off unless `true`): no model is asked then.
    pub is_paused: bool,
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
            collect: CollectSettings {
                services: services(&vars)?,
                log_groups: vars.optional_list("LOG_GROUPS"),
                call_graph: vars.optional("CALL_GRAPH").map(str::to_owned),
                export_bucket: vars.optional("EXPORT_BUCKET").map(str::to_owned),
            },
            concerns: Concerns {
                own_alarms: vars.optional_list("OWN_ALARMS"),
                region: vars
                    .required(
                        "AWS_REGION",
                        "Lambda sets it; elsewhere, set it to the services' region",
                    )?
                    .to_owned(),
            },
            providers: llm::providers(&vars)?,
            is_paused: vars.flag("MEDIC_PAUSED", false)?,
            function_name: vars
                .optional("AWS_LAMBDA_FUNCTION_NAME")
                .unwrap_or("incident-analyst")
                .to_owned(),
            log_level: vars.log_level(),
        })
    }
}

/// The services by their patterns. An ARN of the old form does not name its cluster (ECS developer guide, "Amazon Resource Names (ARNs)
/// and IDs"): the service is looked for in all of them.
fn services(vars: &Settings) -> Result<Allowlist, SettingError> {
    let arns = vars.optional_list("SERVICE_ARNS").into_iter();
    let arns = arns.map(|arn| match arn.split_once(":service/") {
        Some((account, name)) if !name.contains(['/', '*']) => {
            format!("{account}:service/*/{name}")
        }
        _ => arn,
    });
    let arns = arns.collect::<Vec<_>>().join(",");
    Allowlist::parse(&arns).map_err(|_| SettingError::Invalid {
        name: "SERVICE_ARNS",
        value: arns,
        expected: "use at most 200 ARNs such as arn:aws:ecs:eu-west-1:111122223333:service/shop/*, separated by commas",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(changes: &[(&str, &str)]) -> Result<Config, SettingError> {
        let complete = [
            ("STATE_BUCKET", "state"),
            (
                "SERVICE_ARNS",
                "arn:aws:ecs:eu-west-1:111122223333:service/shop/*",
            ),
            ("LOG_GROUPS", "/ecs/shop, /ecs/web"),
            ("CALL_GRAPH", "graph.json"),
            ("EXPORT_BUCKET", "exports"),
            (
                "OWN_ALARMS",
                "medic-alarm-playbook-,medic-incident-analyst-",
            ),
            ("GROQ_KEY_PARAMETER", "/medic/groq"),
            ("MEDIC_PAUSED", "true"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_LAMBDA_FUNCTION_NAME", "medic-incident-analyst"),
            ("AWS_LAMBDA_LOG_LEVEL", "WARN"),
        ];
        let all = complete.iter().chain(changes);
        let vars = all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::from_vars(vars.collect())
    }

    #[test]
    fn a_complete_environment_is_read() {
        let config = with(&[]).unwrap();
        let services = Allowlist::parse("arn:aws:ecs:eu-west-1:111122223333:service/shop/*");
        assert_eq!(Ok(config.collect.services), services);
        let lists = [config.collect.log_groups, config.concerns.own_alarms];
        let expected = [
            vec!["/ecs/shop", "/ecs/web"],
            vec!["medic-alarm-playbook-", "medic-incident-analyst-"],
        ];
        assert_eq!(lists, expected);
        let texts = [
            config.state_bucket,
            config.concerns.region,
            config.function_name,
        ];
        assert_eq!(texts, ["state", "eu-west-1", "medic-incident-analyst"]);
        assert_eq!(config.providers.len(), 1);
        assert_eq!(config.collect.call_graph.as_deref(), Some("graph.json"));
        assert_eq!(config.collect.export_bucket.as_deref(), Some("exports"));
        assert_eq!(
            (config.is_paused, config.log_level),
            (true, LevelFilter::WARN)
        );
    }

    #[test]
    fn only_the_bucket_and_the_region_are_needed() {
        let vars = ["STATE_BUCKET", "AWS_REGION"].map(|name| (name.to_owned(), "x".to_owned()));
        let config = Config::from_vars(vars.into()).unwrap();
        assert_eq!(config.collect.services, Allowlist::default());
        assert_eq!((config.collect.call_graph, config.is_paused), (None, false));
        assert_eq!(config.function_name, "incident-analyst");
        assert_eq!(config.providers.len(), 0);
    }

    #[test]
    fn a_service_without_its_cluster_is_looked_for_in_all() {
        let old = "arn:aws:ecs:eu-west-1:111122223333:service/checkout";
        let config = with(&[("SERVICE_ARNS", old)]).unwrap();
        assert_eq!(
            Ok(config.collect.services),
            Allowlist::parse("service/*/checkout")
        );
    }

    #[test]
    fn each_setting_that_is_missing_or_unusable_is_named() {
        let cases = [
            ("STATE_BUCKET", "", "STATE_BUCKET"),
            ("AWS_REGION", " ", "AWS_REGION"),
            ("SERVICE_ARNS", "checkout", "SERVICE_ARNS"),
            ("MEDIC_PAUSED", "yes", "MEDIC_PAUSED"),
            ("LLM_PROVIDERS", "grok", "LLM_PROVIDERS"),
        ];
        for (name, value, named) in cases {
            let error = with(&[(name, value)]).unwrap_err().to_string();
            assert_eq!(error.split(' ').next(), Some(named), "{error}");
        }
    }
}
