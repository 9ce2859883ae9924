//! Lambda: events are delivered, at once or later, twice if told, and again after a failure, three times in all.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shared::outbound::Site;

use super::fakes::{Fake, hash};
use super::world::World;
use crate::decision::Policy;
use crate::handler::{Handled, Handler};
use crate::record::{LEASE_MARGIN, Lease};
use crate::repository::Repository;

pub(super) static REPOSITORIES: LazyLock<Vec<Repository>> =
    LazyLock::new(|| vec![Repository::parse("acme/shop").unwrap()]);

static SITE: LazyLock<Site> = LazyLock::new(Site::default);

pub(super) const POLICY: Policy = Policy {
    dry_run: false,
    paused: false,
    max_asks: 60,
    max_proposals: 4,
    max_issues: 10,
    max_mails: 20,
};

type Running = Pin<Box<dyn Future<Output = anyhow::Result<Vec<Handled>>>>>;

struct Invocation {
    id: u64,
    event: Event,
    ends_at: Timestamp,
    running: Running,
}

#[derive(Clone)]
struct Event {
    request: String,
    body: Value,
    due: Timestamp,
    tries: u32,
}

pub(super) struct Lambda {
    pub(super) world: Arc<World>,
    pub(super) policy: Policy,
    pub(super) has_github: bool,
    pub(super) has_model: bool,
    waiting: Vec<Event>,
    /// What became of each delivery that ended by itself.
    pub(super) handled: Vec<Result<Vec<Handled>, String>>,
    /// Whether an event that failed is delivered again.
    pub(super) retries: bool,
    /// When each invocation ends at the latest.
    pub(super) ends: HashMap<u64, Timestamp>,
    /// Events that failed three times.
    pub(super) dead_letters: usize,
    /// Invocations that Lambda had to end.
    pub(super) killed: usize,
}

impl Lambda {
    pub(super) fn new() -> Self {
        Self {
            world: Arc::new(World::new()),
            policy: POLICY,
            has_github: true,
            has_model: true,
            waiting: Vec::new(),
            handled: Vec::new(),
            retries: true,
            ends: HashMap::new(),
            dead_letters: 0,
            killed: 0,
        }
    }

    /// Puts a log into the bucket.
    pub(super) fn upload(&self, key: &str, text: &str) {
        let bytes = text.as_bytes().to_vec();
        self.world.lock().objects.insert(key.to_owned(), bytes);
    }

    /// The notification of an object, after so many milliseconds.
    pub(super) fn notify(&mut self, key: &str, after: i64) {
        let bytes = self
            .world
            .lock()
            .objects
            .get(key)
            .cloned()
            .unwrap_or_default();
        let body = json!({"Records": [{"eventName": "ObjectCreated:Put", "s3": {
            "bucket": {"name": "ci-logs"},
            "object": {"key": key, "size": bytes.len(), "eTag": hash(&bytes), "sequencer": "01"},
        }}]});
        self.deliver(body, after);
    }

    pub(super) fn deliver(&mut self, body: Value, after: i64) {
        let mut inner = self.world.lock();
        let due = inner.now + SignedDuration::from_millis(after);
        let request = format!("request-{}", inner.serial());
        drop(inner);
        self.waiting.push(Event {
            request,
            body,
            due,
            tries: 0,
        });
    }

    /// Runs until nothing is left to do.
    pub(super) fn run(&mut self) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let _guard = runtime.enter();
        let mut running: Vec<Invocation> = Vec::new();
        loop {
            self.begin(&mut running);
            let before = running.len();
            self.poll(&mut running);
            if running.is_empty() && self.waiting.is_empty() {
                return;
            }
            if running.len() == before {
                self.wait();
            }
        }
    }

    fn begin(&mut self, running: &mut Vec<Invocation>) {
        let now = self.world.lock().now;
        let (due, later) = self
            .waiting
            .drain(..)
            .partition(|event: &Event| event.due <= now);
        self.waiting = later;
        for mut event in due {
            event.tries += 1;
            let ends_at = now + SignedDuration::from_secs(30);
            let id = self.world.lock().serial();
            self.ends.insert(id, ends_at);
            let running_now = self.invoke(id, &event, ends_at);
            running.push(Invocation {
                id,
                event,
                ends_at,
                running: running_now,
            });
        }
    }

    fn invoke(&self, id: u64, event: &Event, ends_at: Timestamp) -> Running {
        let fake = Fake {
            world: Arc::clone(&self.world),
            invocation: id,
            ends_at,
            has_github: self.has_github,
            has_model: self.has_model,
        };
        let (policy, event) = (self.policy, event.clone());
        Box::pin(async move {
            let handler = Handler {
                objects: fake.clone(),
                records: fake.clone(),
                reports: fake.clone(),
                github: fake.clone(),
                llm: fake.clone(),
                time: fake.clone(),
                bucket: "ci-logs",
                site: &SITE,
                repositories: &REPOSITORIES,
                policy,
                lease: Lease {
                    request: event.request,
                    until: ends_at + LEASE_MARGIN,
                },
                ends_at,
                meter: &fake,
            };
            handler.handle(&event.body).await
        })
    }

    fn poll(&mut self, running: &mut Vec<Invocation>) {
        let mut context = Context::from_waker(Waker::noop());
        let mut still = Vec::new();
        for mut invocation in running.drain(..) {
            let polled = invocation.running.as_mut().poll(&mut context);
            let is_dead = self.world.lock().dead.contains(&invocation.id);
            let is_over = self.world.lock().now >= invocation.ends_at;
            match polled {
                Poll::Ready(Ok(handled)) => self.handled.push(Ok(handled)),
                Poll::Ready(Err(error)) => {
                    self.handled.push(Err(format!("{error:#}")));
                    self.again(invocation);
                }
                Poll::Pending if is_dead || is_over => {
                    self.killed += usize::from(!is_dead);
                    self.world.lock().working.remove(&invocation.id);
                    self.again(invocation);
                }
                Poll::Pending => still.push(invocation),
            }
        }
        *running = still;
    }

    /// After one minute, and after two more.
    fn again(&mut self, invocation: Invocation) {
        let Event {
            request,
            body,
            tries,
            ..
        } = invocation.event;
        if tries == 3 || !self.retries {
            self.dead_letters += 1;
            return;
        }
        let due = self.world.lock().now + SignedDuration::from_mins(i64::from(tries));
        self.waiting.push(Event {
            request,
            body,
            due,
            tries,
        });
    }

    fn wait(&self) {
        let due = self.waiting.iter().map(|event| event.due).min();
        if !self.world.go_on(due) {
            // A thread works: that takes the machine's own time.
            std::thread::sleep(std::time::Duration::from_micros(100));
        }
    }
}
