//! Services, their deployments, task definitions and stopped tasks.

mod definition;
mod described;

use std::collections::BTreeMap;

use aws_sdk_ecs::config::Builder;
use aws_sdk_ecs::operation::describe_services::DescribeServicesError;
use aws_sdk_ecs::operation::list_service_deployments::ListServiceDeploymentsError;
use aws_sdk_ecs::types::{CreatedAt, DesiredStatus};
use shared::aws::Call;
use shared::failure::CallError;

use super::AwsSources;
use super::cloudwatch::date;
use super::failed::failed;
use crate::collect::{DescribedService, Page, ServiceDeployment, Services, Span, TaskDefinition};
use crate::evidence::{ServiceName, StoppedTask};

/// As many as a page may have (API reference, `ListServices`, `ListTasks`, `ListServiceDeployments`).
const A_PAGE: i32 = 100;

impl AwsSources<'_> {
    fn ecs_timed(&self, call: &Call) -> Result<Builder, CallError> {
        let timeouts = call.repeatable(self.deadline)?;
        Ok(aws_sdk_ecs::Config::builder().timeout_config(timeouts))
    }
}

fn shown(service: &ServiceName) -> String {
    format!("ECS service {}/{}", service.cluster, service.service)
}

/// The name at the end of an ARN.
fn last_part(arn: &str) -> String {
    let (_, name) = arn.rsplit_once('/').unwrap_or(("", arn));
    name.to_owned()
}

