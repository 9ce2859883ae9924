//! The record of a failure: where it was seen, and what was done about it, so that nothing is done twice.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shared::records::Record;
use shared::reports::Channel;

use super::{Deed, Kind, LogId, State, hash};
use crate::github::Thread;
use crate::repository::{Repository, Sha};

/// So many logs are remembered by name: a retry of one that is older counts it again.
const MOST_SIGHTINGS: usize = 50;

/// So many deeds are remembered; what GitHub has is found there.
const MOST_DEEDS: usize = 100;

/// After so long a thread is in GitHub's lists and in its search, if it is still there.
const LISTED_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// The record of one failure of one repository.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct FailureRecord {
    schema_version: u32,
    nonce: String,
    /// Where.
    pub repository: Repository,
    /// The failure's identity.
    pub fingerprint: String,
    /// When it was first seen; nothing before.
    pub first_seen: Option<Timestamp>,
    /// When it was last seen.
    pub last_seen: Option<Timestamp>,
    /// In how many logs.
    pub count: u64,
    /// The last of them, newest last.
    pub sightings: Vec<Sighting>,
    /// The issue or pull request where it is dealt with, as far as we know.
    #[serde(default)]
    pub thread: Option<Thread>,
    /// What was done about it, oldest first.
    #[serde(default)]
    pub deeds: Vec<Deed>,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

/// A log in which a failure was seen.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Sighting {
    /// The log.
    pub log: LogId,
    /// The run.
    pub run: u64,
    /// Its attempt.
    pub attempt: u64,
    /// The job.
    pub job: Option<String>,
    /// When it was analysed.
    pub at: Timestamp,
    /// How often the failure had been seen with it.
    #[serde(default)]
    pub nth: u64,
}

/// Whether a deed may be done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Begun {
    /// Yes, and for the first time.
    First,
    /// An earlier try may have done it, or another deed that did the same: look first.
    Again,
    /// It is over.
    Over(State),
    /// Another invocation is at it, or answered meanwhile.
    InHand,
}

impl FailureRecord {
    /// The record of a failure that was never seen.
    pub fn new(repository: &Repository, fingerprint: &str) -> Self {
        Self {
            schema_version: Self::SCHEMA_VERSION,
            nonce: String::new(),
            repository: repository.clone(),
            fingerprint: fingerprint.to_owned(),
            first_seen: None,
            last_seen: None,
            count: 0,
            sightings: Vec::new(),
            thread: None,
            deeds: Vec::new(),
            unknown: Map::new(),
        }
    }

    /// Where the record of a failure lies. Names on GitHub ignore case.
    pub fn key_of(repository: &Repository, fingerprint: &str) -> String {
        let repository = hash(&[&repository.to_string().to_ascii_lowercase()]);
        format!("ci/failures/{repository}/{fingerprint}.json")
    }

    /// The record with one more log in which the failure was seen; one that is known counts once.
    #[must_use]
    pub fn saw(mut self, sighting: Sighting) -> Self {
        if self.sightings.iter().any(|known| known.log == sighting.log) {
            return self;
        }
        self.first_seen.get_or_insert(sighting.at);
        self.last_seen = self.last_seen.max(Some(sighting.at));
        self.count = self.count.saturating_add(1);
        let nth = self.count;
        self.sightings.push(Sighting { nth, ..sighting });
        let too_many = self.sightings.len().saturating_sub(MOST_SIGHTINGS);
        self.sightings.drain(..too_many);
        self
    }

