//! What CloudWatch can be asked about alarms besides what their messages say: a narrow trait.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;
use shared::failure::CallError;

use crate::load::Load;
use crate::recovery::{Measured, Span};
use crate::rule::{Rule, Snapshot};
use shared::alarm::{Alarm, AlarmArn, Composite, Kind, Metric, State};

/// Tags by key; outside text, only ever matched.
pub type Tags = BTreeMap<String, String>;

/// A tag with this key on an alarm or a service keeps it from being acted on, unless its value is `false`.
pub const MAINTENANCE_TAG: &str = "lambda-medic:maintenance";

/// How long to wait between two pages of alarms: an account has nine `DescribeAlarms` a second in a region (CloudWatch user
/// guide, "CloudWatch service quotas"), and others need some of them.
pub const BETWEEN_PAGES: Duration = Duration::from_millis(200);

/// Whether something with these tags is not to be acted on.
pub fn is_in_maintenance(tags: &Tags) -> bool {
    tags.get(MAINTENANCE_TAG)
        .is_some_and(|value| value != "false")
}

/// An alarm as CloudWatch describes it at this moment.
#[derive(Clone, Debug, PartialEq)]
pub struct AlarmNow {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: Option<AlarmArn>,
    /// The state it is in.
    pub state: State,
    /// Why, in CloudWatch's words or those of whoever set the state.
    pub reason: String,
    /// What its owner wrote about it.
    pub description: String,
    /// When it changed to that state.
    pub transitioned_at: Option<Timestamp>,
    /// When its configuration was last changed.
    pub configured_at: Option<Timestamp>,
    /// Whether it acts on a change of its state.
    pub actions_enabled: bool,
    /// What it acts on when it changes to ALARM, by ARN.
    pub alarm_actions: Vec<String>,
    /// Whether another alarm keeps it from acting.
    pub is_suppressed: bool,
    /// What kind of alarm it is.
    pub kind: Option<Kind>,
    /// The metrics it watches.
    pub metrics: Vec<Metric>,
    /// What it watches them for, as it is configured now; of a composite alarm without its children.
    pub rule: Snapshot,
}

impl AlarmNow {
    /// The alarm as its message has it, for a decision without a CloudWatch to ask.
    pub fn as_claimed(alarm: &Alarm) -> Self {
        Self {
            name: alarm.name.clone(),
            arn: alarm.arn.clone(),
            state: alarm.state,
            reason: alarm.reason.clone(),
            description: alarm.description.clone(),
            transitioned_at: alarm.state_changed_at,
            configured_at: None,
            actions_enabled: true,
            alarm_actions: Vec::new(),
            is_suppressed: false,
            kind: alarm.kind,
            metrics: alarm.metrics().cloned().collect(),
            rule: Snapshot::Unknown("nobody was asked".to_owned()),
        }
    }

    /// Whether it tells this topic of an ALARM. `DescribeAlarms` itself looks for the beginning of any action's ARN.
    pub fn publishes_to(&self, topic_arn: &str) -> bool {
        self.alarm_actions.iter().any(|action| action == topic_arn)
    }

    /// The state change that led to the present state, as a message would have told it. `old_state` is from its history.
    pub fn as_told(&self, old_state: Option<State>) -> Alarm {
        let mut metrics = self.metrics.iter().cloned();
        let (threshold, period_seconds) = match &self.rule {
            Snapshot::Known(rule) => (rule.limit.threshold(), Some(u64::from(rule.period_seconds))),
            Snapshot::Composite(_) | Snapshot::Unknown(_) => (None, None),
        };
        // Which children set it off is not known any more.
        let composite = (self.kind == Some(Kind::Composite)).then_some(Composite {
            triggering_children: 0,
        });
        Alarm {
            name: self.name.clone(),
            arn: self.arn.clone(),
            account: self
                .arn
                .as_ref()
                .and_then(AlarmArn::account)
                .map(str::to_owned),
            region: self
                .arn
                .as_ref()
                .and_then(AlarmArn::region)
                .map(str::to_owned),
            state: self.state,
            old_state,
            state_changed_at: self.transitioned_at,
            reason: self.reason.clone(),
            description: self.description.clone(),
            kind: self.kind,
            metric: metrics.next(),
            further_metrics: metrics.collect(),
            threshold,
            period_seconds,
            composite,
            is_suppressed: self.is_suppressed,
            contradicts_arn: false,
            is_unheard: true,
        }
    }
}

/// Alarms in CloudWatch.
pub trait Alarms: Sync {
    /// The tags of an alarm, or `None` if there is no such alarm.
    fn tags(
        &self,
        alarm: &AlarmArn,
    ) -> impl Future<Output = Result<Option<Tags>, CallError>> + Send;

    /// The alarm of this name as it is now, or `None` if there is no such alarm.
    fn describe(
        &self,
        name: &str,
    ) -> impl Future<Output = Result<Option<AlarmNow>, CallError>> + Send;

    /// The alarms of these names as they are now, in no order and without those that do not exist. A hundred names are one
    /// call.
    fn describe_all(
        &self,
        names: &[&str],
    ) -> impl Future<Output = Result<Vec<AlarmNow>, CallError>> + Send;

    /// The alarms in ALARM that publish to `topic_arn`, metric and composite ones.
    fn firing(
        &self,
        topic_arn: &str,
    ) -> impl Future<Output = Result<Vec<AlarmNow>, CallError>> + Send;

    /// The state from which an alarm changed at that moment, from its history; `None` if it does not tell.
    fn state_before(
        &self,
        alarm: &AlarmNow,
        at: Timestamp,
    ) -> impl Future<Output = Result<Option<State>, CallError>> + Send;

    /// What the alarm watched for at that moment, from its history; `None` if it does not tell.
    fn rule_at(
        &self,
        name: &str,
        at: Timestamp,
    ) -> impl Future<Output = Result<Option<Snapshot>, CallError>> + Send;

    /// The values of each rule's metric, and of the requests behind it, for the periods of its span.
    fn measure(
        &self,
        asked: &[(&Rule, Span)],
    ) -> impl Future<Output = Result<Vec<Measured>, CallError>> + Send;

    /// The load behind an alarm with this rule that fired at that time; `None` where nothing counts the requests to what it
    /// watches (that is so of the metrics of ECS itself), or too few periods do.
    fn load(
        &self,
        rule: &Rule,
        fired_at: Timestamp,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<Load>, CallError>> + Send;
}
