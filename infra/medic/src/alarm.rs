//! `medic alarm parse`: what the function makes of a stored event, message or alarm.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;
use shared::alarm::{Alarm, Kind, Parsed, Received, State, read_bytes};
use shared::outbound::Quoted;

use crate::screen::print;

/// What one record of a file turned out to be. The form is a contract that scripts rely on.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    file: &'a str,
    outcome: &'static str,
    reason: Option<String>,
    alarm: Option<Facts<'a>>,
}

/// What is known of an alarm.
#[derive(Debug, Serialize)]
struct Facts<'a> {
    alarm_name: &'a str,
    account: Option<&'a str>,
    region: Option<&'a str>,
    state: State,
    old_state: Option<State>,
    kind: Option<Kind>,
    namespace: Option<&'a str>,
    metric: Option<&'a str>,
    stat: Option<&'a str>,
    dimensions: BTreeMap<&'a str, &'a str>,
    threshold: Option<f64>,
    period: Option<u64>,
}

/// Reads each file and prints one line for each record in it.
pub fn parse(files: &[PathBuf], is_json: bool) -> anyhow::Result<()> {
    for file in files {
        let name = file.display().to_string();
        for received in read(file)? {
            let answer = Answer::of(&name, &received.parsed);
            print(if is_json {
                serde_json::to_string(&answer)?
            } else {
                answer.line()
            });
        }
    }
    Ok(())
}

/// The records of a file.
pub fn read(file: &Path) -> anyhow::Result<Vec<Received>> {
    let bytes = std::fs::read(file);
    let bytes = bytes.with_context(|| format!("couldn't read {}", file.display()))?;
    Ok(read_bytes(&bytes))
}

impl<'a> Answer<'a> {
    fn of(file: &'a str, parsed: &'a Parsed) -> Self {
        let answer = |outcome, reason| Self {
            file,
            outcome,
            reason,
            alarm: None,
        };
        match parsed {
            Parsed::Alarm(alarm) => Self {
                alarm: Some(Facts::of(alarm)),
                ..answer("alarm", None)
            },
            Parsed::Ignored(reason) => answer("ignored", Some((*reason).to_owned())),
            Parsed::Rejected(rejection) => {
                let reason = Quoted::line(&rejection.to_string()).to_string();
                answer("rejected", Some(reason))
            }
        }
    }

    fn line(&self) -> String {
        let Self { file, outcome, .. } = self;
        match (&self.alarm, &self.reason) {
            (Some(alarm), _) => format!("{file}: {outcome}: {}", alarm.line()),
            (None, reason) => format!(
                "{file}: {outcome}: {}",
                reason.as_deref().unwrap_or_default()
            ),
        }
    }
}

impl<'a> Facts<'a> {
    fn of(alarm: &'a Alarm) -> Self {
        let metric = alarm.metric.as_ref();
        let dimensions = metric.into_iter().flat_map(|metric| &metric.dimensions);
        Self {
            alarm_name: &alarm.name,
            account: alarm.account.as_deref(),
            region: alarm.region.as_deref(),
            state: alarm.state,
            old_state: alarm.old_state,
            kind: alarm.kind,
            namespace: metric.map(|metric| metric.namespace.as_str()),
            metric: metric.map(|metric| metric.name.as_str()),
            stat: metric.and_then(|metric| metric.stat.as_deref()),
            dimensions: dimensions
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect(),
            threshold: alarm.threshold,
            period: alarm.period_seconds,
        }
    }

    fn line(&self) -> String {
        let unknown = "unknown";
        let was = self
            .old_state
            .map_or(unknown.to_owned(), |state| format!("{state:?}"));
        let name = Quoted::line(self.alarm_name);
        let (account, region) = (
            self.account.unwrap_or(unknown),
            self.region.unwrap_or(unknown),
        );
        let metric = match (self.namespace, self.metric) {
            (Some(namespace), Some(metric)) => {
                Quoted::line(&format!("{namespace} {metric}")).to_string()
            }
            _ => "no metric".to_owned(),
        };
        format!(
            "{name} went from {was} to {:?} in {account} {region}, on {metric}",
            self.state
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_an_answer_is_a_contract() {
        let event = include_bytes!("../../../events/alarm-playbook/alarm.json");
        let received = read_bytes(event);
        let answer = Answer::of("alarm.json", &received[0].parsed);
        let expected = serde_json::json!({
            "file": "alarm.json",
            "outcome": "alarm",
            "reason": null,
            "alarm": {
                "alarm_name": "checkout-high-5xx-errors",
                "account": "111122223333",
                "region": "eu-west-1",
                "state": "ALARM",
                "old_state": "OK",
                "kind": "metric",
                "namespace": "AWS/ApplicationELB",
                "metric": "HTTPCode_Target_5XX_Count",
                "stat": "SUM",
                "dimensions": {
                    "LoadBalancer": "app/shop/50dc6c495c0c9188",
                    "TargetGroup": "targetgroup/checkout/943f017f100becff",
                },
                "threshold": 10.0,
                "period": 60,
            },
        });
        assert_eq!(serde_json::to_value(&answer).unwrap(), expected);
        assert_eq!(
            answer.line(),
            "alarm.json: alarm: checkout-high-5xx-errors went from Ok to Alarm in 111122223333 eu-west-1, on AWS/ApplicationELB HTTPCode_Target_5XX_Count"
        );
    }

    #[test]
    fn what_is_no_alarm_is_told_with_the_reason() {
        let received = read_bytes(b"{\"AlarmName\": \"x\"}");
        let answer = Answer::of("x.json", &received[0].parsed);
        assert_eq!(
            answer.line(),
            "x.json: rejected: the alarm's state is missing"
        );
    }
}
