//! Alarms as `aws cloudwatch describe-alarms` printed them: what they watch, which their history does not say.

use std::collections::BTreeMap;

use anyhow::Context as _;
use jiff::SignedDuration;
use serde_json::Value;

/// An alarm looks back a week at most (API reference, `PutMetricAlarm`).
const LONGEST_SECONDS: i64 = 7 * 24 * 60 * 60;

/// Described alarms by their names.
#[derive(Debug, Default)]
pub(super) struct KnownAlarms(BTreeMap<String, Value>);

impl KnownAlarms {
    /// Reads a description of alarms, metric and composite ones.
    pub(super) fn parse(json: &str) -> anyhow::Result<Self> {
        let described: Value = serde_json::from_str(json)?;
        let lists = ["MetricAlarms", "CompositeAlarms"].map(|list| described.get(list));
        let lists = lists.into_iter().flatten().filter_map(Value::as_array);
        let named = lists.flatten().filter_map(|alarm| {
            let name = alarm.get("AlarmName")?.as_str()?;
            Some((name.to_owned(), alarm.clone()))
        });
        let known: BTreeMap<_, _> = named.collect();
        (!known.is_empty()).then_some(Self(known)).context(
            "it describes no alarm: there are neither MetricAlarms nor CompositeAlarms in it",
        )
    }

    /// The description of an alarm.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// How long an alarm looks back, and one period more: so long it can stay in ALARM after all is well.
    pub(super) fn evaluated_within(&self, name: &str) -> Option<SignedDuration> {
        let alarm = self.get(name)?;
        let number = |key: &str| alarm.get(key).and_then(Value::as_i64).filter(|n| *n > 0);
        let (period, periods) = (number("Period")?, number("EvaluationPeriods")?);
        let seconds = period.checked_mul(periods.checked_add(1)?)?;
        Some(SignedDuration::from_secs(seconds.min(LONGEST_SECONDS)))
    }
}
