//! What may be done about a failure, and why: asked of a model, proposed, said on GitHub, mailed. Pure.
//!
//! A diagnosis informs and never authorises: what may be done follows from the run as GitHub tells it, the record of the failure and the
//! settings, before any model is asked.

mod choice;
#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};

pub use self::choice::Choice;
use crate::analysis::Category;
use crate::github::{Run, Thread};
use crate::record::{Deed, FailureRecord, Kind, LogId, State};
use crate::repository::{Branch, Sha};

/// People hear of one failure once in this time.
const QUIET: SignedDuration = SignedDuration::from_hours(24);

/// What holds for the whole installation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Policy {
    /// Nothing is written to GitHub.
    pub dry_run: bool,
    /// Nothing but the analysis and the mail.
    pub paused: bool,
    /// Requests to models in an hour, for all repositories.
    pub max_asks: u32,
    /// Draft pull requests in an hour, for each repository.
    pub max_proposals: u32,
    /// Issues and comments in an hour, for each repository.
    pub max_issues: u32,
    /// Mails in an hour, for all repositories.
    pub max_mails: u32,
}

/// What is known of the run.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RunFacts {
    /// GitHub is not configured.
    NotAsked,
    /// GitHub does not say; the reason.
    Unknown(String),
    /// What GitHub says.
    Known(Box<Run>),
}

/// What is decided on.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// What the installation allows.
    pub policy: &'a Policy,
    /// The kind of failure, by the rules.
    pub category: Category,
    /// Whether the log was read: without a line to show nobody is asked or told on GitHub.
    pub is_readable: bool,
    /// Whether any model is configured.
    pub has_model: bool,
    /// The run.
    pub run: &'a RunFacts,
    /// The failure, this log counted.
    pub failure: &'a FailureRecord,
    /// This log.
    pub log: &'a LogId,
    /// Our issues and pull requests about the failure, newest first.
    pub threads: &'a [Thread],
    /// The time.
    pub now: Timestamp,
}

/// What may be done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Decision {
    /// Ask a model; whether for a patch as well.
    pub ask: Choice<Ask>,
    /// Propose a patch.
    pub propose: Choice<Onto>,
    /// Say it on GitHub where nothing is proposed.
    pub answer: Choice<Answer>,
    /// Say it on the pull request that ran.
    pub notify: Choice<u64>,
    /// Whether what is chosen for GitHub is only reported.
    pub is_rehearsal: bool,
}

/// What a model is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ask {
    /// Whether a patch would be of use.
    pub with_patch: bool,
}

/// Where a proposal goes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Onto {
    /// The commit that ran.
    pub sha: Sha,
    /// The branch that ran.
    pub branch: Branch,
}

/// What is said on GitHub.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Answer {
    /// A new issue; after the closed one of this number, if there was one.
    Issue {
        /// The number.
        after: Option<u64>,
    },
    /// A comment on the open issue or pull request of this number.
    Comment(u64),
}

/// Decides.
pub fn decide(situation: &Situation<'_>) -> Decision {
    let propose = propose(situation);
    let answer = answer(situation);
    Decision {
        ask: ask(situation, propose.is_chosen(), &answer),
        notify: notify(situation),
        is_rehearsal: situation.policy.dry_run,
        propose,
        answer,
    }
}

