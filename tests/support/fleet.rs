//! A fleet in a simulated AWS on a virtual clock: many ECS services and containers on EC2 hosts, each with its alarms, and
//! the real handler invoked as Lambda would.
//!
//! Everything happens at a virtual time, in an order that follows from a seed: calls take time and overlap, rollouts take
//! minutes and may fail, alarms follow from metrics, messages are late, twice or lost, and invocations are killed, frozen or
//! throttled at any of their calls. Time passes only when nothing else can go on, so an hour takes milliseconds.
//!
//! It knows no permissions, no throttling that builds up (calls are counted instead, [`Fleet::calls`]), no composite alarms,
//! no alarms on expressions, and no ECS of its own mind: tasks do not fail, and nobody but the schedule deploys or scales.

mod call;
mod chaos;
mod cloudwatch;
mod engine;
mod hosts;
mod invariants;
mod lambda;
mod people;
mod playbooks;
mod random;
mod s3;
mod schedule;
mod services;
mod subject;
mod targets;

use std::collections::{BTreeMap, HashMap, HashSet};

use alarm_playbook::decision::Policy;
use alarm_playbook::target::Target;
use jiff::{SignedDuration, Timestamp};

pub use self::call::{Api, Aws};
pub use self::chaos::{Chaos, Fault, Weather};
pub use self::cloudwatch::{THRESHOLD, Watch};
pub use self::engine::Engine;
use self::engine::Event;
pub use self::invariants::{Effect, Promise};
pub use self::lambda::Invocation;
pub use self::people::Sent;
pub use self::playbooks::{Shape, playbooks};
pub use self::random::Random;
pub use self::s3::Bucket;
pub use self::schedule::{Outcome, run};
pub use self::subject::{Remedy, Subject, Symptoms, Thing};

/// The account and the region of the fleet.
pub const ACCOUNT: &str = "111122223333";
/// The region.
pub const REGION: &str = "eu-west-1";
/// The topic that alarms publish to.
pub const ALERTS: &str = "arn:aws:sns:eu-west-1:111122223333:alerts";

/// The fleet and everything around it.
#[derive(Debug)]
pub struct Fleet {
    /// The time, as AWS has it.
    pub now: Timestamp,
    /// What every choice is drawn from.
    pub random: Random,
    /// What alarms are about and steps act on.
    pub subjects: Vec<Subject>,
    /// The alarms.
    pub watches: Vec<Watch>,
    /// The state bucket.
    pub bucket: Bucket,
    /// What people got.
    pub sent: Vec<Sent>,
    /// Every invocation so far.
    pub invocations: Vec<Invocation>,
    /// What the function did to the world.
    pub effects: Vec<Effect>,
    /// What goes wrong with calls.
    pub chaos: Chaos,
    /// What goes wrong with messages.
    pub weather: Weather,
    /// How many calls there were of each API in each second.
    pub calls: BTreeMap<Api, BTreeMap<i64, usize>>,
    /// What must never happen and did.
    pub violations: Vec<(Promise, String)>,
    /// What the installation allows at this time.
    pub policy: Policy,
    /// Whether the schedule runs.
    pub has_schedule: bool,
    /// The limits that the invariants are checked against.
    pub limits: alarm_playbook::playbook::Defaults,
    /// How many targets the playbook file knows.
    pub known_targets: usize,
    /// Playbooks' time windows in which nothing is done, as the invariants know them: from, until.
    pub mute: Option<(Timestamp, Timestamp)>,
    /// What the function measured of itself, by name.
    pub measured: BTreeMap<String, usize>,
    agenda: BTreeMap<(Timestamp, u64), Event>,
    places: HashMap<Target, usize>,
    killed: Vec<usize>,
    turns: u64,
    names: HashMap<String, usize>,
    named: u64,
    awaited: HashSet<String>,
}

impl Fleet {
    /// A healthy fleet without faults.
    pub fn new(
        now: Timestamp,
        seed: u64,
        shape: Shape,
        limits: alarm_playbook::playbook::Defaults,
    ) -> Self {
        let mut fleet = Self {
            now,
            random: Random::new(seed),
            subjects: Vec::new(),
            watches: Vec::new(),
            bucket: Bucket::default(),
            sent: Vec::new(),
            invocations: Vec::new(),
            effects: Vec::new(),
            chaos: Chaos::default(),
            weather: Weather::default(),
            calls: BTreeMap::new(),
            violations: Vec::new(),
            policy: playbooks::policy(),
            has_schedule: true,
            limits,
            known_targets: shape.services + shape.hosts,
            mute: None,
            measured: BTreeMap::new(),
            agenda: BTreeMap::new(),
            places: HashMap::new(),
            killed: Vec::new(),
            turns: 0,
            names: HashMap::new(),
            named: 0,
            awaited: HashSet::new(),
        };
        fleet.populate(shape);
        fleet
    }

    fn populate(&mut self, shape: Shape) {
        for n in 0..shape.services + shape.hosts {
            let subject = match n.checked_sub(shape.services) {
                None => Subject::service(n, self.now),
                Some(host) => Subject::host(host),
            };
            self.places.insert(subject.target.clone(), n);
            self.names.insert(subject.name.clone(), n);
            for watch in cloudwatch::watches(n, &subject, shape.alarms) {
                self.names.insert(watch.name.clone(), self.watches.len());
                self.watches.push(watch);
            }
            self.subjects.push(subject);
        }
    }

    /// Lets something happen at a time; what is due at the same time happens in random order.
    pub fn at(&mut self, at: Timestamp, what: impl FnOnce(&mut Self) + Send + 'static) {
        self.push(at, Event::Do(Box::new(what)));
    }

    /// Lets something happen after a while.
    pub fn after(&mut self, wait: SignedDuration, what: impl FnOnce(&mut Self) + Send + 'static) {
        self.at(self.now + wait, what);
    }

    fn push(&mut self, at: Timestamp, event: Event) {
        self.turns += 1;
        let turn = (self.random.number() << 32) | (self.turns & 0xffff_ffff);
        self.agenda.insert((at.max(self.now), turn), event);
    }

    /// The subject of this target.
    pub fn place(&self, target: &Target) -> Option<usize> {
        self.places.get(target).copied()
    }

    /// A number that nothing else has.
    fn name(&mut self) -> u64 {
        self.named += 1;
        self.named
    }

    /// The most calls of an API in any one second.
    pub fn peak(&self, api: Api) -> usize {
        let seconds = self.calls.get(&api);
        seconds
            .and_then(|seconds| seconds.values().max())
            .copied()
            .unwrap_or_default()
    }

    /// All calls of an API.
    pub fn total(&self, api: Api) -> usize {
        self.calls
            .get(&api)
            .map_or(0, |seconds| seconds.values().sum())
    }
}
