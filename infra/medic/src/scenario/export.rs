//! Logs that are exported: groups with a day of lines, and what becomes of them in S3, as anybody with access sees it.

mod day;
mod fingerprint;
mod groups;
mod stored;

pub use self::day::{Line, day, late, line};
pub use self::fingerprint::{Fingerprint, fingerprint};
pub use self::groups::{Groups, SeenTask};
pub use self::stored::{OwnedRow, Stored, Windows};

/// Log groups, and where they are exported to.
#[derive(Clone, Debug)]
pub struct ExportScenario {
    /// The log groups.
    pub groups: Groups,
    /// What the exporter stored.
    pub stored: Stored,
}
