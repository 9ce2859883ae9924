//! The names of oracles, each of which stands for a check.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;

/// What a case demands, by its name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Oracle {
    /// The name.
    pub name: String,
    /// What it stands for.
    pub check: Check,
}

/// What is checked of the effects that a case had.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Check {
    /// No pull request, branch or commit came of it.
    PatchRefused,
    /// Nothing that left contains this text, or without one, a planted secret of the environment.
    OutboundLacks(Option<String>),
    /// Nothing that left contains the secret in the input.
    SecretAbsent,
    /// Nothing that left links to where it should not.
    NoActiveLink,
    /// Nothing that left has the input's markup.
    NoRawHtml,
    /// Nothing that left for GitHub notifies anybody.
    NoMention,
    /// Nothing that left for GitHub closes, commands or refers.
    NoTriggerText,
    /// Nothing that left has characters that hide or move text.
    NoControlCharacters,
    /// Nothing that left is longer than so many bytes.
    BodyWithin(usize),
    /// Mails are what they should be, to whom they should go.
    MailClean,
    /// Only known hosts were asked.
    HostsAllowlisted,
    /// GitHub saw only what it may see.
    GitHubCallsWithin,
    /// AWS saw only what the playbook names.
    AwsCallsWithin,
    /// Nothing was remediated.
    NoRemediation,
    /// There were at most so many effects.
    CountAtMost(Counted),
    /// No process was started.
    NoProcess,
    /// The model was asked with the input between delimiters.
    LlmRequestClean,
    /// The model changed nothing that counts.
    VerdictKept,
    /// The handler returned.
    NoCrash,
    /// Memory, time and bytes stayed within limits.
    ResourcesWithin,
    /// The error is quoted.
    ErrorFound,
    /// Nothing was done.
    InputIgnored,
    /// The key was decoded once.
    KeyDecodedOnce,
    /// What the product wrote sets nothing off.
    NoSelfTrigger,
    /// No file was written.
    NoWriteOutside,
    /// Each line of the own log is JSON.
    LogsValid,
    /// Names can be read.
    TextKept,
    /// The incident is closed.
    IncidentClosed,
}

/// What is counted, and how many there may be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Counted {
    /// So many mails, issues or pull requests in the whole run.
    InAll(Vec<Thing>, usize),
    /// As many in each hour as configured, and word of what was held back.
    PerHour(Vec<Thing>),
}

/// An effect that is counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Thing {
    /// Mails.
    Mails,
    /// Issues.
    Issues,
    /// Pull requests.
    PullRequests,
}

/// All that is counted.
const EVERYTHING: [Thing; 3] = [Thing::Mails, Thing::Issues, Thing::PullRequests];

/// The checks by name.
#[derive(Clone, Debug)]
pub struct Oracles {
    must_not: BTreeMap<String, Check>,
    must: BTreeMap<String, Check>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    checks: BTreeMap<String, String>,
    must_not: BTreeMap<String, Entry>,
    must: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    check: String,
    #[serde(default)]
    arg: Option<String>,
}

impl Oracles {
    /// Reads the names.
    ///
    /// # Errors
    /// For any check that is not implemented.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let named = || format!("couldn't use {}", path.display());
        let json = std::fs::read_to_string(path).with_context(named)?;
        Self::parse(&json).with_context(named)
    }

    /// The names in a text.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn parse(json: &str) -> anyhow::Result<Self> {
        let file: File = serde_json::from_str(json)?;
        for check in file.checks.keys() {
            Check::parse(check, None)
                .or_else(|_| Check::parse(check, Some("1 of each")))
                .or_else(|_| Check::parse(check, Some("1")))?;
        }
        let understood = |entries: BTreeMap<String, Entry>| {
            let checks = &file.checks;
            let entries = entries.into_iter().map(move |(name, entry)| {
                let is_told = checks.contains_key(&entry.check);
                ensure!(is_told, "check {} is not told of", entry.check);
                let check = Check::parse(&entry.check, entry.arg.as_deref())
                    .with_context(|| format!("oracle {name}"))?;
                Ok((name, check))
            });
            entries.collect::<anyhow::Result<BTreeMap<_, _>>>()
        };
        Ok(Self {
            must_not: understood(file.must_not)?,
            must: understood(file.must)?,
        })
    }

    /// The oracle of this name, of those that `must` or `must_not` be.
    ///
    /// # Errors
    /// Where there is none.
    pub fn find(&self, kind: &str, name: &str) -> anyhow::Result<Oracle> {
        let known = match kind {
            "must" => &self.must,
            _ => &self.must_not,
        };
        let Some(check) = known.get(name) else {
            bail!("oracle `{name}` is not known");
        };
        Ok(Oracle {
            name: name.to_owned(),
            check: check.clone(),
        })
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Check)> {
        let all = self.must_not.iter().chain(&self.must);
        all.map(|(name, check)| (name.as_str(), check))
    }
}

