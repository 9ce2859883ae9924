use aws_config::{BehaviorVersion, SdkConfig};
use jiff::{SignedDuration, Timestamp};
use shared::clock::{Clock as _, System};
use shared::deadline::Deadline;
use shared::exports::window::Window;
use shared::failure::{CallError, Classify as _, chain};

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
        export_bucket: "exports",
        deadline: Deadline::at(System.now() + SignedDuration::from_secs(30)),
    }
}

pub(super) fn at(time: &str) -> Timestamp {
    format!("2026-02-18T{time}Z").parse().unwrap()
}

pub(super) fn window(start: &str, end: &str) -> Window {
    Window::new(at(start), at(end)).unwrap()
}

/// What an error is, as one text: its words, whether again helps, and whether it may have happened all the same.
pub(super) fn told(error: &CallError) -> String {
    let (kind, effect) = (error.kind(), error.effect());
    format!("{}; {kind:?}, effect {effect:?}", chain(error))
}
