//! The handler's traits on the [`World`], for one invocation.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use shared::clock::{Clock, Nonces};
use shared::deadline::Deadline;
use shared::failure::{CallError, Effect, FailureKind};
use shared::metrics::{Meter, Metric};
use shared::outbound::{Markdown, Outbound, Title};
use shared::records::{ETag, Listed, Precondition, Records, Stored, Written};
use shared::reports::{Channel, Reports};

use super::world::{FakeThread, Fault, Inner, Whom, World, call_error};
use crate::baseline::Baseline;
use crate::github::{GitHub, Proposal, Proposed, Run, Thread};
use crate::llm::{Asked, Llm, Question};
use crate::log_key::LogKey;
use crate::objects::{Head, Learnt, ObjectError, Objects, Output, Part, Source, Spool};
use crate::patch::RepoPath;
use crate::repository::{Repository, Sha};

/// What an ordinary call takes.
const CALL: SignedDuration = SignedDuration::from_millis(30);

/// What a slow one takes.
const SLOW: SignedDuration = SignedDuration::from_millis(2_500);

#[derive(Clone)]
pub(super) struct Fake {
    pub(super) world: Arc<World>,
    pub(super) invocation: u64,
    pub(super) ends_at: Timestamp,
    pub(super) has_github: bool,
    pub(super) has_model: bool,
}

impl Fake {
    /// A call that takes a while and goes wrong as the world says.
    async fn call<V>(
        &self,
        whom: Whom,
        effect: impl FnOnce(&mut Inner) -> V + Send,
    ) -> Result<V, CallError> {
        let fault = {
            let mut inner = self.world.lock();
            inner.working.remove(&self.invocation);
            inner.fault(whom)
        };
        let lost = || call_error(FailureKind::Transient, Effect::Unknown);
        // Clients of AWS have timeouts of their own, from the deadline; the others hang.
        let reserve = match whom {
            Whom::S3 | Whom::State => 200,
            _ => 2_000,
        };
        let left = self.ends_at.duration_since(self.world.lock().now)
            - SignedDuration::from_millis(reserve);
        if matches!(whom, Whom::S3 | Whom::State | Whom::Mail)
            && left < SignedDuration::from_millis(500)
        {
            return Err(call_error(FailureKind::Transient, Effect::None));
        }
        let hang = match whom {
            Whom::S3 | Whom::State => left.min(SignedDuration::from_secs(3)),
            Whom::Mail => left.min(SignedDuration::from_secs(10)),
            Whom::Body | Whom::GitHub | Whom::Llm => SignedDuration::from_hours(1),
        };
        self.world.sleep(CALL).await;
        match fault {
            Fault::None => Ok(effect(&mut self.world.lock())),
            Fault::Slow => {
                self.world.sleep(SLOW).await;
                Ok(effect(&mut self.world.lock()))
            }
            Fault::Before => Err(call_error(FailureKind::Transient, Effect::None)),
            Fault::Refused => Err(call_error(FailureKind::Permanent, Effect::None)),
            Fault::After => {
                effect(&mut self.world.lock());
                Err(lost())
            }
            Fault::Hang => {
                self.world.sleep(hang).await;
                Err(lost())
            }
            Fault::HangAfter => {
                effect(&mut self.world.lock());
                self.world.sleep(hang).await;
                Err(lost())
            }
            Fault::CrashBefore => self.die().await,
            Fault::CrashAfter => {
                effect(&mut self.world.lock());
                self.die().await
            }
        }
    }

    async fn die<V>(&self) -> V {
        self.world.lock().dead.insert(self.invocation);
        std::future::pending().await
    }

    /// From now on a thread works, until the next call.
    fn works(&self) {
        self.world.lock().working.insert(self.invocation);
    }
}

impl Clock for Fake {
    fn now(&self) -> Timestamp {
        self.world.lock().now
    }

    async fn pause(&self, time: Duration) {
        self.world
            .sleep(SignedDuration::try_from(time).unwrap())
            .await;
    }
}

impl Nonces for Fake {
    fn nonce(&self) -> String {
        self.world.lock().serial().to_string()
    }
}

impl Meter for Fake {
    fn record(&self, metric: &Metric, at: Timestamp) {
        self.world.lock().metrics.push((metric.name, at));
    }
}

impl Objects for Fake {
    async fn head(&self, source: Source<'_>) -> Result<Head, ObjectError> {
        let found = self
            .call(Whom::S3, |inner| inner.objects.get(source.key).cloned())
            .await?;
        let object = source.key.to_owned();
        let bytes = found.ok_or(ObjectError::Missing { object })?;
        let (size, etag) = (bytes.len() as u64, Some(hash(&bytes)));
        Ok(Head {
            size,
            version_id: None,
            etag,
        })
    }

