//! What is said on GitHub where nothing is proposed: an issue, or a comment on the one that there is.

use jiff::SignedDuration;
use shared::clock::{Clock, Nonces};
use shared::failure::{CallError, Classify as _, Effect, FailureKind, chain};
use shared::outbound::Markdown;
use shared::records::Records;
use shared::reports::Reports;

use super::case::Case;
use super::{Budget, Handler, HandlerError};
use crate::decision::Answer;
use crate::github::{GitHub, Thread};
use crate::llm::Llm;
use crate::metrics::{self, Count};
use crate::objects::Objects;
use crate::record::{Begun, Deed, Kind, State};
use crate::report;

impl<O: Objects, R: Records, P: Reports, G: GitHub, L: Llm, T: Clock + Nonces>
    Handler<'_, O, R, P, G, L, T>
{
    /// Says it where people deal with it.
    pub(super) async fn answer(&self, case: &mut Case) -> Result<(), HandlerError> {
        if case.done.pull_request.is_some() {
            return self.link(case).await;
        }
        if case.has_unclear_proposal() {
            case.note("a draft pull request may have been opened, so no issue was");
            return Ok(());
        }
        let answer = case
            .decision
            .as_ref()
            .and_then(|decision| decision.answer.chosen);
        match answer {
            None => Ok(()),
            Some(answer) if case.is_rehearsal() => {
                case.note(match answer {
                    Answer::Issue { .. } => "dry run: an issue would be opened".to_owned(),
                    Answer::Comment(number) => format!("dry run: #{number} would get a comment"),
                });
                Ok(())
            }
            Some(Answer::Issue { after }) => self.open(case, &Kind::Issue { after }).await,
            Some(Answer::Comment(number)) => {
                let body = report::repeat_comment(&self.finding(case), &case.marker());
                self.comment(case, number, &body).await
            }
        }
    }

    /// Whoever reads the issue of before wants to know of the draft pull request.
    async fn link(&self, case: &mut Case) -> Result<(), HandlerError> {
        let is_issue = |thread: &&Thread| thread.is_open && !thread.is_pull_request;
        let issue = case.threads.iter().find(is_issue);
        match issue.map(|issue| issue.number) {
            Some(number) if !case.is_rehearsal() && !case.is_paused => {
                let body = report::triggering_comment(&self.finding(case), &case.marker());
                self.comment(case, number, &body).await
            }
            _ => Ok(()),
        }
    }

    /// Says it on the pull request that ran.
    pub(super) async fn notify(&self, case: &mut Case) -> Result<(), HandlerError> {
        let number = case
            .decision
            .as_ref()
            .and_then(|decision| decision.notify.chosen);
        match number {
            None => Ok(()),
            Some(number) if case.is_rehearsal() => {
                case.note(format!(
                    "dry run: pull request #{number} would get a comment"
                ));
                Ok(())
            }
            // Said there already, where it is the thread itself.
            Some(number) if case.done.comments.contains(&number) => Ok(()),
            Some(number) => {
                let body = report::triggering_comment(&self.finding(case), &case.marker());
                self.comment(case, number, &body).await
            }
        }
    }

    async fn open(&self, case: &mut Case, kind: &Kind) -> Result<(), HandlerError> {
        let cap = self.cap_of_issues(case);
        match self.begin(case, kind, &cap).await? {
            Some(Begun::First) => {}
            Some(Begun::Again) => {
                self.look(case).await?;
                if is_opened(case, kind) {
                    return Ok(());
                }
            }
            Some(Begun::InHand) => {
                case.note("another run of the same failure is being answered");
                return Ok(());
            }
            Some(Begun::Over(state)) => {
                case.note(format!("an earlier try for this issue ended: {state}"));
                return Ok(());
            }
            None => return Ok(()),
        }
        let opened = self.issue(case).await;
        match opened {
            Ok(thread) => {
                self.measure(&metrics::one(Count::Issues));
                case.done.issue = Some(thread.number);
                let state = State::Done {
                    number: Some(thread.number),
                };
                self.conclude(case, kind, (state, Some(&thread))).await
            }
            Err(error) => self.not_opened(case, kind, error).await,
        }
    }

    async fn not_opened(
        &self,
        case: &mut Case,
        kind: &Kind,
        error: CallError,
    ) -> Result<(), HandlerError> {
        if error.effect() == Effect::Unknown {
            self.look(case).await?;
            if is_opened(case, kind) {
                return Ok(());
            }
        }
        // The intent stays: the next try looks for it first.
        if error.kind() == FailureKind::Transient && !case.is_last_attempt {
            return Err(error.into());
        }
        self.give_up(case, kind, error).await
    }

    /// People are told of what could not be done. An outage that had no effect is no reason for the next log not to try.
    pub(super) async fn give_up(
        &self,
        case: &mut Case,
        kind: &Kind,
        error: CallError,
    ) -> Result<(), HandlerError> {
        let reason = chain(&error);
        let (failed, effect) = (error.kind(), error.effect());
        case.trouble(&error.into());
        let state = match (failed, effect) {
            (FailureKind::Transient, Effect::None) => return self.undo(case, kind).await,
            (FailureKind::Permanent, Effect::None) => State::Refused { reason },
            (_, Effect::Unknown) => State::Unclear { reason },
        };
        self.conclude(case, kind, (state, None)).await
    }

    async fn issue(&self, case: &Case) -> Result<Thread, CallError> {
        let report::Text { title, body } = report::issue(&self.finding(case), &case.marker());
        let repository = case.log.repository();
        let opening = self.github.open_issue(repository, &title, &body);
        let until = Budget::until(self.ends_at).say();
        self.in_time(until, ("open an issue in", repository.to_string()), opening)
            .await
    }

    /// A comment for this failure and commit. GitHub is not told the same twice: a try whose answer was lost is made again.
    async fn comment(
        &self,
        case: &mut Case,
        number: u64,
        body: &Markdown,
    ) -> Result<(), HandlerError> {
        let about = case.known_run().map(|run| run.head_sha.clone());
        let kind = Kind::Comment { number, about };
        let cap = self.cap_of_issues(case);
        if !matches!(
            self.begin(case, &kind, &cap).await?,
            Some(Begun::First | Begun::Again)
        ) {
            return Ok(());
        }
        let repository = case.log.repository();
        let deed = case
            .failure
            .as_ref()
            .and_then(|failure| failure.deed(&kind));
        // Clocks differ by seconds.
        let since =
            deed.map_or(self.time.now(), |deed| deed.begun_at) - SignedDuration::from_mins(5);
        let commenting = self.github.comment(repository, (number, since), body);
        let object = format!("{repository}#{number}");
        let until = Budget::until(self.ends_at).say();
        match self
            .in_time(until, ("comment on", object), commenting)
            .await
        {
            Ok(()) => {
                self.measure(&metrics::one(Count::Comments));
                case.done.comments.push(number);
                let done = State::Done { number: None };
                self.conclude(case, &kind, (done, None)).await
            }
            Err(error) if error.kind() == FailureKind::Transient && !case.is_last_attempt => {
                Err(error.into())
            }
            Err(error) => self.give_up(case, &kind, error).await,
        }
    }
}

/// Whether the issue is there after all: an answer was lost.
fn is_opened(case: &mut Case, kind: &Kind) -> bool {
    let opened = case.failure.as_ref().and_then(|failure| {
        let number = failure.deed(kind).and_then(Deed::number);
        // What somebody else's late try left is an answer, too.
        let open = failure.thread.as_ref().filter(|thread| thread.is_open);
        number.or(open.map(|thread| thread.number))
    });
    case.done.issue = opened;
    opened.is_some()
}
