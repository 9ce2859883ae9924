//! What lies where a window's objects are and is none of them.

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use shared::exports::layout::{STAGING, part_prefix, prefix, window_in_key};
use shared::exports::manifest::Output;

use crate::ledger::Fact;
use crate::sources::Bucket;
use crate::work::{ExportError, Work};

/// Somebody may be about to name what is younger, or may still read by a manifest that names it.
const YOUNG: SignedDuration = SignedDuration::from_mins(15);

/// Removes objects under the window's prefixes that `output` (all that the entry names) does not name, and what its tasks staged if
/// `is_task_settled`: [`Fact::Tidied`]. Objects of the last quarter of an hour stay, as somebody may be about to name them; then, or if
/// the time is up, it is `None`, and another tick has to look again.
pub async fn tidy(
    bucket: &impl Bucket,
    work: Work<'_>,
    output: &Output,
    is_task_settled: bool,
    now: Timestamp,
) -> Result<Option<Fact>, ExportError> {
    let named: HashSet<_> = output.parts.iter().map(|part| part.key.as_str()).collect();
    let hours = work.window.hours();
    let mut prefixes: Vec<_> = hours
        .map(|hour| part_prefix(work.place, work.window, hour))
        .collect();
    if is_task_settled {
        let staging = prefix(STAGING, work.place);
        let window = window_in_key(work.window);
        prefixes.push(format!("{staging}{window}-"));
    }
    let mut is_tidy = true;
    for prefix in &prefixes {
        is_tidy &= sweep(bucket, prefix, &named, now).await?;
    }
    Ok(is_tidy.then_some(Fact::Tidied))
}

/// Removes what is not named; whether nothing of it is left.
async fn sweep(
    bucket: &impl Bucket,
    prefix: &str,
    named: &HashSet<&str>,
    now: Timestamp,
) -> Result<bool, ExportError> {
    let (mut is_tidy, mut after) = (true, None::<String>);
    loop {
        let page = bucket.list(prefix, after.as_deref()).await?;
        let Some(last) = page.last() else {
            return Ok(is_tidy);
        };
        after = Some(last.key.clone());
        let others = page.into_iter().filter(|object| {
            object.key.starts_with(prefix) && !named.contains(object.key.as_str())
        });
        let (young, old): (Vec<_>, Vec<_>) =
            others.partition(|object| now.duration_since(object.modified_at) < YOUNG);
        is_tidy &= young.is_empty();
        if !old.is_empty() {
            let keys: Vec<_> = old.into_iter().map(|object| object.key).collect();
            bucket.remove(&keys).await?;
        }
    }
}
