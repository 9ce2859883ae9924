use aws_config::{BehaviorVersion, SdkConfig};
use jiff::{SignedDuration, Timestamp};
use shared::clock::{Clock as _, System};
use shared::deadline::Deadline;

use super::*;

/// Clients that nothing answers.
pub(super) fn clients() -> Clients {
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .build();
    Clients::new(&config)
}

pub(super) fn sources(clients: &Clients) -> AwsSources<'_> {
    AwsSources {
        clients,
        state_bucket: "state",
        export_bucket: Some("exports"),
        deadline: Deadline::at(System.now() + SignedDuration::from_secs(30)),
    }
}

pub(super) fn at(time: &str) -> Timestamp {
    format!("2026-02-18T{time}Z").parse().unwrap()
}
