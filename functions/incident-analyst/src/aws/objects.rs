//! Objects in the state bucket, by `GetObject`.

use std::time::Duration;

use aws_sdk_s3::Config;
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::primitives::ByteStream;
use shared::aws::Call;
use shared::failure::CallError;

use super::AwsSources;
use super::failed::failed;
use crate::collect::Objects;

/// How long an object's body may take: the SDK's timeouts end with the headers.
const BODY: Duration = Duration::from_secs(3);

impl Objects for AwsSources<'_> {
    async fn object(&self, key: &str, most: usize) -> Result<Option<Vec<u8>>, CallError> {
        self.object_in(self.state_bucket, key, most).await
    }
}

impl AwsSources<'_> {
    /// An object of a bucket, if it is there and not too large.
    pub(super) async fn object_in(
        &self,
        bucket: &str,
        key: &str,
        most: usize,
    ) -> Result<Option<Vec<u8>>, CallError> {
        let call = Call::new("read", format!("s3://{bucket}/{key}"));
        let timeouts = call.repeatable(self.deadline)?;
        let answer = self
            .clients
            .s3
            .get_object()
            .bucket(bucket)
            .key(key)
            .customize()
            .config_override(Config::builder().timeout_config(timeouts))
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
            Err(error) => return Err(failed(&call, error)),
        };
        let body = tokio::time::timeout(BODY, read(&call, object.body, most)).await;
        body.map_err(|error| call.interrupted(error))?.map(Some)
    }
}

/// The body, if it is not too large; what it says of its own size is not relied on.
async fn read(call: &Call, mut body: ByteStream, most: usize) -> Result<Vec<u8>, CallError> {
    let mut bytes = Vec::new();
    while let Some(some) = body.next().await {
        let some = some.map_err(|error| call.interrupted(error))?;
        if bytes.len() + some.len() > most {
            return Err(call.refused(format!("it has more than {most} bytes")));
        }
        bytes.extend_from_slice(&some);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::Client;
    use aws_sdk_s3::operation::get_object::GetObjectOutput;
    use aws_sdk_s3::types::error::NoSuchKey;
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
    use shared::aws::lazy;
    use shared::failure::chain;

    use super::*;
    use crate::aws::Clients;
    use crate::aws::tests::{clients, sources};

    async fn object(rule: Rule, most: usize) -> Result<Option<Vec<u8>>, String> {
        let s3 = lazy(move || mock_client!(aws_sdk_s3, RuleMode::Sequential, &[&rule]));
        let clients = Clients { s3, ..clients() };
        let read = sources(&clients).object("targets/1.json", most).await;
        read.map_err(|error| chain(&error))
    }

    fn body() -> Rule {
        mock!(Client::get_object)
            .match_requests(|request| {
                (request.bucket(), request.key()) == (Some("state"), Some("targets/1.json"))
            })
            .then_output(|| {
                GetObjectOutput::builder()
                    .body(ByteStream::from_static(b"{}"))
                    .build()
            })
    }

    #[tokio::test]
    async fn an_object_is_read_if_it_is_there_and_not_too_large() {
        assert_eq!(object(body(), 2).await, Ok(Some(b"{}".to_vec())));
        let large = "couldn't read s3://state/targets/1.json: it has more than 1 bytes";
        assert_eq!(object(body(), 1).await, Err(large.to_owned()));
        let gone = mock!(Client::get_object)
            .then_error(|| GetObjectError::NoSuchKey(NoSuchKey::builder().build()));
        assert_eq!(object(gone, 2).await, Ok(None));
    }
}
