//! What a service is made of, which other sources have to know.

use tokio::time::Instant;

use crate::collect::paging::in_time;
use crate::collect::sources::{DescribedService, Sources, TargetGroup};
use crate::collect::task_definition::TaskDefinition;
use crate::evidence::{Gap, ServiceName, Source};

/// A service behind more target groups than this is not looked at behind all of them.
const MOST_GROUPS: usize = 20;

/// What the service is made of: where its logs are, and which target groups it is behind.
#[derive(Debug, Default)]
pub(in crate::collect) struct Shape {
    pub(in crate::collect) service: Option<DescribedService>,
    pub(in crate::collect) task_definition: Option<TaskDefinition>,
    pub(in crate::collect) target_groups: Vec<TargetGroup>,
    pub(in crate::collect) gaps: Vec<Gap>,
}

/// The shape of a service. What it cannot find out is a gap.
pub(in crate::collect) async fn shape(
    sources: &impl Sources,
    name: &ServiceName,
    until: Instant,
) -> Shape {
    let mut shape = Shape::default();
    let what = format!("the ECS service {}/{}", name.cluster, name.service);
    let names = [name.service.clone()];
    match in_time(until, sources.describe_services(&name.cluster, &names)).await {
        Ok(described) => shape.service = described.into_iter().next(),
        Err(missing) => {
            shape.gaps.push(missing.gap(Source::Service, &what));
            return shape;
        }
    }
    let Some(service) = &shape.service else {
        let because = format!("There is no ECS service {}/{}.", name.cluster, name.service);
        shape.gaps.push(Gap {
            source: Source::Service,
            because,
        });
        return shape;
    };
    let groups = service
        .target_groups
        .get(..MOST_GROUPS)
        .unwrap_or(&service.target_groups);
    let described = async {
        if groups.is_empty() {
            Ok(Vec::new())
        } else {
            in_time(until, sources.target_groups(groups)).await
        }
    };
    let definition = in_time(until, sources.task_definition(&service.task_definition));
    let (described, definition) = futures::join!(described, definition);
    match described {
        Ok(described) => shape.target_groups = described,
        Err(missing) => shape.gaps.push(missing.gap(
            Source::TargetHealth,
            &format!("the target groups of {what}"),
        )),
    }
    match definition {
        Ok(definition) => shape.task_definition = definition,
        Err(missing) => shape
            .gaps
            .push(missing.gap(Source::Service, &format!("the task definition of {what}"))),
    }
    shape
}
