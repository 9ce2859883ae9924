//! A world for the handler: a bucket, sources and a model that remember, on a clock of their own, and that fail as they are told. It
//! does not page lists and does not check what is sent; the clients' own tests do.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use shared::clock::{Clock, Nonces};
use shared::failure::{CallError, Effect, FailureKind};
use shared::metrics::{Meter, Metric};
use shared::records::{ETag, Listed, Precondition, Records, Stored, Written};

use crate::analysis::{Analysis, Summary};
use crate::case::{Case, Collect, Summarise};
use crate::evidence::{Evidence, Gathered};

/// What goes wrong with one call.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Fault {
    #[default]
    None,
    /// It fails and has no effect, and may pass.
    Before,
    /// It has its effect, and the answer is lost.
    After,
    /// It is refused for good.
    Refused,
    /// Nothing comes, until the client gives up.
    Hang,
    /// It takes longer than others.
    Slow,
    /// The sandbox dies before it.
    CrashBefore,
    /// The sandbox dies after it.
    CrashAfter,
    /// Before it, somebody else takes the incident over and writes a report.
    Overtaken,
}

/// What somebody else wrote.
pub(super) const ANOTHERS: &str = "{\"state\": \"another's\"}";

/// All there is.
pub(super) struct Inner {
    pub(super) now: Timestamp,
    timers: BTreeMap<u64, Timestamp>,
    serial: u64,
    pub(super) objects: BTreeMap<String, (Vec<u8>, u64)>,
    /// Keys that were written, when, and by which invocation.
    pub(super) written: Vec<(String, Timestamp, u64)>,
    /// The faults of the next calls to the bucket.
    pub(super) faults: VecDeque<Fault>,
    /// Objects whose keys end so cannot be read.
    pub(super) unreadable: Option<&'static str>,
    /// Writes of objects whose keys end so are refused.
    pub(super) unwritable: Option<&'static str>,
    /// Reads of objects whose keys end so hang, until the client gives up.
    pub(super) hanging: Option<&'static str>,
    /// The faults of the next collections.
    pub(super) collect_faults: VecDeque<Fault>,
    pub(super) collected: Vec<Case>,
    pub(super) has_model: bool,
    pub(super) asked: usize,
    pub(super) metrics: Vec<(&'static str, f64)>,
    pub(super) dead: HashSet<u64>,
}

#[derive(Clone)]
pub(super) struct World(Arc<Mutex<Inner>>);

impl World {
    pub(super) fn new(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            now,
            timers: BTreeMap::new(),
            serial: 0,
            objects: BTreeMap::new(),
            written: Vec::new(),
            faults: VecDeque::new(),
            unreadable: None,
            unwritable: None,
            hanging: None,
            collect_faults: VecDeque::new(),
            collected: Vec::new(),
            has_model: false,
            asked: 0,
            metrics: Vec::new(),
            dead: HashSet::new(),
        })))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    /// What a call does; if told so, after somebody else was faster.
    fn carry_out<V>(&self, effect: impl FnOnce(&mut Inner) -> V, fault: Fault) -> V {
        let mut inner = self.lock();
        if fault == Fault::Overtaken {
            inner.overtake();
        }
        effect(&mut inner)
    }

    /// Goes on to when the next sleeper wakes, or to `due` if that is earlier.
    pub(super) fn go_on(&self, due: Option<Timestamp>) {
        let mut inner = self.lock();
        let next = inner.timers.values().copied().chain(due).min();
        let next = next.expect("somebody waits for something");
        inner.now = inner.now.max(next);
    }

    async fn sleep(&self, time: SignedDuration) {
        let (serial, wake) = {
            let mut inner = self.lock();
            let (serial, wake) = (inner.serial(), inner.now + time);
            inner.timers.insert(serial, wake);
            (serial, wake)
        };
        let timer = Timer {
            world: self.clone(),
            serial,
        };
        std::future::poll_fn(|_| {
            if timer.world.lock().now >= wake {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}

/// A sleeper, forgotten when nobody waits any more.
struct Timer {
    world: World,
    serial: u64,
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.world.lock().timers.remove(&self.serial);
    }
}

impl Inner {
    pub(super) fn serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    pub(super) fn json(&self, key: &str) -> Value {
        let (body, _) = self.objects.get(key).unwrap_or_else(|| panic!("no {key}"));
        serde_json::from_slice(body).unwrap()
    }

    /// Somebody else analyses every incident that is begun.
    fn overtake(&mut self) {
        let is_begun = |key: &&String| key.starts_with("analyses/") && !key.contains("alarms");
        let begun: Vec<String> = self.objects.keys().filter(is_begun).cloned().collect();
        for key in begun {
            let mut record = self.json(&key);
            let until = self.now + SignedDuration::from_secs(45);
            record["nonce"] = "another".into();
            record["lease"] = serde_json::json!({"request": "another", "until": until});
            record["done"] = serde_json::json!({"at": self.now, "cause": "load"});
            let folder = format!("incidents/{}", record["incident"].as_str().unwrap());
            for (key, body) in [
                (key, record.to_string()),
                (format!("{folder}/analysis.json"), ANOTHERS.to_owned()),
                (format!("{folder}/report.html"), ANOTHERS.to_owned()),
            ] {
                let version = self.serial();
                self.objects.insert(key, (body.into_bytes(), version));
            }
        }
    }

    pub(super) fn count(&self, metric: &str) -> usize {
        self.metrics
            .iter()
            .filter(|(name, _)| *name == metric)
            .count()
    }
}

/// The world as one invocation sees it.
#[derive(Clone)]
pub(super) struct Fake {
    pub(super) world: World,
    pub(super) invocation: u64,
    pub(super) ends_at: Timestamp,
}

impl Fake {
    /// A call: what it does, with the fault that is due. Calls take some time, so that invocations overtake one another.
    async fn call<V>(&self, effect: impl FnOnce(&mut Inner) -> V) -> Result<V, CallError> {
        let fault = self.world.lock().faults.pop_front().unwrap_or_default();
        self.take_time(fault).await;
        match fault {
            Fault::Before | Fault::Hang => Err(call_error(FailureKind::Transient, Effect::Unknown)),
            Fault::Refused => Err(call_error(FailureKind::Permanent, Effect::None)),
            Fault::CrashBefore => self.die().await,
            Fault::None | Fault::Slow | Fault::After | Fault::CrashAfter | Fault::Overtaken => {
                let value = self.world.carry_out(effect, fault);
                match fault {
                    Fault::After => Err(call_error(FailureKind::Transient, Effect::Unknown)),
                    Fault::CrashAfter => self.die().await,
                    _ => Ok(value),
                }
            }
        }
    }

    async fn take_time(&self, fault: Fault) {
        let left = self.ends_at.duration_since(self.world.lock().now);
        let most = (left - SignedDuration::from_millis(200)).max(SignedDuration::ZERO);
        let time = match fault {
            // As the SDK's timeouts, which follow from the deadline.
            Fault::Hang => SignedDuration::from_secs(10),
            Fault::Slow => SignedDuration::from_secs(2),
            _ => SignedDuration::from_millis(20),
        };
        self.world.sleep(time.min(most)).await;
    }

    async fn die<V>(&self) -> V {
        self.world.lock().dead.insert(self.invocation);
        std::future::pending().await
    }
}

pub(super) fn call_error(kind: FailureKind, effect: Effect) -> CallError {
    CallError::new("call", "the fake", (kind, effect), "as told")
}

impl Records for Fake {
    async fn read(&self, key: &str) -> Result<Option<Stored>, CallError> {
        let unreadable = self.world.lock().unreadable;
        if unreadable.is_some_and(|end| key.ends_with(end)) {
            return Err(call_error(FailureKind::Transient, Effect::None));
        }
        let hanging = self.world.lock().hanging;
        if hanging.is_some_and(|end| key.ends_with(end)) {
            self.take_time(Fault::Hang).await;
            return Err(call_error(FailureKind::Transient, Effect::None));
        }
        let stored = |(body, version): &(Vec<u8>, u64)| Stored {
            body: body.clone(),
            etag: ETag(version.to_string()),
        };
        self.call(|inner| inner.objects.get(key).map(stored)).await
    }

    async fn write(
        &self,
        key: &str,
        body: Vec<u8>,
        precondition: Precondition,
    ) -> Result<Written, CallError> {
        let unwritable = self.world.lock().unwritable;
        if unwritable.is_some_and(|end| key.ends_with(end)) {
            return Err(call_error(FailureKind::Permanent, Effect::None));
        }
        self.call(|inner| {
            let found = inner
                .objects
                .get(key)
                .map(|(_, version)| version.to_string());
            let holds = match precondition {
                Precondition::Absent => found.is_none(),
                Precondition::Unchanged(ETag(etag)) => found == Some(etag),
            };
            if !holds {
                return Written::Moved;
            }
            let version = inner.serial();
            let now = inner.now;
            inner.objects.insert(key.to_owned(), (body, version));
            inner.written.push((key.to_owned(), now, self.invocation));
            Written::Saved(ETag(version.to_string()))
        })
        .await
    }

    async fn list(&self, _: &str, _: Option<&str>) -> Result<Vec<Listed>, CallError> {
        unreachable!("nothing is listed")
    }

    async fn remove(&self, _: &str) -> Result<(), CallError> {
        unreachable!("nothing is removed")
    }
}

impl Collect for Fake {
    /// Collectors never fail; if told so, they do not keep to their time.
    async fn collect(&self, case: &Case, _: Timestamp) -> Evidence {
        let fault = {
            let mut inner = self.world.lock();
            inner.collected.push(case.clone());
            inner.collect_faults.pop_front().unwrap_or_default()
        };
        match fault {
            Fault::Hang => self.world.sleep(SignedDuration::from_hours(1)).await,
            Fault::Slow => self.world.sleep(SignedDuration::from_secs(8)).await,
            Fault::CrashBefore | Fault::CrashAfter => self.die().await,
            _ => self.world.sleep(SignedDuration::from_secs(2)).await,
        }
        let now = self.world.lock().now;
        let mut evidence = case.unanswered(now);
        evidence.metrics = Gathered::default();
        evidence
    }
}

impl Summarise for Fake {
    fn is_configured(&self) -> bool {
        self.world.lock().has_model
    }

    async fn summarise(&self, _: &Analysis, _: Timestamp) -> Option<Summary> {
        self.world.lock().asked += 1;
        Some(Summary {
            text: "All of it broke.".to_owned(),
            evidence: vec!["E1".to_owned()],
            model: "fake".to_owned(),
        })
    }
}

impl Clock for Fake {
    fn now(&self) -> Timestamp {
        self.world.lock().now
    }

    async fn pause(&self, time: Duration) {
        self.world.sleep(time.try_into().unwrap()).await;
    }
}

impl Nonces for Fake {
    fn nonce(&self) -> String {
        format!("nonce-{}", self.world.lock().serial())
    }
}

impl Meter for Fake {
    fn record(&self, metric: &Metric, _: Timestamp) {
        self.world.lock().metrics.push((metric.name, metric.value));
    }
}
