//! The settings of the bucket that logs are exported to, for the preflight.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_bucket_encryption::GetBucketEncryptionOutput;
use aws_sdk_s3::operation::get_object_lock_configuration::GetObjectLockConfigurationOutput;
use aws_sdk_s3::types::{
    BucketLocationConstraint, ServerSideEncryption, ServerSideEncryptionConfiguration,
};
use shared::failure::{CallError, chain};
use shared::outbound::Quoted;

use super::AwsSources;
use crate::preflight::{BucketSettings, Encryption, LooksAtBucket};

impl LooksAtBucket for AwsSources<'_> {
    async fn settings(&self) -> BucketSettings {
        let words = |error: CallError| Quoted::line(&chain(&error)).to_string();
        BucketSettings {
            region: self.region().await.map_err(words),
            policy: self.policy().await.map_err(words),
            encryption: self.encryption().await.map_err(words),
            lock: self.lock().await.map_err(words),
        }
    }
}

impl AwsSources<'_> {
    async fn region(&self) -> Result<Option<String>, CallError> {
        let call = self.about_object("find the region of", "");
        let request = self.clients.s3.get_bucket_location();
        let request = request.bucket(self.export_bucket).customize();
        let request = request.config_override(self.s3_config(&call)?);
        match request.send().await {
            Ok(answer) => Ok(Some(region_of(answer.location_constraint()))),
            Err(error) if code(&error) == Some("NoSuchBucket") => Ok(None),
            // From another region S3 sends whoever asks there.
            Err(error) => match redirected(&error) {
                Some(region) => Ok(Some(region)),
                None => Err(call.failed_saying_why(error)),
            },
        }
    }

    async fn policy(&self) -> Result<Option<String>, CallError> {
        let call = self.about_object("read the policy of", "");
        let request = self.clients.s3.get_bucket_policy();
        let request = request.bucket(self.export_bucket).customize();
        let request = request.config_override(self.s3_config(&call)?);
        match request.send().await {
            Ok(answer) => Ok(answer.policy),
            Err(error) if code(&error) == Some("NoSuchBucketPolicy") => Ok(None),
            Err(error) => Err(call.failed_saying_why(error)),
        }
    }

    async fn encryption(&self) -> Result<Encryption, CallError> {
        let call = self.about_object("read the encryption of", "");
        let request = self.clients.s3.get_bucket_encryption();
        let request = request.bucket(self.export_bucket).customize();
        let request = request.config_override(self.s3_config(&call)?);
        match request.send().await {
            Ok(answer) => Ok(encryption_of(&answer)),
            Err(error)
                if code(&error) == Some("ServerSideEncryptionConfigurationNotFoundError") =>
            {
                Ok(Encryption::S3)
            }
            Err(error) => Err(call.failed_saying_why(error)),
        }
    }

    async fn lock(&self) -> Result<Option<String>, CallError> {
        let call = self.about_object("read the Object Lock of", "");
        let request = self.clients.s3.get_object_lock_configuration();
        let request = request.bucket(self.export_bucket).customize();
        let request = request.config_override(self.s3_config(&call)?);
        match request.send().await {
            Ok(answer) => Ok(lock_of(&answer)),
            Err(error) if code(&error) == Some("ObjectLockConfigurationNotFoundError") => Ok(None),
            Err(error) => Err(call.failed_saying_why(error)),
        }
    }
}

fn code<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<&str> {
    error.as_service_error()?.code()
}

fn redirected<E>(error: &SdkError<E, HttpResponse>) -> Option<String> {
    let region = error.raw_response()?.headers().get("x-amz-bucket-region")?;
    Some(region.to_owned())
}

/// Two regions have other names there (API reference, `GetBucketLocation`).
fn region_of(constraint: Option<&BucketLocationConstraint>) -> String {
    match constraint.map(BucketLocationConstraint::as_str) {
        None | Some("") => "us-east-1",
        Some("EU") => "eu-west-1",
        Some(region) => region,
    }
    .to_owned()
}

fn encryption_of(answer: &GetBucketEncryptionOutput) -> Encryption {
    let rules = answer.server_side_encryption_configuration();
    let rules = rules.map_or(&[][..], ServerSideEncryptionConfiguration::rules);
    let defaults = rules.iter();
    let mut defaults = defaults.filter_map(|rule| rule.apply_server_side_encryption_by_default());
    match defaults.next() {
        None => Encryption::S3,
        Some(default) => match default.sse_algorithm() {
            ServerSideEncryption::AwsKms => {
                Encryption::Kms(default.kms_master_key_id().map(str::to_owned))
            }
            ServerSideEncryption::AwsKmsDsse => Encryption::Dsse,
            _ => Encryption::S3,
        },
    }
}

/// For how long objects are locked that nobody says anything of.
fn lock_of(answer: &GetObjectLockConfigurationOutput) -> Option<String> {
    let retention = answer
        .object_lock_configuration()?
        .rule()?
        .default_retention()?;
    match (retention.days(), retention.years()) {
        (Some(days), _) => Some(format!("{days} days")),
        (None, Some(years)) => Some(format!("{years} years")),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests;
