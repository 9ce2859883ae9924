//! `medic incidents` and `medic incident show`: what is open and what was, from the records of an installation.

mod find;
mod line;
mod story;

use anyhow::Context as _;
use clap::Args;
use jiff::Timestamp;
use shared::alarm::IncidentId;
use shared::clock::{Clock as _, System};

pub use self::find::{Found, Listing, Scope, find_open};
pub use self::line::lines;
use crate::installed::{Installed, Which};
use crate::kill_switch;
use crate::screen::{self, Paragraph, complain};

/// What `medic incidents` is given.
#[derive(Args, Debug)]
pub struct ListArguments {
    /// Only those that are open
    #[arg(long, conflicts_with = "all")]
    open: bool,

    /// All that the records remember, not only those of the last day
    #[arg(long)]
    all: bool,

    /// One JSON object for each incident, one to a line
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    which: Which,
}

/// What `medic incident show` is given.
#[derive(Args, Debug)]
pub struct ShowArguments {
    /// The incident's id, as mails and `medic incidents` have it; its first characters do where they are enough
    #[arg(value_name = "ID", value_parser = incident_id)]
    id: String,

    /// One JSON object: what happened in order, and the record as it is
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    which: Which,
}

/// Lists incidents. Returns whether all of them could be read.
pub async fn list(arguments: &ListArguments) -> anyhow::Result<bool> {
    let installed = Installed::find(&arguments.which).await?;
    let scope = match (arguments.open, arguments.all) {
        (true, _) => Scope::Open,
        (_, true) => Scope::All,
        _ => Scope::Recent,
    };
    let now = System.now();
    let listing = find::find(&installed, scope, now).await?;
    if arguments.json {
        for found in &listing.found {
            screen::print(serde_json::to_string(&line::facts(found))?);
        }
    } else {
        let switch = kill_switch::read(&installed).await?;
        screen::show(kill_switch::banner(switch.as_ref(), now));
        screen::show(line::lines(&listing, scope, now));
    }
    for trouble in &listing.troubles {
        complain(format!("medic: {trouble}"));
    }
    Ok(listing.troubles.is_empty())
}

/// Tells one incident.
pub async fn show(arguments: &ShowArguments) -> anyhow::Result<()> {
    let installed = Installed::find(&arguments.which).await?;
    let found = match IncidentId::parse(&arguments.id) {
        Some(id) => find::by_id(&installed, &id).await?,
        None => find::by_beginning(&installed, &arguments.id).await?,
    };
    let found = found.with_context(|| {
        let looked = ["open/", "incidents/", "targets/"].map(|key| installed.address(key));
        format!(
            "there is no incident {} under {}",
            arguments.id,
            looked.join(", ")
        )
    })?;
    if arguments.json {
        screen::print(serde_json::to_string(&story::facts(&found))?);
        return Ok(());
    }
    let record = installed.address(&found.target.record_key());
    screen::show(tell(&found, &record, System.now()));
    Ok(())
}

/// An incident as a story.
pub fn tell(found: &Found, record: &str, now: Timestamp) -> Vec<Paragraph> {
    story::tell(found, record, now)
}

/// An incident's id or the beginning of one.
fn incident_id(text: &str) -> Result<String, String> {
    let is_digit = |c: char| c.is_ascii_digit() || matches!(c, 'a'..='f');
    if !(4..=20).contains(&text.len()) || !text.chars().all(is_digit) {
        let form = "an incident's id has 20 hexadecimal digits; its first 4 are the least";
        return Err(form.to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests;
