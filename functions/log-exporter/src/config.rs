//! The function's settings; the only reader of the environment.

use std::collections::HashMap;

use jiff::SignedDuration;
use shared::exports::manifest::CountedBy;
use shared::settings::{SettingError, Settings};
use shared::short_hash::short_hash;
use tracing::level_filters::LevelFilter;
use wildmatch::WildMatch;

use crate::rules::Rules;

/// How often a window is exported before people have to look at it.
const MOST_ATTEMPTS: u32 = 5;

/// Names of log groups have these characters (API reference, `CreateLogGroup`); `*` and `?` are those of a pattern.
const OTHER_CHARACTERS: [char; 8] = ['_', '-', '/', '.', '#', '*', '?', ':'];

/// The function's settings, each from the environment variable of its name.
#[derive(Clone, Debug)]
pub struct Config {
    /// `STATE_BUCKET`: the bucket that holds the records.
    pub state_bucket: String,
    /// `EXPORT_BUCKET`: the bucket that logs are exported to.
    pub export_bucket: String,
    /// `EXPORT_GROUPS`, `EXPORT_TAG`, `EXPORT_DENY`, `OWN_GROUPS`, `DIRECT_GROUPS`, `REDACT_GROUPS`, `SETTLE_HOURS`, `SEAL_MINUTES`,
    /// `REACH_BACK_DAYS`, `COUNT_BY` and `SWEEP_HOURS`: which groups are exported, and how.
    pub rules: Rules,
    /// What changes when another group may be meant or another bucket is: then groups are looked for, and the bucket is looked at, at once.
    pub fingerprint: String,
    /// `MEDIC_PAUSED` (off unless `true`): nothing new is begun; what was begun is finished.
    pub is_paused: bool,
    /// `AWS_REGION`, which Lambda sets.
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
        let state_bucket =
            vars.required("STATE_BUCKET", "it names the bucket that holds the records")?;
        let export_bucket = vars.required(
            "EXPORT_BUCKET",
            "it names the bucket that logs are exported to",
        )?;
        Ok(Self {
            state_bucket: state_bucket.to_owned(),
            export_bucket: export_bucket.to_owned(),
            rules: rules(&vars)?,
            fingerprint: fingerprint(&vars),
            is_paused: vars.flag("MEDIC_PAUSED", false)?,
            region: vars
                .required(
                    "AWS_REGION",
                    "Lambda sets it; elsewhere, set it to the log groups' region",
                )?
                .to_owned(),
            function_name: vars
                .optional("AWS_LAMBDA_FUNCTION_NAME")
                .unwrap_or("log-exporter")
                .to_owned(),
            log_level: vars.log_level(),
        })
    }
}

fn rules(vars: &Settings) -> Result<Rules, SettingError> {
    let mut denied = patterns(vars, "EXPORT_DENY")?;
    denied.extend(patterns(vars, "OWN_GROUPS")?);
    Ok(Rules {
        groups: patterns(vars, "EXPORT_GROUPS")?,
        tag: tag(vars)?,
        denied,
        direct: patterns(vars, "DIRECT_GROUPS")?,
        redacted: patterns(vars, "REDACT_GROUPS")?,
        settle: time(vars, "SETTLE_HOURS", HOUR, 12)?,
        seal: time(vars, "SEAL_MINUTES", MINUTE, 10)?,
        reach_back: time(vars, "REACH_BACK_DAYS", 24.0 * HOUR, 1)?,
        count_by: count_by(vars)?,
        sweep_every: time(vars, "SWEEP_HOURS", HOUR, 24)?,
        most_attempts: MOST_ATTEMPTS,
    })
}

/// All settings by which groups and buckets are chosen, as a short text that changes with them.
fn fingerprint(vars: &Settings) -> String {
    let names = [
        "EXPORT_BUCKET",
        "EXPORT_GROUPS",
        "EXPORT_TAG",
        "EXPORT_DENY",
        "OWN_GROUPS",
        "DIRECT_GROUPS",
        "REDACT_GROUPS",
    ];
    let values = names.map(|name| vars.optional(name).unwrap_or_default());
    short_hash(&values.join("\n"), 8)
}

/// A list of patterns. One with a character that no log group's name has is a slip, and would silently choose nothing.
fn patterns(vars: &Settings, name: &'static str) -> Result<Vec<WildMatch>, SettingError> {
    let read = |pattern: String| {
        let is_known = |c: char| c.is_ascii_alphanumeric() || OTHER_CHARACTERS.contains(&c);
        if pattern.chars().all(is_known) {
            Ok(WildMatch::new(&pattern))
        } else {
            Err(SettingError::Invalid {
                name,
                value: pattern,
                expected: "use names or patterns of log groups such as /ecs/*, separated by commas",
            })
        }
    };
    vars.optional_list(name).into_iter().map(read).collect()
}

fn tag(vars: &Settings) -> Result<Option<(String, String)>, SettingError> {
    let Some(text) = vars.optional("EXPORT_TAG") else {
        return Ok(None);
    };
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => {
            Ok(Some((key.trim().to_owned(), value.trim().to_owned())))
        }
        _ => Err(SettingError::Invalid {
            name: "EXPORT_TAG",
            value: text.to_owned(),
            expected: "use a tag's key and value, such as export=true",
        }),
    }
}

fn count_by(vars: &Settings) -> Result<CountedBy, SettingError> {
    match vars.optional("COUNT_BY") {
        None | Some("insights") => Ok(CountedBy::Insights),
        Some("events") => Ok(CountedBy::EventIds),
        Some(other) => Err(SettingError::Invalid {
            name: "COUNT_BY",
            value: other.to_owned(),
            expected: "use insights or events",
        }),
    }
}

const MINUTE: f64 = 60.0;
const HOUR: f64 = 60.0 * MINUTE;

