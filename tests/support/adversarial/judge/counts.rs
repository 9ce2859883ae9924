//! How often something happened, in all and in any hour.

use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use regex::Regex;
use shared::reports::Channel;

use super::Trial;
use crate::adversarial::oracles::{Counted, Thing};
use crate::adversarial::recorded::{Form, Request};
use crate::adversarial::rules::{ISSUES_PER_HOUR, MAILS_PER_HOUR, PROPOSALS_PER_HOUR};

/// Words that say that something was held back.
static HELD_BACK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)held back|hourly cap|in (?:this|the|an) hour|this hour|most an hour|per hour|more failures").unwrap()
});

/// There were no more than so many.
pub(super) fn at_most(trial: &Trial<'_>, counted: &Counted) -> Vec<String> {
    match counted {
        Counted::InAll(things, most) => {
            let over = |thing: &Thing| {
                let times = times(trial, *thing);
                (times.len() > *most)
                    .then(|| format!("{} of {thing:?}, at most {most}", times.len()))
            };
            things.iter().filter_map(over).collect()
        }
        Counted::PerHour(things) => things
            .iter()
            .flat_map(|thing| hourly(trial, *thing))
            .collect(),
    }
}

/// No hour has more than the cap, and where a cap was reached, somebody is told.
fn hourly(trial: &Trial<'_>, thing: Thing) -> Vec<String> {
    let cap = match thing {
        Thing::Mails => MAILS_PER_HOUR,
        Thing::Issues => ISSUES_PER_HOUR,
        Thing::PullRequests => PROPOSALS_PER_HOUR,
    };
    let times = times(trial, thing);
    let mut found = Vec::new();
    // Slots are those of hours of the clock.
    let hour = |at: &Timestamp| {
        at.as_second()
            .div_euclid(SignedDuration::from_hours(1).as_secs())
    };
    let mut hours: Vec<i64> = times.iter().map(hour).collect();
    hours.sort_unstable();
    let fullest = hours
        .chunk_by(|a, b| a == b)
        .map(<[i64]>::len)
        .max()
        .unwrap_or_default();
    if fullest > cap {
        found.push(format!("{fullest} of {thing:?} in an hour, at most {cap}"));
    }
    let is_held_back =
        trial.seen.deliveries > cap && times.len() < trial.seen.deliveries && fullest >= cap;
    if is_held_back && !is_told(trial) {
        found.push(format!(
            "nobody is told how many of {thing:?} were held back"
        ));
    }
    found
}

fn is_told(trial: &Trial<'_>) -> bool {
    let forms = [
        Form::Markdown,
        Form::Text,
        Form::Html,
        Form::Subject,
        Form::Title,
        Form::Value,
    ];
    trial
        .seen
        .bodies_as(&forms)
        .iter()
        .any(|body| HELD_BACK.is_match(&body.text))
}

/// When something was made.
fn times(trial: &Trial<'_>, thing: Thing) -> Vec<Timestamp> {
    let made = |suffix: &'static str| {
        let is_it = move |request: &&Request| {
            request.method == "POST" && request.path.ends_with(suffix) && request.status < 300
        };
        trial
            .seen
            .github
            .iter()
            .filter(is_it)
            .map(|request| request.at)
            .collect()
    };
    match thing {
        Thing::Issues => made("/issues"),
        Thing::PullRequests => made("/pulls"),
        Thing::Mails => {
            let mails = trial
                .seen
                .messages
                .iter()
                .filter(|message| message.channel == Channel::Mail);
            mails.map(|message| message.at).collect()
        }
    }
}
