//! What lies in the buckets, as anybody with access sees it: logs, analyses, pages, and the record of a log.

use anyhow::Context as _;
use aws_config::SdkConfig;
use aws_sdk_s3::error::DisplayErrorContext;
use aws_sdk_s3::operation::get_object::GetObjectError;
use ci_log_analyzer::record::{LogRecord, Stage};
use jiff::Timestamp;
use serde::Deserialize;

/// So much of a line tells it from others.
const QUOTED: usize = 30;

/// The buckets of an installation.
#[derive(Clone, Debug)]
pub(super) struct Buckets {
    s3: aws_sdk_s3::Client,
    logs: String,
    state: String,
}

/// A version of an object.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Stored {
    pub(super) key: String,
    pub(super) version: String,
    pub(super) at: Timestamp,
}

/// An analysis, as it was written: of what its readers may rely on, that which is shown here.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
pub(super) struct Analysis {
    pub(super) category: String,
    pub(super) cause: String,
    #[serde(default)]
    pub(super) decisive: Option<Lines>,
    #[serde(default)]
    pub(super) lines: Vec<Line>,
    #[serde(default)]
    pub(super) diagnosis: Option<Diagnosis>,
    #[serde(default)]
    pub(super) attempts: Vec<Attempt>,
    #[serde(default)]
    pub(super) patch: Patch,
}

/// A range of lines.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
pub(super) struct Lines {
    pub(super) start: u64,
    pub(super) end: u64,
}

/// A line of the log.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) text: String,
}

/// What a model said.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub(super) struct Diagnosis {
    pub(super) summary: String,
    pub(super) quote: String,
    pub(super) quote_line: u64,
}

/// A request to a model.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub(super) struct Attempt {
    pub(super) provider: String,
    pub(super) model: String,
    pub(super) outcome: String,
}

/// What the patch gate said.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
pub(super) struct Patch {
    #[serde(default)]
    pub(super) verdict: String,
    #[serde(default)]
    pub(super) reasons: Vec<String>,
}

impl Analysis {
    /// Of the lines that explain the failure best, the last one that the cause quotes: tools end with the error itself.
    pub(super) fn decisive_line(&self) -> Option<&Line> {
        let range = self.decisive?;
        let is_in_it = |line: &&Line| (range.start..=range.end).contains(&line.number);
        let lines = self.lines.iter().filter(is_in_it);
        let quoted = lines.filter(|line| self.is_quoted(&line.text));
        quoted.max_by_key(|line| line.number)
    }

    /// The cause may be cut within a long line.
    fn is_quoted(&self, line: &str) -> bool {
        let beginning: String = line.trim().chars().take(QUOTED).collect();
        !beginning.is_empty() && self.cause.contains(&beginning)
    }
}

impl Buckets {
    pub(super) fn new(config: &SdkConfig, logs: &str, state: &str) -> Self {
        Self {
            s3: aws_sdk_s3::Client::new(config),
            logs: logs.to_owned(),
            state: state.to_owned(),
        }
    }

