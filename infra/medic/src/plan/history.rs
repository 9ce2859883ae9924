//! `medic plan --history`: what would have happened, had lambda-medic watched over a stored history of alarms.

mod known;
mod read;
mod replay;
mod told;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use jiff::SignedDuration;

use self::known::KnownAlarms;
use self::read::Place;
use self::replay::replay;
use self::told::Told;
use super::Planner;
use crate::screen::{complain, print};

/// Where alarms are that nothing says of where they are, and all places are allowed.
const ANY_ACCOUNT: &str = "000000000000";
const ANY_REGION: &str = "xx-any-0";

/// What a history is read with.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Options {
    /// With --history: what `aws cloudwatch describe-alarms` printed. Without it, or where it lacks an alarm, playbooks are
    /// matched by the alarm's name alone: a history does not say which metric an alarm watches
    #[arg(long, value_name = "FILE", conflicts_with = "files")]
    alarms: Option<PathBuf>,

    /// With --history: the account that its alarms are in, where --alarms does not say
    #[arg(long, value_name = "ACCOUNT", conflicts_with = "files")]
    account: Option<String>,

    /// With --history: the region that its alarms are in, where --alarms does not say
    #[arg(long, value_name = "REGION", conflicts_with = "files")]
    region: Option<String>,
}

/// Replays a file and prints what would have happened.
pub(super) fn run(
    planner: &Planner,
    file: &Path,
    options: &Options,
    is_json: bool,
) -> anyhow::Result<()> {
    let named = |file: &Path| format!("couldn't use {}", file.display());
    let known = match &options.alarms {
        Some(file) => {
            let json = std::fs::read_to_string(file).with_context(|| named(file))?;
            KnownAlarms::parse(&json).with_context(|| named(file))?
        }
        None => KnownAlarms::default(),
    };
    let bytes = std::fs::read(file).with_context(|| named(file))?;
    let told = tell(
        planner,
        &file.display().to_string(),
        &bytes,
        &known,
        options,
    );
    let told = told.with_context(|| named(file))?;
    for complaint in &told.complaints {
        complain(format!("medic: {complaint}"));
    }
    print(if is_json { told.json()? } else { told.text() });
    Ok(())
}

/// Reads a history and lives through it.
fn tell(
    planner: &Planner,
    file: &str,
    bytes: &[u8],
    known: &KnownAlarms,
    options: &Options,
) -> anyhow::Result<Told> {
    let any = |given: &Option<String>, allowed: &[String], any: &str| {
        let any = allowed.is_empty().then(|| any.to_owned());
        given.clone().or(any)
    };
    let place = Place {
        account: any(&options.account, &planner.accounts, ANY_ACCOUNT),
        region: any(&options.region, &planner.regions, ANY_REGION),
    };
    let history = read::read(bytes, known, &place)?;
    let unusable = history.unusable;
    let cases = replay(planner, history.changes);
    Ok(Told::new(
        file,
        &cases,
        unusable,
        planner.playbooks.defaults.dry_run,
    ))
}

/// A duration without fractions of a second.
fn whole_seconds(duration: SignedDuration) -> SignedDuration {
    SignedDuration::from_secs(duration.as_secs())
}

#[cfg(test)]
mod tests;