    /// The record with what GitHub says of our threads: what an earlier try of `us`, or of somebody whose time is over, left there
    /// was done, even if it was given up as unclear, and a thread that was closed is closed.
    #[must_use]
    pub fn looked(mut self, threads: &[Thread], us: &LogId, now: Timestamp) -> Self {
        for deed in &mut self.deeds {
            if deed.is_unsettled() && !deed.is_in_hand_of_others(us, now) {
                let made = threads.iter().find(|thread| is_made_by(&deed.kind, thread));
                if let Some(made) = made {
                    deed.state = State::Done {
                        number: Some(made.number),
                    };
                    self.thread = Some(made.clone());
                }
            }
        }
        let mut ours = self.deeds.iter();
        let made = ours.find(|deed| deed.number() == self.thread.as_ref().map(|ours| ours.number));
        let is_listed = made.is_none_or(|deed| now.duration_since(deed.begun_at) >= LISTED_AFTER);
        if let Some(thread) = &mut self.thread {
            match threads.iter().find(|found| found.number == thread.number) {
                Some(found) => *thread = found.clone(),
                // It was deleted, or went to another repository.
                None if is_listed => thread.is_open = false,
                None => {}
            }
        }
        self
    }

    /// The record with a deed begun by `us` until `until`, and whether it may be done. `seen` is the number of the thread that the
    /// decision knew: where it is another one by now, somebody answered.
    pub fn begin(
        mut self,
        (kind, sha): (&Kind, Option<&Sha>),
        (us, until): (&LogId, Timestamp),
        seen: Option<u64>,
        now: Timestamp,
    ) -> (Self, Begun) {
        let mut begun = Begun::First;
        if kind.opens() {
            let is_over = self
                .deed(kind)
                .is_some_and(|deed| deed.state != State::Intended && !deed.may_be_tried_by(us));
            let others = |deed: &&Deed| deed.kind.opens() && deed.is_in_hand_of_others(us, now);
            let is_answered = self.thread.as_ref().map(|thread| thread.number) != seen;
            if !is_over && (is_answered || self.deeds.iter().any(|deed| others(&deed))) {
                return (self, Begun::InHand);
            }
            let left = |deed: &Deed| deed.kind.opens() && deed.is_unsettled();
            if self.deeds.iter().any(left) {
                begun = Begun::Again;
            }
        }
        if let Some(deed) = self.deeds.iter_mut().find(|deed| deed.kind == *kind) {
            if deed.state != State::Intended && !deed.may_be_tried_by(us) {
                let state = deed.state.clone();
                return (self, Begun::Over(state));
            }
            if deed.is_in_hand_of_others(us, now) {
                return (self, Begun::InHand);
            }
            deed.owner = us.clone();
            deed.until = until;
            deed.state = State::Intended;
            return (self, Begun::Again);
        }
        self.deeds.push(Deed {
            kind: kind.clone(),
            owner: us.clone(),
            until,
            sha: sha.cloned(),
            begun_at: now,
            state: State::Intended,
            carried: Vec::new(),
            unknown: Map::new(),
        });
        self.forget();
        (self, begun)
    }

    /// The record with what came of a deed, and the thread that it opened.
    #[must_use]
    pub fn concluded(mut self, kind: &Kind, state: State, thread: Option<&Thread>) -> Self {
        if let Some(deed) = self.deeds.iter_mut().find(|deed| deed.kind == *kind) {
            deed.state = state;
        }
        if let Some(thread) = thread {
            self.thread = Some(thread.clone());
        }
        self
    }

    /// The record without a deed that is known not to have been done: it may be begun anew.
    #[must_use]
    pub fn undone(mut self, kind: &Kind) -> Self {
        self.deeds
            .retain(|deed| deed.kind != *kind || deed.state != State::Intended);
        self
    }

    /// The record with another channel that carried a mail.
    #[must_use]
    pub fn carried(mut self, kind: &Kind, channel: Channel) -> Self {
        if let Some(deed) = self.deeds.iter_mut().find(|deed| deed.kind == *kind) {
            deed.carried.push(channel);
        }
        self
    }

    /// A deed.
    pub fn deed(&self, kind: &Kind) -> Option<&Deed> {
        self.deeds.iter().find(|deed| deed.kind == *kind)
    }

