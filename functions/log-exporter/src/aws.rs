//! The world as AWS: the clients, and the implementation of the traits of [`sources`](crate::sources).
//!
//! What an answer lacks is never left out in silence: an event without a timestamp or an object without a size is an error, because a
//! count that does not have it would prove something that is not so.

mod body;
mod bucket;
mod events;
mod groups;
mod queries;
mod settings;
mod streams;
mod tasks;

use aws_config::SdkConfig;
use aws_sdk_cloudwatchlogs::config::Builder as LogsConfig;
use aws_sdk_s3::config::Builder as S3Config;
use shared::aws::{Call, LazyClient, lazy};
use shared::deadline::Deadline;
use shared::failure::CallError;

pub use self::body::ObjectBody;

/// The clients, built once per sandbox and each when it is first used.
#[derive(Debug)]
pub struct Clients {
    /// Log groups, export tasks, events and queries.
    pub logs: LazyClient<aws_sdk_cloudwatchlogs::Client>,
    /// Records and exported objects.
    pub s3: LazyClient<aws_sdk_s3::Client>,
    /// The tags of log groups.
    pub tagging: LazyClient<aws_sdk_resourcegroupstagging::Client>,
}

impl Clients {
    /// Clients of one configuration; nothing is built yet.
    pub fn new(config: &SdkConfig) -> Self {
        let of = || config.clone();
        let (logs, s3, tagging) = (of(), of(), of());
        Self {
            logs: lazy(move || aws_sdk_cloudwatchlogs::Client::new(&logs)),
            s3: lazy(move || aws_sdk_s3::Client::new(&s3)),
            tagging: lazy(move || aws_sdk_resourcegroupstagging::Client::new(&tagging)),
        }
    }
}

/// The sources on AWS, for the length of one invocation.
#[derive(Clone, Copy, Debug)]
pub struct AwsSources<'a> {
    /// The clients, built once per sandbox.
    pub clients: &'a Clients,
    /// The bucket that logs are exported to.
    pub export_bucket: &'a str,
    /// By when every call must be over.
    pub deadline: Deadline,
}

impl AwsSources<'_> {
    /// A call to CloudWatch Logs that the SDK may repeat.
    fn logs_config(&self, call: &Call) -> Result<LogsConfig, CallError> {
        let timeouts = call.repeatable(self.deadline)?;
        Ok(aws_sdk_cloudwatchlogs::Config::builder().timeout_config(timeouts))
    }

    /// A short call to S3 that the SDK may repeat.
    fn s3_config(&self, call: &Call) -> Result<S3Config, CallError> {
        let timeouts = call.repeatable(self.deadline)?;
        Ok(aws_sdk_s3::Config::builder().timeout_config(timeouts))
    }

    /// A call about an object, or about the objects below a prefix.
    fn about_object(&self, operation: &'static str, key: &str) -> Call {
        Call::new(operation, format!("s3://{}/{key}", self.export_bucket))
    }
}

#[cfg(test)]
mod tests;