/// Whether people are mailed now; if so, which mail it is. `is_trouble`: something could not be done that people must know of.
pub fn mail(failure: &FailureRecord, us: &LogId, is_trouble: bool, now: Timestamp) -> Choice<Kind> {
    let mails = failure.deeds.iter().filter_map(|deed| match deed.kind {
        Kind::Mail { nth, is_of_trouble } => Some((deed, nth, is_of_trouble)),
        _ => None,
    });
    let mails: Vec<_> = mails.collect();
    if let Some((deed, ..)) = mails.iter().find(|(deed, ..)| deed.owner == *us) {
        return match deed.state {
            State::Intended => Choice::yes(deed.kind.clone(), "the mail was begun before"),
            _ => Choice::no("people were mailed about this log"),
        };
    }
    let is_recent = |deed: &Deed| now.duration_since(deed.begun_at) < QUIET;
    let is_told = |of_trouble: bool| {
        mails.iter().any(|(deed, _, is_of_trouble)| {
            let counts =
                matches!(deed.state, State::Done { .. }) || deed.is_in_hand_of_others(us, now);
            counts && is_recent(deed) && (*is_of_trouble || !of_trouble)
        })
    };
    let nth = mails
        .iter()
        .map(|(_, nth, _)| *nth)
        .max()
        .unwrap_or_default();
    // One that was begun and never ended is taken over, so that no channel carries it twice.
    let left = mails.iter().find(|(deed, _, is_of_trouble)| {
        deed.state == State::Intended && is_recent(deed) && *is_of_trouble == is_trouble
    });
    let new = Kind::Mail {
        nth: nth.saturating_add(1),
        is_of_trouble: is_trouble,
    };
    let kind = left.map_or(new, |(deed, ..)| deed.kind.clone());
    match (is_told(false), is_trouble && !is_told(true)) {
        (false, _) => Choice::yes(
            kind,
            "people were not told of this failure in the last 24 hours",
        ),
        (true, true) => Choice::yes(
            kind,
            "something could not be done that people were not told of",
        ),
        (true, false) => {
            Choice::no("people were told of this failure in the last 24 hours; it is counted")
        }
    }
}

fn ask(situation: &Situation<'_>, with_patch: bool, answer: &Choice<Answer>) -> Choice<Ask> {
    let mut against = not_failed(situation);
    if !situation.has_model {
        against.push("no model is configured".to_owned());
    }
    if !situation.is_readable {
        against.push("there is no excerpt to ask about".to_owned());
    }
    let is_new = matches!(answer.chosen, Some(Answer::Issue { .. }));
    let is_told = !mail(situation.failure, situation.log, false, situation.now).is_chosen();
    if !is_new && !with_patch && is_told {
        against.push("the failure is a repeat that is only counted".to_owned());
    }
    Choice::of(
        Some(Ask { with_patch }),
        "a diagnosis helps whoever reads of it",
        against,
    )
}

fn propose(situation: &Situation<'_>) -> Choice<Onto> {
    let mut against = not_on_github(situation);
    if !situation.has_model {
        against.push("no model is configured that could write a patch".to_owned());
    }
    if let Some(reason) = no_patch_helps(situation.category) {
        against.push(reason.to_owned());
    }
    let run = known(situation.run);
    if run.is_some_and(|run| run.is_of_a_fork) {
        against.push("the run is of a fork, whose branch is not ours to propose to".to_owned());
    }
    let onto = run.and_then(|run| {
        let branch = run.head_branch.clone()?;
        Some(Onto {
            sha: run.head_sha.clone(),
            branch,
        })
    });
    if run.is_some() && onto.is_none() {
        against.push("the run is of no branch".to_owned());
    }
    let threads = situation.threads.iter();
    if let Some(open) = threads
        .chain(&situation.failure.thread)
        .find(|thread| thread.is_pull_request && thread.is_open)
    {
        against.push(format!(
            "a proposal for this failure is open: #{}",
            open.number
        ));
    }
    if let Some(onto) = &onto
        && is_proposed(situation.failure, &onto.sha)
    {
        against.push("there was a proposal for this failure and commit".to_owned());
    }
    Choice::of(
        onto,
        "the failure is of a kind that a change of files may mend",
        against,
    )
}

fn answer(situation: &Situation<'_>) -> Choice<Answer> {
    let mut against = not_on_github(situation);
    let mut threads = situation.threads.iter().chain(&situation.failure.thread);
    let open = threads
        .clone()
        .find(|thread| thread.is_open)
        .map(|thread| thread.number);
    let Some(number) = open else {
        let after = threads.by_ref().map(|thread| thread.number).max();
        let why = match after {
            Some(_) => "the failure is back after its issue was closed",
            None => "nobody deals with this failure yet",
        };
        return Choice::of(Some(Answer::Issue { after }), why, against);
    };
    if is_said(situation, number) {
        against.push(format!("#{number} already says so for this commit"));
    }
    Choice::of(
        Some(Answer::Comment(number)),
        "the failure is dealt with there",
        against,
    )
}

