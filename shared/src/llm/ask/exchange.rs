//! What goes to and fro with one provider until it has answered or is given up.

mod key;

use std::time::Duration;

use crate::clock::Clock;
use crate::failure::chain;
use crate::http::{Credential, HttpError, Method, Request, Response};
use crate::secrets::{Secret, Secrets};
use jiff::{SignedDuration, Timestamp};

use super::{LEAST, Providers};
use crate::llm::answer::{self, Said, Usage};
use crate::llm::dialect::{Complaint, Dialect};
use crate::llm::provider::Provider;
use crate::llm::{Attempt, Question, price, request};

/// The longest answer we ask for is 8 KiB, and thoughts, where they come along, are a few times that.
const MOST_BYTES: usize = 512 * 1024;

/// Longer than this nobody is waited for: the next provider may answer meanwhile.
const MOST_PATIENCE: Duration = Duration::from_secs(3);

/// How long after an error that names no time it is tried again.
const BREATH: Duration = Duration::from_millis(250);

/// Every step down once, the key renewed once, one retry: more requests than that nothing asks for.
const MOST_REQUESTS: usize = 7;

/// One provider, asked until it answers or is given up.
pub(super) struct Exchange<'a, S, C> {
    deps: &'a Providers<'a, S, C>,
    provider: &'a Provider,
    until: Timestamp,
    has_retried: bool,
    has_renewed: bool,
    key: Option<Secret>,
}

/// What follows from an answer.
enum Next {
    /// Asks again, as the dialect says now.
    Again(Dialect),
    GivenUp,
}

/// What came back.
enum Heard {
    Said(Said),
    /// No whole answer: it may come the next time.
    Lost,
    TimedOut,
    /// More than anybody would read.
    TooLong,
}

impl<'a, S: Secrets, C: Clock> Exchange<'a, S, C> {
    pub(super) fn new(
        deps: &'a Providers<'a, S, C>,
        provider: &'a Provider,
        until: Timestamp,
    ) -> Self {
        Self {
            deps,
            provider,
            until,
            has_retried: false,
            has_renewed: false,
            key: None,
        }
    }

    /// The answer; `None` where this provider has none, for the reasons that are in `attempts`.
    pub(super) async fn run<Q: Question>(
        mut self,
        question: &Q,
        attempts: &mut Vec<Attempt>,
    ) -> Option<Q::Answer> {
        let admitted = self.deps.standings.admit(self.provider, self.now());
        let mut dialect = match admitted {
            Ok(dialect) => dialect,
            Err(until) => {
                let why = format!("held back until {until}: it failed lately");
                attempts.push(self.held_back(why));
                return None;
            }
        };
        if let Err(why) = self.fetch_key().await {
            // Nobody was asked: that says nothing about the provider, and the next one to try it out may.
            self.deps.standings.answered(self.provider);
            attempts.push(self.held_back(why.to_owned()));
            return None;
        }
        for _ in 0..MOST_REQUESTS {
            let Some(within) = self.left() else {
                attempts.push(self.held_back("held back: no time is left".to_owned()));
                return None;
            };
            let (attempt, answered) = self.request(dialect, question, within).await;
            attempts.push(attempt);
            match answered {
                Ok(answer) => return Some(answer),
                Err(Next::Again(next)) => dialect = next,
                Err(Next::GivenUp) => return None,
            }
        }
        None
    }

    async fn request<Q: Question>(
        &mut self,
        dialect: Dialect,
        question: &Q,
        within: Duration,
    ) -> (Attempt, Result<Q::Answer, Next>) {
        let begun = self.now();
        let sent = self.send(dialect, question, within).await;
        let now = self.now();
        let (heard, usage) = match &sent {
            Ok(response) => {
                let (said, usage) = answer::read(response, now);
                (Heard::Said(said), usage)
            }
            Err(HttpError::Timeout { .. }) => (Heard::TimedOut, Usage::default()),
            Err(HttpError::TooLong { .. }) => (Heard::TooLong, Usage::default()),
            Err(_) => (Heard::Lost, Usage::default()),
        };
        let (outcome, answered) = match heard {
            Heard::Said(Said::Text(text)) => self.judge(&text, question),
            Heard::Said(said) => (said.to_string(), Err(self.after(said, dialect).await)),
            Heard::Lost => {
                // Hosts and causes, never an address or a body.
                let why = sent
                    .as_ref()
                    .err()
                    .map(|error| chain(error))
                    .unwrap_or_default();
                (why, Err(self.retry(None, dialect).await))
            }
            Heard::TimedOut => (format!("no answer within {within:?}"), Err(self.fail(None))),
            Heard::TooLong => ("its answer is too long".to_owned(), Err(self.fail(None))),
        };
        let took = now.duration_since(begun).max(SignedDuration::ZERO);
        (self.attempt(outcome, usage, took.unsigned_abs()), answered)
    }

