//! Which parts of a span are read when all of it is too much. Pure.

use jiff::{SignedDuration, Timestamp};

use crate::collect::sources::Span;

/// What comes right before an alarm tells most about it.
const JUST_BEFORE: SignedDuration = SignedDuration::from_secs(10);

/// The span in `parts` parts, of which a page each is read from its beginning. One of them begins just before the breach, if
/// that is in the span.
pub(super) fn slices(span: Span, parts: i32, breached_at: Timestamp) -> Vec<Span> {
    let length = span.until.duration_since(span.from);
    let step = length / parts.max(1);
    let evenly = (0..parts).map(|part| span.from + step * part);
    let mut starts: Vec<Timestamp> = evenly.chain([breached_at - JUST_BEFORE]).collect();
    starts.retain(|start| (span.from..span.until).contains(start));
    starts.sort();
    starts.dedup();
    let ends = starts.iter().skip(1).copied().chain([span.until]);
    let slices = starts.iter().zip(ends);
    slices
        .map(|(from, until)| Span { from: *from, until })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::collect::samples::at;

    #[test]
    fn a_slice_begins_just_before_the_breach() {
        let span = Span {
            from: at("20:45:00"),
            until: at("21:01:00"),
        };
        let starts: Vec<String> = slices(span, 4, at("21:00:00"))
            .iter()
            .map(|slice| slice.from.to_string())
            .collect();
        assert_eq!(
            starts,
            [
                "2026-02-18T20:45:00Z",
                "2026-02-18T20:49:00Z",
                "2026-02-18T20:53:00Z",
                "2026-02-18T20:57:00Z",
                "2026-02-18T20:59:50Z"
            ]
        );
    }

    proptest! {
        #[test]
        fn slices_are_the_span_without_a_hole_or_an_overlap(seconds in 1_i64..100_000, parts in 1_i32..20, breach in -9_i64..100_000) {
            let from = at("00:00:00");
            let span = Span { from, until: from + SignedDuration::from_secs(seconds) };
            let slices = slices(span, parts, from + SignedDuration::from_secs(breach));
            prop_assert_eq!(slices.first().unwrap().from, span.from);
            prop_assert_eq!(slices.last().unwrap().until, span.until);
            for pair in slices.windows(2) {
                prop_assert_eq!(pair[0].until, pair[1].from);
                prop_assert!(pair[0].from < pair[0].until);
            }
        }
    }
}
