//! The log groups of an account and region.

use std::collections::BTreeSet;

use anyhow::Context as _;
use log_exporter::rules::Rules;
use log_exporter::sources::{ListedGroup, LogGroups};

/// The groups that were found.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// Those that are exported by the rules, with whether they have the tag that chooses groups.
    pub(super) chosen: Vec<(ListedGroup, bool)>,
    /// How many there are in all.
    pub(super) there: usize,
}

/// Finds the groups of the rules.
pub(super) async fn groups(source: &impl LogGroups, rules: &Rules) -> anyhow::Result<Groups> {
    let tagged = tagged(source, rules).await?;
    let mut groups = Groups::default();
    let mut next = None;
    loop {
        let page = source.groups(next).await;
        let page = page.context("couldn't list the log groups")?;
        groups.there += page.items.len();
        let of_rules = page.items.into_iter().filter_map(|group| {
            let has_tag = tagged.contains(&group.name);
            rules.policy(&group.name, has_tag)?;
            Some((group, has_tag))
        });
        groups.chosen.extend(of_rules);
        next = page.next;
        if next.is_none() {
            return Ok(groups);
        }
    }
}

async fn tagged(source: &impl LogGroups, rules: &Rules) -> anyhow::Result<BTreeSet<String>> {
    let mut tagged = BTreeSet::new();
    let Some(tag) = &rules.tag else {
        return Ok(tagged);
    };
    let mut next = None;
    loop {
        let page = source.tagged(tag, next).await;
        let page = page.context("couldn't list the log groups with the tag")?;
        tagged.extend(page.items);
        next = page.next;
        if next.is_none() {
            return Ok(tagged);
        }
    }
}
