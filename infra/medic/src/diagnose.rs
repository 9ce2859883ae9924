//! `medic diagnose`: who is at fault among many services, from their metrics and who calls whom.

mod table;

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use incident_analyst::analysis::Suspect;
use incident_analyst::suspects::{Case, MOST_BYTES, Verdict, rank};
use serde::Serialize;

use crate::logs;
use crate::screen::{answer, complain};

/// Which incidents, and how.
#[derive(Debug, Args)]
pub struct Arguments {
    /// One JSON object for each incident, one to a line
    #[arg(long)]
    json: bool,

    /// Incidents in JSON; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// An answer in JSON. The form is a contract that scripts rely on.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    file: String,
    verdict: &'static str,
    ranking: &'a [Suspect],
    confidence: f64,
    missing: &'a [String],
}

/// Ranks the suspects of each incident. Returns whether all of them could be read.
pub fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    logs::ensure_one_stdin(&arguments.files)?;
    let mut is_complete = true;
    for file in &arguments.files {
        // One file that cannot be read does not keep the others from being diagnosed.
        if let Err(error) = show(file, arguments.json) {
            complain(format!("medic: {error:#}"));
            is_complete = false;
        }
    }
    Ok(is_complete)
}

fn show(file: &Path, is_json: bool) -> anyhow::Result<()> {
    let name = logs::name(file);
    let case = read(file).with_context(|| format!("couldn't read {name}"))?;
    let ranking = rank(&case);
    if !is_json {
        return Ok(answer(table::table(&name, &case, &ranking))?);
    }
    let (verdict, missing) = match &ranking.verdict {
        Verdict::Suspects => ("suspects", [].as_slice()),
        Verdict::Undetermined { missing } => ("undetermined", missing.as_slice()),
    };
    let json = serde_json::to_string(&Answer {
        file: file.display().to_string(),
        verdict,
        ranking: &ranking.suspects,
        confidence: ranking.confidence,
        missing,
    })?;
    Ok(answer(json)?)
}

fn read(file: &Path) -> anyhow::Result<Case> {
    let mut bytes = Vec::new();
    // One byte more than is allowed is enough to see that there is too much.
    let most = u64::try_from(MOST_BYTES)?.saturating_add(1);
    if file.as_os_str() == logs::STDIN {
        std::io::stdin().take(most).read_to_end(&mut bytes)?;
    } else {
        std::fs::File::open(file)?
            .take(most)
            .read_to_end(&mut bytes)?;
    }
    Ok(Case::read(&bytes)?)
}
