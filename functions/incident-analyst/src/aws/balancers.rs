//! Target groups and the health of their targets.

use aws_sdk_elasticloadbalancingv2::config::Builder;
use aws_sdk_elasticloadbalancingv2::types::{
    TargetDescription, TargetGroup as ElbGroup, TargetHealthDescription, TargetHealthReasonEnum,
    TargetHealthStateEnum,
};
use shared::aws::Call;
use shared::failure::CallError;

use super::AwsSources;
use super::bounded::one_line;
use super::failed::failed;
use crate::collect::{TargetGroup, TargetHealths};
use crate::evidence::TargetHealth;

impl AwsSources<'_> {
    fn elb_timed(&self, call: &Call) -> Result<Builder, CallError> {
        let timeouts = call.repeatable(self.deadline)?;
        Ok(aws_sdk_elasticloadbalancingv2::Config::builder().timeout_config(timeouts))
    }
}

impl TargetHealths for AwsSources<'_> {
    async fn target_groups(&self, arns: &[String]) -> Result<Vec<TargetGroup>, CallError> {
        let what = match arns {
            [arn] => format!("target group {arn}"),
            arns => format!("{} target groups", arns.len()),
        };
        let call = Call::new("describe", what);
        // All that are named are in the first page: it has 400 (API reference, `DescribeTargetGroups`).
        let answer = self
            .clients
            .elb
            .describe_target_groups()
            .set_target_group_arns(Some(arns.to_vec()))
            .customize()
            .config_override(self.elb_timed(&call)?)
            .send()
            .await
            .map_err(|error| failed(&call, error))?;
        let groups = answer.target_groups.unwrap_or_default().into_iter();
        Ok(groups.filter_map(group).collect())
    }

    async fn target_health(&self, group: &str) -> Result<Vec<TargetHealth>, CallError> {
        let call = Call::new("read the health of", format!("target group {group}"));
        let answer = self
            .clients
            .elb
            .describe_target_health()
            .target_group_arn(group)
            .customize()
            .config_override(self.elb_timed(&call)?)
            .send()
            .await
            .map_err(|error| failed(&call, error))?;
        let described = answer.target_health_descriptions.unwrap_or_default();
        Ok(described.iter().filter_map(health).collect())
    }
}

fn group(group: ElbGroup) -> Option<TargetGroup> {
    Some(TargetGroup {
        arn: group.target_group_arn?,
        load_balancers: group.load_balancer_arns.unwrap_or_default(),
    })
}

fn health(described: &TargetHealthDescription) -> Option<TargetHealth> {
    let health = described.target_health()?;
    let reason = health.reason().map(TargetHealthReasonEnum::as_str);
    Some(TargetHealth {
        target: name(described.target()?),
        state: health
            .state()
            .map(TargetHealthStateEnum::as_str)
            .unwrap_or_default()
            .to_owned(),
        reason: reason.unwrap_or_default().to_owned(),
        description: one_line(health.description().unwrap_or_default()),
    })
}

fn name(target: &TargetDescription) -> String {
    let id = one_line(target.id().unwrap_or_default());
    target
        .port()
        .map_or_else(|| id.clone(), |port| format!("{id}:{port}"))
}

#[cfg(test)]
mod tests {
    use aws_sdk_elasticloadbalancingv2::Client;
    use aws_sdk_elasticloadbalancingv2::operation::describe_target_groups::DescribeTargetGroupsOutput;
    use aws_sdk_elasticloadbalancingv2::operation::describe_target_health::{
        DescribeTargetHealthError, DescribeTargetHealthOutput,
    };
    use aws_sdk_elasticloadbalancingv2::types::TargetHealth as ElbHealth;
    use aws_sdk_elasticloadbalancingv2::types::error::TargetGroupNotFoundException;
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
    use shared::aws::lazy;
    use shared::failure::chain;

    use super::*;
    use crate::aws::Clients;
    use crate::aws::tests::{clients, sources};

    fn clients_with(rule: Rule) -> Clients {
        let elb = lazy(move || {
            mock_client!(
                aws_sdk_elasticloadbalancingv2,
                RuleMode::Sequential,
                &[&rule]
            )
        });
        Clients { elb, ..clients() }
    }

    #[tokio::test]
    async fn the_health_of_a_target_comes_with_its_reason_and_what_says_nothing_is_left_out() {
        let rule = mock!(Client::describe_target_health)
            .match_requests(|request| request.target_group_arn() == Some("group"))
            .then_output(|| {
                let target =
                    |id: &str, port| TargetDescription::builder().id(id).set_port(port).build();
                let unhealthy = ElbHealth::builder()
                    .state(TargetHealthStateEnum::Unhealthy)
                    .reason(TargetHealthReasonEnum::ResponseCodeMismatch)
                    .description("Health checks failed\nwith these codes: [500]");
                let healthy = ElbHealth::builder().state(TargetHealthStateEnum::Healthy);
                let of = |target, health| {
                    TargetHealthDescription::builder()
                        .target(target)
                        .target_health(health)
                        .build()
                };
                DescribeTargetHealthOutput::builder()
                    .target_health_descriptions(of(
                        target("10.0.0.1", Some(8080)),
                        unhealthy.build(),
                    ))
                    .target_health_descriptions(of(target("i-1", None), healthy.build()))
                    .target_health_descriptions(TargetHealthDescription::builder().build())
                    .build()
            });
        let clients = clients_with(rule);
        let read = sources(&clients).target_health("group").await.unwrap();
        let target = |target: &str, state: &str, reason: &str, description: &str| TargetHealth {
            target: target.to_owned(),
            state: state.to_owned(),
            reason: reason.to_owned(),
            description: description.to_owned(),
        };
        assert_eq!(
            read,
            [
                target(
                    "10.0.0.1:8080",
                    "unhealthy",
                    "Target.ResponseCodeMismatch",
                    "Health checks failed with these codes: [500]"
                ),
                target("i-1", "healthy", "", ""),
            ]
        );
    }

    #[tokio::test]
    async fn groups_come_with_their_load_balancers_and_a_group_that_is_gone_is_an_error_that_names_it()
     {
        let rule = mock!(Client::describe_target_groups)
            .match_requests(|request| request.target_group_arns() == ["group"])
            .then_output(|| {
                let group = ElbGroup::builder()
                    .target_group_arn("group")
                    .load_balancer_arns("balancer")
                    .build();
                DescribeTargetGroupsOutput::builder()
                    .target_groups(group)
                    .target_groups(ElbGroup::builder().build())
                    .build()
            });
        let clients = clients_with(rule);
        let groups = sources(&clients)
            .target_groups(&["group".to_owned()])
            .await
            .unwrap();
        assert_eq!(
            groups,
            [TargetGroup {
                arn: "group".to_owned(),
                load_balancers: vec!["balancer".to_owned()]
            }]
        );
        let gone = mock!(Client::describe_target_health).then_error(|| {
            DescribeTargetHealthError::TargetGroupNotFoundException(
                TargetGroupNotFoundException::builder().build(),
            )
        });
        let clients = clients_with(gone);
        let error = sources(&clients).target_health("group").await.unwrap_err();
        insta::assert_snapshot!(chain(&error), @"couldn't read the health of target group group: service error: TargetGroupNotFoundException: TargetGroupNotFoundException");
    }
}
