//! The cases, read strictly.

use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::oracles::{Oracle, Oracles};

/// An attack: what enters where, and what must come of it or must not.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name.
    pub id: String,
    /// Where the input enters.
    pub surface: Surface,
    /// The input; empty where the generator makes it.
    pub input: Vec<u8>,
    /// What makes inputs that are too big to write down.
    pub generator: Option<Generator>,
    /// What is checked.
    pub oracles: Vec<Oracle>,
}

/// Where hostile input enters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Surface {
    /// The log of a CI run.
    CiLog,
    /// The title of the pull request that ran.
    PrTitle,
    /// The message of the commit that ran.
    CommitMessage,
    /// What its owner wrote about an alarm.
    AlarmDescription,
    /// The reason of an alarm's state change.
    AlarmReason,
    /// A dimension of an alarm's metric.
    AlarmDimension,
    /// The name of an alarm.
    AlarmName,
    /// The name of a container.
    ContainerName,
    /// The name of a log group.
    LogGroupName,
    /// An event of the log of what broke.
    IncidentLogEvent,
    /// The free text of a model's answer.
    LlmOutput,
    /// The diff of a model's answer.
    LlmPatch,
    /// The whole of a model's answer.
    LlmResponse,
    /// What a mail says.
    EmailHtml,
    /// What a mail's subject says.
    EmailSubject,
    /// Many events.
    EventStream,
    /// The bytes of an object.
    S3Object,
    /// An object's key, as its event has it.
    S3Key,
    /// An event of the bucket.
    S3Event,
    /// An event of the topic.
    SnsEvent,
}

