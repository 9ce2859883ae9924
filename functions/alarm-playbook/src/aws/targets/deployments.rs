//! The past deployments of a service, with what each of them ran.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use aws_sdk_ecs::operation::list_service_deployments::ListServiceDeploymentsError;
use aws_sdk_ecs::types::{
    ContainerImage, ServiceDeploymentBrief, ServiceDeploymentStatus, ServiceRevision,
};
use shared::aws::{Call, timestamp};
use shared::failure::CallError;
use tracing::warn;

use super::AwsTargets;
use crate::target::EcsService;
use crate::targets::{Image, PastDeployment};

/// ECS does not document in which order it lists the deployments of the last 90 days, so all of them are listed.
const MOST_PAGES: usize = 10;

/// As many as a page may have (API reference, `ListServiceDeployments`).
const PAGE: i32 = 100;

/// Who deploys forty times after a good deployment has no good deployment to go back to.
const MOST: usize = 40;

/// As many as may be described at once (API reference, `DescribeServiceRevisions`).
const MOST_REVISIONS: usize = 20;

impl AwsTargets<'_> {
    /// The newest deployments, newest first. A deployment whose revision ECS does not know any more is left out: what it
    /// ran cannot be told, so nothing can be concluded from it.
    pub(super) async fn history(
        &self,
        service: &EcsService,
    ) -> Result<Vec<PastDeployment>, CallError> {
        let mut briefs = self.briefs(service).await?;
        briefs.sort_by_key(|brief| Reverse(brief.created_at().and_then(timestamp)));
        briefs.truncate(MOST);
        let revisions = self.revisions(service, &briefs).await?;
        let past = briefs.iter().filter_map(|brief| past(brief, &revisions));
        Ok(past.collect())
    }

    async fn briefs(&self, service: &EcsService) -> Result<Vec<ServiceDeploymentBrief>, CallError> {
        let call = Call::new("list the deployments of", service.to_string());
        let (mut briefs, mut next) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let page = self
                .clients
                .ecs
                .list_service_deployments()
                .cluster(service.cluster.as_str())
                .service(service.service.as_str())
                .max_results(PAGE)
                .set_next_token(next)
                .customize()
                .config_override(self.ecs_look(&call)?)
                .send()
                .await;
            let page = match page {
                Ok(page) => page,
                // A service that CodeDeploy or somebody else deploys has no service deployments.
                Err(error)
                    if error.as_service_error().is_some_and(
                        ListServiceDeploymentsError::is_unsupported_feature_exception,
                    ) =>
                {
                    return Ok(Vec::new());
                }
                Err(error) => return Err(call.failed(error)),
            };
            briefs.extend(page.service_deployments.unwrap_or_default());
            next = page.next_token;
            if next.is_none() {
                return Ok(briefs);
            }
        }
        warn!(
            "{service} has more than {MOST_PAGES} pages of deployments; the rest was not looked at"
        );
        Ok(briefs)
    }

    async fn revisions(
        &self,
        service: &EcsService,
        briefs: &[ServiceDeploymentBrief],
    ) -> Result<HashMap<String, ServiceRevision>, CallError> {
        let arns = briefs
            .iter()
            .filter_map(ServiceDeploymentBrief::target_service_revision_arn);
        let arns: Vec<&str> = arns.collect::<BTreeSet<_>>().into_iter().collect();
        let mut revisions = HashMap::new();
        for arns in arns.chunks(MOST_REVISIONS) {
            let call = Call::new("describe the revisions of", service.to_string());
            let answer = self
                .clients
                .ecs
                .describe_service_revisions()
                .set_service_revision_arns(Some(arns.iter().map(ToString::to_string).collect()))
                .customize()
                .config_override(self.ecs_look(&call)?)
                .send()
                .await
                .map_err(|error| call.failed(error))?;
            let described = answer.service_revisions.unwrap_or_default().into_iter();
            revisions.extend(
                described.filter_map(|revision| {
                    Some((revision.service_revision_arn.clone()?, revision))
                }),
            );
        }
        Ok(revisions)
    }
}

fn past(
    brief: &ServiceDeploymentBrief,
    revisions: &HashMap<String, ServiceRevision>,
) -> Option<PastDeployment> {
    let revision = revisions.get(brief.target_service_revision_arn()?)?;
    let status = brief.status().map(ServiceDeploymentStatus::as_str);
    let images = revision.container_images().iter();
    Some(PastDeployment {
        arn: brief.service_deployment_arn()?.to_owned(),
        status: status.unwrap_or_default().to_owned(),
        task_definition: revision.task_definition()?.to_owned(),
        images: images.filter_map(image).collect(),
        created_at: brief.created_at().and_then(timestamp),
        finished_at: brief.finished_at().and_then(timestamp),
    })
}

fn image(image: &ContainerImage) -> Option<Image> {
    Some(Image {
        name: image.image()?.to_owned(),
        digest: image.image_digest().map(str::to_owned),
    })
}

#[cfg(test)]
mod tests;
