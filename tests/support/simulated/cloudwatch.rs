//! The service's alarm, and the metrics behind it.

use alarm_playbook::alarms::{AlarmNow, Alarms, Tags};
use alarm_playbook::load::Load;
use alarm_playbook::recovery::{Measured, Span};
use alarm_playbook::rule::{
    Asked, Band, BandComparison, Comparison, Composite, Limit, MetricStat, MissingData, Query,
    Rule, Series, Snapshot, Watched,
};
use jiff::{SignedDuration, Timestamp};
use shared::alarm::{AlarmArn, State};
use shared::failure::CallError;

use super::{Operation, Simulated, World};

/// More than ten errors in each of two minutes.
const PERIOD: SignedDuration = SignedDuration::from_mins(1);

/// While anybody uses the service, and half of their requests while it is broken.
const REQUESTS: f64 = 30.0;
const ERRORS: f64 = 15.0;

/// What anomaly detection expects of the errors.
const EXPECTED: (f64, f64) = (5.0, -1.0);

/// What the service's alarm watches.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Watches {
    /// The number of errors.
    Errors,
    /// Their share of the requests, by an expression.
    ErrorRate,
    /// Whether they are as many as expected, and whether a model says what that is.
    ExpectedErrors { has_model: bool },
    /// Another alarm on the number of errors, unless a third one says that somebody deploys.
    OtherAlarms { is_deploying: bool },
    /// A log query.
    Logs,
}

/// The alarms that a composite one watches.
const CHILD: &str = "checkout-errors";
const DEPLOYING: &str = "deploying";

fn metric(metric_name: &str) -> MetricStat {
    MetricStat {
        namespace: "AWS/ApplicationELB".to_owned(),
        metric_name: metric_name.to_owned(),
        dimensions: [("LoadBalancer".to_owned(), "app/shop/1".to_owned())].into(),
        stat: "Sum".to_owned(),
        unit: None,
    }
}

fn query(id: &str, asked: Asked, is_returned: bool) -> Query {
    Query {
        id: id.to_owned(),
        asked,
        period_seconds: Some(60),
        account_id: None,
        is_returned,
    }
}

fn errors() -> Asked {
    Asked::Metric(metric("HTTPCode_Target_5XX_Count"))
}

/// The alarm's rule on the number of errors.
fn rule(threshold: f64) -> Rule {
    Rule {
        watched: Watched::Metric(metric("HTTPCode_Target_5XX_Count")),
        period_seconds: 60,
        evaluation_periods: 2,
        datapoints_to_alarm: 2,
        limit: Limit::Threshold {
            comparison: Comparison::GreaterThanThreshold,
            threshold,
        },
        missing_data: MissingData::NotBreaching,
        ignores_low_samples: false,
    }
}

/// More than this share of the requests.
fn rate(threshold: f64) -> Rule {
    let expression = Asked::Expression("100 * m1 / m2".to_owned());
    Rule {
        watched: Watched::Queries {
            queries: vec![
                query("e1", expression, true),
                query("m1", errors(), false),
                query("m2", Asked::Metric(metric("RequestCount")), false),
            ],
            result: "e1".to_owned(),
        },
        ..rule(threshold)
    }
}

fn unexpected() -> Rule {
    let band = Asked::Expression("ANOMALY_DETECTION_BAND(m1)".to_owned());
    Rule {
        watched: Watched::Queries {
            queries: vec![query("m1", errors(), true), query("ad1", band, true)],
            result: "m1".to_owned(),
        },
        limit: Limit::Band {
            comparison: BandComparison::GreaterThanUpperThreshold,
            band: "ad1".to_owned(),
        },
        ..rule(0.0)
    }
}

