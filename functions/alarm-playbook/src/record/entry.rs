use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shared::reports::Channel;

use crate::alarm::{Alarm, AlarmArn, IncidentId};
use crate::decision::Window;
use crate::playbook::Step;
use crate::recovery::Recovery;
use crate::rule::Snapshot;
use crate::services::{DeploymentRef, PlannedCall};

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
}

/// A change of the outside world, written down before it is made.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Intent {
    /// The step.
    pub step: Step,
    /// The exact call.
    pub call: PlannedCall,
    /// How many invocations have set out to make it, this one included.
    pub attempt: u32,
    /// The service's primary deployment before. Another one afterwards, of the same task definition, means that
    /// the call was carried out, whatever became of its answer.
    pub before: DeploymentRef,
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
    /// The call was answered: this deployment is ours.
    Applied {
        /// The new deployment.
        deployment: String,
    },
    /// The call's answer was lost; a look at the service showed that it was carried out.
    Adopted {
        /// The new deployment.
        deployment: String,
        /// When it was created.
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
    /// A remediation was carried out and told; whether it helped is not known.
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

    /// How far the entry has come.
    pub fn stage(&self) -> Stage {
        match (&self.outcome, self.untold.is_empty()) {
            (None, _) => Stage::Intended,
            (Some(_), false) => Stage::Untold,
            (Some(_), true) if self.awaits_proof() => Stage::Verifying,
            (Some(_), true) => Stage::Settled,
        }
    }

    /// The deployment that the remediation began, if it did.
    pub fn deployment(&self) -> Option<&str> {
        match self.outcome.as_ref()? {
            Outcome::Applied { deployment } | Outcome::Adopted { deployment, .. } => {
                Some(deployment)
            }
            _ => None,
        }
    }

    /// Whether a remediation was carried out and nobody knows yet whether it helped. One from before there was a proof has no
    /// rule to be proven by, and waits for nothing.
    pub fn awaits_proof(&self) -> bool {
        self.deployment().is_some() && self.rule.is_some() && self.recovery.is_none()
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
        let attempt = self.intent.as_ref().map_or(0, |intent| intent.attempt);
        format!("{}-{attempt}", self.incident)
    }

    /// When the target was touched by this entry, or may have been.
    pub fn acted_at(&self) -> Option<Timestamp> {
        match self.outcome.as_ref()? {
            Outcome::Applied { .. } => self.concluded_at,
            Outcome::Adopted { created_at, .. } => Some(*created_at),
            // Found out later, perhaps days later, it happened at the time of the decision if at all.
            Outcome::Unclear { .. } => Some(self.decided_at),
            _ => None,
        }
    }

    /// When the entry's call can have been carried out, seen from `now`.
    pub fn window(&self, now: Timestamp) -> Window {
        Window {
            from: self.decided_at,
            until: self.lease.until.min(now),
        }
    }
}
