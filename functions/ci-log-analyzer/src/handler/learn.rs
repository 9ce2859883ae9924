//! A passing run is learnt from: what it says explains no failure.

use shared::clock::{Clock, Nonces};
use shared::failure::chain;
use shared::records::{self, Loaded, Precondition, RecordError, Records, Saved, Written};
use shared::reports::Reports;

use super::{Budget, Handled, Handler, HandlerError, read};
use crate::baseline::Baseline;
use crate::github::{GitHub, Run};
use crate::llm::Llm;
use crate::log_key::LogKey;
use crate::metrics::{self, Count};
use crate::objects::{Objects, Source};
use crate::record::PassingRecord;
use crate::request::LogObject;

const MOST_ROUNDS: usize = 5;

impl<O: Objects, R: Records, P: Reports, G: GitHub, L: Llm, T: Clock + Nonces>
    Handler<'_, O, R, P, G, L, T>
{
    /// Learns from the log of a run, if GitHub says that it passed on the default branch. The place of the object alone proves nothing:
    /// a baseline from elsewhere could hide what makes others fail.
    pub(super) async fn learn(
        &self,
        log: &LogKey,
        object: &LogObject,
    ) -> Result<Handled, HandlerError> {
        let ignored = |reason: &str| Ok(Handled::new("ignored", reason));
        let Some(key) = log.baseline() else {
            return ignored("a passing run without a job's name teaches nothing");
        };
        if !self.github.is_configured() {
            return ignored("without GitHub nobody knows whether the run passed");
        }
        if let Some(reason) = not_learnt(self.run(log).await?.as_ref()) {
            return ignored(reason);
        }
        let loaded = self.passing(&key).await?;
        if loaded.record.knows(log.run(), log.attempt()) {
            self.publish(log, &key).await?;
            return Ok(Handled::new("duplicate", "the run was learnt from before"));
        }
        let source = Source {
            key: log.as_str(),
            version_id: object.version_id.as_deref(),
        };
        let size = match object.size {
            Some(size) => size,
            None => self.objects.head(source).await?.size,
        };
        let fetched = self.fetch(source, size).await;
        if let Some(error) = fetched.error {
            return Err(error.into());
        }
        if fetched.problem.is_some() {
            return ignored("the log is too long to learn from");
        }
        let spools = fetched.spools;
        let until = Budget::until(self.ends_at).analyse(self.time.now(), false);
        let learning = self.on_a_thread(until, move |gone| {
            let mut lines = read::lines(spools, gone).map_err(|error| chain(&error))?;
            let mut baseline = Baseline::default();
            while let Some(line) = lines.next().map_err(|error| chain(&error))? {
                baseline.learn(line.text);
            }
            Ok(baseline)
        });
        let baseline = learning.await.map_err(HandlerError::Analysis)?;
        self.remember(log, loaded, &baseline).await?;
        self.measure(&metrics::one(Count::Baselines));
        Ok(Handled::new("learnt", format!("the baseline is {key}")))
    }

    async fn passing(&self, baseline: &str) -> Result<Loaded<PassingRecord>, HandlerError> {
        let key = PassingRecord::key_of(baseline);
        let loaded = records::load(&self.records, &key).await?;
        Ok(loaded.unwrap_or_else(|| Loaded {
            record: PassingRecord::new(baseline),
            precondition: Precondition::Absent,
        }))
    }

    /// The record first: the baseline follows from it, and a retry writes it again.
    async fn remember(
        &self,
        log: &LogKey,
        mut loaded: Loaded<PassingRecord>,
        baseline: &Baseline,
    ) -> Result<(), HandlerError> {
        for _ in 0..MOST_ROUNDS {
            loaded.record = loaded.record.learnt(log.run(), log.attempt(), baseline);
            let key = loaded.record.baseline.clone();
            match records::save(&self.records, &self.time, loaded).await? {
                Saved::Ours(_) => return self.publish(log, &key).await,
                Saved::Lost => loaded = self.passing(&key).await?,
            }
        }
        let key = loaded.record.baseline;
        Err(RecordError::Contended { key }.into())
    }

    /// Writes the baseline that follows from the record, until it does.
    async fn publish(&self, log: &LogKey, key: &str) -> Result<(), HandlerError> {
        for _ in 0..MOST_ROUNDS {
            let stored = self.objects.baseline(log).await?;
            let merged = self.passing(key).await?.record.merged();
            let precondition = match stored {
                Some(learnt) if learnt.baseline == merged => return Ok(()),
                Some(learnt) => Precondition::Unchanged(learnt.etag),
                None => Precondition::Absent,
            };
            let written = self
                .objects
                .write_baseline(log, &merged, precondition)
                .await?;
            if matches!(written, Written::Saved(_)) {
                return Ok(());
            }
        }
        let key = key.to_owned();
        Err(RecordError::Contended { key }.into())
    }
}

/// Why a run is not learnt from; `None` if it is.
fn not_learnt(run: Option<&Run>) -> Option<&'static str> {
    let Some(run) = run else {
        return Some("GitHub has no such run");
    };
    if run.conclusion.as_deref() != Some("success") {
        return Some("GitHub does not say that the run passed");
    }
    if run.is_of_a_fork || run.head_branch.as_ref() != Some(&run.default_branch) {
        return Some("the run is not of the default branch");
    }
    match run.event.as_str() {
        "push" | "schedule" => None,
        _ => Some("the run was set off by neither a push nor the schedule"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests_of_failures::sha;
    use crate::repository::Branch;

    fn run(change: impl FnOnce(&mut Run)) -> Run {
        let main = Branch::parse("main").unwrap();
        let mut run = Run {
            id: 1,
            attempt: 1,
            workflow: "CI".to_owned(),
            head_sha: sha('a'),
            head_branch: Some(main.clone()),
            is_of_a_fork: false,
            is_ours: false,
            event: "push".to_owned(),
            conclusion: Some("success".to_owned()),
            pull_requests: Vec::new(),
            default_branch: main,
        };
        change(&mut run);
        run
    }

    #[test]
    fn only_a_run_that_passed_on_the_default_branch_is_learnt_from() {
        let other = "the run is not of the default branch";
        let cases = [
            (run(|_| ()), None),
            (run(|run| run.event = "schedule".to_owned()), None),
            (
                run(|run| run.conclusion = None),
                Some("GitHub does not say that the run passed"),
            ),
            (
                run(|run| run.conclusion = Some("failure".to_owned())),
                Some("GitHub does not say that the run passed"),
            ),
            (run(|run| run.head_branch = None), Some(other)),
            (
                run(|run| run.head_branch = Branch::parse("feature")),
                Some(other),
            ),
            (run(|run| run.is_of_a_fork = true), Some(other)),
            (
                run(|run| run.event = "pull_request".to_owned()),
                Some("the run was set off by neither a push nor the schedule"),
            ),
        ];
        for (run, reason) in cases {
            assert_eq!(not_learnt(Some(&run)), reason, "{run:?}");
        }
        assert_eq!(not_learnt(None), Some("GitHub has no such run"));
    }
}