fn notify(situation: &Situation<'_>) -> Choice<u64> {
    let mut against = not_on_github(situation);
    let number = known(situation.run).and_then(|run| run.pull_requests.first().copied());
    if number.is_none() {
        against.push("the run is of no open pull request".to_owned());
    }
    if number.is_some_and(|number| is_said(situation, number)) {
        against.push("the pull request already says so for this commit".to_owned());
    }
    Choice::of(number, "who opened the pull request wants to know", against)
}

/// Whether this log's own deeds count: a deed that it began and did not end is to be ended.
fn is_said(situation: &Situation<'_>, number: u64) -> bool {
    let sha = known(situation.run).map(|run| &run.head_sha);
    situation.failure.deeds.iter().any(|deed| {
        let is_there = deed.number() == Some(number)
            || matches!(deed.kind, Kind::Comment { number: of, .. } if of == number)
            // It may be the one that is just being opened for this very commit.
            || deed.kind.opens() && deed.state == State::Intended;
        let is_begun = deed.state != State::Intended || deed.owner != *situation.log;
        is_there && is_begun && deed.sha.as_ref() == sha
    })
}

fn is_proposed(failure: &FailureRecord, sha: &Sha) -> bool {
    failure.deeds.iter().any(|deed| {
        matches!(&deed.kind, Kind::Proposal { base } if base == sha)
            && deed.state != State::Intended
    })
}

/// Why nothing is asked: it is no failure of theirs, or nobody may be asked.
fn not_failed(situation: &Situation<'_>) -> Vec<String> {
    let mut against = Vec::new();
    if situation.policy.paused {
        against.push("lambda-medic is paused (MEDIC_PAUSED or `medic pause`)".to_owned());
    }
    if let Some(conclusion) = known(situation.run).and_then(not_failing) {
        against.push(format!("the run did not fail: {conclusion}"));
    }
    against
}

/// Why nothing is said on GitHub.
fn not_on_github(situation: &Situation<'_>) -> Vec<String> {
    let mut against = not_failed(situation);
    if !situation.is_readable {
        against.push("the log could not be read".to_owned());
    }
    match situation.run {
        RunFacts::NotAsked => against.push("GitHub is not configured".to_owned()),
        RunFacts::Unknown(reason) => against.push(format!("the run is not known: {reason}")),
        RunFacts::Known(run)
            if run.is_ours || run.head_branch.as_ref().is_some_and(Branch::is_ours) =>
        {
            against.push("the run is of our own proposal, which is never answered".to_owned());
        }
        RunFacts::Known(_) => {}
    }
    against
}

/// The conclusion of a run that did not fail; one that still runs did, or its log would not be here.
///
/// GitHub REST API, "List workflow runs for a repository", `conclusion`.
pub fn not_failing(run: &Run) -> Option<&str> {
    let conclusion = run.conclusion.as_deref()?;
    (!matches!(
        conclusion,
        "failure" | "timed_out" | "startup_failure" | "stale"
    ))
    .then_some(conclusion)
}

/// Why no change of files mends such a failure; `None` where one may.
fn no_patch_helps(category: Category) -> Option<&'static str> {
    match category {
        Category::Code
        | Category::Test
        | Category::Dependency
        | Category::Lint
        | Category::Configuration
        | Category::Unknown => None,
        Category::Infrastructure => Some("infrastructure failed, which no change of files mends"),
        Category::Timeout => Some("a time limit was hit, which no small change of files mends"),
        Category::Flaky => Some("the failure comes and goes, so no run would prove a patch"),
        Category::Resource => {
            Some("the machine ran out of something, which no change of files mends")
        }
        Category::Permission => Some("a permission is missing, which no change of files may grant"),
    }
}

fn known(run: &RunFacts) -> Option<&Run> {
    match run {
        RunFacts::Known(run) => Some(run),
        RunFacts::NotAsked | RunFacts::Unknown(_) => None,
    }
}
