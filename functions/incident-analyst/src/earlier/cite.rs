//! Evidence that goes over from one analysis to another.

use std::collections::HashSet;

use crate::analysis::{Analysis, EvidenceItem, Moment};

/// A page shows so many moments; a few more come from the other look.
const MOST_MOMENTS: usize = 80;

/// The ids under which `into` has what `ids` are in `from`. What is not there yet comes in under a new one; what `from` lacks stays away.
pub(super) fn cited(
    into: &mut Vec<EvidenceItem>,
    from: &[EvidenceItem],
    ids: &[String],
) -> Vec<String> {
    let items = ids
        .iter()
        .filter_map(|id| from.iter().find(|item| item.id == *id));
    items.map(|item| cite(into, item)).collect()
}

fn cite(into: &mut Vec<EvidenceItem>, item: &EvidenceItem) -> String {
    let is_same = |known: &&EvidenceItem| {
        (known.at, &known.reference, &known.quote) == (item.at, &item.reference, &item.quote)
    };
    if let Some(known) = into.iter().find(is_same) {
        return known.id.clone();
    }
    let id = new_id(into);
    into.push(EvidenceItem {
        id: id.clone(),
        ..item.clone()
    });
    id
}

fn new_id(items: &[EvidenceItem]) -> String {
    let taken: HashSet<&str> = items.iter().map(|item| item.id.as_str()).collect();
    let mut number = items.len() + 1;
    while taken.contains(format!("E{number}").as_str()) {
        number += 1;
    }
    format!("E{number}")
}

/// The same for what has one piece of evidence; `None` if `from` lacks it.
pub(super) fn cited_one(
    into: &mut Vec<EvidenceItem>,
    from: &[EvidenceItem],
    id: &str,
) -> Option<String> {
    cited(into, from, &[id.to_owned()]).pop()
}

/// Takes over the moments of `from` that are wanted and not there yet, with their evidence.
pub(super) fn take_moments(
    into: &mut Analysis,
    from: &Analysis,
    is_wanted: impl Fn(&Moment) -> bool,
) {
    for moment in from.timeline.iter().filter(|moment| is_wanted(moment)) {
        let mut known = into.timeline.iter();
        let is_known = known.any(|known| {
            (known.at, known.kind, &known.text) == (moment.at, moment.kind, &moment.text)
        });
        if is_known || into.timeline.len() >= MOST_MOMENTS {
            continue;
        }
        let evidence = cited(&mut into.evidence, &from.evidence, &moment.evidence);
        into.timeline.push(Moment {
            evidence,
            ..moment.clone()
        });
    }
    let order = |moment: &Moment| (moment.at, moment.kind);
    into.timeline.sort_by(|a, b| {
        let (a, b) = ((order(a), &a.text), (order(b), &b.text));
        a.cmp(&b)
    });
}
