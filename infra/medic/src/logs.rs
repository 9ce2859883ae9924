//! Logs as the commands about CI runs read them: files or standard input, packed or not, with a bar on a terminal while that takes long.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use ci_log_analyzer::read::{Limits, Lines};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The name by which standard input is asked for.
pub const STDIN: &str = "-";

/// Below this, reading takes no longer than a blink.
const LONG: u64 = 32 * 1024 * 1024;

/// Opens a log; `-` is standard input.
pub fn open(file: &Path) -> anyhow::Result<Lines<'static>> {
    let named = || format!("couldn't read {}", name(file));
    let limits = Limits::default();
    if is_stdin(file) {
        let bar = bar(None, "standard input");
        return Lines::open(bar.wrap_read(io::stdin()), &limits).with_context(named);
    }
    let log = File::open(file).with_context(named)?;
    let facts = log.metadata().with_context(named)?;
    if !facts.is_file() {
        // A pipe (`<(gh run view --log)`) has neither a length nor another direction.
        return Lines::open(log, &limits).with_context(named);
    }
    let bar = bar(Some(facts.len()), &name(file));
    Lines::open_file(bar.wrap_read(log), &limits).with_context(named)
}

/// What people call a log.
pub fn name(file: &Path) -> String {
    if is_stdin(file) {
        "standard input".to_owned()
    } else {
        file.display().to_string()
    }
}

fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == STDIN
}

/// Refuses to read standard input for more than one log: it would be empty the second time.
pub fn ensure_one_stdin<'a>(files: impl IntoIterator<Item = &'a PathBuf>) -> anyhow::Result<()> {
    let times = files.into_iter().filter(|file| is_stdin(file)).count();
    ensure!(times <= 1, "standard input can be read once only");
    Ok(())
}

/// Whether a file begins so; what is no file, or cannot be read, does not.
pub fn begins_with(file: &Path, beginning: &[u8]) -> bool {
    let mut bytes = vec![0; beginning.len()];
    // A pipe must keep its bytes for whoever reads it in earnest.
    let read = file
        .is_file()
        .then(|| File::open(file).and_then(|mut file| file.read_exact(&mut bytes)));
    matches!(read, Some(Ok(()))) && bytes == beginning
}

/// Refuses to write over a file that holds anything but what was written there before.
pub fn ensure_ours(output: &Path, beginning: &[u8]) -> anyhow::Result<()> {
    let is_empty = std::fs::metadata(output).map_or(true, |facts| facts.len() == 0);
    ensure!(
        is_empty || begins_with(output, beginning),
        "{} is there already and holds something else; nothing was written",
        output.display()
    );
    Ok(())
}

/// A bar of the bytes read, on standard error, if that is a terminal and there is something to wait for.
pub fn bar(length: Option<u64>, what: &str) -> ProgressBar {
    let is_long = length.is_none_or(|length| length >= LONG);
    if !io::stderr().is_terminal() || !is_long {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr());
    let template = match length {
        Some(_) => "{prefix:.dim} {bar:30} {bytes} of {total_bytes}, {bytes_per_sec}",
        None => "{prefix:.dim} {bytes}, {bytes_per_sec}",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.with_prefix(what.to_owned())
        .with_finish(indicatif::ProgressFinish::AndClear)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_written_by_us_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let ours = |content: &str| {
            let file = folder.path().join("file");
            std::fs::write(&file, content).unwrap();
            ensure_ours(&file, b"medic-baseline ").is_ok()
        };
        assert!(ours(""));
        assert!(ours("medic-baseline 1\nabc"));
        assert!(!ours("medic-base"));
        assert!(!ours("a log that somebody still wants"));
        ensure_ours(&folder.path().join("new"), b"x").unwrap();
    }
}
