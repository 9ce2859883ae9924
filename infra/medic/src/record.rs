//! The function's record of the service, as anybody with access to the state bucket can read it.

use alarm_playbook::record::TargetRecord;
use alarm_playbook::target::Target;
use anyhow::Context as _;
use aws_config::SdkConfig;
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::operation::head_object::HeadObjectError;
use shared::alarm::IncidentId;

use crate::scenario;

/// Where the record of a scenario's target lies.
#[derive(Clone, Debug)]
pub struct StoredRecord {
    s3: aws_sdk_s3::Client,
    bucket: String,
    key: String,
}

impl StoredRecord {
    /// The record of the service in `bucket`. It need not exist yet.
    pub fn new(config: &SdkConfig, bucket: &str) -> anyhow::Result<Self> {
        Ok(Self::of(&scenario::target()?, config, bucket))
    }

    /// The record of a target in `bucket`. It need not exist yet.
    pub fn of(target: &Target, config: &SdkConfig, bucket: &str) -> Self {
        Self {
            s3: aws_sdk_s3::Client::new(config),
            bucket: bucket.to_owned(),
            key: target.record_key(),
        }
    }

    /// Its address, `s3://bucket/key`.
    pub fn address(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }

    /// The address of the copy that is written once the incident is closed, or `None` if there is none.
    pub async fn closed_copy(&self, incident: &IncidentId) -> anyhow::Result<Option<String>> {
        let key = format!("incidents/{incident}/incident.json");
        let address = format!("s3://{}/{key}", self.bucket);
        let call = self.s3.head_object().bucket(&self.bucket).key(key);
        match call.send().await {
            Ok(_) => Ok(Some(address)),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(HeadObjectError::is_not_found) =>
            {
                Ok(None)
            }
            Err(error) => Err(error).with_context(|| format!("couldn't look for {address}")),
        }
    }

    /// The record as it is now, or `None` if there is none.
    pub async fn read(&self) -> anyhow::Result<Option<TargetRecord>> {
        let named = || format!("couldn't read record {}", self.address());
        let call = self.s3.get_object().bucket(&self.bucket).key(&self.key);
        let object = match call.send().await {
            Ok(object) => object,
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(GetObjectError::is_no_such_key) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(error).with_context(named),
        };
        let body = object.body.collect().await.with_context(named)?;
        serde_json::from_slice(&body.into_bytes())
            .map(Some)
            .with_context(named)
    }
}
