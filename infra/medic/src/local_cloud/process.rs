//! The local cloud's process: started, listened to, and ended with its owner.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, bail};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// It takes half a second, on a machine that is busy compiling a few.
const READY_WITHIN: Duration = Duration::from_secs(40);

/// It ends within milliseconds, and takes the functions' processes with it.
const ENDS_WITHIN: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(5);

/// What a person reads of a log that explains a failure.
const MOST_LOG_BYTES: u64 = 4_000;

#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    /// Has no name in the file system, so nothing is left of it even if this program is killed.
    log: File,
}

impl Process {
    /// Starts `program` in Python. It ends as soon as its standard input does: with this value or this program.
    /// `settings` are added to the environment that it gets from this program.
    pub(super) fn spawn(
        python: &Path,
        program: &Path,
        settings: &[(&str, String)],
    ) -> anyhow::Result<Self> {
        let log = tempfile::tempfile().context("couldn't make a file for the local cloud's log")?;
        let child = Command::new(python)
            .arg(program)
            .envs(settings.iter().cloned())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(
                log.try_clone()
                    .context("couldn't share the local cloud's log")?,
            )
            // A Ctrl-C may be meant for a command that runs beside it; its end is ours to decide.
            .process_group(0)
            .spawn()
            .with_context(|| format!("couldn't run {}", python.display()))?;
        Ok(Self { child, log })
    }

    /// The first line it prints.
    pub(super) async fn first_line(&mut self) -> anyhow::Result<String> {
        let stdout = self.child.stdout.take();
        let stdout = stdout.context("the local cloud's output was read before")?;
        let mut line = String::new();
        let mut stdout = BufReader::new(stdout);
        let read = timeout(READY_WITHIN, stdout.read_line(&mut line)).await;
        let failure = match read {
            Ok(Ok(1..)) => return Ok(line),
            Ok(Ok(0)) => anyhow!("it ended ({})", self.child.wait().await?),
            Ok(Err(error)) => error.into(),
            Err(_) => anyhow!("it was not ready after {} s", READY_WITHIN.as_secs()),
        };
        bail!(
            "couldn't start the local cloud: {failure}; it said:\n{}",
            self.log_end()
        );
    }

    fn log_end(&self) -> String {
        let length = self.log.metadata().map_or(0, |metadata| metadata.len());
        let mut end = Vec::new();
        let mut from = length.saturating_sub(MOST_LOG_BYTES);
        let mut buffer = [0; 1_024];
        // The offset of the file itself belongs to the writer.
        while let Ok(read @ 1..) = self.log.read_at(&mut buffer, from) {
            end.extend(buffer.iter().take(read));
            from += read as u64;
        }
        String::from_utf8_lossy(&end).trim_end().to_owned()
    }
}

impl Drop for Process {
    /// Waits for the end, so that whoever goes on afterwards finds no process of it.
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let ends = Instant::now() + ENDS_WITHIN;
        while matches!(self.child.try_wait(), Ok(None)) {
            if Instant::now() >= ends {
                // Nobody is left to be told if even that fails.
                let _ = self.child.start_kill();
                return;
            }
            thread::sleep(PAUSE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_program_that_ends_at_once_is_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("cloud.sh");
        std::fs::write(&program, "echo 'ministack is not installed' >&2; exit 1").unwrap();
        let mut process = Process::spawn(Path::new("/bin/sh"), &program, &[]).unwrap();
        let error = process.first_line().await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "couldn't start the local cloud: it ended (exit status: 1); it said:\nministack is not installed"
        );
    }

    #[tokio::test]
    async fn dropping_it_ends_the_program() {
        let folder = tempfile::tempdir().unwrap();
        let (program, trace) = (folder.path().join("cloud.sh"), folder.path().join("ended"));
        let script = format!("echo ready; cat; touch {}", trace.display());
        std::fs::write(&program, script).unwrap();
        let mut process = Process::spawn(Path::new("/bin/sh"), &program, &[]).unwrap();
        assert_eq!(process.first_line().await.unwrap(), "ready\n");
        drop(process);
        assert!(trace.exists(), "dropping did not wait for the end");
    }
}
