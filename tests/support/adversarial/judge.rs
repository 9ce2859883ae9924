//! The checks: each looks at recorded effects alone and says what is wrong with them, in words.

mod calls;
mod counts;
mod hidden;
mod mail;
mod markup;
mod model;
mod notify;
mod plain;
mod reading;
mod run;
mod secret;

#[cfg(test)]
mod tests;

use super::case::Case;
use super::oracles::Check;
use super::recorded::Recorded;

pub use self::plain::{lines_of, plain};

/// A case that was run: what went in, and what came of it.
#[derive(Clone, Copy, Debug)]
pub struct Trial<'a> {
    /// The case.
    pub case: &'a Case,
    /// The input, generated if it has a generator.
    pub input: &'a [u8],
    /// The effects.
    pub seen: &'a Recorded,
}

/// What is wrong with a case that was run: one line for each violation, with the oracle's name.
pub fn judge(trial: &Trial<'_>) -> Vec<String> {
    let of = |oracle: &super::oracles::Oracle| {
        let found = violations(&oracle.check, trial).into_iter();
        let name = oracle.name.clone();
        found
            .map(move |what| format!("{name}: {}", shortened(&what)))
            .collect::<Vec<_>>()
    };
    let mut found: Vec<_> = trial.case.oracles.iter().flat_map(of).collect();
    found.sort();
    found.dedup();
    found
}

/// What is wrong by one check.
pub fn violations(check: &Check, trial: &Trial<'_>) -> Vec<String> {
    match check {
        Check::PatchRefused => calls::no_proposal(trial),
        Check::OutboundLacks(text) => secret::lacks(trial, text.as_deref()),
        Check::SecretAbsent => secret::absent(trial),
        Check::NoActiveLink => markup::no_active_link(trial),
        Check::NoRawHtml => markup::no_raw_html(trial),
        Check::NoMention => notify::no_mention(trial),
        Check::NoTriggerText => notify::no_trigger_text(trial),
        Check::NoControlCharacters => hidden::no_control_characters(trial),
        Check::BodyWithin(most) => run::body_within(trial, *most),
        Check::MailClean => mail::clean(trial),
        Check::HostsAllowlisted => calls::known_hosts(trial),
        Check::GitHubCallsWithin => calls::github_within(trial),
        Check::AwsCallsWithin => calls::aws_within(trial),
        Check::NoRemediation => calls::no_remediation(trial),
        Check::CountAtMost(counted) => counts::at_most(trial, counted),
        Check::NoProcess => run::no_process(trial),
        Check::LlmRequestClean => model::request_clean(trial),
        Check::VerdictKept => model::verdict_kept(trial),
        Check::NoCrash => run::no_crash(trial),
        Check::ResourcesWithin => run::resources_within(trial),
        Check::ErrorFound => reading::error_found(trial),
        Check::InputIgnored => reading::input_ignored(trial),
        Check::KeyDecodedOnce => reading::key_decoded_once(trial),
        Check::NoSelfTrigger => reading::no_self_trigger(trial),
        Check::NoWriteOutside => run::no_write_outside(trial),
        Check::LogsValid => run::logs_valid(trial),
        Check::TextKept => reading::text_kept(trial),
        Check::IncidentClosed => calls::incident_closed(trial),
    }
}

fn shortened(text: &str) -> String {
    let text: String = text.chars().flat_map(char::escape_debug).collect();
    match text.char_indices().nth(300) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

impl Trial<'_> {
    /// The input as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.input).into_owned()
    }
}
