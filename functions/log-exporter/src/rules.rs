//! What the installation says of how logs are exported. Pure.

use jiff::SignedDuration;
use shared::exports::manifest::{CountedBy, Mode};
use wildmatch::WildMatch;

/// The longest that CloudWatch Logs takes old events: "None of the log events in the batch can be more than 14 days in the past" (API
/// reference, `PutLogEvents`).
pub const LATEST: SignedDuration = SignedDuration::from_hours(14 * 24);

/// What the installation says of how logs are exported.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Patterns of the groups that are exported, such as `/ecs/*`.
    pub groups: Vec<WildMatch>,
    /// Groups with this tag are exported as well.
    pub tag: Option<(String, String)>,
    /// Patterns of the groups that never are, lambda-medic's own among them.
    pub denied: Vec<WildMatch>,
    /// Patterns of the groups that are exported directly, within minutes; the others by export tasks.
    pub direct: Vec<WildMatch>,
    /// Patterns of the groups whose messages lose their secrets, which only direct export can do: they are exported directly, too.
    pub redacted: Vec<WildMatch>,
    /// How long after the end of a window an export task is asked for it: "it can take up to 12 hours" for events to be available for
    /// export (user guide, "Exporting log data to Amazon S3").
    pub settle: SignedDuration,
    /// How long after the end of its window a direct export is proven and sealed.
    pub seal: SignedDuration,
    /// How far before its discovery a group's export begins, as far as the group still has the events.
    pub reach_back: SignedDuration,
    /// How the events of the source are counted where a task exported them.
    pub count_by: CountedBy,
    /// How often a proven window is counted again, until [`LATEST`] after its end.
    pub sweep_every: SignedDuration,
    /// How many times shorter all waits between tries and looks are: 1, but where time is shorter than life, as in a demonstration.
    pub pace: i32,
    /// How often a window is exported before people have to look at it. It is tried on, once a day.
    pub most_attempts: u32,
}

/// How one group is exported.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Policy {
    /// How it is read.
    pub mode: Mode,
    /// Whether secrets are taken out of its messages.
    pub is_redacted: bool,
}

impl Rules {
    /// Whether and how a group is exported; `has_tag` is whether it has [`Rules::tag`].
    pub fn policy(&self, group: &str, has_tag: bool) -> Option<Policy> {
        let is = |patterns: &[WildMatch]| patterns.iter().any(|pattern| pattern.matches(group));
        if is(&self.denied) || !(has_tag || is(&self.groups)) {
            return None;
        }
        let is_redacted = is(&self.redacted);
        Some(Policy {
            mode: if is_redacted || is(&self.direct) {
                Mode::Direct
            } else {
                Mode::ExportTask
            },
            is_redacted,
        })
    }
}
