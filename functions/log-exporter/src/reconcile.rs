//! A window's rows beside the source's events, one by one.

use shared::clock::Clock;
use shared::exports::manifest::Output;

use crate::ledger::{Fact, Reconciling};
use crate::sources::{Bucket, Events};
use crate::work::{ExportError, Work};

/// Lists the source's events from where `done` says, adds those that the rows lack, and takes out rows that are there twice. Until the
/// time is up: [`Fact::Reconciling`]; when rows and events are the same: [`Fact::Reconciled`]; if that cannot be:
/// [`Fact::Unreconciled`], with the numbers.
pub async fn reconcile(
    (events, bucket): (&impl Events, &impl Bucket),
    work: Work<'_>,
    output: &Output,
    done: Option<&Reconciling>,
    clock: &impl Clock,
) -> Result<Fact, ExportError> {
    let _ = (events, bucket, work, output, done, clock.now());
    unimplemented!()
}