impl Check {
    fn parse(name: &str, argument: Option<&str>) -> anyhow::Result<Self> {
        let check = match name {
            "outbound_lacks" => return Ok(Self::OutboundLacks(argument.map(str::to_owned))),
            "body_within" => {
                let most = argument.context("how long?")?.trim().parse()?;
                return Ok(Self::BodyWithin(most));
            }
            "count_at_most" => {
                return Ok(Self::CountAtMost(Counted::parse(
                    argument.context("how many of what?")?,
                )?));
            }
            "patch_refused" => Self::PatchRefused,
            "secret_absent" => Self::SecretAbsent,
            "no_active_link" => Self::NoActiveLink,
            "no_raw_html" => Self::NoRawHtml,
            "no_mention" => Self::NoMention,
            "no_trigger_text" => Self::NoTriggerText,
            "no_control_characters" => Self::NoControlCharacters,
            "mail_clean" => Self::MailClean,
            "hosts_allowlisted" => Self::HostsAllowlisted,
            "github_calls_within" => Self::GitHubCallsWithin,
            "aws_calls_within" => Self::AwsCallsWithin,
            "no_remediation" => Self::NoRemediation,
            "no_process" => Self::NoProcess,
            "llm_request_clean" => Self::LlmRequestClean,
            "verdict_kept" => Self::VerdictKept,
            "no_crash" => Self::NoCrash,
            "resources_within" => Self::ResourcesWithin,
            "error_found" => Self::ErrorFound,
            "input_ignored" => Self::InputIgnored,
            "key_decoded_once" => Self::KeyDecodedOnce,
            "no_self_trigger" => Self::NoSelfTrigger,
            "no_write_outside" => Self::NoWriteOutside,
            "logs_valid" => Self::LogsValid,
            "text_kept" => Self::TextKept,
            "incident_closed" => Self::IncidentClosed,
            _ => bail!("check `{name}` is not implemented"),
        };
        ensure!(argument.is_none(), "check `{name}` takes no argument");
        Ok(check)
    }
}

impl Counted {
    fn parse(argument: &str) -> anyhow::Result<Self> {
        let is_cap = argument.contains("configured cap");
        let things: Vec<_> = match argument {
            text if text.starts_with("emails") || text.starts_with("mails") => vec![Thing::Mails],
            text if text.starts_with("issues") => vec![Thing::Issues],
            text if text.starts_with("pull requests") || text.starts_with("prs") => {
                vec![Thing::PullRequests]
            }
            "the configured caps" => EVERYTHING.to_vec(),
            text if text.ends_with("of each") => EVERYTHING.to_vec(),
            _ => bail!("`{argument}` of what?"),
        };
        if is_cap {
            return Ok(Self::PerHour(things));
        }
        let mut numbers = argument.split(' ').filter_map(|word| word.parse().ok());
        let most = numbers
            .next()
            .with_context(|| format!("how many is `{argument}`?"))?;
        Ok(Self::InAll(things, most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(check: &str, argument: &str) -> String {
        format!(
            r#"{{"checks": {{"{check}": ""}}, "must": {{}}, "must_not": {{"x": {{"check": "{check}"{argument}}}}}}}"#
        )
    }

    fn parsed(check: &str, argument: &str) -> Check {
        let argument = format!(r#", "arg": "{argument}""#);
        let oracles = Oracles::parse(&file(check, &argument)).unwrap();
        oracles.find("must_not", "x").unwrap().check
    }

    #[test]
    fn an_argument_says_how_much_of_what() {
        let all =
            |things: &[Thing], most| Check::CountAtMost(Counted::InAll(things.to_vec(), most));
        let hourly = |things: &[Thing]| Check::CountAtMost(Counted::PerHour(things.to_vec()));
        for (argument, expected) in [
            ("emails 1", all(&[Thing::Mails], 1)),
            ("issues 2", all(&[Thing::Issues], 2)),
            ("pull requests 1", all(&[Thing::PullRequests], 1)),
            ("1 of each", all(&EVERYTHING, 1)),
            (
                "emails per hour: the configured cap",
                hourly(&[Thing::Mails]),
            ),
            (
                "issues per hour: the configured cap",
                hourly(&[Thing::Issues]),
            ),
            ("the configured caps", hourly(&EVERYTHING)),
        ] {
            assert_eq!(parsed("count_at_most", argument), expected, "{argument}");
        }
        assert_eq!(parsed("body_within", "65536"), Check::BodyWithin(65_536));
        let expected = Check::OutboundLacks(Some("x".to_owned()));
        assert_eq!(parsed("outbound_lacks", "x"), expected);
    }

    #[test]
    fn what_is_not_implemented_is_refused() {
        for (check, argument, why) in [
            ("no_war", "", "check `no_war` is not implemented"),
            ("body_within", "", "oracle x: how long?"),
            (
                "count_at_most",
                r#", "arg": "1 goat""#,
                "oracle x: `1 goat` of what?",
            ),
            (
                "no_crash",
                r#", "arg": "1""#,
                "oracle x: check `no_crash` takes no argument",
            ),
        ] {
            let error = Oracles::parse(&file(check, argument)).unwrap_err();
            assert_eq!(format!("{error:#}"), why);
        }
        let untold =
            file("no_crash", "").replace(r#""check": "no_crash""#, r#""check": "no_mention""#);
        let error = Oracles::parse(&untold).unwrap_err();
        assert_eq!(error.to_string(), "check no_mention is not told of");
    }
}
