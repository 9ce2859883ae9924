//! `medic pause`, `medic resume`, `medic status`: the kill switch of an installation.
//!
//! It is an object in the state bucket that each decision reads; earlier settings stay as the object's versions.

mod told;

use alarm_playbook::surroundings::Storm;
use anyhow::{Context as _, bail};
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde_json::Map;
use shared::clock::{Clock as _, System};
use shared::records::{self, Loaded, Precondition, Record as _, Saved};
use shared::switch::Switch;

pub use self::told::banner;
use crate::incidents::find_open;
use crate::installed::{Installed, Which};
use crate::screen;

/// Longer than a month nobody means.
const LONGEST: SignedDuration = SignedDuration::from_hours(31 * 24);

/// What fits into a line of a mail.
const MOST_REASON_CHARACTERS: usize = 500;

/// How often a setting is tried again because somebody else was faster.
const MOST_ROUNDS: usize = 5;

/// What `medic pause` is given.
#[derive(Args, Debug)]
pub struct PauseArguments {
    /// Why, and who says so: everybody who gets a report reads it
    #[arg(long, value_name = "TEXT", default_value = "no reason given", value_parser = reason)]
    reason: String,

    /// For how long, such as 30m or 2h; without it, until `medic resume`
    #[arg(long = "for", value_name = "TIME", value_parser = length)]
    length: Option<SignedDuration>,

    #[command(flatten)]
    which: Which,
}

/// What `medic resume` and `medic status` are given.
#[derive(Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    which: Which,
}

/// Pulls the kill switch.
pub async fn pause(arguments: &PauseArguments) -> anyhow::Result<()> {
    let installed = Installed::find(&arguments.which).await?;
    let now = System.now();
    let until = arguments.length.map(|length| now + length);
    let before = set(&installed, |_| {
        Some(Switch {
            schema_version: Switch::SCHEMA_VERSION,
            nonce: String::new(),
            paused: true,
            reason: arguments.reason.clone(),
            at: now,
            until,
            unknown: Map::new(),
        })
    });
    let before = before.await?;
    let open = find_open(&installed).await?;
    let switch = read(&installed).await?;
    screen::show(told::paused(switch.as_ref(), before.as_ref(), &open, now));
    Ok(())
}

/// Lets go of it.
pub async fn resume(arguments: &Arguments) -> anyhow::Result<()> {
    let installed = Installed::find(&arguments.which).await?;
    let now = System.now();
    let before = set(&installed, |switch| {
        let switch = switch.filter(|switch| switch.paused)?;
        Some(Switch {
            paused: false,
            at: now,
            until: None,
            ..switch.clone()
        })
    });
    let before = before.await?;
    screen::show(told::resumed(before.as_ref(), now));
    Ok(())
}

/// Says whether it is pulled, whether there is a storm, and what is open.
pub async fn status(arguments: &Arguments) -> anyhow::Result<()> {
    let installed = Installed::find(&arguments.which).await?;
    let now = System.now();
    let switch = read(&installed).await?;
    let storm = installed.load::<Storm>(Storm::KEY).await?;
    let storm = storm.map(|loaded| loaded.record);
    let open = find_open(&installed).await?;
    screen::show(told::status(switch.as_ref(), storm.as_ref(), &open, now));
    Ok(())
}

/// The kill switch as it is; none if nobody ever touched it.
pub async fn read(installed: &Installed) -> anyhow::Result<Option<Switch>> {
    let loaded = installed.load::<Switch>(Switch::KEY).await?;
    Ok(loaded.map(|loaded| loaded.record))
}

/// Sets the switch to what follows from how it is, by a conditional write; nothing is written where nothing follows. Returns how
/// it was before.
async fn set(
    installed: &Installed,
    next: impl Fn(Option<&Switch>) -> Option<Switch>,
) -> anyhow::Result<Option<Switch>> {
    for _ in 0..MOST_ROUNDS {
        let loaded = installed.load::<Switch>(Switch::KEY).await?;
        let (before, precondition) = match loaded {
            Some(Loaded {
                record,
                precondition,
            }) => (Some(record), precondition),
            None => (None, Precondition::Absent),
        };
        let Some(mut record) = next(before.as_ref()) else {
            return Ok(before);
        };
        record.unknown = before
            .as_ref()
            .map(|before| before.unknown.clone())
            .unwrap_or_default();
        let changed = Loaded {
            record,
            precondition,
        };
        let saved = records::save(&installed.records(), &System, changed).await;
        let saved =
            saved.with_context(|| format!("couldn't write {}", installed.address(Switch::KEY)))?;
        if let Saved::Ours(_) = saved {
            return Ok(before);
        }
    }
    bail!(
        "{} was changed by others {MOST_ROUNDS} times meanwhile; try again",
        installed.address(Switch::KEY)
    )
}

fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > MOST_REASON_CHARACTERS {
        return Err(format!(
            "a reason has 1 to {MOST_REASON_CHARACTERS} characters"
        ));
    }
    Ok(text.to_owned())
}

fn length(text: &str) -> Result<SignedDuration, String> {
    let length: SignedDuration = text
        .parse()
        .map_err(|_| "use a time such as 30m, 2h or 1h 30m".to_owned())?;
    if length <= SignedDuration::ZERO || length > LONGEST {
        return Err("use more than nothing and at most 31 days (744h)".to_owned());
    }
    Ok(length)
}

/// Whether the switch holds at this time.
fn holds(switch: Option<&Switch>, now: Timestamp) -> Option<&Switch> {
    switch.filter(|switch| switch.holds(now).is_some())
}

#[cfg(test)]
mod tests;
