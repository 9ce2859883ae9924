//! What is new since the last look, as events in the order in which they happened.

use jiff::Timestamp;
use shared::outbound::Quoted;

use super::bucket::{Analysis, LogKeys, Stored};
use super::github::{Issue, PullRequest};
use super::observations::World;
use super::runner::TestRun;
use crate::demo::news::added;
use crate::event::{self, Event, Tone};
use crate::scripted_llm::{Asked, MODEL};

/// What others wrote is shown so far: an event is a line.
const MOST_SHOWN: usize = 100;

/// What `now` has that `before` had not.
pub(super) fn news(before: &World, now: &World, keys: &LogKeys) -> Vec<(Timestamp, Event)> {
    let mut news = Vec::new();
    for stored in &now.versions {
        if !before.versions.contains(stored) {
            let nth = nth(now, stored);
            let analysis = now.analysis.as_ref().filter(|_| stored.key == keys.json);
            news.push((stored.at, stored_event(stored, nth, analysis)));
        }
    }
    for asked in added(&before.asked, &now.asked) {
        news.push((asked.at, asked_event(asked)));
    }
    for pull in added(&before.pulls, &now.pulls) {
        news.push((pull.created_at, pull_event(pull)));
    }
    for issue in added(&before.issues, &now.issues) {
        news.push((issue.created_at, issue_event(issue)));
    }
    for mail in added(&before.mails, &now.mails) {
        news.push((mail.at, event::mail(mail)));
    }
    news.sort_by_key(|(at, _)| *at);
    news
}

/// Which of the versions of its key it is, from 1.
fn nth(world: &World, stored: &Stored) -> usize {
    let mut versions = world.versions_of(&stored.key);
    versions.position(|one| one == stored).unwrap_or_default() + 1
}

/// The rules' verdict stands in the first version, and stays.
fn stored_event(stored: &Stored, nth: usize, analysis: Option<&Analysis>) -> Event {
    let key = &stored.key;
    let more = match analysis {
        _ if nth > 1 => format!(", version {nth}"),
        Some(analysis) => verdict(analysis),
        None => String::new(),
    };
    neutral("bucket", format!("{key}{more}"))
}

fn verdict(analysis: &Analysis) -> String {
    let category = &analysis.category;
    let line = analysis.decisive_line();
    let line = line.map(|line| format!(", line {}: {}", line.number, Quoted::line(&line.text)));
    format!(": {category}{}", cut(&line.unwrap_or_default(), MOST_SHOWN))
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The tests ran.
pub(super) fn tests(run: &TestRun, whose: &str) -> Event {
    let (tone, result) = match run.exit_code {
        0 => (Tone::Good, "exit code 0".to_owned()),
        code => (Tone::Bad, format!("exit code {code}")),
    };
    let detail = format!("{whose}: {result}: {}", Quoted::line(&run.result));
    toned(tone, "tests", detail)
}

/// The collector says something.
pub(super) fn collector(said: &str) -> Event {
    neutral("collect.sh", Quoted::line(said).to_string())
}

/// Somebody did something that is no good.
pub(super) fn bad(subject: &'static str, detail: String) -> Event {
    toned(Tone::Bad, subject, detail)
}

/// There is something to start with.
pub(super) fn ready(subject: &'static str, detail: String) -> Event {
    toned(Tone::Good, subject, detail)
}

fn asked_event(asked: &Asked) -> Event {
    let answer = match &asked.path {
        Some(path) => format!("answers with a prepared diff of {path}"),
        None => "has nothing in its script".to_owned(),
    };
    neutral("model", format!("{MODEL} is asked, and {answer}"))
}

fn pull_event(pull: &PullRequest) -> Event {
    let PullRequest {
        number,
        draft,
        head,
        base,
        user,
        ..
    } = pull;
    let draft = if *draft { "draft " } else { "" };
    let title = cut(&Quoted::line(&pull.title).to_string(), MOST_SHOWN);
    let (head, base, login) = (&head.r#ref, &base.r#ref, &user.login);
    let detail = format!("{draft}pull request #{number} by {login}, {head} into {base}: {title}");
    toned(Tone::Good, "GitHub", detail)
}

fn issue_event(issue: &Issue) -> Event {
    let (number, login) = (issue.number, &issue.user.login);
    let title = cut(&Quoted::line(&issue.title).to_string(), MOST_SHOWN);
    let detail = format!("issue #{number} by {login}: {title}");
    neutral("GitHub", detail)
}

fn neutral(subject: &'static str, detail: String) -> Event {
    toned(Tone::Neutral, subject, detail)
}

fn toned(tone: Tone, subject: &'static str, detail: String) -> Event {
    Event {
        subject,
        detail,
        tone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::ci::bucket::{Line, Lines};

    fn stored(key: &str, version: &str, time: &str) -> Stored {
        Stored {
            key: key.to_owned(),
            version: version.to_owned(),
            at: format!("2026-02-18T21:45:{time}Z").parse().unwrap(),
        }
    }

    #[test]
    fn a_version_is_told_once_and_the_first_analysis_with_its_verdict() {
        let keys = LogKeys::of("acme/shop", 1, "test");
        let text = format!("ValueError: {}", "x".repeat(200));
        let first = World {
            versions: vec![stored(&keys.json, "a", "01")],
            analysis: Some(Analysis {
                category: "code".to_owned(),
                cause: text.clone(),
                decisive: Some(Lines { start: 7, end: 7 }),
                lines: vec![Line { number: 7, text }],
                ..Analysis::default()
            }),
            ..World::default()
        };
        let mut second = first.clone();
        second.versions.push(stored(&keys.json, "b", "03"));
        let told = |before: &World, now: &World| {
            let told = news(before, now, &keys).into_iter();
            told.map(|(_, event)| event.detail).collect::<Vec<_>>()
        };
        let key = &keys.json;
        let shown = format!("{key}: code, line 7: ValueError: {}…", "x".repeat(78));
        assert_eq!(told(&World::default(), &first), [shown]);
        assert_eq!(told(&first, &second), [format!("{key}, version 2")]);
        assert_eq!(told(&second, &second), Vec::<String>::new());
    }
}
