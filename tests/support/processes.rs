//! The processes of functions, as the machine sees them.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};

/// Kills every process that has this text in its environment, without a chance to clean up.
pub fn kill_all_with(text: &str) -> anyhow::Result<()> {
    for process in std::fs::read_dir("/proc").context("couldn't list the processes")? {
        let process = process?;
        let id = process.file_name().to_string_lossy().into_owned();
        if id.parse::<u32>().is_ok() && is_in_environment(&process.path(), text) {
            let status = Command::new("kill").args(["-KILL", &id]).status();
            let status = status.with_context(|| format!("couldn't kill process {id}"))?;
            ensure!(status.success(), "couldn't kill process {id}: {status}");
        }
    }
    Ok(())
}

/// A process that has ended meanwhile, or is somebody else's, has no environment to read.
fn is_in_environment(process: &Path, text: &str) -> bool {
    let environment = std::fs::read(process.join("environ")).unwrap_or_default();
    String::from_utf8_lossy(&environment).contains(text)
}
