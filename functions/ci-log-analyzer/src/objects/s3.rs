use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_object::builders::GetObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use shared::aws::{Call, LazyClient};
use shared::deadline::Deadline;
use shared::failure::CallError;
use shared::records::{ETag, Precondition, Written};

use super::{Head, Learnt, ObjectError, Objects, Output, Part, Source, Spool};
use crate::baseline::Baseline;
use crate::log_key::LogKey;

/// A baseline has at most 200,000 templates of 4 bytes; what is larger is none.
const MOST_BASELINE_BYTES: usize = 1_024 * 1_024;

/// How long a baseline's body may take.
const BASELINE: Duration = Duration::from_secs(3);

/// The bucket of the CI logs in S3, for the length of one invocation.
#[derive(Clone, Debug)]
pub struct S3Objects<'a> {
    /// The client, built once per sandbox.
    pub client: &'a LazyClient<Client>,
    /// The bucket.
    pub bucket: &'a str,
    /// By when every call must be over.
    pub deadline: Deadline,
}

impl S3Objects<'_> {
    fn call(&self, operation: &'static str, key: &str) -> Call {
        Call::new(operation, self.named(key))
    }

    fn named(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.bucket)
    }

    /// What an answer that is no success means for the object.
    fn failed<E>(&self, call: &Call, key: &str, error: SdkError<E, HttpResponse>) -> ObjectError
    where
        E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let object = self.named(key);
        let status = status(&error);
        let code = error
            .as_service_error()
            .and_then(ProvideErrorMetadata::code);
        match (status, code) {
            (Some(404), _) => ObjectError::Missing { object },
            (Some(403), Some("InvalidObjectState")) => ObjectError::Archived { object },
            // The answer to a HEAD has no body, and so no code: expired credentials are 400, a skewed clock is told apart by GET.
            (Some(403), Some("AccessDenied" | "Forbidden" | "AllAccessDisabled") | None) => {
                ObjectError::Denied { object }
            }
            (Some(400), Some(code)) if code.starts_with("KMS.") => ObjectError::Denied { object },
            _ => call.failed(error).into(),
        }
    }

    fn get(&self, source: Source<'_>) -> GetObjectFluentBuilder {
        self.client
            .get_object()
            .bucket(self.bucket)
            .key(source.key)
            .set_version_id(source.version_id.map(str::to_owned))
    }

    async fn put(
        &self,
        key: &str,
        output: &Output,
        condition: Option<&str>,
    ) -> Result<(), CallError> {
        let (Output::Json(document) | Output::Html(document)) = output;
        let call = self.call("write", key);
        let timeouts = call.repeatable(self.deadline)?;
        let answer = self
            .client
            .put_object()
            .bucket(self.bucket)
            .key(key)
            .content_type(document.content_type())
            .set_if_none_match(condition.map(str::to_owned))
            .body(ByteStream::from(document.as_str().as_bytes().to_vec()))
            .customize()
            .config_override(aws_sdk_s3::Config::builder().timeout_config(timeouts))
            .send()
            .await;
        match answer {
            // The refusal of a conditional write, and another one under way (S3 user guide, "Conditional writes").
            Err(error) if condition.is_some() && matches!(status(&error), Some(412 | 409)) => {
                Ok(())
            }
            answer => answer.map(drop).map_err(|error| call.failed(error)),
        }
    }
}

