//! What CloudWatch is asked about an alarm.

use jiff::Timestamp;
use shared::clock::{Clock, Nonces};
use shared::failure::chain;
use shared::records::Records;
use shared::reports::Reports;
use tokio::sync::OnceCell;

use super::{Handler, HandlerError};
use crate::alarms::{AlarmNow, Alarms, Tags};
use crate::playbook::Playbook;
use crate::rule::{Child, Composite, Snapshot};
use crate::target::Target;
use crate::targets::Targets;
use shared::alarm::{Alarm, State};

/// How deep composite alarms of composite alarms are looked into.
const MOST_LEVELS: usize = 4;

/// What CloudWatch says of an alarm, asked for once and only where it is needed.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) tags: OnceCell<Option<Tags>>,
    pub(super) now: OnceCell<Option<AlarmNow>>,
}

impl<S: Targets, A: Alarms, R: Records, P: Reports, T: Clock + Nonces> Handler<'_, S, A, R, P, T> {
    /// The first playbook that is for an alarm, with its target.
    pub(super) async fn matching(
        &self,
        alarm: &Alarm,
        asked: &Asked,
    ) -> Result<Option<(&Playbook, Target)>, HandlerError> {
        // Asked for before the record only where a playbook needs them: a duplicate would cost a call otherwise.
        let known = if self.playbooks.needs_tags() {
            asked
                .tags
                .get_or_try_init(|| self.tags(alarm))
                .await?
                .as_ref()
        } else {
            None
        };
        Ok(self
            .playbooks
            .matching(alarm, known.unwrap_or(&Tags::new())))
    }

    /// The alarm's tags, `None` if there is no such alarm; one without an ARN cannot be asked for.
    pub(super) async fn tags(&self, alarm: &Alarm) -> Result<Option<Tags>, HandlerError> {
        match &alarm.arn {
            // Elsewhere the role may not ask, and nothing would be done anyway.
            Some(arn) if self.policy.allows(alarm) => Ok(self.alarms.tags(arn).await?),
            _ => Ok(None),
        }
    }

    /// The alarm as CloudWatch describes it, `None` if there is no such alarm or it is not ours to ask for.
    pub(super) async fn alarm_now(&self, alarm: &Alarm) -> Result<Option<AlarmNow>, HandlerError> {
        if self.policy.allows(alarm) {
            return Ok(self.alarms.describe(&alarm.name).await?);
        }
        Ok(None)
    }

    /// What the alarm watched for when it fired. Not to know it costs the proof, never the remediation.
    pub(super) async fn fired_rule(&self, alarm: &Alarm, now: Option<&AlarmNow>) -> Snapshot {
        let (Some(now), Some(fired_at)) = (now, alarm.state_changed_at) else {
            return Snapshot::Unknown("CloudWatch does not describe the alarm".to_owned());
        };
        match self.rule_then(now, fired_at).await {
            Snapshot::Composite(composite) => self.with_children(composite, fired_at).await,
            rule => rule.bounded(),
        }
    }

    /// What an alarm watched for at that time, of a composite one without its children.
    async fn rule_then(&self, now: &AlarmNow, then: Timestamp) -> Snapshot {
        if now
            .configured_at
            .is_none_or(|configured_at| configured_at <= then)
        {
            return now.rule.clone();
        }
        let why = match self.alarms.rule_at(&now.name, then).await {
            Ok(Some(rule)) => return rule,
            Ok(None) => "its history does not tell the earlier one".to_owned(),
            Err(error) => chain(&error),
        };
        Snapshot::Unknown(format!(
            "the alarm's configuration was changed after it fired: {why}"
        ))
    }

    /// The rule of a composite alarm with those of the alarms that it depends on, level by level.
    async fn with_children(&self, mut composite: Composite, then: Timestamp) -> Snapshot {
        for _ in 0..MOST_LEVELS {
            let names = composite.unasked();
            if names.is_empty() {
                break;
            }
            let asked: Vec<&str> = names.iter().map(String::as_str).collect();
            let found = match self.alarms.describe_all(&asked).await {
                Ok(found) => found,
                Err(error) => {
                    let error = chain(&error);
                    return Snapshot::Unknown(format!(
                        "the alarm's children are not known: {error}"
                    ));
                }
            };
            for name in names {
                let child = match found.iter().find(|alarm| alarm.name == name) {
                    Some(alarm) => Child {
                        state: alarm.state,
                        rule: self.rule_then(alarm, then).await,
                    },
                    None => Child {
                        state: State::InsufficientData,
                        rule: Snapshot::Unknown("there is no such alarm".to_owned()),
                    },
                };
                composite.add(name, child);
            }
        }
        composite.sealed()
    }
}
