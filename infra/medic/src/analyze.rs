//! `medic analyze`: the lines of a CI log that explain its failure.

mod explained;

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use ci_log_analyzer::analysis::Analysis;
use ci_log_analyzer::analyze::{Analyzed, Analyzer};
use ci_log_analyzer::baseline::Baseline;
use ci_log_analyzer::evidence::Settings;
use ci_log_analyzer::rules::Rules;
use ci_log_analyzer::view::{self, Look, Shown};
use clap::Args;
use serde::Serialize;
use shared::failure::chain;
use shared::redaction::Redactor;

use crate::config::is_colour_wanted;
use crate::screen::{answer, complain};
use crate::{baseline, logs};

/// Which logs, and how.
#[derive(Debug, Args)]
pub struct Arguments {
    /// One JSON object for each log, one to a line
    #[arg(long, conflicts_with = "explain")]
    json: bool,

    /// Say why each part is shown: its score, and what that is made of
    #[arg(long)]
    explain: bool,

    /// Write the analysis as one HTML file, too
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// A log of a passing run of the same job, or a file from `medic baseline build`: what it says too explains nothing
    #[arg(long, value_name = "FILE")]
    passing: Vec<PathBuf>,

    /// A file with rules of your own; they go before the built-in ones
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,

    /// The most lines to show
    #[arg(long, value_name = "N", default_value_t = Settings::default().max_lines)]
    max_lines: usize,

    /// Logs: text, .gz, .zst, or the .zip that GitHub gives; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// An answer in JSON. The form is a contract that scripts rely on.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    file: String,
    #[serde(flatten)]
    analysis: &'a Analysis,
}

/// Analyzes each log. Returns whether all of them could be read.
pub fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    ensure!(
        arguments.html.is_none() || arguments.files.len() == 1,
        "--html takes one log at a time"
    );
    logs::ensure_one_stdin(arguments.files.iter().chain(&arguments.passing))?;
    if let Some(page) = &arguments.html {
        logs::ensure_ours(page, b"<!doctype html>")?;
    }
    let own = arguments.rules.as_deref().map(own_rules).transpose()?;
    let redactor = Redactor::new();
    let analyzer = Analyzer {
        settings: Settings {
            max_lines: arguments.max_lines,
        },
        baseline: passing(&arguments.passing)?,
        rules: own.as_ref().unwrap_or_else(|| Rules::built_in()),
        redactor: &redactor,
    };
    let mut is_complete = true;
    for file in &arguments.files {
        // One log that cannot be read does not keep the others from being analyzed.
        if let Err(error) = show(file, &analyzer, arguments) {
            complain(format!("medic: {error:#}"));
            is_complete = false;
        }
    }
    Ok(is_complete)
}

fn show(file: &Path, analyzer: &Analyzer<'_>, arguments: &Arguments) -> anyhow::Result<()> {
    let name = logs::name(file);
    let name = analyzer.redactor.redact(&name).text;
    let is_baseline = logs::begins_with(file, Baseline::MAGIC);
    ensure!(!is_baseline, "{name} is a baseline, and no log");
    let mut lines = logs::open(file)?;
    let found = analyzer.analyze(&mut lines)?;
    drop(lines);
    if let Some(problem) = &found.problem {
        let problem = chain(problem);
        let is_empty = found.analysis.total_lines == 0;
        ensure!(!is_empty, "couldn't read {name}: {problem}");
        complain(format!("medic: {name}, as far as it was read: {problem}"));
    }
    let shown = Shown {
        name: &name,
        analysis: &found.analysis,
        quotes: &found.quotes,
        advice: found.advice.as_deref(),
    };
    if let Some(page) = &arguments.html {
        let written = std::fs::write(page, view::html(&shown));
        written.with_context(|| format!("couldn't write {}", page.display()))?;
    }
    Ok(answer(text(file, &found, &shown, arguments)?.trim_end())?)
}

fn text(
    file: &Path,
    analyzed: &Analyzed,
    shown: &Shown<'_>,
    arguments: &Arguments,
) -> anyhow::Result<String> {
    if arguments.json {
        return Ok(serde_json::to_string(&Answer {
            file: file.display().to_string(),
            analysis: &analyzed.analysis,
        })?);
    }
    let look = look();
    let mut text = view::terminal(shown, look);
    if arguments.explain {
        text.push('\n');
        text.push_str(&explained::explained(analyzed));
    }
    Ok(text)
}

fn look() -> Look {
    let plain = Look::default();
    if !io::stdout().is_terminal() {
        return plain;
    }
    Look {
        has_colours: is_colour_wanted(),
        width: console::Term::stdout().size().1.into(),
    }
}

fn own_rules(file: &Path) -> anyhow::Result<Rules> {
    let named = || format!("couldn't read {}", file.display());
    let toml = std::fs::read_to_string(file).with_context(named)?;
    Ok(Rules::with(&file.display().to_string(), &toml)?)
}

fn passing(files: &[PathBuf]) -> anyhow::Result<Option<Baseline>> {
    if files.is_empty() {
        return Ok(None);
    }
    let mut learnt = Baseline::default();
    for file in files {
        baseline::learn(file, &mut learnt)?;
    }
    Ok(Some(learnt))
}
