//! The service's alarm, and the metrics behind it.

use alarm_playbook::alarm::{AlarmArn, State};
use alarm_playbook::alarms::{AlarmNow, Alarms, Tags};
use alarm_playbook::load::Load;
use alarm_playbook::recovery::{Measured, Span};
use alarm_playbook::rule::{Comparison, Rule, Series, Snapshot};
use jiff::{SignedDuration, Timestamp};
use shared::failure::CallError;

use super::{Operation, Simulated, World};

/// More than ten errors in each of two minutes.
const PERIOD: SignedDuration = SignedDuration::from_mins(1);

/// While anybody uses the service, and half of their requests while it is broken.
const REQUESTS: f64 = 30.0;
const ERRORS: f64 = 15.0;

/// The alarm's rule.
fn rule(threshold: f64) -> Rule {
    Rule {
        namespace: "AWS/ApplicationELB".to_owned(),
        metric_name: "HTTPCode_Target_5XX_Count".to_owned(),
        dimensions: [("LoadBalancer".to_owned(), "app/shop/1".to_owned())].into(),
        stat: "Sum".to_owned(),
        unit: None,
        period_seconds: 60,
        evaluation_periods: 2,
        datapoints_to_alarm: 2,
        comparison: Comparison::GreaterThanThreshold,
        threshold,
    }
}

impl World {
    /// The alarm by this name, as it is now: it goes by the errors, or by whoever changed it. When it changed its state is
    /// not kept; the messages in the tests name many times.
    fn alarm(&self, name: &str) -> AlarmNow {
        let lag = self.alarm_lag;
        let is_healthy = self.healthy_from.is_some_and(|from| self.now - lag >= from);
        let is_ok = is_healthy || self.threshold > ERRORS || !self.has_traffic;
        AlarmNow {
            name: name.to_owned(),
            arn: format!("arn:aws:cloudwatch:eu-west-1:111122223333:alarm:{name}")
                .parse()
                .ok(),
            state: if is_ok { State::Ok } else { State::Alarm },
            reason: "Threshold Crossed: 2 datapoints were greater than the threshold".to_owned(),
            description: String::new(),
            transitioned_at: None,
            configured_at: self.configured_at,
            actions_enabled: true,
            alarm_actions: Vec::new(),
            is_suppressed: false,
            kind: None,
            metrics: Vec::new(),
            rule: Snapshot::Known(rule(self.threshold)),
        }
    }

    /// Errors and requests of the complete minutes from `from` to `until`. Like a load balancer, it has no zeros.
    fn measure(&self, from: Timestamp, until: Timestamp) -> Measured {
        let mut measured = Measured {
            values: Series::new(),
            requests: Some(Series::new()),
        };
        let mut start = from;
        while start + PERIOD <= until.min(self.now) && self.has_traffic {
            let is_broken = self.healthy_from.is_none_or(|healthy| start < healthy);
            measured.values.extend(is_broken.then_some((start, ERRORS)));
            measured
                .requests
                .iter_mut()
                .for_each(|requests| requests.extend([(start, REQUESTS)]));
            start += PERIOD;
        }
        measured
    }
}

impl Alarms for Simulated {
    async fn tags(&self, _alarm: &AlarmArn) -> Result<Option<Tags>, CallError> {
        self.call(Operation::Tags, |_| Some(Tags::new())).await
    }

    async fn describe(&self, name: &str) -> Result<Option<AlarmNow>, CallError> {
        let describe = |world: &mut World| {
            let known = world.firing.iter().find(|alarm| alarm.name == name);
            Some(known.cloned().unwrap_or_else(|| world.alarm(name)))
        };
        self.call(Operation::Alarm, describe).await
    }

    async fn describe_all(&self, names: &[&str]) -> Result<Vec<AlarmNow>, CallError> {
        let describe = |world: &mut World| {
            let known = |name: &&str| world.firing.iter().find(|alarm| alarm.name == *name);
            let alarm = |name: &&str| known(name).cloned().unwrap_or_else(|| world.alarm(name));
            names.iter().map(alarm).collect()
        };
        self.call(Operation::Alarm, describe).await
    }

    async fn load(
        &self,
        _rule: &Rule,
        _fired_at: Timestamp,
        _now: Timestamp,
    ) -> Result<Option<Load>, CallError> {
        Ok(None)
    }

    async fn firing(&self, _topic_arn: &str) -> Result<Vec<AlarmNow>, CallError> {
        self.call(Operation::Firing, |world| world.firing.clone())
            .await
    }

    async fn state_before(
        &self,
        _alarm: &AlarmNow,
        _at: Timestamp,
    ) -> Result<Option<State>, CallError> {
        self.call(Operation::History, |world| Some(world.state_before))
            .await
    }

    async fn rule_at(&self, _name: &str, _at: Timestamp) -> Result<Option<Snapshot>, CallError> {
        self.call(Operation::History, |_| Some(Snapshot::Known(rule(10.0))))
            .await
    }

    async fn measure(&self, rule: &Rule, span: Span) -> Result<Measured, CallError> {
        let from = span.data_from(rule);
        self.call(Operation::Measure, |world| world.measure(from, span.until))
            .await
    }
}
