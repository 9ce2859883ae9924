//! What is new in a log group, read directly.

use jiff::Timestamp;
use shared::clock::Clock;
use shared::exports::manifest::Output;

use crate::ledger::Fact;
use crate::sources::{Bucket, Events};
use crate::work::{ExportError, Work};

/// What is to be read.
#[derive(Clone, Copy, Debug)]
pub struct Span<'a> {
    /// From when.
    pub from: Timestamp,
    /// Up to when, which is not read.
    pub until: Timestamp,
    /// The page to go on with: what the last [`Fact::Read`] of this `from` had. It carries its own `until`, so that another one now does
    /// no harm.
    pub token: Option<&'a str>,
}

/// Reads the events of a span and puts them as parts beside `output`, until all were read or the time is up: [`Fact::Read`]. A page
/// that is not known any more makes it begin the span again, without doubling what was read of it.
pub async fn read(
    (events, bucket): (&impl Events, &impl Bucket),
    work: Work<'_>,
    span: Span<'_>,
    output: &Output,
    clock: &impl Clock,
) -> Result<Fact, ExportError> {
    let _ = (events, bucket, work, span, output, clock.now());
    unimplemented!()
}
