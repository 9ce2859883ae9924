//! A small AWS in memory: one ECS service that answers with errors, its alarm, one bucket, two ways to people, a clock, and
//! faults on demand.
//!
//! It keeps state and obeys the services' documented rules: conditional writes are atomic, every forced
//! deployment is a new one, every message is kept, a minute's datapoint is there when the minute is over. It knows no
//! throttling that builds up, no permissions and no rollouts that take time.

mod cloudwatch;
mod effects;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use alarm_playbook::alarms::AlarmNow;
use alarm_playbook::load::Load;
use alarm_playbook::targets::Deployment;
use jiff::{SignedDuration, Timestamp};
use shared::alarm::State;
use shared::metrics::Metric;
use shared::outbound::Outbound;
use shared::reports::Channel;

pub use self::cloudwatch::Watches;

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
    /// `PutObject` of an index entry.
    Mark,
    /// `PutObject` of a closed copy.
    Archive,
    /// `PutObject`, `ListObjectsV2` and `DeleteObject` of what an action needs besides its record: marks, places and slots.
    Reserve,
    /// `GetObject` and `PutObject` of the kill switch and of the storm.
    Control,
    /// `ListObjectsV2` of the index.
    List,
    /// `DeleteObject`.
    Remove,
    /// `ListTagsForResource`.
    Tags,
    /// `DescribeAlarms` of one alarm.
    Alarm,
    /// `DescribeAlarms` of those that fire.
    Firing,
    /// `DescribeAlarmHistory`.
    History,
    /// `GetMetricData`.
    Measure,
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
    /// When they got it.
    pub sent_at: Vec<Timestamp>,
    /// What the function measured about itself.
    pub metrics: Vec<Metric>,
    /// Whether a restart ends the errors.
    pub restart_helps: bool,
    /// Whether anybody uses the service.
    pub has_traffic: bool,
    /// What the alarm watches.
    pub watches: Watches,
    /// The load behind the alarm, as CloudWatch counts it.
    pub load: Option<Load>,
    /// The alarm's threshold.
    pub threshold: f64,
    /// When the alarm was last configured.
    pub configured_at: Option<Timestamp>,
    /// The state that the alarm was in before, as its history has it.
    pub state_before: State,
    /// How long the alarm stays in ALARM after its metric is back.
    pub alarm_lag: SignedDuration,
    /// The playbook file's mute windows, as it writes them.
    pub mute: &'static str,
    /// Alarms that fire and that nobody was told of.
    pub firing: Vec<AlarmNow>,
    /// Since when there are no errors any more.
    healthy_from: Option<Timestamp>,
    was_rolled_back: bool,
    objects: BTreeMap<String, StoredObject>,
    writes: u64,
    nonces: u64,
    /// Faults still to come: after so many more calls of this kind.
    faults: Vec<(Operation, usize, Fault)>,
    /// How many turns each call waits before it takes effect; repeats. This is what interleaves invocations.
    turns: VecDeque<u8>,
}

/// An object in the bucket.
#[derive(Debug)]
struct StoredObject {
    version: u64,
    body: Vec<u8>,
    modified_at: Timestamp,
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
            sent_at: Vec::new(),
            metrics: Vec::new(),
            restart_helps: true,
            has_traffic: true,
            watches: Watches::Errors,
            load: None,
            threshold: 10.0,
            configured_at: None,
            state_before: State::Ok,
            alarm_lag: SignedDuration::from_mins(1),
            mute: "[]",
            firing: Vec::new(),
            healthy_from: None,
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

    /// Lets `fault` hit the call of this kind that comes after `skipped` others of it.
    pub fn add_fault(&mut self, operation: Operation, skipped: usize, fault: Fault) {
        self.faults.push((operation, skipped, fault));
    }

    /// Lets the errors end by themselves.
    pub fn heal(&mut self) {
        self.healthy_from = Some(self.now);
    }

    /// Raises the alarm's threshold beyond any number of errors.
    pub fn raise_threshold(&mut self) {
        self.threshold = 1_000.0;
        self.configured_at = Some(self.now);
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

    /// The only record in the bucket, as JSON; null if there is none.
    pub fn record(&self) -> serde_json::Value {
        self.object_under("targets/")
    }

    /// The only closed copy of an incident in the bucket, as JSON; null if there is none.
    pub fn closed(&self) -> serde_json::Value {
        self.object_under("incidents/")
    }

    /// All objects in the bucket.
    pub fn stored(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let objects = self.objects.iter();
        objects.map(|(key, stored)| (key.as_str(), stored.body.as_slice()))
    }

    fn object_under(&self, prefix: &str) -> serde_json::Value {
        let mut under = self
            .objects
            .iter()
            .filter(|(key, _)| key.starts_with(prefix));
        let Some((_, stored)) = under.next() else {
            return serde_json::Value::Null;
        };
        assert!(
            under.next().is_none(),
            "more than one object under {prefix}"
        );
        serde_json::from_slice(&stored.body).unwrap()
    }

    /// The index of open incidents.
    pub fn open(&self) -> Vec<String> {
        let keys = self.objects.keys();
        keys.filter(|key| key.starts_with("open/"))
            .cloned()
            .collect()
    }

    /// How often the function measured this about itself.
    pub fn measured(&self, name: &str) -> usize {
        self.metrics
            .iter()
            .filter(|metric| metric.name == name)
            .count()
    }

    /// Forces a new deployment as somebody else would.
    pub fn deploy_by_hand(&mut self) {
        self.primary = deployment("ecs-svc/by-hand", self.now);
    }

    /// Puts an object into the bucket as somebody else would.
    pub fn put(&mut self, key: &str, body: &serde_json::Value) {
        let body = body.to_string().into_bytes();
        self.store(key, body);
    }

    fn store(&mut self, key: &str, body: Vec<u8>) -> u64 {
        self.writes += 1;
        let stored = StoredObject {
            version: self.writes,
            body,
            modified_at: self.now,
        };
        self.objects.insert(key.to_owned(), stored);
        self.writes
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
        rollout_state_reason: String::new(),
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
