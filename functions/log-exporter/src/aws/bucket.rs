//! The objects of the bucket that logs are exported to.

use aws_sdk_s3::Config;
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, Delete, Object, ObjectIdentifier};
use shared::aws::timestamp;
use shared::failure::{CallError, Effect, FailureKind};
use shared::outbound::Quoted;

use super::AwsSources;
use super::body::ObjectBody;
use crate::sources::{Bucket, ListedObject};

/// As many as one call removes (API reference, `DeleteObjects`).
const MOST_REMOVED: usize = 1_000;

impl Bucket for AwsSources<'_> {
    type Body = ObjectBody;

    async fn open(&self, key: &str) -> Result<Option<ObjectBody>, CallError> {
        let call = self.about_object("read", key);
        let request = self.clients.s3.get_object().bucket(self.export_bucket);
        let request = request.key(key).customize();
        let answer = request.config_override(self.s3_config(&call)?).send().await;
        let object = match answer {
            Ok(object) => object,
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(GetObjectError::is_no_such_key) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(call.failed_saying_why(error)),
        };
        let length = object.content_length.map(u64::try_from);
        let Some(Ok(left)) = length else {
            return Err(call.misanswered("S3 did not say how long it is"));
        };
        let deadline = self.deadline;
        Ok(Some(ObjectBody {
            call,
            deadline,
            left,
            stream: object.body,
        }))
    }

    /// What is under a key is always the same, so the SDK may repeat it; a part has megabytes, so each try has the time that there is.
    async fn put(&self, key: &str, body: Vec<u8>) -> Result<(), CallError> {
        let call = self.about_object("write", key);
        let timeouts = call.once(self.deadline)?;
        let request = self.clients.s3.put_object().bucket(self.export_bucket);
        let request = request
            .key(key)
            .content_type("application/zstd")
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            .body(ByteStream::from(body))
            .customize();
        let request = request.config_override(Config::builder().timeout_config(timeouts));
        let answer = request.send().await;
        answer
            .map(drop)
            .map_err(|error| call.failed_saying_why(error))
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
    ) -> Result<Vec<ListedObject>, CallError> {
        let call = self.about_object("list", prefix);
        let request = self.clients.s3.list_objects_v2().bucket(self.export_bucket);
        let request = request
            .prefix(prefix)
            .set_start_after(after.map(str::to_owned))
            .customize();
        let request = request.config_override(self.s3_config(&call)?);
        let answer = request.send().await;
        let answer = answer.map_err(|error| call.failed_saying_why(error))?;
        let objects = answer.contents().iter().map(|object| {
            let whole = listed(object);
            whole.ok_or_else(|| call.misanswered("an object without a key, size or time"))
        });
        let objects = objects.collect::<Result<Vec<_>, _>>()?;
        if !is_page(&objects, prefix, after.unwrap_or_default()) {
            return Err(call.misanswered("other keys than those asked for, or not in their order"));
        }
        Ok(objects)
    }

    async fn remove(&self, keys: &[String]) -> Result<(), CallError> {
        let Some(first) = keys.first() else {
            return Ok(());
        };
        let call = self.about_object("remove", first);
        if keys.len() > MOST_REMOVED {
            return Err(call.refused("more than a thousand objects at once"));
        }
        let unnamed = |error| call.refused(error);
        let objects = keys.iter().map(|key| ObjectIdentifier::builder().key(key));
        let objects = objects.map(|object| object.build().map_err(unnamed));
        let objects = objects.collect::<Result<Vec<_>, _>>()?;
        let delete = Delete::builder().set_objects(Some(objects)).quiet(true);
        let delete = delete.build().map_err(unnamed)?;
        let request = self.clients.s3.delete_objects().bucket(self.export_bucket);
        let request = request.delete(delete).customize();
        let request = request.config_override(self.s3_config(&call)?);
        let answer = request.send().await;
        let answer = answer.map_err(|error| call.failed_saying_why(error))?;
        match answer.errors().first() {
            None => Ok(()),
            Some(error) => {
                let key = error.key().unwrap_or(first);
                let code = error.code().unwrap_or_default();
                let why = format!("{} ({code})", error.message().unwrap_or_default());
                let why = Quoted::line(&why).to_string();
                let kind = match code {
                    "InternalError" | "SlowDown" => FailureKind::Transient,
                    _ => FailureKind::Permanent,
                };
                let call = self.about_object("remove", key);
                Err(call.classified((kind, Effect::Unknown), why))
            }
        }
    }
}

fn listed(object: &Object) -> Option<ListedObject> {
    Some(ListedObject {
        key: object.key()?.to_owned(),
        size: u64::try_from(object.size()?).ok()?,
        modified_at: timestamp(object.last_modified()?)?,
    })
}

/// Whether these are keys below `prefix` and after `after`, in their order: whoever goes on after the last one would miss some, or never
/// come to an end.
fn is_page(objects: &[ListedObject], prefix: &str, after: &str) -> bool {
    let mut after = after;
    objects.iter().all(|object| {
        let is_next = object.key.starts_with(prefix) && object.key.as_str() > after;
        after = &object.key;
        is_next
    })
}

#[cfg(test)]
mod tests;
