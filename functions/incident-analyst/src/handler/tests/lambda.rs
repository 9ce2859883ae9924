//! Lambda: events are delivered, at once or later, and again after a failure, three times in all.

use std::future::Future;
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::world::{Fake, World};
use crate::concerns::Concerns;
use crate::handler::{Handled, Handler};
use crate::record::{LEASE_MARGIN, Lease};

static CONCERNS: LazyLock<Concerns> = LazyLock::new(|| Concerns {
    own_alarms: vec!["medic-incident-analyst-".to_owned()],
    region: "eu-west-1".to_owned(),
});

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
    pub(super) world: World,
    pub(super) is_paused: bool,
    waiting: Vec<Event>,
    /// What became of each delivery that ended by itself.
    pub(super) handled: Vec<Result<Vec<Handled>, String>>,
    /// When each invocation ends at the latest.
    pub(super) ends: std::collections::HashMap<u64, Timestamp>,
    /// Events that failed three times.
    pub(super) dead_letters: usize,
    /// Invocations that Lambda had to end.
    pub(super) killed: usize,
}

impl Lambda {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            world: World::new(now),
            is_paused: false,
            waiting: Vec::new(),
            handled: Vec::new(),
            ends: std::collections::HashMap::new(),
            dead_letters: 0,
            killed: 0,
        }
    }

    pub(super) fn deliver(&mut self, body: Value, after: SignedDuration) {
        let mut inner = self.world.lock();
        let due = inner.now + after;
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
        let mut running: Vec<Invocation> = Vec::new();
        loop {
            self.begin(&mut running);
            let before = running.len();
            self.poll(&mut running);
            if running.is_empty() && self.waiting.is_empty() {
                return;
            }
            if running.len() == before {
                let ends = running.iter().map(|invocation| invocation.ends_at);
                let due = self.waiting.iter().map(|event| event.due).chain(ends).min();
                self.world.go_on(due);
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
            running.push(Invocation {
                id,
                running: self.invoke(id, &event, ends_at),
                event,
                ends_at,
            });
        }
    }

    fn invoke(&self, invocation: u64, event: &Event, ends_at: Timestamp) -> Running {
        let fake = Fake {
            world: self.world.clone(),
            invocation,
            ends_at,
        };
        let (is_paused, event) = (self.is_paused, event.clone());
        Box::pin(async move {
            let handler = Handler {
                records: fake.clone(),
                evidence: fake.clone(),
                summaries: fake.clone(),
                time: fake.clone(),
                concerns: &CONCERNS,
                account: "111122223333".to_owned(),
                console: None,
                is_paused,
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
                    self.again(invocation);
                }
                Poll::Pending => still.push(invocation),
            }
        }
        *running = still;
    }

    /// After one minute, and after two more.
    fn again(&mut self, invocation: Invocation) {
        let event = invocation.event;
        if event.tries == 3 {
            self.dead_letters += 1;
            return;
        }
        let due = self.world.lock().now + SignedDuration::from_mins(i64::from(event.tries));
        self.waiting.push(Event { due, ..event });
    }
}
