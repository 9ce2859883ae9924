//! A small AWS in memory: one ECS service, one bucket, two ways to people, a clock, and faults on demand.
//!
//! It keeps state and obeys the services' documented rules: conditional writes are atomic, every forced
//! deployment is a new one, every message is kept. It knows no throttling that builds up, no permissions
//! and no rollouts that take time.

mod effects;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use alarm_playbook::services::Deployment;
use jiff::{SignedDuration, Timestamp};
use shared::outbound::Outbound;
use shared::reports::Channel;

/// What goes wrong with one call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// The call is carried out and its answer never arrives.
    LostAnswer,
    /// The call never arrives.
    LostRequest,
    /// The service says that it is throttled, and does nothing.
    Throttled,
    /// The service refuses for good.
    Denied,
    /// Another conditional write is under way (409); for writes only.
    Busy,
    /// The process is killed before the call goes out.
    CrashBefore,
    /// The process is killed after the call was carried out.
    CrashAfter,
    /// The new deployment fails, ECS rolls it back, and the process is killed meanwhile; for deployments only.
    RolledBack,
    /// The call takes effect and is answered after all others.
    Slow,
    /// The process is frozen on the answer for longer than its lease lasts, then goes on.
    Frozen,
}

/// The calls that a function makes, for faults that hit a certain one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Operation {
    /// `GetObject`.
    Read,
    /// `PutObject`.
    Write,
    /// `ListTagsForResource`.
    Tags,
    /// `DescribeServices`.
    Describe,
    /// `UpdateService`.
    Deploy,
    /// `Publish` or `SendEmail`.
    Send,
}

/// The world, seen from outside.
#[derive(Debug)]
pub struct World {
    /// The time.
    pub now: Timestamp,
    /// How often a new deployment was forced by the function.
    pub restarts: usize,
    /// The service's primary deployment.
    pub primary: Deployment,
    /// How many calls reached AWS.
    pub calls: usize,
    /// How many times Lambda invoked the function.
    pub invocations: usize,
    /// What people got.
    pub sent: Vec<(Channel, Outbound)>,
    was_rolled_back: bool,
    objects: BTreeMap<String, (u64, Vec<u8>)>,
    writes: u64,
    nonces: u64,
    /// Faults still to come: after so many more calls of this kind.
    faults: Vec<(Operation, usize, Fault)>,
    /// How many turns each call waits before it takes effect; repeats. This is what interleaves invocations.
    turns: VecDeque<u8>,
}

/// The world as one invocation holds it: the world goes on when the invocation is dead.
#[derive(Clone, Debug)]
pub struct Simulated {
    world: Arc<Mutex<World>>,
    is_dead: Arc<Mutex<bool>>,
    /// When Lambda kills the invocation.
    deadline: Timestamp,
}

impl World {
    /// A world at `now` with a steady service and no faults.
    pub fn new(now: Timestamp) -> Self {
        Self {
            now,
            restarts: 0,
            primary: deployment("ecs-svc/1", now - SignedDuration::from_hours(1)),
            calls: 0,
            invocations: 0,
            sent: Vec::new(),
            was_rolled_back: false,
            objects: BTreeMap::new(),
            writes: 0,
            nonces: 0,
            faults: Vec::new(),
            turns: VecDeque::from([0]),
        }
    }

    /// Lets `fault` hit the call of this kind that comes after `skipped` others of it.
    #[must_use]
    pub fn with_fault(mut self, operation: Operation, skipped: usize, fault: Fault) -> Self {
        self.faults.push((operation, skipped, fault));
        self
    }

    /// Sets how many turns each call waits, in a cycle.
    #[must_use]
    pub fn with_turns(mut self, turns: impl IntoIterator<Item = u8>) -> Self {
        self.turns = turns.into_iter().collect();
        self.turns.push_back(1);
        self
    }

    /// How many messages went over a channel.
    pub fn sent_over(&self, channel: Channel) -> usize {
        let over = |sent: &&(Channel, Outbound)| sent.0 == channel;
        self.sent.iter().filter(over).count()
    }

    /// The only object in the bucket, as JSON; null if there is none.
    pub fn record(&self) -> serde_json::Value {
        let only = self.objects.values().next();
        only.map_or(serde_json::Value::Null, |(_, body)| {
            serde_json::from_slice(body).unwrap()
        })
    }

    /// Forces a new deployment as somebody else would.
    pub fn deploy_by_hand(&mut self) {
        self.primary = deployment("ecs-svc/by-hand", self.now);
    }

    /// Puts an object into the bucket as somebody else would.
    pub fn put(&mut self, key: &str, body: &serde_json::Value) {
        self.writes += 1;
        let body = body.to_string().into_bytes();
        self.objects.insert(key.to_owned(), (self.writes, body));
    }

    fn fault(&mut self, operation: Operation) -> Option<Fault> {
        let mut hit = None;
        self.faults.retain_mut(|(kind, skipped, fault)| {
            if *kind != operation {
                return true;
            }
            if *skipped == 0 && hit.is_none() {
                hit = Some(*fault);
                return false;
            }
            *skipped = skipped.saturating_sub(1);
            true
        });
        hit
    }

    /// Whether the next write meets another one, which uses up the fault.
    fn is_busy(&mut self) -> bool {
        let busy = |fault: &(Operation, usize, Fault)| *fault == (Operation::Write, 0, Fault::Busy);
        let found = self.faults.iter().position(busy);
        found.map(|busy| self.faults.remove(busy)).is_some()
    }

    fn turns(&mut self) -> u8 {
        let turns = self.turns.pop_front().unwrap_or_default();
        self.turns.push_back(turns);
        turns
    }
}

/// A completed deployment of the service's only task definition. Rollouts are over at once: one in progress must not be
/// what prevents a second restart here.
fn deployment(id: &str, created: Timestamp) -> Deployment {
    Deployment {
        id: id.to_owned(),
        status: "PRIMARY".to_owned(),
        task_definition: "checkout:7".to_owned(),
        rollout_state: "COMPLETED".to_owned(),
        created_at: Some(created),
        updated_at: Some(created),
    }
}

impl Simulated {
    /// `world` for one invocation that may last 30 seconds from now.
    pub fn invocation(world: &Arc<Mutex<World>>) -> Self {
        let now = {
            let mut world = world.lock().unwrap();
            world.invocations += 1;
            world.now
        };
        Self {
            world: Arc::clone(world),
            is_dead: Arc::default(),
            deadline: now + SignedDuration::from_secs(30),
        }
    }

    /// When Lambda kills the invocation.
    pub fn deadline(&self) -> Timestamp {
        self.deadline
    }

    /// Whether the invocation was killed, so that nothing of it counts but what it did to the world.
    pub fn is_dead(&self) -> bool {
        *self.is_dead.lock().unwrap()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    fn die(&self) {
        *self.is_dead.lock().unwrap() = true;
    }
}