/// A span of time from nought to ten years, which may be a fraction of its unit.
fn time(
    vars: &Settings,
    name: &'static str,
    unit: f64,
    default: u32,
) -> Result<SignedDuration, SettingError> {
    let text = vars.optional(name);
    let amount = text.map_or(Some(f64::from(default)), |text| text.parse().ok());
    let seconds = amount.map(|amount| amount * unit);
    let seconds = seconds.filter(|seconds| (0.0..=3650.0 * 24.0 * HOUR).contains(seconds));
    let span = seconds.and_then(|seconds| SignedDuration::try_from_secs_f64(seconds).ok());
    span.ok_or_else(|| SettingError::Invalid {
        name,
        value: text.unwrap_or_default().to_owned(),
        expected: "use a number that is not negative",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Policy;
    use shared::exports::manifest::Mode;

    fn with(changes: &[(&str, &str)]) -> Result<Config, SettingError> {
        let complete = [
            ("STATE_BUCKET", "state"),
            ("EXPORT_BUCKET", "logs"),
            ("EXPORT_GROUPS", "/ecs/*, /aws/lambda/shop"),
            ("EXPORT_TAG", "export=true"),
            ("EXPORT_DENY", "/ecs/secret"),
            ("OWN_GROUPS", "/aws/lambda/medic-*"),
            ("DIRECT_GROUPS", "/ecs/shop"),
            ("REDACT_GROUPS", "/ecs/users"),
            ("SETTLE_HOURS", "0.5"),
            ("SEAL_MINUTES", "0"),
            ("REACH_BACK_DAYS", "2"),
            ("COUNT_BY", "events"),
            ("SWEEP_HOURS", "12"),
            ("MEDIC_PAUSED", "true"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_LAMBDA_FUNCTION_NAME", "medic-log-exporter"),
            ("AWS_LAMBDA_LOG_LEVEL", "WARN"),
        ];
        let all = complete.iter().chain(changes);
        let vars = all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::from_vars(vars.collect())
    }

    #[test]
    fn a_complete_environment_is_read() {
        let config = with(&[]).unwrap();
        let texts = [
            config.state_bucket,
            config.export_bucket,
            config.region,
            config.function_name,
        ];
        assert_eq!(texts, ["state", "logs", "eu-west-1", "medic-log-exporter"]);
        assert_eq!(
            (config.is_paused, config.log_level),
            (true, LevelFilter::WARN)
        );
        let rules = config.rules;
        let times = [
            rules.settle,
            rules.seal,
            rules.reach_back,
            rules.sweep_every,
        ];
        assert_eq!(
            times.map(|time| time.as_mins()),
            [30, 0, 2 * 24 * 60, 12 * 60]
        );
        assert_eq!(rules.count_by, CountedBy::EventIds);
        assert_eq!(rules.tag, Some(("export".to_owned(), "true".to_owned())));
        let is = |mode, is_redacted| Some(Policy { mode, is_redacted });
        let cases = [
            ("/ecs/web", false, is(Mode::ExportTask, false)),
            ("/ecs/shop", false, is(Mode::Direct, false)),
            ("/ecs/users", false, is(Mode::Direct, true)),
            ("/ecs/secret", true, None),
            ("/aws/lambda/medic-log-exporter", true, None),
            ("/other", false, None),
            ("/other", true, is(Mode::ExportTask, false)),
        ];
        for (group, has_tag, policy) in cases {
            assert_eq!(rules.policy(group, has_tag), policy, "{group}");
        }
    }

    #[test]
    fn only_the_buckets_and_the_region_are_needed() {
        let vars = ["STATE_BUCKET", "EXPORT_BUCKET", "AWS_REGION"];
        let vars = vars.map(|name| (name.to_owned(), "x".to_owned()));
        let config = Config::from_vars(vars.into()).unwrap();
        let rules = config.rules;
        let times = [
            rules.settle,
            rules.seal,
            rules.reach_back,
            rules.sweep_every,
        ];
        assert_eq!(
            times.map(|time| time.as_mins()),
            [12 * 60, 10, 24 * 60, 24 * 60]
        );
        assert_eq!(
            (rules.count_by, rules.tag, config.is_paused),
            (CountedBy::Insights, None, false)
        );
        assert_eq!(config.function_name, "log-exporter");
    }

    #[test]
    fn each_setting_that_is_missing_or_unusable_is_named() {
        let cases = [
            ("STATE_BUCKET", ""),
            ("EXPORT_BUCKET", " "),
            ("AWS_REGION", ""),
            ("EXPORT_GROUPS", "/ecs/*;/aws/*"),
            ("OWN_GROUPS", "a b"),
            ("EXPORT_TAG", "export"),
            ("EXPORT_TAG", "=true"),
            ("SETTLE_HOURS", "-1"),
            ("SETTLE_HOURS", "NaN"),
            ("SEAL_MINUTES", "ten"),
            ("SWEEP_HOURS", "1e300"),
            ("COUNT_BY", "hand"),
            ("MEDIC_PAUSED", "yes"),
        ];
        for (name, value) in cases {
            let error = with(&[(name, value)]).unwrap_err().to_string();
            assert_eq!(error.split(' ').next(), Some(name), "{error}");
        }
    }

    #[test]
    fn the_fingerprint_changes_with_what_is_chosen_and_not_with_the_time_it_takes() {
        let print = |changes: &[(&str, &str)]| with(changes).unwrap().fingerprint;
        assert_eq!(print(&[]), print(&[("SETTLE_HOURS", "1")]));
        assert_ne!(print(&[]), print(&[("EXPORT_GROUPS", "/ecs/*")]));
        assert_ne!(print(&[]), print(&[("EXPORT_BUCKET", "elsewhere")]));
    }
}
