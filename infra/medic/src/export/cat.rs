//! `medic export cat`: what was exported of a log group, in the order of time, and how sure it is that nothing is missing.

mod line;
mod print;
mod proof;
mod sorted;

use std::io::{self, IsTerminal as _, Write as _};

use anyhow::{Context as _, ensure};
use clap::Args;
use jiff::Timestamp;
use shared::clock::{Clock as _, System};
use shared::exports::layout::{MANIFESTS, Place};
use shared::exports::manifest::Manifest;
use shared::exports::read;
use shared::records::Records;

use self::line::Form;
pub use self::print::{Ended, Wanted, print};
pub use self::proof::{Finding, findings};
use super::moment::{self, Moment};
use super::reach::{Reached, WhichExport};
use crate::screen::complain;

/// What `medic export cat` is given.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The log group's name
    #[arg(long, value_name = "NAME")]
    group: String,

    /// From when on, in UTC: 2026-02-18, 2026-02-18T21, 2026-02-18T21:47:01Z, or how long ago: 3h, 2d
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    from: Moment,

    /// Up to when, which is not in it; without it, now
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    to: Option<Moment>,

    /// Only events of this log stream
    #[arg(long, value_name = "NAME")]
    stream: Option<String>,

    /// Rows as they lie in the bucket, one JSON object to a line
    #[arg(long, conflicts_with = "long")]
    json: bool,

    /// Each message behind its time and its log stream
    #[arg(long)]
    long: bool,

    /// Exit with 0 although it is not proven that nothing is missing, and leave out parts that are damaged
    #[arg(long)]
    partial: bool,

    /// The account's number; without it, that of the manifests in the bucket
    #[arg(long, value_name = "NUMBER")]
    account: Option<String>,

    #[command(flatten)]
    which: WhichExport,
}

/// Prints the events of a span. Returns whether it is proven that none is missing, or that was not asked for.
pub async fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    let now = System.now();
    let from = arguments.from.at(now);
    let until = arguments.to.map_or(now, |to| to.at(now));
    ensure!(from < until, "--from must be before --to");
    let reached = Reached::find(&arguments.which).await?;
    let bucket = reached.export_bucket().await?;
    let records = reached.exported(&bucket);
    let place = Place {
        account: match &arguments.account {
            Some(account) => account.clone(),
            None => account(&records).await?,
        },
        region: reached.region(),
        group: arguments.group.clone(),
    };
    let manifests = manifests(&records, &place, from, until).await?;
    let found = findings(&manifests, from, until, now);
    complain(proof::told(
        &arguments.group,
        &manifests,
        &found,
        (from, until),
    ));
    let wanted = Wanted {
        place,
        span: (from, until),
        stream: arguments.stream.clone(),
        leaves_out_damaged: arguments.partial,
    };
    let form = Form::of(arguments.json, arguments.long, io::stdout().is_terminal());
    let sources = || reached.sources(&bucket);
    let output = io::BufWriter::new(io::stdout().lock());
    let ended = print(sources, &records, &wanted, manifests, (form, output)).await;
    let is_sound = match ended? {
        // Whoever closed the pipe has what they wanted.
        Ended::Closed => return Ok(true),
        Ended::Whole => true,
        Ended::LeftOut(damaged) => {
            complain(damaged.join("\n"));
            false
        }
    };
    io::stdout().flush().ok();
    Ok(arguments.partial || (is_sound && found.is_empty()))
}

/// The account of the manifests in a bucket.
async fn account(records: &impl Records) -> anyhow::Result<String> {
    let prefix = format!("{MANIFESTS}account=");
    let page = records.list(&prefix, None).await;
    let page = page.context("couldn't list the manifests")?;
    let first = page
        .first()
        .and_then(|listed| listed.key.strip_prefix(&prefix));
    let account = first.and_then(|rest| rest.split_once('/'));
    let (account, _) = account.context("the bucket has no manifest: nothing was exported yet")?;
    Ok(account.to_owned())
}

/// The manifests that may be about a span, in the order of time.
pub async fn manifests(
    records: &impl Records,
    place: &Place,
    from: Timestamp,
    until: Timestamp,
) -> anyhow::Result<Vec<Manifest>> {
    let mut manifests = Vec::new();
    for prefix in read::prefixes(place, from, until) {
        let mut after: Option<String> = None;
        loop {
            let page = records.list(&prefix, after.as_deref()).await;
            let page = page.with_context(|| format!("couldn't list {prefix}"))?;
            let Some(last) = page.last() else { break };
            after = Some(last.key.clone());
            for listed in &page {
                manifests.extend(manifest(records, place, &listed.key).await?);
            }
        }
    }
    manifests.retain(|manifest| manifest.window.start() < until && from < manifest.window.end());
    manifests.sort_by_key(|manifest| manifest.window);
    Ok(manifests)
}

/// A manifest by its key, `None` if there is none.
async fn manifest(
    records: &impl Records,
    place: &Place,
    key: &str,
) -> anyhow::Result<Option<Manifest>> {
    let named = || format!("couldn't use {key}");
    let Some(stored) = records.read(key).await.with_context(named)? else {
        return Ok(None);
    };
    read::parse(place, &stored.body)
        .map(Some)
        .with_context(named)
}

#[cfg(test)]
mod tests;
