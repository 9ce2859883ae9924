//! A patch that passed the gate becomes a draft pull request.

use std::collections::HashMap;

use shared::clock::{Clock, Nonces};
use shared::failure::{CallError, Classify as _, Effect, FailureKind};
use shared::records::Records;
use shared::reports::Reports;

use super::case::Case;
use super::{Budget, Handler, HandlerError};
use crate::decision::Onto;
use crate::github::{GitHub, Marker, Proposal, Proposed};
use crate::llm::Llm;
use crate::metrics::{self, Count};
use crate::objects::Objects;
use crate::patch::{self, Accepted, Base, RepoPath, Verdict};
use crate::record::{Begun, Deed, Kind, State};
use crate::report;

/// So many files may a proposal touch at most; the gate has its own limits.
const MOST_FILES: usize = 20;

/// The files of a diff at the commit that it was made for.
struct Files(HashMap<RepoPath, Vec<u8>>);

impl Base for Files {
    fn file(&self, path: &RepoPath) -> Option<Vec<u8>> {
        self.0.get(path).cloned()
    }
}

impl<O: Objects, R: Records, P: Reports, G: GitHub, L: Llm, T: Clock + Nonces>
    Handler<'_, O, R, P, G, L, T>
{
    /// Proposes the patch that the model wrote, if it wrote one, it passes the gate, and it was decided that it may.
    pub(super) async fn propose(&self, case: &mut Case) -> Result<(), HandlerError> {
        let onto = case
            .decision
            .as_ref()
            .and_then(|decision| decision.propose.chosen.clone());
        let (Some(onto), Some(diff)) = (onto, case.diff.clone()) else {
            return Ok(());
        };
        let Some(verdict) = self.gate(case, &diff, &onto).await? else {
            return Ok(());
        };
        let accepted = match verdict {
            Verdict::Accept(accepted) => accepted,
            Verdict::Refuse(reasons) => {
                self.measure(&metrics::one(Count::RefusedPatches));
                case.done.patch = report::Patch::Refused(reasons);
                return Ok(());
            }
        };
        case.done.patch = report::Patch::accepted(&accepted, diff);
        if case.is_rehearsal() {
            case.note(format!(
                "dry run: a draft pull request into {} would be opened",
                onto.branch.as_str()
            ));
            return Ok(());
        }
        let kind = Kind::Proposal {
            base: onto.sha.clone(),
        };
        let cap = self.cap_of_proposals(case);
        match self.begin(case, &kind, &cap).await? {
            Some(Begun::First | Begun::Again) => {}
            Some(Begun::InHand) => {
                case.note("another run of the same failure is being answered");
                return Ok(());
            }
            Some(Begun::Over(_)) | None => return Ok(()),
        }
        let proposed = self.proposed(case, &onto, &accepted).await;
        self.conclude_proposal(case, &kind, proposed).await
    }

    /// What the gate says; `None` if the files to say it of cannot be had.
    async fn gate(
        &self,
        case: &mut Case,
        diff: &str,
        onto: &Onto,
    ) -> Result<Option<Verdict>, HandlerError> {
        let paths = match patch::targets(diff) {
            Ok(paths) if paths.len() <= MOST_FILES => paths,
            Ok(_) => {
                let reason = format!("the patch touches more than {MOST_FILES} files");
                return Ok(Some(Verdict::Refuse(vec![reason])));
            }
            Err(reasons) => return Ok(Some(Verdict::Refuse(reasons))),
        };
        let mut files = HashMap::new();
        let until = Budget::until(self.ends_at).say();
        for path in paths {
            let fetching = self.github.file(case.log.repository(), &path, &onto.sha);
            let object = format!("{} of {}", path.as_str(), case.log.repository());
            let fetched = self.in_time(until, ("fetch", object), fetching).await;
            let Some(content) = case.called(fetched)? else {
                return Ok(None);
            };
            files.extend(content.map(|content| (path, content)));
        }
        Ok(Some(patch::check(diff, &Files(files))))
    }

    async fn proposed(
        &self,
        case: &Case,
        onto: &Onto,
        accepted: &Accepted,
    ) -> Result<Proposed, CallError> {
        let marker = Marker {
            fingerprint: case.fingerprint().to_owned(),
            base: Some(onto.sha.clone()),
        };
        let report::Text { title, body } = report::pull_request(&self.finding(case), &marker);
        let proposal = Proposal {
            marker: &marker,
            base_sha: &onto.sha,
            base_branch: &onto.branch,
            title: &title,
            body: &body,
            files: accepted,
        };
        let repository = case.log.repository();
        let proposing = self.github.propose(repository, proposal);
        let object = repository.to_string();
        self.in_time(
            Budget::until(self.ends_at).say(),
            ("propose a patch to", object),
            proposing,
        )
        .await
    }

    async fn conclude_proposal(
        &self,
        case: &mut Case,
        kind: &Kind,
        proposed: Result<Proposed, CallError>,
    ) -> Result<(), HandlerError> {
        let (state, thread) = match proposed {
            Ok(Proposed::Draft(thread)) => {
                self.measure(&metrics::one(Count::Proposals));
                case.done.pull_request = Some(thread.number);
                (
                    State::Done {
                        number: Some(thread.number),
                    },
                    Some(thread),
                )
            }
            Ok(Proposed::NoDrafts) => {
                let reason = "the repository has no draft pull requests".to_owned();
                case.note(reason.clone());
                (State::Refused { reason }, None)
            }
            Ok(Proposed::Refused(reason)) => {
                case.note(format!("the proposal was refused: {reason}"));
                (State::Refused { reason }, None)
            }
            // The intent stays: the next try finds what this one made, or makes it.
            Err(error) if error.kind() == FailureKind::Transient && !case.is_last_attempt => {
                return Err(error.into());
            }
            Err(error) => {
                if error.effect() == Effect::Unknown {
                    self.look(case).await?;
                    let failure = case.failure.as_ref();
                    let deed = failure.and_then(|failure| failure.deed(kind));
                    case.done.pull_request = deed.and_then(Deed::number);
                    if case.done.pull_request.is_some() {
                        return Ok(());
                    }
                }
                return self.give_up(case, kind, error).await;
            }
        };
        self.conclude(case, kind, (state, thread.as_ref())).await
    }
}
