use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shared::reports::Channel;

use crate::action::{Action, Order, OrderId, PlannedCall, Work};
use crate::alarms::AlarmNow;
use crate::decision::Window;
use crate::playbook::StepName;
use crate::recovery::Recovery;
use crate::rule::Snapshot;
use crate::targets::DeploymentRef;
use shared::alarm::{Alarm, AlarmArn, IncidentId, State};

/// What was decided about one incident, and what came of it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Entry {
    /// The incident: one alarm's one state change.
    pub incident: IncidentId,
    /// The alarm's name, as outside text.
    pub alarm_name: String,
    /// When the alarm changed its state.
    pub state_changed_at: Timestamp,
    /// The alarm's ARN, where its message had one.
    #[serde(default)]
    pub alarm_arn: Option<AlarmArn>,
    /// Why, in the alarm's words.
    pub alarm_reason: String,
    /// What the alarm watched for when it fired; none where nothing was to be proven.
    #[serde(default)]
    pub rule: Option<Snapshot>,
    /// The playbook that matched.
    pub playbook: String,
    /// What was decided.
    pub verdict: Verdict,
    /// Why.
    pub reasons: Reasons,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// What is about to be done; written before it is done.
    pub intent: Option<Intent>,
    /// Who works on the entry, and until when nobody else may.
    pub lease: Lease,
    /// What came of it; none while nobody knows.
    pub outcome: Option<Outcome>,
    /// When that was known.
    pub concluded_at: Option<Timestamp>,
    /// Whether it helped; none while nobody knows, and where nothing was done.
    #[serde(default)]
    pub recovery: Option<Recovery>,
    /// The rungs of the ladder that were carried out before the present one, and did not help.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Rung>,
    /// What keeps us from acting for now, while the incident is followed; none if something was done or nothing will be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits: Option<Await>,
    /// The subject under which somebody is called; none if nobody is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// What the ladder's `notify` steps say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Which channels still have to carry the report.
    pub untold: Vec<Channel>,
    /// Which channels carried it, or refused to.
    pub told: Vec<Told>,
    /// What a later version added; kept when the record is rewritten.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// Whether an entry acts.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// A step is carried out.
    Remediate,
    /// A step would be carried out, were this not a dry run.
    DryRun,
    /// Nothing is done now; it is decided again when what stands in the way is over.
    Wait,
    /// Nothing is done; people are told why.
    Report,
}

/// The reasons for and against acting, as people read them.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Reasons {
    /// What speaks for acting.
    #[serde(rename = "for")]
    pub in_favour: Vec<String>,
    /// What speaks against it.
    pub against: Vec<String>,
    /// Which rules spoke against it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
}

/// A rung that was carried out, and what came of it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Rung {
    /// What was done.
    pub intent: Intent,
    /// Why.
    pub reasons: Reasons,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// When that was known.
    pub concluded_at: Option<Timestamp>,
    /// Whether it helped.
    pub recovery: Option<Recovery>,
}

/// What an incident waits for that nothing is done about.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Await {
    /// The end of somebody's deployment.
    Deployment,
    /// The end of remediations elsewhere in the fleet.
    Fleet,
    /// The end of a time at which nobody is told: what still fires then is acted on, or people are told.
    Mute,
    /// The end of a storm: then it is looked whether the alarm is over, and nothing is begun any more.
    Storm,
}

/// A change of the outside world, written down before it is made.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Intent {
    /// Which rung of the playbook's ladder it is, counted from 0.
    #[serde(default)]
    pub rung: usize,
    /// The step.
    pub step: StepName,
    /// Exactly what to change.
    #[serde(default)]
    pub action: Action,
    /// The calls that do it.
    #[serde(default)]
    pub calls: Vec<PlannedCall>,
    /// How many invocations have set out to make them, this one included.
    pub attempt: u32,
    /// What the world looked like before.
    pub before: Before,
}

/// What the world looked like before a change: what tells afterwards whether it took place.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Before {
    /// The service's primary deployment. Another one afterwards, of the expected task definition, means that a call was
    /// carried out, whatever became of its answer.
    #[serde(flatten)]
    pub deployment: Option<DeploymentRef>,
    /// How many tasks the service was to have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desired_count: Option<u32>,
}

/// The right to work on an entry.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Lease {
    /// The invocation's request id; Lambda's retry of an event bears the same one, and so may a second delivery, which
    /// then differs in `until`.
    pub request: String,
    /// Later than the holder's hard timeout, so a killed or frozen holder never acts after somebody took over.
    pub until: Timestamp,
}

/// What came of an entry.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Outcome {
    /// The call was answered: this is its work.
    Applied {
        /// What it began.
        #[serde(flatten)]
        work: Work,
    },
    /// The call's answer was lost; a look at the target showed that it was carried out.
    Adopted {
        /// What it began.
        #[serde(flatten)]
        work: Work,
        /// When that was created.
        created_at: Timestamp,
    },
    /// Somebody else deployed another task definition in between.
    Superseded {
        /// Their deployment.
        deployment: String,
    },
    /// The service refused the call, and would again.
    Refused {
        /// Why.
        error: String,
    },
    /// Whether the call was carried out cannot be told any more; it is not made again.
    Unclear {
        /// Why.
        reason: String,
        /// When it can have been carried out at the latest; a record from before this was kept has none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// The call was not carried out, and it is too late for it now.
    Abandoned {
        /// Why.
        reason: String,
    },
    /// Nothing was to be done.
    NotActed,
}

