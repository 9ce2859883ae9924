//! From statements to their evidence.

use std::collections::HashMap;

use shared::outbound::Page;

use super::evidence::MOST_EVIDENCE;
use crate::analysis::EvidenceItem;

/// More evidence of one statement than this is left to `analysis.json`.
const MOST_CITED: usize = 12;

/// Where on the page each piece of evidence stands: its place in the list, from 1.
pub(super) struct Citations<'a>(HashMap<&'a str, u64>);

impl<'a> Citations<'a> {
    pub(super) fn of(evidence: &'a [EvidenceItem]) -> Self {
        let mut places = HashMap::new();
        for (item, place) in evidence.iter().take(MOST_EVIDENCE).zip(1..) {
            places.entry(item.id.as_str()).or_insert(place);
        }
        Self(places)
    }

    /// Adds links to the evidence of a statement; nothing for what is not there.
    pub(super) fn write<'i>(&self, ids: impl IntoIterator<Item = &'i String>, page: &mut Page) {
        let known = ids
            .into_iter()
            .filter_map(|id| self.0.get_key_value(id.as_str()));
        for (id, place) in known.take(MOST_CITED) {
            page.own(" <a class=\"cite\" href=\"#E")
                .number(*place)
                .own("\">");
            page.text_within(id, 12).own("</a>");
        }
    }
}
