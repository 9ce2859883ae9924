use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::operation::put_object::PutObjectError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::Object;

use super::{ETag, Listed, Precondition, Records, Stored, Written};
use crate::aws::{Call, LazyClient, timestamp};
use crate::deadline::Deadline;
use crate::failure::CallError;

/// How long a record's body may take; it has a few kilobytes.
const BODY: Duration = Duration::from_secs(3);

/// Records in one S3 bucket, for the length of one invocation.
///
/// The role needs `s3:ListBucket` on the prefix: without it S3 answers 403 for a key that does not exist.
/// The SDK's own retries stay on: a repeated conditional write cannot take effect twice.
#[derive(Clone, Debug)]
pub struct S3Records<'a> {
    /// The client, built once per sandbox.
    pub client: &'a LazyClient<Client>,
    /// The bucket that holds the records.
    pub bucket: &'a str,
    /// By when every call must be over.
    pub deadline: Deadline,
}

impl S3Records<'_> {
    fn call(&self, operation: &'static str, key: &str) -> Call {
        Call::new(operation, format!("s3://{}/{key}", self.bucket))
    }
}

/// What an object is served as: a page opens in the browser.
fn content_type(key: &str) -> &'static str {
    match key.rsplit_once('.') {
        Some((_, "html")) => "text/html; charset=utf-8",
        _ => "application/json",
    }
}

impl Records for S3Records<'_> {
    async fn read(&self, key: &str) -> Result<Option<Stored>, CallError> {
        let call = self.call("read", key);
        let timeouts = call.repeatable(self.deadline)?;
        let answer = self
            .client
            .get_object()
            .bucket(self.bucket)
            .key(key)
            .customize()
            .config_override(aws_sdk_s3::Config::builder().timeout_config(timeouts))
            .send()
            .await;
        let object = match answer {
            Ok(object) => object,
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(GetObjectError::is_no_such_key) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(call.failed(error)),
        };
        let Some(etag) = object.e_tag.map(ETag) else {
            return Err(call.misanswered("S3 sent no ETag"));
        };
        // The SDK's timeouts end with the headers.
        let body = tokio::time::timeout(BODY, object.body.collect()).await;
        let body = body.map_err(|error| call.interrupted(error))?;
        let body = body.map_err(|error| call.interrupted(error))?.to_vec();
        Ok(Some(Stored { body, etag }))
    }

    async fn write(
        &self,
        key: &str,
        body: Vec<u8>,
        precondition: Precondition,
    ) -> Result<Written, CallError> {
        let call = self.call("write", key);
        let timeouts = call.repeatable(self.deadline)?;
        let request = self
            .client
            .put_object()
            .bucket(self.bucket)
            .key(key)
            .content_type(content_type(key))
            .body(ByteStream::from(body));
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
            Err(error) => match conflict(&error) {
                Some(written) => Ok(written),
                None => Err(call.failed(error)),
            },
        }
    }

    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<Vec<Listed>, CallError> {
        let call = self.call("list", prefix);
        let timeouts = call.repeatable(self.deadline)?;
        let answer = self
            .client
            .list_objects_v2()
            .bucket(self.bucket)
            .prefix(prefix)
            .set_start_after(after.map(str::to_owned))
            .customize()
            .config_override(aws_sdk_s3::Config::builder().timeout_config(timeouts))
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        Ok(answer.contents().iter().filter_map(listed).collect())
    }

    async fn remove(&self, key: &str) -> Result<(), CallError> {
        let call = self.call("remove", key);
        let timeouts = call.repeatable(self.deadline)?;
        let answer = self
            .client
            .delete_object()
            .bucket(self.bucket)
            .key(key)
            .customize()
            .config_override(aws_sdk_s3::Config::builder().timeout_config(timeouts))
            .send()
            .await;
        answer.map(drop).map_err(|error| call.failed(error))
    }
}

/// An object of a listing; one without a key or a time is none.
fn listed(object: &Object) -> Option<Listed> {
    Some(Listed {
        key: object.key()?.to_owned(),
        modified_at: timestamp(object.last_modified()?)?,
    })
}