    async fn send(
        &self,
        dialect: Dialect,
        question: &impl Question,
        within: Duration,
    ) -> Result<Response, HttpError> {
        let Provider {
            kind,
            model,
            chat_completions,
            ..
        } = self.provider;
        let key = self.key.as_ref();
        let request = Request {
            method: Method::POST,
            url: chat_completions.clone(),
            headers: vec![("accept", "application/json")],
            credential: key.and_then(|key| Credential::bearer(key.expose())),
            body: request::body(*kind, model, dialect, (question.prompt(), question.form())),
            within,
            most_bytes: MOST_BYTES,
        };
        self.deps.http.send(request).await
    }

    fn judge<Q: Question>(&self, text: &str, question: &Q) -> (String, Result<Q::Answer, Next>) {
        self.deps.standings.answered(self.provider);
        match question.read(text) {
            Ok(answer) => ("answered".to_owned(), Ok(answer)),
            Err(useless) => (format!("useless: {useless}"), Err(Next::GivenUp)),
        }
    }

    async fn after(&mut self, said: Said, dialect: Dialect) -> Next {
        match said {
            Said::Text(_) | Said::Nothing(_) => {
                self.deps.standings.answered(self.provider);
                Next::GivenUp
            }
            Said::Complaint(complaint) => self.give_way(complaint, dialect),
            Said::Unauthorised => self.renew(dialect).await,
            Said::Busy { after, .. } => self.retry(after, dialect).await,
            Said::OutOfQuota => self.fail(Some(answer::OUT_OF_QUOTA)),
            Said::Rejected { .. } | Said::Gibberish => self.fail(None),
        }
    }

    fn give_way(&self, complaint: Complaint, dialect: Dialect) -> Next {
        match dialect.after(complaint, self.provider.kind) {
            Some(next) => {
                if complaint.lasts() {
                    self.deps.standings.speaks(self.provider, next);
                }
                Next::Again(next)
            }
            None => self.fail(None),
        }
    }

    /// Once, if it is soon enough.
    async fn retry(&mut self, after: Option<Duration>, dialect: Dialect) -> Next {
        let pause = after.unwrap_or(BREATH);
        let is_worth_it = self.left().is_some_and(|left| left >= pause + LEAST);
        if self.has_retried || pause > MOST_PATIENCE || !is_worth_it {
            return self.fail(after);
        }
        self.has_retried = true;
        self.deps.time.pause(pause).await;
        Next::Again(dialect)
    }

    fn fail(&self, leave_alone: Option<Duration>) -> Next {
        self.deps
            .standings
            .failed(self.provider, self.now(), leave_alone);
        Next::GivenUp
    }

    fn attempt(&self, outcome: String, usage: Usage, took: Duration) -> Attempt {
        let Provider { kind, model, .. } = self.provider;
        let is_counted = usage != Usage::default();
        Attempt {
            provider: kind.name().to_owned(),
            model: model.as_str().to_owned(),
            outcome,
            input_tokens: usage.input.into(),
            output_tokens: usage.output.into(),
            cost_usd: is_counted
                .then(|| price::cost_usd(*kind, model.as_str(), usage))
                .flatten(),
            took,
        }
    }

    fn held_back(&self, why: String) -> Attempt {
        self.attempt(why, Usage::default(), Duration::ZERO)
    }

    fn now(&self) -> Timestamp {
        self.deps.time.now()
    }

    /// How long the next request may take; `None` where it is not worth while.
    fn left(&self) -> Option<Duration> {
        let left = Duration::try_from(self.until.duration_since(self.now())).ok()?;
        (left >= LEAST).then_some(left)
    }
}
