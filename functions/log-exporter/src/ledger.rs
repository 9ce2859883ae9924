//! The ledger: what is known of each window of each log group. Pure.
//!
//! One record per group and window, changed only by conditional writes. The windows of a group tile time without gaps or overlaps
//! ([`tiling`]), from where its export began. [`next`] says what is to be done about a window, and [`after`] what it is when that was done.
//!
//! ```text
//!                       Busy, NoTask
//!                  .------------------.
//!                  v     Intended     |     COMPLETED      copied         as many as counted
//! by task:      Planned --------> Exporting --------> Exported ------------------------------> Verified --.
//!                  ^                  |                  |  what is there differs, or           |   ^     | counted again:
//!                  |                  | FAILED,          |  cannot be counted                   |   |     | the same
//!                  |                  | CANCELLED        v                                      |   '-----'
//!                  '------------------'----------> Suspect <------------------------------------'
//!                      Again: attempt + 1                    more in the source, and it cannot be mended
//!
//! directly:     Planned --------> Exporting --------> Exported ------------------------------> Verified
//!                        Read        | ^   all read      ^        each event id is there
//!                                    '-' more            '--- Again --- Suspect
//!
//! whatever is not proven when the source begins to forget it, or when the group is deleted: Expired, with what may be missing in words
//! ```
//!
//! What a crash leaves is always one of these states: what is about to be done is written before it is done where doing it twice would
//! harm (a task that is asked for), and is safe to do again everywhere else.

mod after;
mod compare;
mod entry;
mod expiry;
mod fact;
mod next;
mod order;
mod pace;
#[cfg(test)]
pub(crate) mod samples;
mod step;
mod tiling;
mod view;
mod watermark;

pub use self::after::{Unexpected, after};
pub use self::entry::{
    Entry, Exporting, LEDGER, Note, Pending, Proven, Query, Reconciling, State, prefix_of,
};
pub use self::fact::{Fact, Refusal, TaskStatus};
pub use self::next::next;
pub use self::order::{Rank, order};
pub use self::step::{Group, Step};
pub use self::tiling::{TIME_TO_PROVE, begin, tail, tiling};
pub use self::watermark::{Standing, Watermark, watermark};
