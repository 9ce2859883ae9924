//! One look at everything, through the APIs that anybody could have asked.

use alarm_playbook::record::Entry;
use aws_sdk_ecs::types::Service;
use jiff::Timestamp;
use shared::aws::timestamp;

use super::Watch;
use crate::demo::exported::Exported;
use crate::demo::observations::{NewDeployment, Observations, ServiceEvent};
use crate::scenario::{LogLine, StateChange, StateName, revision};

impl Watch<'_> {
    /// What is seen now, with what was seen before where a service tells the newest only.
    pub(super) async fn look_at_everything(
        &self,
        before: &Observations,
    ) -> anyhow::Result<Observations> {
        let scenario = &self.installation.scenario;
        let zero = self.pulse.timeline.zero;
        let (first_error, periods, alarm, alarm_actions, service, mails, record) = tokio::try_join!(
            scenario.first_error(zero),
            scenario.periods(
                zero,
                self.pulse.complete_until(),
                self.pulse.timeline.speed.period()
            ),
            self.alarm.describe(),
            self.alarm.actions(zero),
            scenario.service(),
            self.installation.cloud.mails(),
            self.record.read(),
        )?;
        let entry =
            record.and_then(|record| record.entries.into_iter().find(|entry| self.is_ours(entry)));
        let closed_copy = match &entry {
            Some(entry) => self.record.closed_copy(&entry.incident).await?,
            None => None,
        };
        let last_analysis = match &entry {
            Some(entry) => self.analyses.read(&entry.incident).await?,
            None => None,
        };
        let state_changes =
            with_change(before.state_changes.clone(), StateChange::of(&alarm), zero);
        let exported = self.exported(before, first_error.as_ref(), &state_changes);
        let exported = exported.await?;
        let answers = self.pulse.traffic.answers();
        let failed = answers
            .iter()
            .filter(|answer| answer.at >= zero && !answer.succeeded());
        Ok(Observations {
            first_failure: failed.min_by_key(|answer| answer.at).copied(),
            first_error,
            periods,
            state_changes,
            alarm_actions,
            entry,
            closed_copy,
            first_analysis: before.first_analysis.clone().or(last_analysis.clone()),
            last_analysis,
            deployments: self.deployments(before, &service),
            service_events: self.service_events(&service),
            mails: mails.into_iter().filter(|mail| mail.at >= zero).collect(),
            exported,
        })
    }

    /// What was logged from the first error until the alarm was OK, in the export. Nobody looks for it again once it was seen.
    async fn exported(
        &self,
        before: &Observations,
        first_error: Option<&LogLine>,
        state_changes: &[StateChange],
    ) -> anyhow::Result<Option<Exported>> {
        let mut changes = state_changes.iter();
        let ok = changes.find(|change| change.state == StateName::Ok);
        match (&before.exported, self.log, first_error, ok) {
            (Some(exported), ..) => Ok(Some(exported.clone())),
            (None, Some(log), Some(line), Some(ok)) => {
                let span = (line.written_at, ok.at);
                Box::pin(log.between(&self.installation.scenario, span)).await
            }
            (None, ..) => Ok(None),
        }
    }

    fn is_ours(&self, entry: &Entry) -> bool {
        entry.alarm_name == self.alarm.name() && entry.state_changed_at >= self.pulse.timeline.zero
    }

    /// Those that are gone again stay seen.
    fn deployments(&self, before: &Observations, service: &Service) -> Vec<NewDeployment> {
        let new = service.deployments().iter().filter_map(|deployment| {
            let created_at = timestamp(deployment.created_at()?)?;
            let id = deployment.id()?.to_owned();
            let runs = revision(deployment.task_definition()?).to_owned();
            (created_at >= self.pulse.timeline.zero).then_some(NewDeployment {
                id,
                created_at,
                runs,
            })
        });
        let mut all = before.deployments.clone();
        all.extend(new.filter(|new| before.deployments.iter().all(|old| old.id != new.id)));
        all
    }

    /// ECS tells the newest first.
    fn service_events(&self, service: &Service) -> Vec<ServiceEvent> {
        let events = service.events().iter().rev().filter_map(|event| {
            let at = timestamp(event.created_at()?)?;
            let message = event.message()?.to_owned();
            (at >= self.pulse.timeline.zero).then_some(ServiceEvent { at, message })
        });
        events.collect()
    }
}

/// The changes with the newest one, if it is new.
pub(in crate::demo) fn with_change(
    mut changes: Vec<StateChange>,
    newest: Option<StateChange>,
    zero: Timestamp,
) -> Vec<StateChange> {
    let is_new = |change: &StateChange| {
        change.at >= zero && changes.last().is_none_or(|last| last.at != change.at)
    };
    let newest = newest.filter(is_new);
    changes.extend(newest);
    changes
}
