//! CloudWatch: metrics that follow from what is broken, alarms that follow from metrics, and the messages they send.

use alarm_playbook::alarms::{AlarmNow, Alarms, BETWEEN_PAGES, MAINTENANCE_TAG, Tags};
use alarm_playbook::load::Load;
use alarm_playbook::recovery::{Measured, Span};
use alarm_playbook::rule::{
    Comparison, Limit, MetricStat, MissingData, Rule, Series, Snapshot, Watched,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use shared::alarm::{AlarmArn, Kind, Metric, State};
use shared::clock::Clock;
use shared::failure::CallError;

use super::{ACCOUNT, ALERTS, Api, Aws, Fleet, REGION, Subject};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
/// Errors, or percent, or seconds, while something is broken: half as much again as the threshold.
const BAD: f64 = 15.0;
/// The threshold of every alarm.
pub const THRESHOLD: f64 = 10.0;
const REQUESTS: f64 = 30.0;
/// Alarms that one page of `DescribeAlarms` holds at most (API reference, `DescribeAlarms`: `MaxRecords`).
const PAGE: usize = 100;

/// What alarms are about: the ends of their names, and which playbook is theirs.
const KINDS: [(&str, &str, &str); 5] = [
    ("5xx", "AWS/ApplicationELB", "HTTPCode_Target_5XX_Count"),
    ("cpu", "AWS/ECS", "CPUUtilization"),
    ("tasks", "Shop", "SickTasks"),
    ("latency", "Shop", "Latency"),
    ("queue", "Shop", "Backlog"),
];

/// An alarm.
#[derive(Debug)]
pub struct Watch {
    /// Its name.
    pub name: String,
    /// What it is about.
    pub subject: usize,
    /// Which of its subject's alarms it is.
    pub kind: usize,
    /// Its state.
    pub state: State,
    /// When it changed to that.
    pub changed_at: Timestamp,
    /// Every change to ALARM, and when it ended.
    pub fired: Vec<(Timestamp, Option<Timestamp>)>,
    /// Since when its actions are off.
    pub silent_since: Option<Timestamp>,
    /// Since when it is tagged for maintenance.
    pub tagged_since: Option<Timestamp>,
    is_changing: bool,
}

pub(super) fn tags(has_tag: bool) -> Tags {
    has_tag
        .then(|| (MAINTENANCE_TAG.to_owned(), "true".to_owned()))
        .into_iter()
        .collect()
}

/// The alarms of a subject.
pub(super) fn watches(subject: usize, of: &Subject, number: usize) -> Vec<Watch> {
    let watch = |kind: usize| Watch {
        name: format!("{}-{}", of.name, KINDS[kind].0),
        subject,
        kind,
        state: State::Ok,
        changed_at: Timestamp::UNIX_EPOCH,
        fired: Vec::new(),
        silent_since: None,
        tagged_since: None,
        is_changing: false,
    };
    (0..number).map(watch).collect()
}

impl Watch {
    /// Its ARN.
    pub fn arn(&self) -> AlarmArn {
        arn(&self.name).parse().unwrap()
    }

    fn dimensions(subject: &Subject) -> (String, String) {
        let key = if subject.is_service() {
            "ServiceName"
        } else {
            "InstanceId"
        };
        (key.to_owned(), subject.name.clone())
    }

    /// The incident of its change to ALARM at that time.
    pub fn incident(&self, subject: &Subject, at: Timestamp) -> String {
        let mut now = self.now(subject);
        now.transitioned_at = Some(at);
        now.as_told(None).incident().to_string()
    }

    fn rule(&self, subject: &Subject) -> Rule {
        let (_, namespace, metric_name) = KINDS[self.kind];
        let sum = namespace == "AWS/ApplicationELB";
        Rule {
            watched: Watched::Metric(MetricStat {
                namespace: namespace.to_owned(),
                metric_name: metric_name.to_owned(),
                dimensions: [Self::dimensions(subject)].into(),
                stat: if sum { "Sum" } else { "Average" }.to_owned(),
                unit: None,
            }),
            period_seconds: 60,
            evaluation_periods: 2,
            datapoints_to_alarm: 2,
            limit: Limit::Threshold {
                comparison: Comparison::GreaterThanThreshold,
                threshold: THRESHOLD,
            },
            missing_data: MissingData::NotBreaching,
            ignores_low_samples: false,
        }
    }

    /// The alarm as `DescribeAlarms` shows it.
    pub fn now(&self, subject: &Subject) -> AlarmNow {
        let (_, namespace, metric_name) = KINDS[self.kind];
        AlarmNow {
            name: self.name.clone(),
            arn: Some(self.arn()),
            state: self.state,
            reason: REASON.to_owned(),
            description: String::new(),
            transitioned_at: Some(self.changed_at),
            configured_at: None,
            actions_enabled: self.silent_since.is_none(),
            alarm_actions: vec![ALERTS.to_owned()],
            is_suppressed: false,
            kind: Some(Kind::Metric),
            metrics: vec![Metric {
                namespace: namespace.to_owned(),
                name: metric_name.to_owned(),
                dimensions: [Self::dimensions(subject)].into(),
                stat: None,
            }],
            rule: Snapshot::Known(self.rule(subject)),
        }
    }

    /// The message of a change of its state, as CloudWatch writes it.
    pub fn message(
        &self,
        subject: &Subject,
        (from, to): (State, State),
        at: Timestamp,
    ) -> serde_json::Value {
        let (_, namespace, metric_name) = KINDS[self.kind];
        let (name, value) = Self::dimensions(subject);
        let message = json!({
            "AlarmName": self.name, "AlarmArn": arn(&self.name), "AWSAccountId": ACCOUNT, "Region": "EU (Ireland)",
            "NewStateValue": to.as_str(), "OldStateValue": from.as_str(), "NewStateReason": REASON,
            "StateChangeTime": at.strftime("%Y-%m-%dT%H:%M:%S.%3f+0000").to_string(),
            "Trigger": {
                "MetricName": metric_name, "Namespace": namespace, "StatisticType": "Statistic", "Statistic": "SUM",
                "Dimensions": [{"name": name, "value": value}], "Period": 60, "EvaluationPeriods": 2,
                "ComparisonOperator": "GreaterThanThreshold", "Threshold": THRESHOLD,
            },
        });
        crate::deliveries::event(&message.to_string())
    }
}

const REASON: &str = "Threshold Crossed: 2 out of the last 2 datapoints [15.0, 15.0] were greater than the threshold (10.0).";

/// The ARN of an alarm of this name.
fn arn(name: &str) -> String {
    format!("arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}")
}

impl Fleet {
    /// The alarm of this name.
    pub fn watch(&self, name: &str) -> Option<&Watch> {
        self.watches.get(*self.names.get(name)?)
    }

    /// The subject of this name.
    pub fn subject(&self, name: &str) -> Option<&Subject> {
        self.subjects.get(*self.names.get(name)?)
    }
}

impl Subject {
    /// What one of its alarms' metrics was in the minute from then on.
    pub fn value(&self, kind: usize, start: Timestamp) -> f64 {
        let kind = u32::try_from(kind).unwrap();
        (BAD * self.bad_share(kind, start, start + MINUTE)).round()
    }
}

impl Fleet {
    /// Evaluates all alarms at the top of each minute from the next one on.
    pub fn evaluate_from_now(&mut self) {
        let next = Timestamp::from_second((self.now.as_second().div_euclid(60) + 1) * 60).unwrap();
        self.at(next, |fleet| {
            fleet.evaluate();
            fleet.evaluate_from_now();
        });
    }

    fn evaluate(&mut self) {
        let minute = Timestamp::from_second(self.now.as_second().div_euclid(60) * 60).unwrap();
        for n in 0..self.watches.len() {
            let watch = &self.watches[n];
            let subject = &self.subjects[watch.subject];
            if subject.broken.is_empty() || watch.is_changing {
                continue;
            }
            let breaches =
                |back: i32| subject.value(watch.kind, minute - MINUTE * back) > THRESHOLD;
            let state = if breaches(1) && breaches(2) {
                State::Alarm
            } else {
                State::Ok
            };
            if state != watch.state {
                self.watches[n].is_changing = true;
                let latest = self.weather.spread.max(8_000);
                let wait = self.random.millis(500, latest);
                self.after(wait, move |fleet| fleet.change(n, state));
            }
        }
    }

    /// An alarm changes its state, and says so.
    pub fn change(&mut self, n: usize, to: State) {
        let now = Timestamp::from_millisecond(self.now.as_millisecond()).unwrap();
        let watch = &mut self.watches[n];
        let from = std::mem::replace(&mut watch.state, to);
        watch.changed_at = now;
        watch.is_changing = false;
        match to {
            State::Alarm => watch.fired.push((now, None)),
            _ => {
                if let Some((_, until)) = watch.fired.last_mut() {
                    *until = Some(now);
                }
            }
        }
        let watch = &self.watches[n];
        if watch.silent_since.is_none() {
            let message = watch.message(&self.subjects[watch.subject], (from, to), now);
            self.publish(&message);
        }
    }

    /// SNS: at least once, in any order, and sometimes not at all.
    pub fn publish(&mut self, message: &serde_json::Value) {
        let weather = self.weather;
        if self.random.chance(weather.lost) {
            return;
        }
        let copies = if self.random.chance(weather.twice) {
            self.random.between(2, 4)
        } else {
            1
        };
        for _ in 0..copies {
            let is_late = self.random.chance(weather.late);
            let wait = if is_late {
                self.random.seconds(5, 1_100)
            } else {
                self.random.millis(50, 1_500)
            };
            self.deliver(wait, message.clone());
        }
    }

    fn describe(&self, name: &str) -> Option<AlarmNow> {
        let watch = self.watch(name)?;
        Some(watch.now(&self.subjects[watch.subject]))
    }

    fn firing(&self) -> Vec<AlarmNow> {
        let firing = self
            .watches
            .iter()
            .filter(|watch| watch.state == State::Alarm);
        firing
            .map(|watch| watch.now(&self.subjects[watch.subject]))
            .collect()
    }

    fn measure(&self, rule: &Rule, from: Timestamp, until: Timestamp) -> Measured {
        let metric = rule.watched.metric();
        let is_sum = metric.is_some_and(|metric| metric.stat == "Sum");
        let mut measured = Measured {
            requests: is_sum.then(Series::new),
            ..Measured::default()
        };
        let subject = subject_of(rule).and_then(|name| self.subject(&name));
        let kinds = KINDS.iter();
        let is_it = |name: &str| metric.is_some_and(|metric| metric.metric_name == name);
        let kind = kinds.map(|(_, _, name)| name).position(|name| is_it(name));
        let (Some(subject), Some(kind)) = (subject, kind) else {
            return measured;
        };
        let mut start = from;
        while start + MINUTE <= until.min(self.now) {
            let value = subject.value(kind, start);
            // A load balancer has no zeros.
            if !is_sum || value > 0.0 {
                measured.values.insert(start, value);
            }
            if let Some(requests) = &mut measured.requests {
                requests.insert(start, REQUESTS);
            }
            start += MINUTE;
        }
        measured
    }
}

impl Alarms for Aws {
    async fn tags(&self, alarm: &AlarmArn) -> Result<Option<Tags>, CallError> {
        let name = alarm.alarm_name().to_owned();
        let read = move |fleet: &mut Fleet, _| {
            let watch = fleet.watch(&name)?;
            Some(tags(watch.tagged_since.is_some()))
        };
        self.call(Api::ListTags, read).await
    }

    async fn describe(&self, name: &str) -> Result<Option<AlarmNow>, CallError> {
        let name = name.to_owned();
        self.call(Api::DescribeAlarms, move |fleet, _| fleet.describe(&name))
            .await
    }

    async fn describe_all(&self, names: &[&str]) -> Result<Vec<AlarmNow>, CallError> {
        let mut all = Vec::new();
        for page in names.chunks(PAGE) {
            let page: Vec<String> = page.iter().map(|name| (*name).to_owned()).collect();
            let describe = move |fleet: &mut Fleet, _| {
                page.iter()
                    .filter_map(|name| fleet.describe(name))
                    .collect::<Vec<_>>()
            };
            all.extend(self.call(Api::DescribeAlarms, describe).await?);
            self.pause(BETWEEN_PAGES).await;
        }
        Ok(all)
    }

    async fn firing(&self, _topic_arn: &str) -> Result<Vec<AlarmNow>, CallError> {
        let all = self
            .call(Api::DescribeAlarms, |fleet, _| fleet.firing())
            .await?;
        // The pages after the first; the adapter reads twenty at most.
        for _ in 1..all.len().div_ceil(PAGE).min(20) {
            self.pause(BETWEEN_PAGES).await;
            self.call(Api::DescribeAlarms, |_, _| ()).await?;
        }
        Ok(all.into_iter().take(20 * PAGE).collect())
    }

    async fn state_before(
        &self,
        alarm: &AlarmNow,
        _at: Timestamp,
    ) -> Result<Option<State>, CallError> {
        let before = if alarm.state == State::Alarm {
            State::Ok
        } else {
            State::Alarm
        };
        self.call(Api::DescribeAlarmHistory, move |_, _| Some(before))
            .await
    }

    async fn rule_at(&self, name: &str, _at: Timestamp) -> Result<Option<Snapshot>, CallError> {
        let name = name.to_owned();
        self.call(Api::DescribeAlarmHistory, move |fleet, _| {
            fleet.describe(&name).map(|alarm| alarm.rule)
        })
        .await
    }

    async fn load(
        &self,
        rule: &Rule,
        _fired_at: Timestamp,
        _now: Timestamp,
    ) -> Result<Option<Load>, CallError> {
        let name = subject_of(rule).unwrap_or_default();
        let load = move |fleet: &mut Fleet, _| {
            let subject = fleet.subject(&name)?;
            let since = if subject.has_more_load {
                2.0 * REQUESTS
            } else {
                REQUESTS
            };
            Some(Load {
                before: REQUESTS,
                since,
                period_seconds: 60,
            })
        };
        self.call(Api::GetMetricData, load).await
    }

    async fn measure(&self, asked: &[(&Rule, Span)]) -> Result<Vec<Measured>, CallError> {
        let asked = asked.iter();
        let asked: Vec<(Rule, Span)> = asked.map(|(rule, span)| ((*rule).clone(), *span)).collect();
        self.call(Api::GetMetricData, move |fleet, _| {
            let measure =
                |(rule, span): &(Rule, Span)| fleet.measure(rule, span.data_from(rule), span.until);
            asked.iter().map(measure).collect()
        })
        .await
    }
}

/// The name of what a rule is about.
fn subject_of(rule: &Rule) -> Option<String> {
    let metric = rule.watched.metric()?;
    metric.dimensions.values().next().cloned()
}
