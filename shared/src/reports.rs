//! How people hear of it: the reports topic and mail.

mod aws;

use std::future::Future;

use serde::{Deserialize, Serialize};

pub use self::aws::{AwsReports, MailSettings};
use crate::failure::CallError;
use crate::outbound::Outbound;

/// A way to people.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The reports topic (SNS).
    Topic,
    /// Mail (SES).
    Mail,
    /// The topic that calls somebody (SNS), for what cannot wait until morning.
    Pager,
}

/// Sends what passed the gate to people.
///
/// Neither SNS nor SES takes an idempotency token: a message may arrive twice after a crash, never silently not at all.
pub trait Reports: Sync {
    /// The channels that are configured; at least one.
    fn channels(&self) -> &[Channel];

    /// The channel that calls somebody, if one is configured.
    fn pager(&self) -> Option<Channel>;

    /// Sends `message` over `channel`; returns the service's message id.
    fn send(
        &self,
        channel: Channel,
        message: &Outbound,
    ) -> impl Future<Output = Result<String, CallError>> + Send;
}