    /// Too many: the oldest goes whose end is known, mails last, because they say when people were last told.
    fn forget(&mut self) {
        while self.deeds.len() > MOST_DEEDS {
            let ended = |deed: &Deed| deed.state != State::Intended;
            let is_mail = |deed: &Deed| matches!(deed.kind, Kind::Mail { .. });
            let least = self
                .deeds
                .iter()
                .position(|deed| ended(deed) && !is_mail(deed));
            let least = least.or_else(|| self.deeds.iter().position(ended));
            self.deeds.remove(least.unwrap_or_default());
        }
    }
}

/// Whether a thread can be what came of a deed.
fn is_made_by(kind: &Kind, thread: &Thread) -> bool {
    match kind {
        Kind::Proposal { .. } => thread.is_pull_request && thread.is_open,
        Kind::Issue { after } => {
            !thread.is_pull_request
                && thread.is_open
                && after.is_none_or(|after| thread.number > after)
        }
        Kind::Comment { .. } | Kind::Mail { .. } => false,
    }
}

impl Record for FailureRecord {
    const SCHEMA_VERSION: u32 = 1;

    fn key(&self) -> String {
        Self::key_of(&self.repository, &self.fingerprint)
    }

    fn nonce(&self) -> &str {
        &self.nonce
    }

