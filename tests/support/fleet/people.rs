//! The ways to people. Each message is kept with who sent it and what it is about.

use jiff::Timestamp;
use shared::failure::CallError;
use shared::outbound::Outbound;
use shared::reports::{Channel, Reports};

use super::{Api, Aws, Fleet};

/// A message that people got.
#[derive(Clone, Debug)]
pub struct Sent {
    /// When.
    pub at: Timestamp,
    /// How.
    pub channel: Channel,
    /// Its subject.
    pub subject: String,
    /// The incident that it is about, if it is about one.
    pub incident: Option<String>,
    /// The attempt that it reports.
    pub attempt: Option<String>,
    /// Which invocation sent it.
    pub invocation: usize,
}

/// The value of a fact in a report's plain text.
fn fact(text: &str, label: &str) -> Option<String> {
    let line = text
        .lines()
        .find(|line| line.trim_start().starts_with(label))?;
    let value = line
        .trim_start()
        .strip_prefix(label)?
        .trim_start_matches([':', ' ']);
    Some(value.trim().to_owned())
}

impl Reports for Aws {
    fn channels(&self) -> &[Channel] {
        &[Channel::Topic, Channel::Mail]
    }

    fn pager(&self) -> Option<Channel> {
        Some(Channel::Pager)
    }

    async fn send(&self, channel: Channel, message: &Outbound) -> Result<String, CallError> {
        let text = message.text();
        let (incident, attempt) = (fact(text, "Incident:"), fact(text, "Attempt:"));
        let subject = message.subject().to_owned();
        let send = move |fleet: &mut Fleet, invocation| {
            let at = fleet.now;
            fleet.sent.push(Sent {
                at,
                channel,
                subject,
                incident,
                attempt,
                invocation,
            });
            format!("message-{}", fleet.sent.len())
        };
        self.call(Api::Send, send).await
    }
}
