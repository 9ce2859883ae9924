//! What the incident analyst wrote about an incident, as anybody with access to the state bucket can read it.

use anyhow::{Context as _, ensure};
use aws_config::SdkConfig;
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use incident_analyst::analysis::{Analysis, SCHEMA_VERSION};
use jiff::Timestamp;
use shared::alarm::IncidentId;
use shared::aws::timestamp;

/// Where analyses lie.
#[derive(Clone, Debug)]
pub struct StoredAnalyses {
    s3: aws_sdk_s3::Client,
    bucket: String,
}

/// An analysis that was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Analyzed {
    /// When it was written, by S3, which tells whole seconds.
    pub at: Timestamp,
    /// The address of its page.
    pub page: String,
    /// What it says.
    pub analysis: Analysis,
}

impl StoredAnalyses {
    /// The analyses in the state bucket.
    pub fn new(config: &SdkConfig, bucket: &str) -> Self {
        Self {
            s3: aws_sdk_s3::Client::new(config),
            bucket: bucket.to_owned(),
        }
    }

    /// The analysis of an incident as it is now, or `None` if there is none.
    pub async fn read(&self, incident: &IncidentId) -> anyhow::Result<Option<Analyzed>> {
        let key = format!("incidents/{incident}/analysis.json");
        let Some(object) = self.get(&key).await? else {
            return Ok(None);
        };
        let named = || format!("couldn't read s3://{}/{key}", self.bucket);
        let at = object.last_modified().and_then(timestamp);
        let body = object.body.collect().await.with_context(named)?;
        let analysis: Analysis = serde_json::from_slice(&body.into_bytes()).with_context(named)?;
        let version = analysis.schema_version;
        ensure!(
            version == SCHEMA_VERSION,
            "s3://{}/{key} has version {version}, which is not known",
            self.bucket
        );
        Ok(Some(Analyzed {
            at: at.with_context(named)?,
            page: format!("s3://{}/{}", self.bucket, page_key(incident)),
            analysis,
        }))
    }

    /// The page of an incident as it is now, or `None` if there is none.
    pub async fn page(&self, incident: &IncidentId) -> anyhow::Result<Option<String>> {
        let key = page_key(incident);
        let Some(object) = self.get(&key).await? else {
            return Ok(None);
        };
        let named = || format!("couldn't read s3://{}/{key}", self.bucket);
        let body = object.body.collect().await.with_context(named)?;
        let page = String::from_utf8(body.into_bytes().into()).with_context(named)?;
        Ok(Some(page))
    }

    async fn get(&self, key: &str) -> anyhow::Result<Option<GetObjectOutput>> {
        match self
            .s3
            .get_object()
            .bucket(&self.bucket)
            .key(key)
            .send()
            .await
        {
            Ok(object) => Ok(Some(object)),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(GetObjectError::is_no_such_key) =>
            {
                Ok(None)
            }
            Err(error) => {
                Err(error).with_context(|| format!("couldn't read s3://{}/{key}", self.bucket))
            }
        }
    }
}

fn page_key(incident: &IncidentId) -> String {
    format!("incidents/{incident}/report.html")
}