    fn set_nonce(&mut self, nonce: String) {
        self.nonce = nonce;
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::record::Version;

    pub(crate) fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    pub(crate) fn log(name: &str) -> LogId {
        LogId::new(name, &Version::of(Some("v1"), None).unwrap())
    }

    pub(crate) fn sha(digit: char) -> Sha {
        Sha::parse(&digit.to_string().repeat(40)).unwrap()
    }

    pub(crate) fn failure() -> FailureRecord {
        FailureRecord::new(&Repository::parse("acme/shop").unwrap(), "0123456789abcdef")
    }

    pub(crate) fn thread(number: u64, is_pull_request: bool, is_open: bool) -> Thread {
        Thread {
            number,
            is_pull_request,
            is_open,
        }
    }

    fn sighting(name: &str, seconds: i64) -> Sighting {
        Sighting {
            log: log(name),
            run: 1,
            attempt: 1,
            job: None,
            at: at(seconds),
            nth: 0,
        }
    }

    const ISSUE: Kind = Kind::Issue { after: None };

    fn begin(record: FailureRecord, kind: &Kind, us: &str, now: i64) -> (FailureRecord, Begun) {
        record.begin((kind, None), (&log(us), at(now + 45)), None, at(now))
    }

    #[test]
    fn a_log_counts_once_however_often_it_is_delivered() {
        let record = failure()
            .saw(sighting("a", 5))
            .saw(sighting("b", 3))
            .saw(sighting("a", 9));
        let facts = (
            record.count,
            record.first_seen,
            record.last_seen,
            record.sightings.len(),
        );
        assert_eq!(facts, (2, Some(at(5)), Some(at(5)), 2));
        let many = (0..200).fold(failure(), |record, n| {
            record.saw(sighting(&n.to_string(), n))
        });
        assert_eq!((many.count, many.sightings.len()), (200, MOST_SIGHTINGS));
    }

    #[test]
    fn a_deed_is_begun_by_one_and_taken_over_when_its_time_is_up() {
        let (record, first) = begin(failure(), &ISSUE, "a", 0);
        let (_, other) = begin(record.clone(), &ISSUE, "b", 10);
        let (_, own) = begin(record.clone(), &ISSUE, "a", 10);
        let (taken, late) = begin(record.clone(), &ISSUE, "b", 45);
        let (_, original) = begin(taken, &ISSUE, "a", 50);
        assert_eq!(
            [first, other, own, late, original],
            [
                Begun::First,
                Begun::InHand,
                Begun::Again,
                Begun::Again,
                Begun::InHand
            ]
        );
        let done = record.concluded(
            &ISSUE,
            State::Done { number: Some(7) },
            Some(&thread(7, false, true)),
        );
        let (_, over) = begin(done, &ISSUE, "b", 60);
        assert_eq!(over, Begun::Over(State::Done { number: Some(7) }));
    }

    #[test]
    fn only_one_thread_is_opened_at_a_time_whatever_its_kind() {
        let proposal = Kind::Proposal { base: sha('a') };
        let (record, _) = begin(failure(), &proposal, "a", 0);
        let (_, live) = begin(record.clone(), &ISSUE, "b", 10);
        let (_, late) = begin(record.clone(), &ISSUE, "b", 45);
        let opened = record.concluded(
            &proposal,
            State::Done { number: Some(3) },
            Some(&thread(3, true, true)),
        );
        let (_, answered) = begin(opened, &ISSUE, "b", 45);
        assert_eq!(
            [live, late, answered],
            [Begun::InHand, Begun::Again, Begun::InHand]
        );
    }

    #[test]
    fn what_a_lost_answer_left_on_github_is_adopted() {
        let (record, _) = begin(failure(), &ISSUE, "a", 0);
        let found = [thread(9, false, true), thread(2, false, false)];
        let ours = record.clone().looked(&found, &log("a"), at(10));
        assert_eq!(
            (ours.deeds[0].state.clone(), ours.thread),
            (
                State::Done { number: Some(9) },
                Some(thread(9, false, true))
            )
        );
        let theirs = record.looked(&found, &log("b"), at(10));
        assert_eq!(
            (theirs.deeds[0].state.clone(), theirs.thread),
            (State::Intended, None)
        );
    }

    #[test]
    fn an_issue_that_was_refused_once_is_tried_for_another_log_and_not_for_its_own() {
        let refused = State::Refused {
            reason: "403".to_owned(),
        };
        let unclear = State::Unclear {
            reason: "lost".to_owned(),
        };
        for state in [refused, unclear] {
            let (record, _) = begin(failure(), &ISSUE, "a", 0);
            let record = record.concluded(&ISSUE, state.clone(), None);
            let (_, own) = begin(record.clone(), &ISSUE, "a", 50);
            let (taken, other) = begin(record, &ISSUE, "b", 50);
            let (_, third) = begin(taken, &ISSUE, "c", 60);
            assert_eq!(
                [own, other, third],
                [Begun::Over(state), Begun::Again, Begun::InHand]
            );
        }
    }

    #[test]
    fn what_was_given_up_as_unclear_is_adopted_when_it_is_found() {
        let proposal = Kind::Proposal { base: sha('a') };
        let (record, _) = begin(failure(), &proposal, "a", 0);
        let unclear = State::Unclear {
            reason: "lost".to_owned(),
        };
        let record = record.concluded(&proposal, unclear, None);
        let (_, issue) = begin(record.clone(), &ISSUE, "b", 10);
        assert_eq!(issue, Begun::Again);
        let found = record.looked(&[thread(9, true, true)], &log("b"), at(10));
        assert_eq!(
            (found.deeds[0].number(), found.thread),
            (Some(9), Some(thread(9, true, true)))
        );
    }

    #[test]
    fn a_thread_that_is_gone_counts_as_closed_when_lists_have_had_time_to_show_it() {
        let (record, _) = begin(failure(), &ISSUE, "a", 0);
        let done = State::Done { number: Some(7) };
        let record = record.concluded(&ISSUE, done, Some(&thread(7, false, true)));
        let open = |seconds: i64| {
            let looked = record.clone().looked(&[], &log("b"), at(seconds));
            looked.thread.map(|thread| thread.is_open)
        };
        assert_eq!([open(3599), open(3600)], [Some(true), Some(false)]);
    }

    #[test]
    fn the_record_stays_small_and_never_forgets_what_is_open() {
        let (mut record, _) = begin(failure(), &ISSUE, "a", 0);
        for number in 0..300 {
            let kind = Kind::Comment {
                number,
                about: None,
            };
            let (next, _) = begin(record, &kind, "a", 1);
            record = next.concluded(&kind, State::Done { number: None }, None);
        }
        assert_eq!(
            (record.deeds.len(), record.deeds[0].kind.clone()),
            (MOST_DEEDS, ISSUE)
        );
        assert_eq!(record.undone(&ISSUE).deed(&ISSUE), None);
    }
}
