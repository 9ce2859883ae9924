//! The EC2 instances that tasks run on, for target groups that know tasks by those.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types::{ContainerInstance, Task};
use shared::aws::Call;
use shared::failure::CallError;

use super::AwsTargets;
use crate::target::EcsService;

/// As many as may be described at once (API reference, `DescribeContainerInstances`).
const MOST_INSTANCES: usize = 100;

impl AwsTargets<'_> {
    /// The ids of the instances, by the ARNs that tasks know them by.
    pub(super) async fn instances(
        &self,
        service: &EcsService,
        tasks: &[Task],
    ) -> Result<BTreeMap<String, String>, CallError> {
        let arns = tasks.iter().filter_map(Task::container_instance_arn);
        let arns: Vec<&str> = arns.collect::<BTreeSet<_>>().into_iter().collect();
        let mut instances = BTreeMap::new();
        for arns in arns.chunks(MOST_INSTANCES) {
            let call = Call::new("describe the instances of", service.to_string());
            let answer = self
                .clients
                .ecs
                .describe_container_instances()
                .cluster(service.cluster.as_str())
                .set_container_instances(Some(arns.iter().map(ToString::to_string).collect()))
                .customize()
                .config_override(self.ecs_look(&call)?)
                .send()
                .await
                .map_err(|error| call.failed(error))?;
            instances.extend(answer.container_instances().iter().filter_map(instance));
        }
        Ok(instances)
    }
}

fn instance(instance: &ContainerInstance) -> Option<(String, String)> {
    let (arn, id) = (
        instance.container_instance_arn()?,
        instance.ec2_instance_id()?,
    );
    Some((arn.to_owned(), id.to_owned()))
}