impl World {
    /// The alarm by this name, as it is now: it goes by the errors, or by whoever changed it. When it changed its state is
    /// not kept; the messages in the tests name many times.
    fn alarm(&self, name: &str) -> AlarmNow {
        let lag = self.alarm_lag;
        let is_healthy = self.healthy_from.is_some_and(|from| self.now - lag >= from);
        let is_deploying = self.watches == Watches::OtherAlarms { is_deploying: true };
        let is_quiet = is_deploying && self.restarts > 0;
        let is_ok = is_healthy || self.threshold > ERRORS || !self.has_traffic || is_quiet;
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
            rule: self.rule(),
        }
    }

    fn rule(&self) -> Snapshot {
        match self.watches {
            Watches::Errors => Snapshot::Known(rule(self.threshold)),
            Watches::ErrorRate => Snapshot::Known(rate(self.threshold)),
            Watches::ExpectedErrors { .. } => Snapshot::Known(unexpected()),
            Watches::OtherAlarms { .. } => {
                let expression = format!("ALARM(\"{CHILD}\") AND NOT ALARM({DEPLOYING})");
                Composite::parse(&expression)
                    .map(Snapshot::Composite)
                    .unwrap()
            }
            Watches::Logs => Snapshot::Unknown("it is an alarm on a log query".to_owned()),
        }
    }

    /// One of several alarms by name: the service's own, or one that it watches.
    fn any_alarm(&self, name: &str) -> AlarmNow {
        let alarm = self.alarm(name);
        let own = |threshold| Snapshot::Known(rule(threshold));
        match name {
            CHILD => AlarmNow {
                rule: own(self.threshold),
                ..alarm
            },
            DEPLOYING => AlarmNow {
                state: State::Ok,
                rule: own(0.5),
                ..alarm
            },
            _ => alarm,
        }
    }

    /// What a rule measures.
    fn measured_by(&self, rule: &Rule, from: Timestamp, until: Timestamp) -> Measured {
        let measured = self.measure(from, until);
        match (&rule.watched, &rule.limit) {
            (Watched::Metric(_), _) => measured,
            (Watched::Queries { .. }, Limit::Band { .. }) => {
                let has_model = self.watches == Watches::ExpectedErrors { has_model: true };
                let minutes = measured.requests.iter().flatten().filter(|_| has_model);
                let band = |(start, _): (&Timestamp, &f64)| {
                    (*start, Band::between(EXPECTED.0, EXPECTED.1))
                };
                Measured {
                    bands: minutes.map(band).collect(),
                    ..measured
                }
            }
            (Watched::Queries { .. }, Limit::Threshold { .. }) => {
                let rate =
                    |(start, errors): (&Timestamp, &f64)| (*start, 100.0 * errors / REQUESTS);
                let zero = |(start, _): (&Timestamp, &f64)| (*start, 0.0);
                let filled = measured.requests.iter().flatten().map(zero);
                Measured {
                    values: measured.values.iter().map(rate).collect(),
                    filled: filled.collect(),
                    ..measured
                }
            }
        }
    }

    /// Errors and requests of the complete minutes from `from` to `until`. Like a load balancer, it has no zeros.
    fn measure(&self, from: Timestamp, until: Timestamp) -> Measured {
        let mut measured = Measured {
            requests: Some(Series::new()),
            ..Measured::default()
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
            let names = names.iter();
            names.map(|name| world.any_alarm(name)).collect()
        };
        self.call(Operation::Alarm, describe).await
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

    async fn measure(&self, asked: &[(&Rule, Span)]) -> Result<Vec<Measured>, CallError> {
        let measure = |world: &mut World| {
            let asked = asked.iter();
            asked
                .map(|(rule, span)| world.measured_by(rule, span.data_from(rule), span.until))
                .collect()
        };
        self.call(Operation::Measure, measure).await
    }

    async fn load(
        &self,
        _rule: &Rule,
        _fired_at: Timestamp,
        _now: Timestamp,
    ) -> Result<Option<Load>, CallError> {
        self.call(Operation::Measure, |world| world.load).await
    }
}
