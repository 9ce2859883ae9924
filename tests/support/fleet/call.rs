//! One call to AWS: it takes time on the way there and back, takes effect in between, and may go wrong at each point.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use shared::clock::{Clock, Nonces};
use shared::failure::{CallError, Effect, FailureKind};
use shared::metrics::{Meter, Metric};

use super::engine::Event;
use super::{Fault, Fleet};

/// The APIs, as far as their limits differ.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Api {
    /// S3 `GetObject`.
    GetObject,
    /// S3 `PutObject`.
    PutObject,
    /// S3 `ListObjectsV2`.
    ListObjects,
    /// S3 `DeleteObject`.
    DeleteObject,
    /// CloudWatch `DescribeAlarms`, each page.
    DescribeAlarms,
    /// CloudWatch `DescribeAlarmHistory`.
    DescribeAlarmHistory,
    /// CloudWatch `ListTagsForResource`.
    ListTags,
    /// CloudWatch `GetMetricData`.
    GetMetricData,
    /// ECS `DescribeServices`, and what else a look at a target takes.
    Look,
    /// ECS and SSM calls that change something.
    Act,
    /// SSM lookups of commands and automations.
    Run,
    /// SNS `Publish` and SES `SendEmail`.
    Send,
}

/// AWS as one invocation sees it.
#[derive(Clone, Debug)]
pub struct Aws {
    fleet: Arc<Mutex<Fleet>>,
    pub(super) id: usize,
}

/// Waits for a time, and longer while the process is frozen.
struct Until<'a> {
    aws: &'a Aws,
    at: Timestamp,
}

impl Future for Until<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut fleet = self.aws.fleet.lock().unwrap();
        let frozen = fleet.invocations[self.aws.id].frozen_until;
        let at = frozen.map_or(self.at, |until| self.at.max(until));
        if fleet.now >= at {
            return Poll::Ready(());
        }
        fleet.push(at, Event::Wake(context.waker().clone()));
        Poll::Pending
    }
}

impl Aws {
    pub(super) fn new(fleet: &Arc<Mutex<Fleet>>, id: usize) -> Self {
        Self {
            fleet: Arc::clone(fleet),
            id,
        }
    }

    pub(super) fn fleet(&self) -> MutexGuard<'_, Fleet> {
        self.fleet.lock().unwrap()
    }

    /// Waits between two numbers of milliseconds.
    async fn wait(&self, least: i64, most: i64) {
        let at = {
            let mut fleet = self.fleet();
            let wait = fleet.random.millis(least, most);
            fleet.now + wait
        };
        Until { aws: self, at }.await;
    }

    /// The process is gone: nothing after this happens.
    async fn die<T>(&self) -> T {
        self.fleet().killed.push(self.id);
        std::future::pending().await
    }

    /// One call. What it does to the world happens at one moment between going out and coming back.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        api: Api,
        take_effect: impl FnOnce(&mut Fleet, usize) -> T + Send + 'static,
    ) -> Result<T, CallError> {
        let fault = self.fleet().begin_call(api, self.id);
        if fault == Some(Fault::CrashBefore) {
            return self.die().await;
        }
        self.wait(2, 30).await;
        match fault {
            Some(Fault::LostRequest) => {
                self.wait(500, 3_000).await;
                return Err(lost(api));
            }
            Some(Fault::Late) => {
                self.arrive_late(take_effect);
                return Err(lost(api));
            }
            Some(Fault::Throttled | Fault::Busy) => {
                return Err(refused(api, FailureKind::Transient));
            }
            Some(Fault::Denied) => return Err(refused(api, FailureKind::Permanent)),
            _ => {}
        }
        let answer = take_effect(&mut self.fleet(), self.id);
        match fault {
            Some(Fault::CrashAfter) => return self.die().await,
            Some(Fault::LostAnswer) => {
                self.wait(500, 3_000).await;
                return Err(lost(api));
            }
            Some(Fault::Frozen) => self.freeze(),
            Some(Fault::Slow) => self.wait(2_000, 9_000).await,
            _ => {}
        }
        self.wait(2, 30).await;
        Ok(answer)
    }

    /// The request is on its way when the caller gives up, and arrives within the time that the lease still holds.
    fn arrive_late<T>(&self, take_effect: impl FnOnce(&mut Fleet, usize) -> T + Send + 'static) {
        let mut fleet = self.fleet();
        let (id, wait) = (self.id, fleet.random.millis(100, 4_000));
        fleet.after(wait, move |fleet| drop(take_effect(fleet, id)));
    }

    fn freeze(&self) {
        let mut fleet = self.fleet();
        let until = fleet.now + fleet.random.seconds(40, 180);
        fleet.invocations[self.id].frozen_until = Some(until);
    }
}

impl Fleet {
    fn begin_call(&mut self, api: Api, id: usize) -> Option<Fault> {
        self.count(api, 1);
        let fault = self.chaos.next(&mut self.random, self.now);
        // Nobody may be refused the records for good: that is a broken installation, not a fault to live through.
        let is_record = matches!(
            api,
            Api::GetObject | Api::PutObject | Api::ListObjects | Api::DeleteObject
        );
        let fault = fault.filter(|fault| !(is_record && *fault == Fault::Denied));
        self.invocations[id].is_disturbed |= fault.is_some();
        fault
    }

    /// Counts calls of an API in this second.
    pub(super) fn count(&mut self, api: Api, calls: usize) {
        let second = self.now.as_second();
        *self
            .calls
            .entry(api)
            .or_default()
            .entry(second)
            .or_default() += calls;
    }
}

pub(super) fn lost(api: Api) -> CallError {
    let fate = (FailureKind::Transient, Effect::Unknown);
    CallError::new("simulate", format!("{api:?}"), fate, "the connection broke")
}

pub(super) fn refused(api: Api, kind: FailureKind) -> CallError {
    let fate = (kind, Effect::None);
    CallError::new("simulate", format!("{api:?}"), fate, "the service refused")
}

impl Clock for Aws {
    fn now(&self) -> Timestamp {
        let fleet = self.fleet();
        let now = fleet.now + fleet.invocations[self.id].skew;
        Timestamp::from_millisecond(now.as_millisecond()).unwrap()
    }

    async fn pause(&self, time: Duration) {
        let at = self.fleet().now + SignedDuration::try_from(time).unwrap();
        Until { aws: self, at }.await;
    }
}

impl Nonces for Aws {
    fn nonce(&self) -> String {
        format!("nonce-{:016x}", self.fleet().random.number())
    }
}

impl Meter for Aws {
    fn record(&self, metric: &Metric, _at: Timestamp) {
        *self
            .fleet()
            .measured
            .entry(metric.name.to_string())
            .or_default() += 1;
    }
}