impl Objects for S3Objects<'_> {
    async fn head(&self, source: Source<'_>) -> Result<Head, ObjectError> {
        let call = self.call("look at", source.key);
        let timeouts = call.repeatable(self.deadline)?;
        let answer = self
            .client
            .head_object()
            .bucket(self.bucket)
            .key(source.key)
            .set_version_id(source.version_id.map(str::to_owned))
            .customize()
            .config_override(aws_sdk_s3::Config::builder().timeout_config(timeouts))
            .send()
            .await
            .map_err(|error| self.failed(&call, source.key, error))?;
        let size = answer.content_length.and_then(|size| size.try_into().ok());
        Ok(Head {
            size: size.ok_or_else(|| call.misanswered("S3 sent no size"))?,
            version_id: answer.version_id.filter(|version| version != "null"),
            etag: answer.e_tag.map(|etag| etag.trim_matches('"').to_owned()),
        })
    }

    async fn fetch(
        &self,
        source: Source<'_>,
        part: Part,
        to: &mut Spool,
    ) -> Result<(), ObjectError> {
        let call = self.call("read", source.key);
        let timeouts = call.repeatable(self.deadline)?;
        let answer = self
            .get(source)
            .set_range(range(part))
            .customize()
            .config_override(aws_sdk_s3::Config::builder().timeout_config(timeouts))
            .send()
            .await
            .map_err(|error| self.failed(&call, source.key, error))?;
        let mut body = answer.body;
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| call.interrupted(error))?;
            let object = || self.named(source.key);
            let kept = to.push(&chunk);
            let all = kept.map_err(|source| ObjectError::Kept {
                object: object(),
                source,
            })?;
            if !all {
                break;
            }
        }
        Ok(())
    }

    async fn write(&self, log: &LogKey, output: &Output) -> Result<(), CallError> {
        self.put(&output.key(log), output, None).await
    }

    async fn write_first(&self, log: &LogKey, output: &Output) -> Result<(), CallError> {
        self.put(&output.key(log), output, Some("*")).await
    }

    async fn baseline(&self, log: &LogKey) -> Result<Option<Learnt>, CallError> {
        let Some(key) = log.baseline() else {
            return Ok(None);
        };
        let call = self.call("read", &key);
        let timeouts = call.repeatable(self.deadline)?;
        let source = Source {
            key: &key,
            version_id: None,
        };
        let answer = self
            .get(source)
            .customize()
            .config_override(aws_sdk_s3::Config::builder().timeout_config(timeouts))
            .send()
            .await;
        let object = match answer {
            Ok(object) => object,
            Err(error) => {
                return match self.failed(&call, &key, error) {
                    ObjectError::Missing { .. } => Ok(None),
                    ObjectError::Call(error) => Err(error),
                    error => Err(call.refused(error)),
                };
            }
        };
        let Some(etag) = object.e_tag.map(ETag) else {
            return Err(call.misanswered("S3 sent no ETag"));
        };
        let bytes = tokio::time::timeout(BASELINE, bounded(object.body)).await;
        let bytes = bytes.map_err(|error| call.interrupted(error))?;
        let bytes = bytes.map_err(|error| call.interrupted(error))?;
        let baseline = Baseline::parse(&bytes).unwrap_or_default();
        Ok(Some(Learnt { baseline, etag }))
    }

    async fn write_baseline(
        &self,
        log: &LogKey,
        baseline: &Baseline,
        precondition: Precondition,
    ) -> Result<Written, CallError> {
        let Some(key) = log.baseline() else {
            return Ok(Written::Moved);
        };
        let call = self.call("write", &key);
        let timeouts = call.repeatable(self.deadline)?;
        let request = self
            .client
            .put_object()
            .bucket(self.bucket)
            .key(&key)
            .content_type("application/octet-stream")
            .body(ByteStream::from(baseline.write()));
        let request = match precondition {
            Precondition::Absent => request.if_none_match("*"),
            Precondition::Unchanged(ETag(etag)) => request.if_match(etag),
        };
        let answer = request
            .customize()
            .config_override(aws_sdk_s3::Config::builder().timeout_config(timeouts))
            .send()
            .await;
        match answer {
            Ok(output) => match output.e_tag {
                Some(etag) => Ok(Written::Saved(ETag(etag))),
                None => Err(call.misanswered("S3 sent no ETag")),
            },
            Err(error) => match status(&error) {
                // The two refusals of a conditional write, and an object that is gone (S3 user guide, "Conditional writes").
                Some(412 | 404) => Ok(Written::Moved),
                Some(409) => Ok(Written::Busy),
                _ => Err(call.failed(error)),
            },
        }
    }
}

/// The beginning of a body: what is longer than any baseline is none.
async fn bounded(mut body: ByteStream) -> Result<Vec<u8>, aws_sdk_s3::primitives::ByteStreamError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = body.try_next().await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MOST_BASELINE_BYTES {
            return Ok(Vec::new());
        }
    }
    Ok(bytes)
}

/// The status of an answer.
fn status<E>(error: &SdkError<E, HttpResponse>) -> Option<u16> {
    error.raw_response().map(|answer| answer.status().as_u16())
}

/// RFC 9110, 14.1.2 "Byte Ranges".
fn range(part: Part) -> Option<String> {
    match part {
        Part::Whole => None,
        Part::First(bytes) => Some(format!("bytes=0-{}", bytes.saturating_sub(1))),
        Part::Last(bytes) => Some(format!("bytes=-{bytes}")),
    }
}

#[cfg(test)]
mod tests;
