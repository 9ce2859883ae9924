//! What becomes of an analysis that was written before, when its incident is looked at again. Pure.
//!
//! Much can be known only near the breach: ECS shows stopped tasks for an hour, targets tell how they are now, logs expire, and in the
//! storm at the end a source may not answer. So a later look adds to what was known and never takes from it.

mod cite;
mod end;
mod fill;

use self::end::with_end_of;
use self::fill::filled_from;
use crate::analysis::{Analysis, Cause, SCHEMA_VERSION};

/// More than any analysis has: its strings are cut at a mebibyte in all, the rest are numbers.
const MOST_BYTES: usize = 8 * 1_024 * 1_024;

/// The analysis that lies in the bucket, if it is one of this incident that this program understands. Anything else is none: it is
/// written anew.
pub fn read(body: &[u8], incident_id: &str) -> Option<Analysis> {
    if body.len() > MOST_BYTES {
        return None;
    }
    let analysis: Analysis = serde_json::from_slice(body).ok()?;
    let is_understood = analysis.schema_version <= SCHEMA_VERSION;
    (is_understood && analysis.incident_id == incident_id).then_some(analysis)
}

/// What is to be written after another look: the better of both, with what only the other one knows.
///
/// Every id that is named is in the evidence of the result, if it was in that of `earlier` and `later`.
pub fn joined(earlier: Option<Analysis>, later: Analysis) -> Analysis {
    match earlier {
        None => later,
        Some(earlier) if knows_less(&later, &earlier) => with_end_of(earlier, &later),
        Some(earlier) => filled_from(later, &earlier),
    }
}

/// Whether the later look would take something away: it is less sure, or more of its sources said nothing. One that found a cause where
/// none was known does not.
fn knows_less(later: &Analysis, earlier: &Analysis) -> bool {
    let is_undetermined = |analysis: &Analysis| analysis.verdict.cause == Cause::Undetermined;
    let finds_the_cause = is_undetermined(earlier) && !is_undetermined(later);
    let is_less_sure = later.verdict.confidence < earlier.verdict.confidence;
    let has_more_gaps = later.gaps.len() > earlier.gaps.len();
    !finds_the_cause && (is_less_sure || has_more_gaps)
}

#[cfg(test)]
mod tests;
