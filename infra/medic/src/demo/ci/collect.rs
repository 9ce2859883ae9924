//! The collector, run as GitHub Actions runs it after a workflow.

use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::process::Command;
use tokio::time::timeout;

use super::files::REPOSITORY;
use crate::local_cloud::{CREDENTIAL, LocalCloud};
use crate::project::Project;

/// It takes a second or two.
const WITHIN: Duration = Duration::from_mins(1);

/// What a run of the collector needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Collector<'a> {
    pub(super) project: &'a Project,
    pub(super) cloud: &'a LocalCloud,
    pub(super) bucket: &'a str,
    pub(super) github: &'a str,
    pub(super) token: &'a str,
}

impl Collector<'_> {
    /// Collects the logs of a run; returns what the script said, one notice to a line.
    ///
    /// The AWS command line is the stand-in of the local cloud, and the role is the caller's: the local cloud has no identities of GitHub's.
    pub(super) async fn collect(&self, run: u64) -> anyhow::Result<Vec<String>> {
        let script = self.project.collector();
        let path = format!(
            "{}:/usr/local/bin:/usr/bin:/bin",
            self.project.aws_stand_in().display()
        );
        let mut command = Command::new("bash");
        command
            .arg(&script)
            .env_clear()
            .env("PATH", path)
            .env("AWS_STAND_IN_PYTHON", self.project.python())
            .env("AWS_ENDPOINT_URL", self.cloud.endpoint())
            .env("AWS_REGION", self.cloud.region())
            .env("AWS_ACCESS_KEY_ID", CREDENTIAL)
            .env("AWS_SECRET_ACCESS_KEY", CREDENTIAL)
            .env("CI_LOGS_BUCKET", self.bucket)
            .env("GITHUB_API_URL", self.github)
            .env("GITHUB_REPOSITORY", REPOSITORY)
            .env("GITHUB_TOKEN", self.token)
            .env("RUN_ID", run.to_string())
            .env("RUN_ATTEMPT", "1")
            .env("COLLECT_STRICT", "true")
            .kill_on_drop(true);
        let ended = timeout(WITHIN, command.output()).await;
        let ended = ended.context("collect.sh did not end")?;
        let output = ended.with_context(|| format!("couldn't run {}", script.display()))?;
        let said = String::from_utf8_lossy(&output.stdout);
        let said: Vec<String> = said.lines().map(notice).collect();
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            bail!("collect.sh failed: {} {}", said.join("; "), errors.trim());
        }
        Ok(said)
    }
}

/// `::notice title=collect-ci-logs::uploaded 1 logs` says `uploaded 1 logs`.
fn notice(line: &str) -> String {
    let text = line
        .strip_prefix("::")
        .and_then(|line| line.split_once("::"));
    text.map_or(line, |(_, text)| text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_shown_without_the_words_for_github() {
        for (line, expected) in [
            (
                "::notice title=collect-ci-logs::uploaded 1 logs of run 7",
                "uploaded 1 logs of run 7",
            ),
            (
                "::warning title=collect-ci-logs::jq is missing",
                "jq is missing",
            ),
            ("something else", "something else"),
        ] {
            assert_eq!(notice(line), expected);
        }
    }
}
