//! What an alarm watches for: the rule that fired, kept so that recovery is proven by the same one.

use std::collections::BTreeMap;
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// No alarm looks further back than a week (API reference, `PutMetricAlarm`).
const LONGEST_SECONDS: u64 = 7 * 24 * 60 * 60;

/// The rule of an alarm on one metric against a static threshold, as CloudWatch evaluates it: in ALARM while
/// `datapoints_to_alarm` of the last `evaluation_periods` periods breach (user guide, "Evaluating an alarm").
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Rule {
    /// Such as `AWS/ApplicationELB`.
    pub namespace: String,
    /// Such as `HTTPCode_Target_5XX_Count`.
    pub metric_name: String,
    /// Exactly the metric's dimensions.
    pub dimensions: BTreeMap<String, String>,
    /// Such as `Sum` or `p99`.
    pub stat: String,
    /// The unit that datapoints must have, where the alarm names one.
    #[serde(default)]
    pub unit: Option<String>,
    /// The length of a period in seconds; never zero in a rule that was [checked](Rule::checked).
    pub period_seconds: u32,
    /// How many periods are looked at.
    pub evaluation_periods: u32,
    /// How many of them must breach.
    pub datapoints_to_alarm: u32,
    /// How a value is compared with the threshold.
    pub comparison: Comparison,
    /// The threshold.
    pub threshold: f64,
}

/// How a value is compared with a static threshold. CloudWatch's further comparisons are with anomaly bands.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Comparison {
    /// Breaches above the threshold.
    GreaterThanThreshold,
    /// Breaches at the threshold and above.
    GreaterThanOrEqualToThreshold,
    /// Breaches below the threshold.
    LessThanThreshold,
    /// Breaches at the threshold and below.
    LessThanOrEqualToThreshold,
}

/// What is known of the rule that an alarm fired with.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Snapshot {
    /// This rule.
    Known(Rule),
    /// Nothing that recovery could be proven with, and why.
    Unknown(String),
}

/// One period's value of a metric, by the period's start.
pub type Series = BTreeMap<Timestamp, f64>;

impl Rule {
    /// The rule if it can be evaluated: whole periods, no more of them than CloudWatch looks at, no more datapoints than periods.
    pub fn checked(self) -> Option<Self> {
        let seconds = u64::from(self.period_seconds) * u64::from(self.evaluation_periods);
        let is_sound = self.period_seconds > 0
            && seconds <= LONGEST_SECONDS
            && (1..=self.evaluation_periods).contains(&self.datapoints_to_alarm)
            && self.threshold.is_finite();
        is_sound.then_some(self)
    }

    /// Whether a period with this value breaches.
    pub fn is_breached_by(&self, value: f64) -> bool {
        match self.comparison {
            Comparison::GreaterThanThreshold => value > self.threshold,
            Comparison::GreaterThanOrEqualToThreshold => value >= self.threshold,
            Comparison::LessThanThreshold => value < self.threshold,
            Comparison::LessThanOrEqualToThreshold => value <= self.threshold,
        }
    }

    /// Whether the rule breaches when the metric rises.
    pub fn is_upper_limit(&self) -> bool {
        matches!(
            self.comparison,
            Comparison::GreaterThanThreshold | Comparison::GreaterThanOrEqualToThreshold
        )
    }

    /// The length of a period.
    pub fn period(&self) -> SignedDuration {
        SignedDuration::from_secs(i64::from(self.period_seconds))
    }

    /// How many periods must not breach, so that the rule cannot be met whatever the others hold.
    pub fn clear_periods_needed(&self) -> usize {
        let needed = self.evaluation_periods - self.datapoints_to_alarm + 1;
        usize::try_from(needed).unwrap_or(usize::MAX)
    }

    /// The metric that counts the requests behind this one, where a service publishes only what happened: a load
    /// balancer has no zero for errors, so their absence says something only beside its requests (Elastic Load Balancing
    /// user guides, "CloudWatch metrics": reported only if there is a nonzero value).
    pub fn traffic_metric(&self) -> Option<&'static str> {
        let name = self.metric_name.as_str();
        let is_sparse = name.starts_with("HTTPCode_") || name == "TargetConnectionErrorCount";
        match self.namespace.as_str() {
            "AWS/ApplicationELB" | "AWS/ELB" if is_sparse => Some("RequestCount"),
            _ => None,
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GreaterThanThreshold => ">",
            Self::GreaterThanOrEqualToThreshold => ">=",
            Self::LessThanThreshold => "<",
            Self::LessThanOrEqualToThreshold => "<=",
        })
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} of {} {} {} in {} of {} periods of {} s",
            self.stat,
            self.metric_name,
            self.comparison,
            self.threshold,
            self.datapoints_to_alarm,
            self.evaluation_periods,
            self.period_seconds
        )
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// More than 10 errors in each of 2 minutes: the seed's alarm.
    pub(crate) fn checkout_errors() -> Rule {
        let pair = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Rule {
            namespace: "AWS/ApplicationELB".to_owned(),
            metric_name: "HTTPCode_Target_5XX_Count".to_owned(),
            dimensions: [
                ("LoadBalancer", "app/shop/1"),
                ("TargetGroup", "targetgroup/checkout/2"),
            ]
            .map(pair)
            .into(),
            stat: "Sum".to_owned(),
            unit: None,
            period_seconds: 60,
            evaluation_periods: 2,
            datapoints_to_alarm: 2,
            comparison: Comparison::GreaterThanThreshold,
            threshold: 10.0,
        }
    }

    #[test]
    fn a_value_is_compared_as_the_rule_says() {
        let breached = |comparison| {
            let rule = Rule {
                comparison,
                ..checkout_errors()
            };
            [9.0, 10.0, 11.0].map(|value| rule.is_breached_by(value))
        };
        assert_eq!(
            breached(Comparison::GreaterThanThreshold),
            [false, false, true]
        );
        assert_eq!(
            breached(Comparison::GreaterThanOrEqualToThreshold),
            [false, true, true]
        );
        assert_eq!(
            breached(Comparison::LessThanThreshold),
            [true, false, false]
        );
        assert_eq!(
            breached(Comparison::LessThanOrEqualToThreshold),
            [true, true, false]
        );
    }

    #[test]
    fn a_rule_that_cannot_be_evaluated_is_none() {
        let changed = |change: fn(&mut Rule)| {
            let mut rule = checkout_errors();
            change(&mut rule);
            rule.checked().is_some()
        };
        assert!(changed(|_| ()));
        assert!(!changed(|rule| rule.period_seconds = 0));
        assert!(!changed(|rule| rule.datapoints_to_alarm = 3));
        assert!(!changed(|rule| rule.datapoints_to_alarm = 0));
        assert!(!changed(|rule| rule.threshold = f64::NAN));
        assert!(!changed(|rule| rule.period_seconds = u32::MAX));
        assert!(!changed(|rule| rule.evaluation_periods = 10_081));
    }

    #[test]
    fn errors_that_a_load_balancer_counts_stand_beside_its_requests() {
        let traffic = |namespace: &str, name: &str| {
            let rule = Rule {
                namespace: namespace.to_owned(),
                metric_name: name.to_owned(),
                ..checkout_errors()
            };
            rule.traffic_metric()
        };
        assert_eq!(
            traffic("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count"),
            Some("RequestCount")
        );
        assert_eq!(
            traffic("AWS/ELB", "HTTPCode_Backend_5XX"),
            Some("RequestCount")
        );
        assert_eq!(traffic("AWS/ApplicationELB", "TargetResponseTime"), None);
        assert_eq!(traffic("AWS/ECS", "CPUUtilization"), None);
    }
}
