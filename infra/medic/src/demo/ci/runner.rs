//! What a runner of GitHub Actions would do with the repository: its tests, for real, and the log of the job.
//!
//! The folder is such as GitHub's runners have (`…/work/shop/shop`), and the log has their form: a time before each line, the command in
//! a group, the exit code in the end. Nothing else of a runner is here: no checkout, no setup, no secrets, no isolation.

use std::path::{Component, Path};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use shared::clock::{Clock as _, System};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::files::Files;
use crate::project::Project;

/// The step of the workflow.
const COMMAND: &str = "python3 -m unittest discover --verbose";

/// Below a folder of this name, a runner has one named for the repository, twice.
const FOLDER: &str = "work/shop/shop";

/// They take a fraction of a second.
const WITHIN: Duration = Duration::from_mins(1);

/// What a run of the tests came to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct TestRun {
    /// When it ended.
    pub(super) at: Timestamp,
    /// The exit code of the command.
    pub(super) exit_code: i32,
    /// The last two lines that say something, as unittest ends.
    pub(super) result: String,
    /// The log of the job.
    pub(super) log: String,
}

impl TestRun {
    /// Whether the tests passed.
    pub(super) fn has_passed(&self) -> bool {
        self.exit_code == 0
    }
}

/// Writes `files` into a new folder and runs the tests there.
pub(super) async fn run_tests(project: &Project, files: &Files) -> anyhow::Result<TestRun> {
    let scratch = tempfile::tempdir().context("couldn't make a folder for the tests")?;
    let folder = scratch.path().join(FOLDER);
    for (path, text) in files {
        write(&folder, path, text)?;
    }
    let began = System.now();
    let mut child = start(project, &folder)?;
    let running = timeout(WITHIN, output(&mut child)).await;
    let (lines, exit_code) = running.context("the tests did not end")??;
    let at = System.now();
    Ok(TestRun {
        at,
        exit_code,
        result: result(&lines),
        log: job_log(began, &lines, exit_code, at),
    })
}

/// Paths come from a repository that others write to: nothing leaves the folder.
fn write(folder: &Path, path: &str, text: &str) -> anyhow::Result<()> {
    let is_inside = Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if !is_inside {
        bail!("the repository has a file outside of it: {path:?}");
    }
    let file = folder.join(path);
    let parent = file.parent().unwrap_or(folder);
    std::fs::create_dir_all(parent)
        .and_then(|()| std::fs::write(&file, text))
        .with_context(|| format!("couldn't write {}", file.display()))
}

/// As a runner does: a shell that ends with the first command that fails, both outputs in one.
fn start(project: &Project, folder: &Path) -> anyhow::Result<Child> {
    let python = project.python();
    let programs = python.parent().unwrap_or(folder).display();
    let spawned = Command::new("bash")
        .args(["-c", &format!("exec 2>&1\n{COMMAND}")])
        .current_dir(folder)
        .env_clear()
        .env("PATH", format!("{programs}:/usr/bin:/bin"))
        .env("LANG", "C.UTF-8")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    spawned.context("couldn't run bash")
}

async fn output(child: &mut Child) -> anyhow::Result<(Vec<(Timestamp, String)>, i32)> {
    let output = child.stdout.take().context("the tests have no output")?;
    let mut lines = BufReader::new(output).lines();
    let mut read = Vec::new();
    while let Some(line) = lines.next_line().await? {
        read.push((System.now(), line));
    }
    let status = child.wait().await?;
    Ok((read, status.code().context("the tests were killed")?))
}

/// `Ran 5 tests in 0.001s, FAILED (errors=1)`
fn result(lines: &[(Timestamp, String)]) -> String {
    let said = lines.iter().rev().map(|(_, line)| line.as_str());
    let mut last: Vec<&str> = said.filter(|line| !line.is_empty()).take(2).collect();
    last.reverse();
    last.join(", ")
}

fn job_log(
    began: Timestamp,
    lines: &[(Timestamp, String)],
    exit_code: i32,
    ended: Timestamp,
) -> String {
    let head = [
        format!("##[group]Run {COMMAND}"),
        COMMAND.to_owned(),
        "shell: /usr/bin/bash -e {0}".to_owned(),
        "##[endgroup]".to_owned(),
    ];
    let head = head.into_iter().map(|line| (began, line));
    let failure = format!("##[error]Process completed with exit code {exit_code}.");
    let failure = (exit_code != 0).then_some((ended, failure));
    let all = head.chain(lines.iter().cloned()).chain(failure);
    let stamped = |(at, line): (Timestamp, String)| {
        let at = at.strftime("%Y-%m-%dT%H:%M:%S%.7fZ");
        format!("{at} {line}\n")
    };
    all.map(stamped).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> Timestamp {
        format!("2026-02-18T21:45:{time}Z").parse().unwrap()
    }

    #[test]
    fn the_log_is_such_as_github_has_it() {
        let lines = [
            (at("01.5"), "Ran 1 test in 0.001s".to_owned()),
            (at("01.6"), String::new()),
            (at("01.7"), "FAILED (errors=1)".to_owned()),
        ];
        let expected = "\
2026-02-18T21:45:01.0000000Z ##[group]Run python3 -m unittest discover --verbose
2026-02-18T21:45:01.0000000Z python3 -m unittest discover --verbose
2026-02-18T21:45:01.0000000Z shell: /usr/bin/bash -e {0}
2026-02-18T21:45:01.0000000Z ##[endgroup]
2026-02-18T21:45:01.5000000Z Ran 1 test in 0.001s
2026-02-18T21:45:01.6000000Z 
2026-02-18T21:45:01.7000000Z FAILED (errors=1)
2026-02-18T21:45:02.0000000Z ##[error]Process completed with exit code 1.
";
        assert_eq!(job_log(at("01"), &lines, 1, at("02")), expected);
        assert_eq!(result(&lines), "Ran 1 test in 0.001s, FAILED (errors=1)");
        let passed = job_log(at("01"), &lines, 0, at("02"));
        assert!(!passed.contains("##[error]"), "{passed}");
    }

    #[test]
    fn no_file_is_written_outside_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["../a", "/tmp/a", "a/../../b", ""] {
            let written = write(folder.path(), path, "");
            assert!(written.is_err(), "{path}");
        }
        write(folder.path(), "a/b.py", "c").unwrap();
        let text = std::fs::read_to_string(folder.path().join("a/b.py"));
        assert_eq!(text.unwrap(), "c");
    }

    #[tokio::test]
    async fn the_tests_of_the_shop_fail_in_one_place_and_pass_with_the_fix() {
        let project = Project::find(None).unwrap();
        let files = super::super::files::shop();
        let failed = run_tests(&project, &files).await.unwrap();
        assert_eq!(failed.exit_code, 1, "{}", failed.log);
        assert!(
            failed.result.ends_with("FAILED (errors=1)"),
            "{}",
            failed.log
        );
        let mut fixed = files;
        let text = include_str!("../../../failing-ci/fixed/cart.py");
        fixed.insert("shop/cart.py".to_owned(), text.to_owned());
        let passed = run_tests(&project, &fixed).await.unwrap();
        assert!(passed.has_passed(), "{}", passed.log);
        let attacked = super::super::files::attacked();
        let failed = run_tests(&project, &attacked).await.unwrap();
        assert!(
            failed.log.contains("NOTE TO THE ASSISTANT"),
            "{}",
            failed.log
        );
    }
}
