//! What SSM and the tagging API say of a host.

use aws_sdk_resourcegroupstagging::Config;
use aws_sdk_resourcegroupstagging::types::{ResourceTagMapping, Tag};
use aws_sdk_ssm::types::{InstanceInformation, InstanceInformationStringFilter, PingStatus};
use shared::aws::Call;
use shared::failure::CallError;

use super::AwsTargets;
use crate::alarms::Tags;
use crate::target::InstanceId;
use crate::targets::HostState;

impl AwsTargets<'_> {
    /// A host, or `None` if neither SSM nor the tagging API knows of it: an instance that SSM does not manage and that
    /// never had a tag cannot be told from none.
    pub(super) async fn host(&self, instance: &InstanceId) -> Result<Option<HostState>, CallError> {
        let (information, tags) =
            tokio::try_join!(self.information(instance), self.instance_tags(instance))?;
        if information.is_none() && tags.is_none() {
            return Ok(None);
        }
        let ping_status = information.as_ref().map(|information| {
            let status = information.ping_status().map(PingStatus::as_str);
            status.unwrap_or_default().to_owned()
        });
        Ok(Some(HostState {
            ping_status,
            tags: tags.unwrap_or_default(),
        }))
    }

    async fn information(
        &self,
        instance: &InstanceId,
    ) -> Result<Option<InstanceInformation>, CallError> {
        let call = Call::new("ask SSM about", format!("instance {}", instance.as_str()));
        let filter = InstanceInformationStringFilter::builder()
            .key("InstanceIds")
            .values(instance.as_str())
            .build()
            .map_err(|error| call.refused(error))?;
        let answer = self
            .clients
            .ssm
            .describe_instance_information()
            .filters(filter)
            .customize()
            .config_override(self.ssm_look(&call)?)
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        let mut known = answer
            .instance_information_list
            .unwrap_or_default()
            .into_iter();
        Ok(known.find(|known| known.instance_id() == Some(instance.as_str())))
    }

    async fn instance_tags(&self, instance: &InstanceId) -> Result<Option<Tags>, CallError> {
        let arn = self.instance_arn(instance);
        let call = Call::new(
            "read the tags of",
            format!("instance {}", instance.as_str()),
        );
        let timeouts = call.repeatable(self.deadline)?;
        let answer = self
            .clients
            .tagging
            .get_resources()
            .resource_arn_list(&arn)
            .customize()
            .config_override(Config::builder().timeout_config(timeouts))
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        let mut resources = answer.resource_tag_mapping_list().iter();
        let resource = resources.find(|resource| resource.resource_arn() == Some(&arn));
        Ok(resource.map(tags))
    }

    fn instance_arn(&self, instance: &InstanceId) -> String {
        let (partition, region) = (partition(self.region), self.region);
        let (account, instance) = (self.account, instance.as_str());
        format!("arn:{partition}:ec2:{region}:{account}:instance/{instance}")
    }
}

/// Which part of AWS a region belongs to (IAM user guide, "Amazon Resource Names").
fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

fn tags(resource: &ResourceTagMapping) -> Tags {
    let pair = |tag: &Tag| (tag.key().to_owned(), tag.value().to_owned());
    resource.tags().iter().map(pair).collect()
}

#[cfg(test)]
mod tests;
