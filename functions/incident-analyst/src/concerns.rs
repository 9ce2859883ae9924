//! Which alarms are none of ours: EventBridge tells of every alarm of the account. Pure.

use jiff::{SignedDuration, Timestamp};
use shared::alarm::Alarm;
use shared::metrics::NAMESPACE;

/// Application Auto Scaling names the alarms of its target tracking policies so (Application Auto Scaling user guide, "Target
/// tracking scaling policies"). They fire all day, by design, and say no more than that a service was scaled.
const TARGET_TRACKING: &str = "TargetTracking-";

/// How far an alarm's clock may be ahead of ours.
const MOST_AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// What the installation says about itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Concerns {
    /// How the names of the alarms on lambda-medic itself begin.
    pub own_alarms: Vec<String>,
    /// The region whose services can be asked.
    pub region: String,
}

impl Concerns {
    /// Why nothing is found out about an alarm by a function of this account; `None` if something is. The account is empty where nobody
    /// knows it.
    pub fn objection(&self, alarm: &Alarm, account: &str, now: Timestamp) -> Option<&'static str> {
        let is_of_account = |of: &str| account.is_empty() || of == account;
        let is_of_region = |region: &str| region == self.region;
        if self.is_own(alarm) {
            return Some("it is an alarm on lambda-medic itself");
        }
        if alarm.name.starts_with(TARGET_TRACKING) {
            return Some("it is a target tracking policy's own alarm");
        }
        if alarm.contradicts_arn {
            return Some("the alarm's message and its ARN contradict each other");
        }
        if !alarm.region.as_deref().is_none_or(is_of_region) {
            return Some("it is an alarm of another region");
        }
        if !alarm.account.as_deref().is_none_or(is_of_account) {
            return Some("it is an alarm of another account");
        }
        match alarm.state_changed_at {
            None => Some("the alarm does not say when it changed its state"),
            Some(at) if at.duration_since(now) > MOST_AHEAD => {
                Some("the alarm says that it changes its state in the future")
            }
            Some(_) => None,
        }
    }

    /// A report about a function that fails, by a function that fails with it, helps nobody. People hear of these alarms directly.
    fn is_own(&self, alarm: &Alarm) -> bool {
        let mut own = self.own_alarms.iter();
        alarm.metrics().any(|metric| metric.namespace == NAMESPACE)
            || own.any(|beginning| alarm.name.starts_with(beginning))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use shared::alarm::Metric;

    use super::*;

    fn check(change: impl FnOnce(&mut Alarm), expected: Option<&str>) {
        let now: Timestamp = "2026-02-18T21:47:04Z".parse().unwrap();
        let mut alarm = Alarm::remembered("checkout-5xx", None, "");
        alarm.state_changed_at = Some(now);
        change(&mut alarm);
        let concerns = Concerns {
            own_alarms: vec!["medic-alarm-playbook-".to_owned()],
            region: "eu-west-1".to_owned(),
        };
        let objection = concerns.objection(&alarm, "111122223333", now);
        assert_eq!(objection, expected, "{alarm:?}");
    }

    fn metric(namespace: &str) -> Metric {
        Metric {
            namespace: namespace.to_owned(),
            name: "Failures".to_owned(),
            dimensions: BTreeMap::new(),
            stat: None,
        }
    }

    #[test]
    fn an_alarm_of_a_service_is_looked_into() {
        check(|_| {}, None);
        check(|alarm| alarm.region = Some("eu-west-1".into()), None);
        check(|alarm| alarm.account = Some("111122223333".into()), None);
        check(|alarm| alarm.metric = Some(metric("AWS/ECS")), None);
        check(|alarm| alarm.name = "medic".into(), None);
    }

    #[test]
    fn an_alarm_on_lambda_medic_itself_is_not() {
        let own = Some("it is an alarm on lambda-medic itself");
        check(
            |alarm| alarm.name = "medic-alarm-playbook-errors".into(),
            own,
        );
        check(|alarm| alarm.metric = Some(metric("LambdaMedic")), own);
        check(
            |alarm| alarm.further_metrics = vec![metric("LambdaMedic")],
            own,
        );
    }

    #[test]
    fn what_cannot_be_looked_into_is_said() {
        let scaling = Some("it is a target tracking policy's own alarm");
        check(
            |alarm| alarm.name = "TargetTracking-service/shop/checkout-AlarmHigh-1".into(),
            scaling,
        );
        let contradicts = Some("the alarm's message and its ARN contradict each other");
        check(|alarm| alarm.contradicts_arn = true, contradicts);
        let elsewhere = Some("it is an alarm of another region");
        check(|alarm| alarm.region = Some("us-east-1".into()), elsewhere);
        let anothers = Some("it is an alarm of another account");
        check(
            |alarm| alarm.account = Some("444455556666".into()),
            anothers,
        );
        let timeless = Some("the alarm does not say when it changed its state");
        check(|alarm| alarm.state_changed_at = None, timeless);
        let future = Some("the alarm says that it changes its state in the future");
        check(
            |alarm| alarm.state_changed_at = Some("2026-02-18T21:53:00Z".parse().unwrap()),
            future,
        );
    }
}