impl Services for AwsSources<'_> {
    async fn clusters(&self, next: Option<String>) -> Result<Page<String>, CallError> {
        let call = Call::new("list", "the ECS clusters");
        let request = self
            .clients
            .ecs
            .list_clusters()
            .max_results(A_PAGE)
            .set_next_token(next);
        let request = request.customize().config_override(self.ecs_timed(&call)?);
        let page = request.send().await.map_err(|error| failed(&call, error))?;
        let items = page
            .cluster_arns()
            .iter()
            .map(|arn| last_part(arn))
            .collect();
        Ok(Page {
            items,
            next: page.next_token,
        })
    }

    async fn services_of(
        &self,
        cluster: &str,
        next: Option<String>,
    ) -> Result<Page<String>, CallError> {
        let call = Call::new("list the services of", format!("ECS cluster {cluster}"));
        let request = self.clients.ecs.list_services().cluster(cluster);
        let request = request.max_results(A_PAGE).set_next_token(next);
        let request = request.customize().config_override(self.ecs_timed(&call)?);
        let page = request.send().await.map_err(|error| failed(&call, error))?;
        let items = page
            .service_arns()
            .iter()
            .map(|arn| last_part(arn))
            .collect();
        Ok(Page {
            items,
            next: page.next_token,
        })
    }

    async fn describe_services(
        &self,
        cluster: &str,
        services: &[String],
    ) -> Result<Vec<DescribedService>, CallError> {
        let what = match services {
            [service] => format!("ECS service {cluster}/{service}"),
            services => format!("{} services of ECS cluster {cluster}", services.len()),
        };
        let call = Call::new("describe", what);
        let request = self.clients.ecs.describe_services().cluster(cluster);
        let request = request.set_services(Some(services.to_vec()));
        let request = request.customize().config_override(self.ecs_timed(&call)?);
        match request.send().await {
            Ok(answer) => {
                let described = answer.services.unwrap_or_default();
                let described = described
                    .iter()
                    .filter(|service| service.status() != Some("INACTIVE"));
                Ok(described
                    .filter_map(|service| described::service(cluster, service))
                    .collect())
            }
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(DescribeServicesError::is_cluster_not_found_exception) =>
            {
                Ok(Vec::new())
            }
            Err(error) => Err(failed(&call, error)),
        }
    }

    async fn task_definition(&self, name: &str) -> Result<Option<TaskDefinition>, CallError> {
        let call = Call::new("describe", format!("task definition {name}"));
        let request = self
            .clients
            .ecs
            .describe_task_definition()
            .task_definition(name);
        let request = request.customize().config_override(self.ecs_timed(&call)?);
        match request.send().await {
            Ok(answer) => Ok(answer.task_definition.as_ref().map(definition::of)),
            // What does not exist has no error of its own: "Unable to describe task definition."
            Err(error)
                if error.as_service_error().is_some_and(|error| {
                    error.is_client_exception() && is_unknown(error.meta().message())
                }) =>
            {
                Ok(None)
            }
            Err(error) => Err(failed(&call, error)),
        }
    }

    async fn service_deployments(
        &self,
        service: &ServiceName,
        span: Span,
        next: Option<String>,
    ) -> Result<Page<ServiceDeployment>, CallError> {
        let call = Call::new("list the deployments of", shown(service));
        let created = CreatedAt::builder()
            .after(date(span.from))
            .before(date(span.until))
            .build();
        let request = self
            .clients
            .ecs
            .list_service_deployments()
            .cluster(&service.cluster)
            .service(&service.service)
            .created_at(created)
            .max_results(A_PAGE)
            .set_next_token(next);
        let request = request.customize().config_override(self.ecs_timed(&call)?);
        match request.send().await {
            Ok(page) => {
                let briefs = page.service_deployments().iter();
                let items = briefs.filter_map(described::service_deployment).collect();
                Ok(Page {
                    items,
                    next: page.next_token,
                })
            }
            // A service that CodeDeploy or somebody else deploys has no service deployments.
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(ListServiceDeploymentsError::is_unsupported_feature_exception) =>
            {
                Ok(Page::last(Vec::new()))
            }
            Err(error) => Err(failed(&call, error)),
        }
    }

    async fn revisions(&self, arns: &[String]) -> Result<BTreeMap<String, String>, CallError> {
        let call = Call::new("describe", format!("{} service revisions", arns.len()));
        let request = self.clients.ecs.describe_service_revisions();
        let request = request.set_service_revision_arns(Some(arns.to_vec()));
        let request = request.customize().config_override(self.ecs_timed(&call)?);
        let answer = request.send().await.map_err(|error| failed(&call, error))?;
        let revisions = answer.service_revisions().iter();
        let pair = revisions.filter_map(|revision| {
            let arn = revision.service_revision_arn()?.to_owned();
            Some((arn, revision.task_definition()?.to_owned()))
        });
        Ok(pair.collect())
    }

    async fn stopped_tasks(
        &self,
        service: &ServiceName,
        next: Option<String>,
    ) -> Result<Page<String>, CallError> {
        let call = Call::new("list the stopped tasks of", shown(service));
        let request = self
            .clients
            .ecs
            .list_tasks()
            .cluster(&service.cluster)
            .service_name(&service.service)
            .desired_status(DesiredStatus::Stopped)
            .max_results(A_PAGE)
            .set_next_token(next);
        let request = request.customize().config_override(self.ecs_timed(&call)?);
        let page = request.send().await.map_err(|error| failed(&call, error))?;
        Ok(Page {
            items: page.task_arns.unwrap_or_default(),
            next: page.next_token,
        })
    }

    async fn describe_tasks(
        &self,
        cluster: &str,
        arns: &[String],
    ) -> Result<Vec<StoppedTask>, CallError> {
        let call = Call::new(
            "describe",
            format!("{} tasks of ECS cluster {cluster}", arns.len()),
        );
        let request = self.clients.ecs.describe_tasks().cluster(cluster);
        let request = request.set_tasks(Some(arns.to_vec()));
        let request = request.customize().config_override(self.ecs_timed(&call)?);
        let answer = request.send().await.map_err(|error| failed(&call, error))?;
        Ok(answer
            .tasks()
            .iter()
            .filter_map(described::stopped_task)
            .collect())
    }
}

fn is_unknown(message: Option<&str>) -> bool {
    message.is_some_and(|message| message.contains("Unable to describe task definition"))
}

#[cfg(test)]
mod tests;
