//! The ledger: what is known of each window of each log group. Pure.
//!
//! One record per group and window, changed only by conditional writes. The windows of a group tile time without gaps or overlaps, from
//! where its export began. [`next`] says what is to be done about a window, and [`after`] what it is when that was done.

mod entry;
mod fact;
mod step;

pub use self::entry::{
    Entry, Exporting, LEDGER, Note, Pending, Proven, Reconciling, State, prefix_of,
};
pub use self::fact::{Fact, Refusal, TaskStatus};
pub use self::step::{Group, Step};