    async fn fetch(
        &self,
        source: Source<'_>,
        _part: Part,
        to: &mut Spool,
    ) -> Result<(), ObjectError> {
        let found = self.call(Whom::S3, |inner| inner.read(source.key)).await?;
        let object = source.key.to_owned();
        if found.is_some() {
            self.call(Whom::Body, |_| ()).await?;
        }
        to.push(&found.ok_or(ObjectError::Missing { object })?)
            .unwrap();
        self.works();
        Ok(())
    }

    async fn write(&self, log: &LogKey, output: &Output) -> Result<(), CallError> {
        let (Output::Json(document) | Output::Html(document)) = output;
        let (key, text) = (output.key(log), document.as_str().to_owned());
        let invocation = self.invocation;
        self.call(Whom::S3, |inner| {
            inner.written.push((key, text, inner.now, invocation));
        })
        .await
    }

    async fn write_first(&self, log: &LogKey, output: &Output) -> Result<(), CallError> {
        let (Output::Json(document) | Output::Html(document)) = output;
        let (key, text) = (output.key(log), document.as_str().to_owned());
        let invocation = self.invocation;
        self.call(Whom::S3, |inner| {
            if !inner.written.iter().any(|(written, ..)| *written == key) {
                inner.written.push((key, text, inner.now, invocation));
            }
        })
        .await
    }

    async fn baseline(&self, log: &LogKey) -> Result<Option<Learnt>, CallError> {
        let key = log.baseline().unwrap_or_default();
        let found = self
            .call(Whom::S3, |inner| inner.objects.get(&key).cloned())
            .await?;
        self.works();
        Ok(found.map(|bytes| Learnt {
            baseline: Baseline::parse(&bytes).unwrap(),
            etag: ETag(hash(&bytes)),
        }))
    }

    async fn write_baseline(
        &self,
        log: &LogKey,
        baseline: &Baseline,
        precondition: Precondition,
    ) -> Result<Written, CallError> {
        let (key, bytes) = (log.baseline().unwrap_or_default(), baseline.write());
        self.call(Whom::S3, |inner| {
            let found = inner.objects.get(&key).map(|bytes| ETag(hash(bytes)));
            let holds = match precondition {
                Precondition::Absent => found.is_none(),
                Precondition::Unchanged(etag) => found == Some(etag),
            };
            if !holds {
                return Written::Moved;
            }
            let etag = ETag(hash(&bytes));
            inner.objects.insert(key, bytes);
            Written::Saved(etag)
        })
        .await
    }
}

pub(super) fn hash(bytes: &[u8]) -> String {
    hex::encode(<sha2::Sha256 as sha2::Digest>::digest(bytes))
}

impl Records for Fake {
    async fn read(&self, key: &str) -> Result<Option<Stored>, CallError> {
        let found = self
            .call(Whom::State, |inner| inner.records.get(key).cloned())
            .await?;
        Ok(found.map(|(body, etag)| Stored {
            body,
            etag: ETag(etag.to_string()),
        }))
    }

    async fn write(
        &self,
        key: &str,
        body: Vec<u8>,
        precondition: Precondition,
    ) -> Result<Written, CallError> {
        self.call(Whom::State, |inner| {
            let found = inner
                .records
                .get(key)
                .map(|(_, etag)| ETag(etag.to_string()));
            let holds = match precondition {
                Precondition::Absent => found.is_none(),
                Precondition::Unchanged(etag) => found == Some(etag),
            };
            if !holds {
                return Written::Moved;
            }
            let etag = inner.serial();
            inner.records.insert(key.to_owned(), (body, etag));
            Written::Saved(ETag(etag.to_string()))
        })
        .await
    }

    async fn list(&self, prefix: &str, _after: Option<&str>) -> Result<Vec<Listed>, CallError> {
        self.call(Whom::State, |inner| {
            let modified_at = inner.now;
            let keys = inner.records.keys().filter(|key| key.starts_with(prefix));
            keys.map(|key| Listed {
                key: key.clone(),
                modified_at,
            })
            .collect()
        })
        .await
    }

    async fn remove(&self, key: &str) -> Result<(), CallError> {
        self.call(Whom::State, |inner| inner.records.remove(key))
            .await
            .map(drop)
    }
}

impl Reports for Fake {
    fn channels(&self) -> &[Channel] {
        &[Channel::Topic, Channel::Mail]
    }

    fn pager(&self) -> Option<Channel> {
        None
    }

    async fn send(&self, channel: Channel, message: &Outbound) -> Result<String, CallError> {
        let text = message.text().to_owned();
        self.call(Whom::Mail, |inner| {
            inner.mails.push((channel, text));
            "id".to_owned()
        })
        .await
    }
}