/// What makes inputs that are too big to write down.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum Generator {
    /// Lines of a template, in which `{i}` is the line's number and `{ts}` a time stamp.
    Lines {
        /// How many.
        count: usize,
        /// One of them.
        template: String,
    },
    /// Pieces, each so many times.
    Concat {
        /// A text, and how often.
        parts: Vec<(String, usize)>,
    },
    /// A diff of many files.
    DiffManyFiles {
        /// How many.
        files: usize,
        /// The path, with the file's number for `{i}`.
        path: String,
    },
    /// A diff with a line so long.
    DiffLongLine {
        /// The path.
        path: String,
        /// How long.
        bytes: usize,
    },
    /// Zeros, packed.
    GzipZeros {
        /// How many.
        uncompressed_bytes: u64,
    },
    /// An archive of many files.
    ZipManyEntries {
        /// How many.
        entries: usize,
    },
    /// An archive of one file.
    ZipEntry {
        /// Its name.
        name: String,
    },
    /// The same event, or events that differ.
    RepeatEvent {
        /// How often.
        count: usize,
        /// `same`, or anything else for failures that differ.
        fingerprint: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u64,
    cases: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    category: String,
    surface: String,
    input: String,
    #[serde(default)]
    input_encoding: Option<Encoding>,
    #[serde(default)]
    generator: Option<Generator>,
    must_not: Vec<String>,
    must: Vec<String>,
    #[serde(default, rename = "ref")]
    _reference: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Encoding {
    Base64,
}

/// Reads the cases of a file, each of whose oracles must be known.
///
/// # Errors
/// For a file without cases, and for anything in it that is not understood.
pub fn load(cases: &Path, oracles: &Oracles) -> anyhow::Result<Vec<Case>> {
    let json = std::fs::read_to_string(cases)
        .with_context(|| format!("couldn't read {}", cases.display()))?;
    parse(&json, oracles).with_context(|| format!("couldn't use {}", cases.display()))
}

/// The cases of a text.
///
/// # Errors
/// As [`load`].
pub fn parse(json: &str, oracles: &Oracles) -> anyhow::Result<Vec<Case>> {
    let file: File = serde_json::from_str(json)?;
    ensure!(file.version == 1, "version {} is not known", file.version);
    ensure!(!file.cases.is_empty(), "there is no case");
    let mut names: Vec<_> = file.cases.iter().map(|case| case.id.clone()).collect();
    names.sort();
    names.dedup();
    ensure!(names.len() == file.cases.len(), "two cases have one name");
    let cases = file.cases.into_iter();
    cases.map(|written| written.understood(oracles)).collect()
}

impl Written {
    fn understood(self, oracles: &Oracles) -> anyhow::Result<Case> {
        let id = self.id.clone();
        self.checked(oracles).with_context(|| format!("case {id}"))
    }

    fn checked(self, oracles: &Oracles) -> anyhow::Result<Case> {
        ensure!(
            self.id.starts_with(&format!("{}-", self.category)),
            "its name is not one of category {}",
            self.category
        );
        let named = |kind, names: Vec<String>| {
            let known = names.into_iter().map(move |name| oracles.find(kind, &name));
            known.collect::<anyhow::Result<Vec<_>>>()
        };
        let mut known = named("must_not", self.must_not)?;
        known.extend(named("must", self.must)?);
        ensure!(!known.is_empty(), "nothing is checked");
        let (surface, wants_bytes) = Surface::parse(&self.surface)?;
        let input = match self.input_encoding {
            Some(Encoding::Base64) => STANDARD.decode(&self.input)?,
            None if wants_bytes => bail!("{} wants base64", self.surface),
            None => self.input.into_bytes(),
        };
        Ok(Case {
            id: self.id,
            surface,
            input,
            generator: self.generator,
            oracles: known,
        })
    }
}

impl Surface {
    /// The surface of this name, and whether its input is bytes.
    fn parse(name: &str) -> anyhow::Result<(Self, bool)> {
        let surface = match name.strip_suffix("_bytes_b64").unwrap_or(name) {
            "ci_log" => Self::CiLog,
            "pr_title" => Self::PrTitle,
            "commit_message" => Self::CommitMessage,
            "alarm_description" => Self::AlarmDescription,
            "alarm_reason" => Self::AlarmReason,
            "alarm_dimension" => Self::AlarmDimension,
            "alarm_name" => Self::AlarmName,
            "container_name" => Self::ContainerName,
            "log_group_name" => Self::LogGroupName,
            "incident_log_event" => Self::IncidentLogEvent,
            "llm_output" => Self::LlmOutput,
            "llm_patch" => Self::LlmPatch,
            "llm_response" => Self::LlmResponse,
            "email_html" => Self::EmailHtml,
            "email_subject" => Self::EmailSubject,
            "event_stream" => Self::EventStream,
            "s3_object" => Self::S3Object,
            "s3_key" => Self::S3Key,
            "s3_event" => Self::S3Event,
            "sns_event" => Self::SnsEvent,
            _ => bail!("surface {name} is not known"),
        };
        Ok((surface, name.ends_with("_bytes_b64")))
    }
}

impl Case {
    /// The input as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.input).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oracles() -> Oracles {
        Oracles::load(Path::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/adversarial/oracles.json"
        )))
        .unwrap()
    }

    fn file(case: &str) -> String {
        format!(r#"{{"version": 1, "cases": [{case}]}}"#)
    }

    fn case(change: &str) -> String {
        let fine = r#"{"id": "spam-1", "category": "spam", "surface": "ci_log", "input": "x", "must_not": ["panic"], "must": []}"#;
        let (from, to) = change.split_once(" => ").unwrap();
        file(&fine.replace(from, to))
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for (json, why) in [
            (file(""), "there is no case"),
            (
                case("ci_log => ci_logs"),
                "case spam-1: surface ci_logs is not known",
            ),
            (
                case("ci_log => ci_log_bytes_b64"),
                "case spam-1: ci_log_bytes_b64 wants base64",
            ),
            (
                case("panic => panics"),
                "case spam-1: oracle `panics` is not known",
            ),
            (case("\"panic\" => "), "case spam-1: nothing is checked"),
            (
                case("\"category\": \"spam\" => \"category\": \"patch\""),
                "case spam-1: its name is not one of category patch",
            ),
        ] {
            let error = parse(&json, &oracles()).unwrap_err();
            assert_eq!(format!("{error:#}"), why);
        }
        for json in [
            case("\"input\" => \"generator\": {\"op\": \"bomb\"}, \"input\""),
            case("\"input\" => \"generator\": {\"op\": \"zip_entry\"}, \"input\""),
            case("\"input\" => \"note\": 1, \"input\""),
        ] {
            parse(&json, &oracles()).unwrap_err();
        }
        assert_eq!(parse(&case("x => y"), &oracles()).unwrap()[0].input, b"y");
    }
}