    /// The address of an object.
    pub(super) fn address(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.logs)
    }

    /// Every version of a run's log and of what was written about it, oldest first.
    pub(super) async fn versions(&self, key: &LogKeys) -> anyhow::Result<Vec<Stored>> {
        let mut all = Vec::new();
        for prefix in [&key.log, &key.json, &key.page] {
            let call = self.s3.list_object_versions().bucket(&self.logs);
            let listed = call.prefix(prefix).send().await;
            let listed =
                listed.with_context(|| format!("couldn't list {}", self.address(prefix)))?;
            for version in listed.versions.unwrap_or_default() {
                let Some(at) = version.last_modified else {
                    continue;
                };
                let at = Timestamp::from_nanosecond(at.as_nanos())?;
                all.push(Stored {
                    key: version.key.unwrap_or_default(),
                    version: version.version_id.unwrap_or_default(),
                    at,
                });
            }
        }
        all.sort_by_key(|stored| stored.at);
        Ok(all)
    }

    /// The newest analysis.
    pub(super) async fn analysis(&self, key: &LogKeys) -> anyhow::Result<Option<Analysis>> {
        let found = self.read(&self.logs, &key.json).await?;
        let parse = |bytes: Vec<u8>| serde_json::from_slice(&bytes);
        let parsed = found.map(parse).transpose();
        parsed.with_context(|| format!("{} is no analysis", self.address(&key.json)))
    }

    /// The page for people.
    pub(super) async fn page(&self, key: &LogKeys) -> anyhow::Result<Option<String>> {
        let found = self.read(&self.logs, &key.page).await?;
        Ok(found.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// The version of the log that the function is done with.
    pub(super) async fn settled(&self, key: &LogKeys) -> anyhow::Result<Option<String>> {
        let found = self.read(&self.state, &key.record).await?;
        let Some(bytes) = found else {
            return Ok(None);
        };
        let record: LogRecord = serde_json::from_slice(&bytes)?;
        let is_settled = record.stage == Stage::Settled;
        Ok(is_settled.then(|| record.version.as_str().to_owned()))
    }

    /// Uploads the log once more, as it is; returns the new version.
    pub(super) async fn upload_again(&self, key: &LogKeys) -> anyhow::Result<String> {
        let bytes = self.read(&self.logs, &key.log).await?;
        let bytes = bytes.with_context(|| format!("there is no {}", self.address(&key.log)))?;
        let call = self.s3.put_object().bucket(&self.logs).key(&key.log);
        let put = call.body(bytes.into()).send().await;
        let put = put.with_context(|| format!("couldn't upload {}", self.address(&key.log)))?;
        put.version_id.context("the bucket keeps no versions")
    }

    async fn read(&self, bucket: &str, key: &str) -> anyhow::Result<Option<Vec<u8>>> {
        let found = self.s3.get_object().bucket(bucket).key(key).send().await;
        let failed = |what: String| format!("couldn't read s3://{bucket}/{key}: {what}");
        match found {
            Ok(found) => {
                let bytes = found.body.collect().await;
                let bytes = bytes.with_context(|| failed(String::new()))?;
                Ok(Some(bytes.to_vec()))
            }
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(GetObjectError::is_no_such_key) =>
            {
                Ok(None)
            }
            Err(error) => anyhow::bail!(failed(DisplayErrorContext(&error).to_string())),
        }
    }
}

/// The keys of a log and of what is written about it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct LogKeys {
    pub(super) log: String,
    pub(super) json: String,
    pub(super) page: String,
    pub(super) record: String,
}

impl LogKeys {
    /// Of a job's log, as the collector and the function name them.
    pub(super) fn of(repository: &str, run: u64, job: &str) -> Self {
        let stem = format!("{repository}/{run}-1-{job}");
        Self {
            log: format!("logs/{stem}.log.gz"),
            json: format!("analysis/{stem}.json"),
            page: format!("analysis/{stem}.html"),
            record: LogRecord::key_of(&stem),
        }
    }
}

#[cfg(test)]
mod tests {
    use ci_log_analyzer::log_key::LogKey;
    use ci_log_analyzer::repository::Repository;

    use super::*;

    #[test]
    fn the_keys_are_those_of_the_function() {
        let keys = LogKeys::of("acme/shop", 4, "test");
        let parsed = LogKey::parse(&keys.log, &[Repository::parse("acme/shop").unwrap()]).unwrap();
        let written = (parsed.analysis("json"), parsed.analysis("html"));
        assert_eq!(written, (keys.json, keys.page));
        assert_eq!(LogRecord::key_of(parsed.stem()), keys.record);
    }

    #[test]
    fn the_decisive_line_is_the_last_one_that_the_cause_quotes() {
        let line = |number, text: &str| Line {
            number,
            text: text.to_owned(),
        };
        let error = line(6, "ValueError: 246.81 is not a whole number of cents");
        let analysis = Analysis {
            cause: "A test failed: test_tax … ValueError: 246.81 is not a whole nu…".to_owned(),
            decisive: Some(Lines { start: 4, end: 8 }),
            lines: vec![
                line(7, ""),
                line(8, "FAILED (errors=1)"),
                error.clone(),
                line(4, "test_tax"),
                line(9, "A test failed"),
            ],
            ..Analysis::default()
        };
        assert_eq!(analysis.decisive_line(), Some(&error));
        assert_eq!(Analysis::default().decisive_line(), None);
    }
}
