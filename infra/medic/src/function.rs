//! The deployed function as it is seen from outside: its settings, and what it wrote to its log.

use std::collections::BTreeMap;

use anyhow::Context as _;
use aws_config::SdkConfig;
use serde::Deserialize;

use crate::deployment::Outputs;

/// A deployed function.
#[derive(Clone, Debug)]
pub struct Function {
    logs: aws_sdk_cloudwatchlogs::Client,
    name: String,
    log_group: String,
    environment: BTreeMap<String, String>,
}

/// A line of the function's log that says what it decided.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct LoggedDecision {
    /// `remediate`, `report`, `ignore` or another word of the function's.
    pub decision: String,
    /// Why, or what came of it.
    pub message: String,
}

impl Function {
    /// The `alarm-playbook` function of a stack, as Lambda describes it.
    pub async fn describe(config: &SdkConfig, outputs: &Outputs) -> anyhow::Result<Self> {
        Self::named(config, &outputs.alarm_playbook_function_name).await
    }

    /// A function of this name, as Lambda describes it.
    pub async fn named(config: &SdkConfig, name: &str) -> anyhow::Result<Self> {
        let name = name.to_owned();
        let named = || format!("couldn't read the configuration of function {name}");
        let call = aws_sdk_lambda::Client::new(config).get_function_configuration();
        let described = call.function_name(&name).send().await.with_context(named)?;
        let log_group = described
            .logging_config()
            .and_then(|logging| logging.log_group());
        let variables = described
            .environment
            .as_ref()
            .and_then(|environment| environment.variables());
        Ok(Self {
            logs: aws_sdk_cloudwatchlogs::Client::new(config),
            log_group: log_group.with_context(named)?.to_owned(),
            environment: variables
                .into_iter()
                .flatten()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            name,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its environment variables, as the stack set them.
    pub fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// What its log says that it decided, oldest first.
    pub async fn decisions(&self) -> anyhow::Result<Vec<LoggedDecision>> {
        let lines = self.log().await?;
        Ok(lines.iter().filter_map(|line| decision(line)).collect())
    }

    /// The lines of its log, oldest first.
    pub async fn log(&self) -> anyhow::Result<Vec<String>> {
        let call = self
            .logs
            .filter_log_events()
            .log_group_name(&self.log_group);
        let named = || format!("couldn't read log group {}", self.log_group);
        let mut pages = call.into_paginator().send();
        let mut lines = Vec::new();
        while let Some(page) = pages.next().await {
            let events = page.with_context(named)?.events.unwrap_or_default();
            lines.extend(events.into_iter().filter_map(|event| event.message));
        }
        Ok(lines)
    }
}

/// Reads a log line; `None` for one that tells of no decision.
fn decision(line: &str) -> Option<LoggedDecision> {
    serde_json::from_str(line).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_about_a_decision_are_read() {
        let line = r#"{"level":"INFO","message":"Restart begun","decision":"remediate","outcome":"Some(..)"}"#;
        let expected = LoggedDecision {
            decision: "remediate".to_owned(),
            message: "Restart begun".to_owned(),
        };
        assert_eq!(decision(line), Some(expected));
        assert_eq!(decision(r#"{"level":"INFO","message":"cold start"}"#), None);
        assert_eq!(decision("START RequestId: 4f1b Version: $LATEST"), None);
    }
}