/// A channel that is done with a report.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Told {
    /// Which report.
    #[serde(default)]
    pub report: Report,
    /// The channel.
    pub channel: Channel,
    /// When.
    pub at: Timestamp,
    /// What became of the message.
    #[serde(flatten)]
    pub delivery: Delivery,
}

/// A report on an incident.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// What was decided and done.
    #[default]
    Remediation,
    /// Whether it helped.
    Closing,
}

/// What became of a report on one channel.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// The service took it, under this message id.
    MessageId(String),
    /// The service refused it for good, for this reason.
    Refused(String),
}

/// How far an entry has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stage {
    /// Intended; whether it was done is not known.
    Intended,
    /// The outcome is known; not everybody has been told.
    Untold,
    /// A remediation was carried out and told, and whether it helped is not known; or the incident awaits something.
    Verifying,
    /// Nothing is left to do.
    Settled,
}

impl Entry {
    /// Whether the entry is about this state change.
    ///
    /// A description states its time otherwise than the message by a millisecond: the SDK cuts what CloudWatch sends as a
    /// floating-point number. No alarm changes to ALARM twice in a second.
    pub fn is_about(&self, alarm: &Alarm) -> bool {
        let apart = |at| self.state_changed_at.duration_since(at).abs();
        let is_close = |at| apart(at) < SignedDuration::from_secs(1);
        let is_same_alarm = self.alarm_name == alarm.name && self.alarm_arn == alarm.arn;
        let is_near = is_same_alarm && alarm.state_changed_at.is_some_and(is_close);
        is_near || self.incident == alarm.incident()
    }

    /// Whether it was written down and nobody is to hear of it.
    pub fn is_unheard(&self) -> bool {
        self.stage() == Stage::Settled && self.told.is_empty()
    }

    /// The alarm that opened the incident, as CloudWatch describes it now, for a decision in the midst of it.
    pub fn alarm(&self, now: Option<&AlarmNow>) -> Alarm {
        let told = now.map(|now| now.as_told(None));
        let arn = self.alarm_arn.as_ref();
        let told =
            told.unwrap_or_else(|| Alarm::remembered(&self.alarm_name, arn, &self.alarm_reason));
        Alarm {
            arn: self.alarm_arn.clone(),
            state: State::Alarm,
            state_changed_at: Some(self.state_changed_at),
            is_unheard: false,
            ..told
        }
    }

    /// How far the entry has come.
    pub fn stage(&self) -> Stage {
        match (&self.outcome, self.untold.is_empty()) {
            (None, _) => Stage::Intended,
            (Some(_), false) => Stage::Untold,
            (Some(_), true) if self.awaits_proof() => Stage::Verifying,
            (Some(_), true) => Stage::Settled,
        }
    }

    /// What the remediation began, if it did.
    pub fn work(&self) -> Option<&Work> {
        self.outcome.as_ref()?.work()
    }

    /// The order that the intent is carried out under.
    pub fn order(&self) -> Option<Order> {
        let intent = self.intent.as_ref()?;
        Some(Order {
            action: intent.action.clone(),
            id: OrderId::new(&self.incident, intent.rung),
        })
    }

    /// Whether a remediation was carried out and nobody knows yet whether it helped, or the incident awaits something. A
    /// remediation from before there was a proof has no rule to be proven by, and waits for nothing.
    pub fn awaits_proof(&self) -> bool {
        let acted = self.work().is_some() && self.rule.is_some();
        self.recovery.is_none() && (acted || self.awaits.is_some())
    }

    /// The report that is due next, or was the last.
    pub fn report(&self) -> Report {
        match self.recovery {
            Some(_) => Report::Closing,
            None => Report::Remediation,
        }
    }

    /// The name of the newest attempt: what marks duplicates of a report.
    pub fn attempt_id(&self) -> String {
        match &self.intent {
            None => format!("{}-0", self.incident),
            Some(intent) => {
                let order = OrderId::new(&self.incident, intent.rung);
                format!("{}.{}", order.as_str(), intent.attempt)
            }
        }
    }

    /// When the target was touched by the present rung, or may have been.
    pub fn acted_at(&self) -> Option<Timestamp> {
        let outcome = self.outcome.as_ref()?;
        outcome.acted_at(self.decided_at, self.concluded_at)
    }

    /// When the target was touched by any rung, or may have been.
    pub fn touches(&self) -> impl Iterator<Item = Timestamp> {
        let earlier = self.earlier.iter().filter_map(Rung::acted_at);
        earlier.chain(self.acted_at())
    }

    /// When the entry's call can have been carried out, seen from `now`.
    pub fn window(&self, now: Timestamp) -> Window {
        Window {
            from: self.decided_at,
            until: self.lease.until.min(now),
        }
    }
}

impl Outcome {
    /// What was begun, if anything was.
    pub fn work(&self) -> Option<&Work> {
        match self {
            Self::Applied { work } | Self::Adopted { work, .. } => Some(work),
            _ => None,
        }
    }

    fn acted_at(
        &self,
        decided_at: Timestamp,
        concluded_at: Option<Timestamp>,
    ) -> Option<Timestamp> {
        match self {
            Self::Applied { .. } => concluded_at,
            Self::Adopted { created_at, .. } => Some(*created_at),
            // Found out later, perhaps days later, it happened while somebody held the lease if at all.
            Self::Unclear { until, .. } => Some(until.unwrap_or(decided_at)),
            _ => None,
        }
    }
}

impl Rung {
    /// When the target was touched by it, or may have been.
    pub fn acted_at(&self) -> Option<Timestamp> {
        let outcome = self.outcome.as_ref()?;
        outcome.acted_at(self.decided_at, self.concluded_at)
    }
}
