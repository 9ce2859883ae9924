//! Attacks as data, and the judgement of what they led to.
//!
//! A [`case`] says where hostile text enters and names oracles; [`oracles`] leads each name to one of 28 checks; [`material`]
//! makes the input; a world ([`alarm_world`], [`analyst_world`], [`ci_world`]) runs the real handler and keeps every effect it had as [`recorded::Recorded`];
//! [`judge`] looks at these effects alone. Nothing here is lenient: an unknown name, surface or generator, an empty file and a
//! case that could not be run are failures.

pub mod alarm_world;
pub mod analyst_world;
pub mod canaries;
pub mod case;
pub mod ci_world;
pub mod judge;
pub mod material;
pub mod oracles;
pub mod own_log;
pub mod people;
pub mod process;
pub mod recorded;
pub mod render;
pub mod rules;

use self::case::{Case, Surface};
use self::ci_world::model::Stub;
use self::recorded::Recorded;

/// Runs a case in each world that its surface belongs to.
pub fn run(case: &Case, stub: Stub) -> Recorded {
    match case.surface {
        Surface::AlarmDescription
        | Surface::AlarmReason
        | Surface::AlarmDimension
        | Surface::AlarmName
        | Surface::ContainerName
        | Surface::SnsEvent => alarm_world::run(case).and(analyst_world::run(case)),
        Surface::IncidentLogEvent => analyst_world::run(case),
        Surface::LogGroupName | Surface::EmailHtml | Surface::EmailSubject => {
            alarm_world::run(case)
                .and(analyst_world::run(case))
                .and(ci_world::run(case, stub))
        }
        Surface::CiLog
        | Surface::PrTitle
        | Surface::CommitMessage
        | Surface::LlmOutput
        | Surface::LlmPatch
        | Surface::LlmResponse
        | Surface::EventStream
        | Surface::S3Object
        | Surface::S3Key
        | Surface::S3Event => ci_world::run(case, stub),
    }
}

/// What a panic says.
pub fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    text.unwrap_or_default()
}
