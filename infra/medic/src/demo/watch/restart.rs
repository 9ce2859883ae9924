//! What becomes of the service.

use std::collections::BTreeSet;

use anyhow::bail;

use super::Watch;
use crate::event;
use crate::poll::{self, Look};
use crate::scenario::{deployment_ids, primary};

impl Watch<'_> {
    /// Returns the id of the deployment that took the place of `before`.
    pub(in crate::demo) async fn new_deployment(&self, before: &str) -> anyhow::Result<String> {
        self.screen.waiting_for("a new deployment");
        let deployment = poll::until("a new deployment", self.limit, async || {
            let service = self.installation.scenario.service().await?;
            let now = primary(&service).and_then(|primary| primary.id());
            Ok(match now {
                Some(id) if id != before => Look::Seen(id.to_owned()),
                _ => Look::NotYet(format!("{before} is still PRIMARY")),
            })
        });
        let deployment = deployment.await?;
        self.screen
            .observed(&event::new_deployment(before, &deployment));
        Ok(deployment)
    }

    /// Waits until the deployment is rolled out and returns its id, if it is the only one that is not `known`.
    pub(in crate::demo) async fn only_restart(
        &self,
        known: &BTreeSet<String>,
        deployment: anyhow::Result<String>,
    ) -> anyhow::Result<String> {
        let deployment = deployment?;
        self.screen.waiting_for("the new tasks");
        let scenario = &self.installation.scenario;
        let service = scenario
            .wait_for_rollout(Some(&deployment), self.limit)
            .await?;
        self.screen.observed(&event::service(&service));
        let seen = deployment_ids(&service);
        let new: Vec<_> = seen.difference(known).map(String::as_str).collect();
        if new != [deployment.as_str()] {
            bail!("{} new deployments: {}", new.len(), new.join(", "));
        }
        Ok(deployment)
    }
}
