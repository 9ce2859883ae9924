//! Which parts of a span are read when all of it is too much. Pure.

use jiff::{SignedDuration, Timestamp};

use crate::collect::sources::Span;

/// What comes right before an alarm tells most about it.
const JUST_BEFORE: SignedDuration = SignedDuration::from_secs(10);

/// The span until just before the breach, and from there on.
pub(super) fn around(span: Span, breached_at: Timestamp) -> (Span, Span) {
    let middle = (breached_at - JUST_BEFORE).clamp(span.from, span.until.max(span.from));
    let early = Span {
        until: middle,
        ..span
    };
    let late = Span {
        from: middle,
        ..span
    };
    (early, late)
}

/// The span in `parts` parts, of which a page each is read from its beginning.
pub(super) fn slices(span: Span, parts: i32) -> Vec<Span> {
    let step = span.until.duration_since(span.from) / parts.max(1);
    let mut starts: Vec<Timestamp> = (0..parts).map(|part| span.from + step * part).collect();
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
    fn the_slice_around_the_breach_begins_just_before_it() {
        let span = Span {
            from: at("20:45:00"),
            until: at("21:01:00"),
        };
        let times = |(early, late): (Span, Span)| {
            [early.from, early.until, late.from, late.until].map(|at| at.to_string())
        };
        assert_eq!(
            times(around(span, at("21:00:00"))),
            [
                "2026-02-18T20:45:00Z",
                "2026-02-18T20:59:50Z",
                "2026-02-18T20:59:50Z",
                "2026-02-18T21:01:00Z",
            ]
        );
    }

    proptest! {
        #[test]
        fn slices_are_the_span_without_a_hole_or_an_overlap(seconds in 1_i64..100_000, parts in 1_i32..20) {
            let from = at("00:00:00");
            let span = Span { from, until: from + SignedDuration::from_secs(seconds) };
            let slices = slices(span, parts);
            prop_assert_eq!(slices.first().unwrap().from, span.from);
            prop_assert_eq!(slices.last().unwrap().until, span.until);
            for pair in slices.windows(2) {
                prop_assert_eq!(pair[0].until, pair[1].from);
                prop_assert!(pair[0].from < pair[0].until);
            }
        }
    }
}
