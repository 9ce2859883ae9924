//! `medic export cat`, run as a person runs it.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use shared::exports::row::Row;
use tokio::process::Command;
use tokio::time::timeout;

use super::stage::{API, Stage};
use crate::config::aws_variables;
use crate::local_cloud::CREDENTIAL;
use crate::scenario::export::{Fingerprint, Line, fingerprint};

/// It takes a second or two.
const WITHIN: Duration = Duration::from_mins(1);

/// What a group was given, and what `cat` gave back.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Given {
    pub(super) group: &'static str,
    /// What was logged.
    pub(super) logged: Fingerprint,
    /// What came back, or why nothing did.
    pub(super) back: Result<Fingerprint, String>,
    /// What was typed.
    pub(super) command: String,
}

impl Given {
    /// Asks for all lines of a group since yesterday began.
    pub(super) async fn by_cat<'l>(
        stage: &Stage<'_>,
        group: &'static str,
        logged: impl Iterator<Item = &'l Line>,
    ) -> anyhow::Result<Self> {
        let logged = fingerprint(logged.map(|line| (line.at.as_millisecond(), &*line.message)));
        let from = stage.yesterday.start().to_string();
        let to = stage.yesterday.end().to_string();
        // What is not over yet cannot be proven; of yesterday everything has to be, or `cat` ends with 1.
        let until: &[&str] = match group {
            API => &["--partial"],
            _ => &["--to", &to],
        };
        let arguments = ["export", "cat", "--group", group, "--from", &from, "--json"];
        let arguments = [&arguments, until].concat();
        let program = std::env::current_exe().context("couldn't find this program's own file")?;
        let back = Box::pin(run(stage, program, &arguments)).await?;
        Ok(Self {
            group,
            logged,
            back,
            command: format!("medic {}", arguments.join(" ")),
        })
    }
}

async fn run(
    stage: &Stage<'_>,
    program: PathBuf,
    arguments: &[&str],
) -> anyhow::Result<Result<Fingerprint, String>> {
    let cloud = &stage.installation.cloud;
    let mut command = Command::new(program);
    for name in aws_variables() {
        command.env_remove(name);
    }
    command
        .args(arguments)
        .env("AWS_ENDPOINT_URL", cloud.endpoint())
        .env("AWS_REGION", cloud.region())
        .env("AWS_ACCESS_KEY_ID", CREDENTIAL)
        .env("AWS_SECRET_ACCESS_KEY", CREDENTIAL)
        .kill_on_drop(true);
    let ended = timeout(WITHIN, command.output()).await;
    let ended = ended.context("medic export cat did not end")?;
    let output = ended.context("couldn't run medic export cat")?;
    let errors = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Ok(Err(format!("{}: {}", output.status, errors.trim())));
    }
    Ok(read(&output.stdout))
}

/// The fingerprint of rows, one to a line.
fn read(output: &[u8]) -> Result<Fingerprint, String> {
    let text = String::from_utf8_lossy(output);
    let rows: Result<Vec<Row<'_>>, _> = text.lines().map(serde_json::from_str).collect();
    let rows = rows.map_err(|error| format!("a line is no row: {error}"))?;
    let lines = rows.iter().map(|row| (row.timestamp_ms, &*row.message));
    Ok(fingerprint(lines))
}
