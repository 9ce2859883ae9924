//! Shows a page to a person.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::Context as _;

/// What opens a file with the program that the person chose for it.
const OPENER: &str = "xdg-open";

/// Writes the page to a file and opens it; returns a line that says where it is, and what to do where nothing opens it.
pub fn open(page: &str) -> anyhow::Result<String> {
    let written = || -> std::io::Result<_> {
        let mut file = tempfile::Builder::new()
            .prefix("medic-report-")
            .suffix(".html")
            .tempfile()?;
        file.write_all(page.as_bytes())?;
        // The browser reads it after this program has ended.
        let (_, path) = file.keep().map_err(|error| error.error)?;
        Ok(path)
    };
    let path = written().context("couldn't write the report to a file")?;
    let opened = Command::new(OPENER)
        .arg(&path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let path = path.display();
    Ok(match opened {
        Ok(_) => format!("\n  The report is {path}, handed to {OPENER}"),
        Err(error) => format!("\n  The report is {path}; {OPENER} could not open it: {error}"),
    })
}
