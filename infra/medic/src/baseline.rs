//! `medic baseline build`: what passing runs of a job say, as one small file.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use ci_log_analyzer::baseline::Baseline;
use clap::Args;

use crate::logs;
use crate::screen::answer;

/// Which passing runs, and where to.
#[derive(Debug, Args)]
pub struct BuildArguments {
    /// The file to write
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,

    /// Logs of passing runs of the same job, and baselines built earlier
    #[arg(required = true, value_name = "LOG")]
    files: Vec<PathBuf>,
}

/// Learns from each file and writes what was learnt.
pub fn build(arguments: &BuildArguments) -> anyhow::Result<()> {
    let output = &arguments.output;
    logs::ensure_one_stdin(&arguments.files)?;
    logs::ensure_ours(output, Baseline::MAGIC)?;
    let mut baseline = Baseline::default();
    for file in &arguments.files {
        learn(file, &mut baseline)?;
    }
    let bytes = baseline.write();
    std::fs::write(output, &bytes)
        .with_context(|| format!("couldn't write {}", output.display()))?;
    let (name, kinds) = (output.display(), baseline.len());
    Ok(answer(format_args!(
        "{name}: {kinds} kinds of lines, {} bytes",
        bytes.len()
    ))?)
}

/// Adds what a passing log says, or what a baseline knows.
pub fn learn(file: &Path, baseline: &mut Baseline) -> anyhow::Result<()> {
    let named = || format!("couldn't learn from {}", logs::name(file));
    if logs::begins_with(file, Baseline::MAGIC) {
        let bytes = std::fs::read(file).with_context(named)?;
        baseline.merge(&Baseline::parse(&bytes).with_context(named)?);
        return Ok(());
    }
    let mut lines = logs::open(file)?;
    while let Some(line) = lines.next().with_context(named)? {
        baseline.learn(line.text);
    }
    // Half a passing log would make what the other half says look new.
    match lines.problem() {
        Some(problem) => anyhow::bail!("{}: {problem}", named()),
        None => Ok(()),
    }
}
