//! Waits until windows are proven or lost, with a bar on a terminal.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Context as _;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use log_exporter::ledger::{Entry, State, prefix_of};
use shared::clock::{Clock as _, System};
use shared::exports::layout::window_in_key;
use shared::exports::window::Window;
use shared::outbound::Quoted;

use crate::export::{bar, entries};
use crate::installed::Installed;
use crate::screen::complain;

/// Between two looks at the ledger, which changes with each tick.
const PAUSE: Duration = Duration::from_secs(5);

/// So many entries are read at a time.
const AT_ONCE: usize = 16;

/// Waits until each of the windows is proven or lost. Returns whether none is lost.
pub(super) async fn wait(
    installed: &Installed,
    windows: &[(String, Window)],
) -> anyhow::Result<bool> {
    let bar = bar::counting(windows.len(), "proven", "windows");
    let key = |(group, window): &(String, Window)| {
        format!("{}{}.json", prefix_of(group), window_in_key(*window))
    };
    let mut left: BTreeSet<String> = windows.iter().map(key).collect();
    let mut is_all_proven = true;
    loop {
        // Each look has its own time: the whole can take hours.
        let fresh = installed.renewed();
        let records = fresh.records();
        let looks = stream::iter(&left).map(async |key| {
            let entry = entries::load(&records, key).await?;
            entry.with_context(|| format!("{key} is gone"))
        });
        let looked: Vec<Entry> = looks.buffered(AT_ONCE).try_collect().await?;
        for entry in looked {
            if let Some(outcome) = outcome(&entry) {
                is_all_proven &= outcome.is_proven;
                left.remove(&key(&(entry.group.clone(), entry.window)));
                bar.suspend(|| outcome.complaint.iter().for_each(complain));
            }
        }
        bar.set_position(u64::try_from(windows.len() - left.len()).unwrap_or_default());
        if left.is_empty() {
            bar.finish_and_clear();
            return Ok(is_all_proven);
        }
        System.pause(PAUSE).await;
    }
}

struct Outcome {
    is_proven: bool,
    complaint: Option<String>,
}

/// What became of a window; `None` as long as something may still become of it. A suspect one is exported again by itself.
fn outcome(entry: &Entry) -> Option<Outcome> {
    match &entry.state {
        State::Verified(_) => Some(Outcome {
            is_proven: true,
            complaint: None,
        }),
        State::Expired { loss, .. } => Some(Outcome {
            is_proven: false,
            complaint: Some(format!(
                "medic: {} of {} is lost: {}",
                entry.window.start(),
                entry.group,
                Quoted::line(loss)
            )),
        }),
        _ => None,
    }
}
