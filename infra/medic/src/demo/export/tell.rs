//! What people can look at afterwards.

use shared::exports::layout::{ROWS, manifest_key, prefix};
use shared::outbound::Quoted;

use super::observations::Act;
use super::stage::{BILLING, CHECKOUT, Stage};
use crate::scenario::export::Windows;

/// What the ledger noted of the faulty window, where it all lies, and how it is read.
pub(super) fn tell(stage: &Stage<'_>, act: &Act) {
    let screen = stage.screen;
    let stored = &stage.installation.scenario.stored;
    screen.title(&format!("What the ledger noted of {BILLING}"));
    let entries = act.seen.entries.get(BILLING);
    let entries = entries.into_iter().flat_map(Windows::iter);
    for entry in entries.filter(|entry| entry.window == act.yesterday) {
        for note in &entry.noted {
            screen.text(&format!("  {}  {}", note.at, Quoted::line(&note.text)));
        }
    }
    screen.title("Where it is, and how to read it");
    let place = stored.place(CHECKOUT);
    for key in [
        format!("{}...", prefix(ROWS, &place)),
        manifest_key(&place, act.yesterday),
    ] {
        screen.text(&format!("  {}", stored.address(&key)));
    }
    for given in &act.given {
        screen.text(&format!("  {}", given.command));
    }
}
