//! Objects in the bucket that logs are exported to, by `ListObjectsV2` and `GetObject`.

use aws_sdk_s3::Config;
use shared::aws::Call;
use shared::failure::CallError;

use super::AwsSources;
use super::failed::failed;
use crate::collect::ExportedLogs;

impl ExportedLogs for AwsSources<'_> {
    async fn exported_keys(&self, prefix: &str) -> Result<Vec<String>, CallError> {
        let Some(bucket) = self.export_bucket else {
            return Ok(Vec::new());
        };
        let call = Call::new("list", format!("s3://{bucket}/{prefix}"));
        let timeouts = call.repeatable(self.deadline)?;
        let request = self.clients.s3.list_objects_v2().bucket(bucket);
        let request = request.prefix(prefix).customize();
        let request = request.config_override(Config::builder().timeout_config(timeouts));
        let answer = request.send().await;
        let answer = answer.map_err(|error| failed(&call, error))?;
        let keys = answer.contents().iter().filter_map(|object| object.key());
        Ok(keys.map(str::to_owned).collect())
    }

    async fn exported(&self, key: &str, most: usize) -> Result<Option<Vec<u8>>, CallError> {
        match self.export_bucket {
            Some(bucket) => self.object_in(bucket, key, most).await,
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::Client;
    use aws_sdk_s3::operation::get_object::GetObjectOutput;
    use aws_sdk_s3::operation::list_objects_v2::{ListObjectsV2Input, ListObjectsV2Output};
    use aws_sdk_s3::primitives::ByteStream;
    use aws_sdk_s3::types::Object;
    use aws_smithy_mocks::{RuleMode, mock, mock_client};
    use shared::aws::lazy;

    use super::*;
    use crate::aws::Clients;
    use crate::aws::tests::{clients, sources};

    #[tokio::test]
    async fn exported_objects_are_listed_and_read_in_their_bucket() {
        let input = ListObjectsV2Input::builder()
            .bucket("exports")
            .prefix("manifests/");
        let input = input.build().unwrap();
        let list = mock!(Client::list_objects_v2)
            .match_requests(move |request| *request == input)
            .then_output(|| {
                let object = Object::builder().key("manifests/1.json").build();
                let without_key = Object::builder().build();
                let answer = ListObjectsV2Output::builder();
                answer.contents(object).contents(without_key).build()
            });
        let get = mock!(Client::get_object)
            .match_requests(|request| {
                (request.bucket(), request.key()) == (Some("exports"), Some("manifests/1.json"))
            })
            .then_output(|| {
                let body = ByteStream::from_static(b"{}");
                GetObjectOutput::builder().body(body).build()
            });
        let s3 = lazy(move || mock_client!(aws_sdk_s3, RuleMode::Sequential, [&list, &get]));
        let clients = Clients { s3, ..clients() };
        let sources = sources(&clients);
        let keys = sources.exported_keys("manifests/").await.unwrap();
        assert_eq!(keys, ["manifests/1.json"]);
        let body = sources.exported("manifests/1.json", 2).await.unwrap();
        assert_eq!(body.as_deref(), Some(&b"{}"[..]));
        let nowhere = AwsSources {
            export_bucket: None,
            ..sources
        };
        assert_eq!(nowhere.exported_keys("").await.unwrap().len(), 0);
        assert_eq!(nowhere.exported("manifests/1.json", 2).await.unwrap(), None);
    }
}
