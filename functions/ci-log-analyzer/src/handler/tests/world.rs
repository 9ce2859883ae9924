//! A world for the handler: a bucket, records, GitHub, models and mail that remember, on a clock of their own, and that fail as they are
//! told. It does not limit rates, does not page, and does not check what is sent; the clients' own tests do.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard};

use jiff::{SignedDuration, Timestamp};
use shared::failure::{CallError, Effect, FailureKind};
use shared::reports::Channel;

use crate::diagnosis::Answer;
use crate::github::{Run, Thread};
use crate::record::tests_of_failures::{at, sha};
use crate::repository::Branch;

/// What goes wrong with one call.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Fault {
    /// Nothing.
    #[default]
    None,
    /// It fails and has no effect, and may pass.
    Before,
    /// It has its effect, and the answer is lost.
    After,
    /// It is refused for good.
    Refused,
    /// Nothing comes, and nothing happens.
    Hang,
    /// It happens, but nothing comes.
    HangAfter,
    /// It takes longer than others.
    Slow,
    /// The sandbox dies before it.
    CrashBefore,
    /// The sandbox dies after it.
    CrashAfter,
}

/// Who is called.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Whom {
    /// The bucket of the CI logs.
    S3,
    /// The body of a log, once S3 began to answer.
    Body,
    /// The bucket of the records.
    State,
    GitHub,
    Llm,
    Mail,
}

/// An issue or a pull request.
#[derive(Clone, Debug)]
pub(super) struct FakeThread {
    pub(super) thread: Thread,
    pub(super) fingerprint: String,
    pub(super) base: Option<String>,
    pub(super) comments: Vec<String>,
}

/// All there is.
pub(super) struct Inner {
    pub(super) now: Timestamp,
    timers: BTreeMap<u64, Timestamp>,
    serial: u64,
    pub(super) objects: HashMap<String, Vec<u8>>,
    /// What was written beside the logs, when, and by which invocation.
    pub(super) written: Vec<(String, String, Timestamp, u64)>,
    pub(super) records: BTreeMap<String, (Vec<u8>, u64)>,
    pub(super) runs: HashMap<u64, Run>,
    pub(super) threads: Vec<FakeThread>,
    pub(super) answer: Option<Answer>,
    pub(super) asks: usize,
    pub(super) mails: Vec<(Channel, String)>,
    pub(super) metrics: Vec<(&'static str, Timestamp)>,
    pub(super) faults: HashMap<Whom, Vec<Fault>>,
    /// How many calls of each were answered wrongly.
    pub(super) failed: HashMap<Whom, usize>,
    pub(super) dead: HashSet<u64>,
    /// Invocations that work on a thread: no time passes then.
    pub(super) working: HashSet<u64>,
    pub(super) no_drafts: bool,
    /// After how many reads the logs are gone.
    pub(super) vanishes_after: Option<u32>,
}

pub(super) struct World(Mutex<Inner>);

impl World {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Inner {
            now: at(1_000_000),
            timers: BTreeMap::new(),
            serial: 0,
            objects: HashMap::new(),
            written: Vec::new(),
            records: BTreeMap::new(),
            runs: HashMap::new(),
            threads: Vec::new(),
            answer: None,
            asks: 0,
            mails: Vec::new(),
            metrics: Vec::new(),
            faults: HashMap::new(),
            failed: HashMap::new(),
            dead: HashSet::new(),
            working: HashSet::new(),
            no_drafts: false,
            vanishes_after: None,
        }))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    /// Lets time pass for whoever polls this.
    pub(super) async fn sleep(&self, time: SignedDuration) {
        let timer = {
            let mut inner = self.lock();
            let wake = inner.now + time;
            let serial = inner.serial();
            inner.timers.insert(serial, wake);
            Timer {
                world: self,
                serial,
                wake,
            }
        };
        std::future::poll_fn(|_| {
            if timer.world.lock().now >= timer.wake {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
    }

    /// Goes on to when the next sleeper wakes, or to `due` if that is earlier; false if somebody works.
    pub(super) fn go_on(&self, due: Option<Timestamp>) -> bool {
        let mut inner = self.lock();
        let next = inner.timers.values().copied().chain(due).min();
        match next {
            Some(next) if inner.working.is_empty() => {
                inner.now = inner.now.max(next);
                true
            }
            _ => false,
        }
    }
}

/// A sleeper, forgotten when nobody waits any more.
struct Timer<'w> {
    world: &'w World,
    serial: u64,
    wake: Timestamp,
}

impl Drop for Timer<'_> {
    fn drop(&mut self) {
        self.world.lock().timers.remove(&self.serial);
    }
}

impl Inner {
    pub(super) fn serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// The fault of the next call.
    pub(super) fn fault(&mut self, whom: Whom) -> Fault {
        let fault = self
            .faults
            .get_mut(&whom)
            .and_then(Vec::pop)
            .unwrap_or_default();
        if fault != Fault::None {
            *self.failed.entry(whom).or_default() += 1;
        }
        fault
    }

    pub(super) fn json(&self, key: &str) -> serde_json::Value {
        let written = self
            .written
            .iter()
            .rev()
            .find(|(written, ..)| written == key);
        serde_json::from_str(&written.unwrap_or_else(|| panic!("{key} was not written")).1).unwrap()
    }

    pub(super) fn count(&self, metric: &str) -> usize {
        self.metrics
            .iter()
            .filter(|(name, _)| *name == metric)
            .count()
    }
}

pub(super) fn call_error(kind: FailureKind, effect: Effect) -> CallError {
    CallError::new("call", "the fake", (kind, effect), "as told")
}

/// A run of the default branch that failed at a commit.
pub(super) fn run(id: u64, commit: char) -> Run {
    let main = Branch::parse("main").unwrap();
    Run {
        id,
        attempt: 1,
        workflow: "CI".to_owned(),
        head_sha: sha(commit),
        head_branch: Some(main.clone()),
        is_of_a_fork: false,
        is_ours: false,
        event: "push".to_owned(),
        conclusion: Some("failure".to_owned()),
        pull_requests: Vec::new(),
        default_branch: main,
    }
}
