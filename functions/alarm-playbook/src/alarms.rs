//! What CloudWatch can be asked about an alarm besides what its message says: a narrow trait.

use std::collections::BTreeMap;
use std::future::Future;

use shared::failure::CallError;

use crate::alarm::AlarmArn;

/// Tags by key; outside text, only ever matched.
pub type Tags = BTreeMap<String, String>;

/// A tag with this key on an alarm or a service keeps it from being acted on, unless its value is `false`.
pub const MAINTENANCE_TAG: &str = "lambda-medic:maintenance";

/// Whether something with these tags is not to be acted on.
pub fn is_in_maintenance(tags: &Tags) -> bool {
    tags.get(MAINTENANCE_TAG)
        .is_some_and(|value| value != "false")
}

/// Alarms in CloudWatch.
pub trait Alarms: Sync {
    /// The tags of an alarm, or `None` if there is no such alarm.
    fn tags(
        &self,
        alarm: &AlarmArn,
    ) -> impl Future<Output = Result<Option<Tags>, CallError>> + Send;
}
