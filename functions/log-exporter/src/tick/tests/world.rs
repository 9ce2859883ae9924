//! A world with state: log groups with events, export tasks, queries, and two buckets with conditional writes. Each call takes a moment
//! of its clock and can be the last before a crash, or lose its answer, or be throttled.
//!
//! What it does not do: limits of rates, the size of a page in bytes, permissions, events that are ingested later than they happen, and
//! the account's other work beside a foreign task that holds the slot.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use shared::clock::{Clock, Nonces};
use shared::exports::window::Window;
use shared::failure::{CallError, Effect, FailureKind};
use tokio::sync::Notify;

use crate::sources::LogEvent;

/// What a call costs.
const CALL: SignedDuration = SignedDuration::from_millis(5);

/// How long an export task takes.
pub(super) const TASK: SignedDuration = SignedDuration::from_secs(5);

#[derive(Default)]
pub(super) struct World {
    state: Mutex<State>,
    crashed: Notify,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) now: Timestamp,
    pub(super) calls: usize,
    /// The fault of a call, by its number.
    pub(super) fault: Option<(usize, Fault)>,
    /// Calls of this name are throttled so many times.
    pub(super) throttled: Option<(&'static str, usize)>,
    pub(super) groups: BTreeMap<String, Logged>,
    pub(super) tasks: Vec<Task>,
    /// What becomes of the next tasks.
    pub(super) outcomes: Vec<Outcome>,
    pub(super) queries: Vec<(Timestamp, Vec<(Timestamp, u64)>)>,
    pub(super) buckets: BTreeMap<(&'static str, String), Object>,
    pub(super) writes: u64,
    /// How often each call was made.
    pub(super) counted: BTreeMap<&'static str, usize>,
    pub(super) is_bucket_closed: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fault {
    /// The invocation is killed before the call is carried out.
    CrashBefore,
    /// It is killed after that.
    CrashAfter,
    /// The call is carried out, and its answer is lost.
    LostAnswer,
}

#[derive(Clone, Default)]
pub(super) struct Logged {
    pub(super) created_at: Timestamp,
    pub(super) retention: Option<SignedDuration>,
    pub(super) is_tagged: bool,
    pub(super) cannot_be_read: bool,
    pub(super) events: Vec<LogEvent>,
}

#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) id: String,
    pub(super) group: String,
    pub(super) window: Option<Window>,
    pub(super) prefix: String,
    pub(super) over_at: Timestamp,
    pub(super) outcome: Outcome,
    pub(super) is_over: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    Complete,
    Fail,
    /// It completes, and wrote only what tests whether it can write.
    Empty,
    /// It completes, and one line is missing.
    Loses,
}

#[derive(Clone)]
pub(super) struct Object {
    pub(super) body: Vec<u8>,
    pub(super) etag: u64,
    pub(super) modified_at: Timestamp,
}

impl World {
    pub(super) fn at(now: &str) -> Self {
        let world = Self::default();
        world.state().now = now.parse().unwrap();
        world
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Ends when the invocation is killed.
    pub(super) async fn crashed(&self) {
        self.crashed.notified().await;
    }

    /// A call: `effect` is what it does to the world.
    pub(super) async fn call<A>(
        &self,
        name: &'static str,
        effect: impl FnOnce(&mut State) -> A,
    ) -> Result<A, CallError> {
        let fault = {
            let mut state = self.state();
            state.calls += 1;
            state.now += CALL;
            *state.counted.entry(name).or_default() += 1;
            let number = state.calls;
            let fault = state.fault.filter(|(at, _)| *at == number);
            if let Some((throttled, left)) = &mut state.throttled
                && *throttled == name
                && *left > 0
            {
                *left -= 1;
                return Err(failed(name, Effect::None));
            }
            fault.map(|(_, fault)| fault)
        };
        if fault == Some(Fault::CrashBefore) {
            self.crash().await;
        }
        // Another tick, if there is one, has its turn.
        tokio::task::yield_now().await;
        let answer = effect(&mut self.state());
        match fault {
            Some(Fault::CrashAfter) => self.crash().await,
            Some(Fault::LostAnswer) => return Err(failed(name, Effect::Unknown)),
            _ => {}
        }
        Ok(answer)
    }

    async fn crash(&self) {
        self.crashed.notify_one();
        std::future::pending::<()>().await;
    }
}

fn failed(name: &'static str, effect: Effect) -> CallError {
    CallError::new(
        name,
        "the world",
        (FailureKind::Transient, effect),
        "as the test says",
    )
}

impl State {
    /// Export tasks whose time has come are over, and wrote what they write.
    pub(super) fn settle(&mut self) {
        let now = self.now;
        let due = self
            .tasks
            .iter_mut()
            .filter(|task| task.over_at <= now && !task.is_over);
        let mut written = Vec::new();
        for task in due {
            task.is_over = true;
            let Some(window) = task.window else { continue };
            if task.outcome == Outcome::Fail {
                continue;
            }
            written.push((
                format!("{}/aws-logs-write-test", task.prefix),
                b"Permission Check Successful".to_vec(),
            ));
            if task.outcome == Outcome::Empty {
                continue;
            }
            let Some(logged) = self.groups.get(&task.group) else {
                continue;
            };
            let within = logged.kept(now).filter(|event| is_in(window, event));
            let lost = usize::from(task.outcome == Outcome::Loses);
            let mut streams: BTreeMap<String, String> = BTreeMap::new();
            for event in within.skip(lost) {
                let at = Timestamp::from_millisecond(event.timestamp_ms).unwrap();
                let stream = streams.entry(event.stream.replace('/', "-")).or_default();
                writeln!(stream, "{at:.3} {}", event.message).unwrap();
            }
            for (stream, text) in streams {
                let key = format!("{}/{}/{stream}/000000.gz", task.prefix, task.id);
                written.push((key, gz(text.as_bytes())));
            }
        }
        for (key, body) in written {
            self.write("exports", key, body);
        }
    }

    pub(super) fn write(&mut self, bucket: &'static str, key: String, body: Vec<u8>) -> u64 {
        self.writes += 1;
        let (etag, modified_at) = (self.writes, self.now);
        let modified_at = Timestamp::from_second(modified_at.as_second()).unwrap();
        self.buckets.insert(
            (bucket, key),
            Object {
                body,
                etag,
                modified_at,
            },
        );
        etag
    }

    pub(super) fn list(
        &self,
        bucket: &'static str,
        prefix: &str,
        after: Option<&str>,
    ) -> Vec<(String, Object)> {
        let objects = self.buckets.iter().filter(|((of, key), _)| {
            *of == bucket
                && key.starts_with(prefix)
                && after.is_none_or(|after| key.as_str() > after)
        });
        let objects = objects.map(|((_, key), object)| (key.clone(), object.clone()));
        objects.take(1000).collect()
    }
}

impl Logged {
    /// The events that it has not forgotten.
    pub(super) fn kept(&self, now: Timestamp) -> impl Iterator<Item = &LogEvent> {
        let retention = self.retention;
        self.events.iter().filter(move |event| {
            let at = Timestamp::from_millisecond(event.timestamp_ms).unwrap();
            event.ingestion_ms <= now.as_millisecond()
                && retention.is_none_or(|kept| at + kept > now)
        })
    }
}

pub(super) fn is_in(window: Window, event: &LogEvent) -> bool {
    window.contains(Timestamp::from_millisecond(event.timestamp_ms).unwrap())
}

fn gz(text: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

impl Clock for &World {
    fn now(&self) -> Timestamp {
        self.state().now
    }

    async fn pause(&self, time: Duration) {
        self.state().now += SignedDuration::try_from(time).unwrap();
    }
}

impl Nonces for &World {
    fn nonce(&self) -> String {
        let mut state = self.state();
        state.writes += 1;
        format!("nonce-{}", state.writes)
    }
}
