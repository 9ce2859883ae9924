//! Mails: to whom, from whom, and whether a header could be forged.

use shared::reports::Channel;

use super::Trial;
use super::markup::{foreign_tags, tags_of};
use crate::adversarial::recorded::Message;
use crate::adversarial::render;
use crate::adversarial::rules::{MAIL_FROM, MAIL_TO, TOPICS};

/// SNS refuses a longer subject (API reference, `Publish`), and mail programs cut it.
const MOST_SUBJECT: usize = 200;

/// Headers are single lines, recipients exactly the configured ones, and the body is escaped.
pub(super) fn clean(trial: &Trial<'_>) -> Vec<String> {
    let theirs = tags_of(&trial.text());
    let of = |message: &Message| {
        let mut found = Vec::new();
        match message.channel {
            Channel::Mail => {
                if message.to != MAIL_TO {
                    found.push(format!("a mail goes to {:?}", message.to));
                }
                if message.from != MAIL_FROM {
                    found.push(format!("a mail is from {}", message.from));
                }
            }
            Channel::Topic | Channel::Pager if !TOPICS.contains(&message.from.as_str()) => {
                found.push(format!("a message goes to {}", message.from));
            }
            Channel::Topic | Channel::Pager => {}
        }
        let headers = message.to.iter().chain([&message.from, &message.subject]);
        let is_broken = |header: &&String| {
            header
                .chars()
                .any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
        };
        found.extend(
            headers
                .filter(is_broken)
                .map(|header| format!("a header has several lines: {header}")),
        );
        if message.subject.chars().count() > MOST_SUBJECT || message.subject.trim().is_empty() {
            found.push(format!(
                "the subject is empty or too long: {}",
                message.subject
            ));
        }
        found.extend(foreign_tags(&render::html(&message.html), &theirs));
        found
    };
    trial.seen.messages.iter().flat_map(of).collect()
}
