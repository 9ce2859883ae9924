//! How often people hear the same.

use std::collections::BTreeMap;

use shared::reports::Channel;

use super::Promise;
use crate::fleet::{Fleet, Sent};

impl Fleet {
    /// A report comes once over each channel. Each further time, somebody who sent it before had trouble and could not write
    /// down that it was sent.
    pub(super) fn check_mails(&mut self) {
        let mut same: BTreeMap<(&str, &str, &str, u8), Vec<&Sent>> = BTreeMap::new();
        for sent in &self.sent {
            let (Some(incident), Some(attempt)) = (&sent.incident, &sent.attempt) else {
                continue;
            };
            let channel = match sent.channel {
                Channel::Topic => 0,
                Channel::Mail => 1,
                Channel::Pager => 2,
            };
            same.entry((incident, attempt, &sent.subject, channel))
                .or_default()
                .push(sent);
        }
        let has_reason = |sent: &&&Sent| self.invocations[sent.invocation].is_disturbed;
        let too_often = same
            .iter()
            .filter(|(_, all)| all.len() > 1 + all.iter().filter(has_reason).count());
        let too_often: Vec<String> = too_often
            .map(|((incident, attempt, subject, channel), all)| {
                format!(
                    "{} times over {channel}: {incident} {attempt} {subject}",
                    all.len()
                )
            })
            .collect();
        for how in too_often {
            self.broken(Promise::OneReport, how);
        }
    }
}