/// What S3's two refusals of a conditional write mean (user guide, "Conditional writes"). A 404 answers an
/// `If-Match` on an object that is gone.
fn conflict(error: &SdkError<PutObjectError, HttpResponse>) -> Option<Written> {
    let status = error.raw_response()?.status().as_u16();
    match (status, error.as_service_error()?.code()?) {
        (412, _) | (404, "NoSuchKey") => Some(Written::Moved),
        (409, _) => Some(Written::Busy),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::error::ErrorMetadata;
    use aws_sdk_s3::operation::delete_object::DeleteObjectOutput;
    use aws_sdk_s3::operation::get_object::GetObjectOutput;
    use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
    use aws_sdk_s3::operation::put_object::PutObjectOutput;
    use aws_sdk_s3::primitives::{DateTime, SdkBody};
    use aws_sdk_s3::types::error::NoSuchKey;
    use aws_smithy_mocks::{RuleMode, mock, mock_client};
    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::aws::lazy;
    use crate::clock::{Clock as _, System};

    const KEY: &str = "targets/0a.json";

    fn ready(client: Client) -> LazyClient<Client> {
        lazy(move || client)
    }

    fn records(client: &LazyClient<Client>) -> S3Records<'_> {
        let end: Timestamp = System.now() + SignedDuration::from_secs(30);
        S3Records {
            client,
            bucket: "state",
            deadline: Deadline::at(end),
        }
    }

    fn refusal(status: u16, code: &'static str) -> LazyClient<Client> {
        let rule = mock!(Client::put_object).then_http_response(move || {
            let body = format!("<Error><Code>{code}</Code></Error>");
            HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))
        });
        ready(mock_client!(aws_sdk_s3, RuleMode::MatchAny, [&rule]))
    }

    async fn write_against(client: &LazyClient<Client>) -> Result<Written, String> {
        let records = records(client);
        let written = records
            .write(KEY, b"{}".to_vec(), Precondition::Absent)
            .await;
        written.map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn an_object_that_does_not_exist_is_none_and_not_an_error() {
        let rule = mock!(Client::get_object)
            .then_error(|| GetObjectError::NoSuchKey(NoSuchKey::builder().build()));
        let client = ready(mock_client!(aws_sdk_s3, RuleMode::MatchAny, [&rule]));
        assert_eq!(records(&client).read(KEY).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_forbidden_read_is_an_error_that_names_the_object() {
        let rule = mock!(Client::get_object).then_error(|| {
            GetObjectError::generic(ErrorMetadata::builder().code("AccessDenied").build())
        });
        let client = ready(mock_client!(aws_sdk_s3, RuleMode::MatchAny, [&rule]));
        let error = records(&client).read(KEY).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "couldn't read s3://state/targets/0a.json"
        );
    }

    #[tokio::test]
    async fn an_object_is_read_with_its_version() {
        let rule = mock!(Client::get_object)
            .match_requests(|request| {
                request.bucket() == Some("state") && request.key() == Some(KEY)
            })
            .then_output(|| {
                let body = ByteStream::from_static(b"{}");
                GetObjectOutput::builder().e_tag("\"7\"").body(body).build()
            });
        let client = ready(mock_client!(aws_sdk_s3, RuleMode::MatchAny, [&rule]));
        let stored = Stored {
            body: b"{}".to_vec(),
            etag: ETag("\"7\"".to_owned()),
        };
        assert_eq!(records(&client).read(KEY).await.unwrap(), Some(stored));
    }

    #[tokio::test]
    async fn each_precondition_becomes_its_header() {
        let absent = mock!(Client::put_object)
            .match_requests(|request| {
                request.if_none_match() == Some("*") && request.if_match().is_none()
            })
            .then_output(|| PutObjectOutput::builder().e_tag("\"1\"").build());
        let unchanged = mock!(Client::put_object)
            .match_requests(|request| {
                request.if_match() == Some("\"1\"") && request.if_none_match().is_none()
            })
            .then_output(|| PutObjectOutput::builder().e_tag("\"2\"").build());
        let client = ready(mock_client!(
            aws_sdk_s3,
            RuleMode::MatchAny,
            [&absent, &unchanged]
        ));
        let first = ETag("\"1\"".to_owned());
        assert_eq!(
            write_against(&client).await,
            Ok(Written::Saved(first.clone()))
        );
        let records = records(&client);
        let second = records.write(KEY, b"{}".to_vec(), Precondition::Unchanged(first));
        assert_eq!(
            second.await.unwrap(),
            Written::Saved(ETag("\"2\"".to_owned()))
        );
    }

    #[tokio::test]
    async fn the_two_refusals_of_a_conditional_write_are_told_apart() {
        let moved = refusal(412, "PreconditionFailed");
        let busy = refusal(409, "ConditionalRequestConflict");
        let gone = refusal(404, "NoSuchKey");
        let denied = refusal(403, "AccessDenied");
        let error = "couldn't write s3://state/targets/0a.json".to_owned();
        assert_eq!(write_against(&moved).await, Ok(Written::Moved));
        assert_eq!(write_against(&gone).await, Ok(Written::Moved));
        assert_eq!(write_against(&busy).await, Ok(Written::Busy));
        assert_eq!(write_against(&denied).await, Err(error));
    }

    #[tokio::test]
    async fn a_listing_has_keys_and_times() {
        let rule = mock!(Client::list_objects_v2)
            .match_requests(|request| {
                request.bucket() == Some("state") && request.prefix() == Some("open/")
            })
            .then_output(|| {
                let object = Object::builder().key("open/0a/1b");
                let object = object
                    .last_modified(DateTime::from_secs(1_771_451_221))
                    .build();
                let without_time = Object::builder().key("open/0a/2c").build();
                let listing = ListObjectsV2Output::builder();
                listing.contents(object).contents(without_time).build()
            });
        let client = ready(mock_client!(aws_sdk_s3, RuleMode::MatchAny, [&rule]));
        let listed = records(&client)
            .list("open/", Some("open/0"))
            .await
            .unwrap();
        let expected = Listed {
            key: "open/0a/1b".to_owned(),
            modified_at: "2026-02-18T21:47:01Z".parse().unwrap(),
        };
        assert_eq!(listed, [expected]);
    }

    #[tokio::test]
    async fn an_object_is_removed_by_its_key() {
        let rule = mock!(Client::delete_object)
            .match_requests(|request| {
                request.bucket() == Some("state") && request.key() == Some(KEY)
            })
            .then_output(|| DeleteObjectOutput::builder().build());
        let client = ready(mock_client!(aws_sdk_s3, RuleMode::MatchAny, [&rule]));
        records(&client).remove(KEY).await.unwrap();
        assert_eq!(rule.num_calls(), 1);
    }

    /// What is there already is as good; it is left as it is.
    #[tokio::test]
    async fn to_create_what_is_there_already_is_no_error() {
        let client = refusal(412, "PreconditionFailed");
        let created = crate::records::create(&records(&client), KEY, Vec::new()).await;
        assert!(created.is_ok(), "{created:?}");
        let client = refusal(403, "AccessDenied");
        let error = crate::records::create(&records(&client), KEY, Vec::new())
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "couldn't write s3://state/targets/0a.json"
        );
    }
}