impl Llm for Fake {
    fn is_configured(&self) -> bool {
        self.has_model
    }

    async fn ask(&self, question: Question<'_>, _until: Deadline) -> Asked {
        assert!(!question.quotes.is_empty());
        let asked = self.call(Whom::Llm, |inner| {
            inner.asks += 1;
            inner.answer.clone()
        });
        Asked {
            answer: asked.await.ok().flatten(),
            attempts: Vec::new(),
        }
    }
}

impl GitHub for Fake {
    fn is_configured(&self) -> bool {
        self.has_github
    }

    async fn run(
        &self,
        _repository: &Repository,
        id: u64,
        _attempt: u64,
    ) -> Result<Option<Run>, CallError> {
        self.call(Whom::GitHub, |inner| inner.runs.get(&id).cloned())
            .await
    }

    async fn file(
        &self,
        _repository: &Repository,
        _path: &RepoPath,
        _sha: &Sha,
    ) -> Result<Option<Vec<u8>>, CallError> {
        self.call(Whom::GitHub, |_| Some(b"fn main() {}\n".to_vec()))
            .await
    }

    async fn find(
        &self,
        _repository: &Repository,
        fingerprint: &str,
    ) -> Result<Vec<Thread>, CallError> {
        self.call(Whom::GitHub, |inner| {
            let ours = inner
                .threads
                .iter()
                .rev()
                .filter(|thread| thread.fingerprint == fingerprint);
            ours.map(|thread| thread.thread.clone()).collect()
        })
        .await
    }

    async fn propose(
        &self,
        _repository: &Repository,
        proposal: Proposal<'_>,
    ) -> Result<Proposed, CallError> {
        let marker = proposal.marker.clone();
        self.call(Whom::GitHub, |inner| {
            if inner.no_drafts {
                return Proposed::NoDrafts;
            }
            let base = marker.base.map(|base| base.as_str().to_owned());
            let same = |thread: &&FakeThread| {
                thread.fingerprint == marker.fingerprint && thread.base == base
            };
            if let Some(known) = inner
                .threads
                .iter()
                .filter(|thread| thread.base.is_some())
                .find(same)
            {
                return Proposed::Draft(known.thread.clone());
            }
            Proposed::Draft(inner.open(true, &marker.fingerprint, base))
        })
        .await
    }

    async fn open_issue(
        &self,
        _repository: &Repository,
        _title: &Title,
        body: &Markdown,
    ) -> Result<Thread, CallError> {
        let (_, marked) = body.as_str().rsplit_once("lambda-medic:").unwrap();
        let end = |c: char| !c.is_ascii_hexdigit();
        let fingerprint = marked.trim_start().split(end).next().unwrap().to_owned();
        self.call(Whom::GitHub, |inner| inner.open(false, &fingerprint, None))
            .await
    }

    async fn comment(
        &self,
        _repository: &Repository,
        (number, _since): (u64, Timestamp),
        body: &Markdown,
    ) -> Result<(), CallError> {
        let body = body.as_str().to_owned();
        self.call(Whom::GitHub, |inner| {
            let thread = inner
                .threads
                .iter_mut()
                .find(|thread| thread.thread.number == number);
            let comments = thread.map(|thread| &mut thread.comments);
            let marker = |body: &str| body.trim().lines().next_back().map(str::to_owned);
            let is_new = |comments: &&mut Vec<String>| {
                let mut markers = comments.iter().map(|comment| marker(comment));
                markers.all(|known| known != marker(&body))
            };
            if let Some(comments) = comments.filter(is_new) {
                comments.push(body);
            }
        })
        .await
    }
}

impl Inner {
    fn read(&mut self, key: &str) -> Option<Vec<u8>> {
        match &mut self.vanishes_after {
            Some(0) => return None,
            Some(left) => *left -= 1,
            None => {}
        }
        self.objects.get(key).cloned()
    }

    fn open(&mut self, is_pull_request: bool, fingerprint: &str, base: Option<String>) -> Thread {
        let number = self.threads.len() as u64 + 1;
        let thread = Thread {
            number,
            is_pull_request,
            is_open: true,
        };
        let fingerprint = fingerprint.to_owned();
        self.threads.push(FakeThread {
            thread: thread.clone(),
            fingerprint,
            base,
            comments: Vec::new(),
        });
        thread
    }

    /// How many threads of a kind there are, by fingerprint and base.
    pub(super) fn opened(&self, is_pull_request: bool) -> HashMap<(String, Option<String>), usize> {
        let mut opened = HashMap::new();
        for thread in self
            .threads
            .iter()
            .filter(|thread| thread.thread.is_pull_request == is_pull_request)
        {
            *opened
                .entry((thread.fingerprint.clone(), thread.base.clone()))
                .or_default() += 1;
        }
        opened
    }
}
