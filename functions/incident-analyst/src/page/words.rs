//! What the kinds of things are called on a page.

use crate::analysis::{Cause, MomentKind, Reference};
use crate::evidence::Source;

pub(super) fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::BadDeployment => "Bad deployment",
        Cause::OutOfMemory => "Out of memory",
        Cause::MemoryLeak => "Memory leak",
        Cause::DependencyDown => "A dependency is down",
        Cause::Load => "More load than it can take",
        Cause::DiskFull => "Disk full",
        Cause::CrashLoop => "Crash loop",
        Cause::Throttling => "Throttling",
        Cause::CertificateOrDns => "Certificate or name resolution",
        Cause::Capacity => "No capacity",
        Cause::Suspect => "Another service",
        Cause::Undetermined => "Undetermined",
    }
}

pub(super) fn moment(kind: MomentKind) -> &'static str {
    match kind {
        MomentKind::Deployment => "Deployment",
        MomentKind::Onset => "Onset",
        MomentKind::Pattern => "Logs",
        MomentKind::TaskStopped => "Task stopped",
        MomentKind::ServiceEvent => "ECS",
        MomentKind::Alarm => "Alarm",
        MomentKind::Remediation => "Remediation",
        MomentKind::Recovery => "Recovery",
    }
}

pub(super) fn source(source: Source) -> &'static str {
    match source {
        Source::Metrics => "Metrics",
        Source::Logs => "Logs",
        Source::ExportedLogs => "Exported logs",
        Source::Service => "ECS service",
        Source::TargetHealth => "Target health",
        Source::AlarmHistory => "Alarm history",
        Source::Remediation => "Remediation",
    }
}

pub(super) fn reference(reference: &Reference) -> &'static str {
    match reference {
        Reference::Datapoint { .. } => "Metric",
        Reference::LogEvent { .. } => "Line of a log",
        Reference::Deployment { .. } => "Deployment",
        Reference::ServiceEvent { .. } => "ECS event",
        Reference::Task { .. } => "Stopped task",
        Reference::TargetHealth { .. } => "Target health",
        Reference::AlarmChange => "Alarm",
        Reference::Remediation => "Record of the remediation",
    }
}
