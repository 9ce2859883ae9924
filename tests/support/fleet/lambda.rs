//! What Lambda does with messages and with the schedule: invokes, and after a failure invokes again, twice.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use alarm_playbook::aws::LEASE_MARGIN;
use alarm_playbook::handler::{Handled, Handler};
use alarm_playbook::playbook::PlaybookFile;
use alarm_playbook::record::Lease;
use alarm_playbook::report::Site;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::engine::Event;
use super::{ALERTS, Aws, Fleet, REGION};

/// The function's timeout, as in the template.
const TIMEOUT: SignedDuration = SignedDuration::from_secs(30);

/// The waits before the two retries of an asynchronous invocation (developer guide, "Retry behavior").
const WAITS: [SignedDuration; 2] = [SignedDuration::from_mins(1), SignedDuration::from_mins(2)];

/// How long a process that thaws after its time goes on before Lambda notices.
const THAWED: SignedDuration = SignedDuration::from_secs(20);

/// What became of an invocation.
pub(super) type Answer = Result<Vec<Handled>, String>;

/// An invocation to be made.
#[derive(Clone, Debug)]
pub(super) struct Start {
    pub(super) request: u64,
    pub(super) event: Arc<Value>,
    /// How often it was tried; none for the schedule's, which are not tried again.
    pub(super) tries: Option<usize>,
}

/// One run of the function.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says something else of an invocation"
)]
pub struct Invocation {
    /// When it began.
    pub started_at: Timestamp,
    /// How wrong its clock is.
    pub skew: SignedDuration,
    /// When it is frozen until.
    pub frozen_until: Option<Timestamp>,
    /// Whether Lambda ends it only after it thawed.
    is_postponed: bool,
    /// Whether anything went wrong with a call of its.
    pub is_disturbed: bool,
    /// Whether it may change anything, by its settings.
    pub is_live: bool,
    /// Whether the schedule began it.
    pub is_tick: bool,
    /// How it ended: none while it runs.
    pub answer: Option<Answer>,
    start: Start,
}

pub(super) type Run<'a> = Pin<Box<dyn Future<Output = Answer> + 'a>>;

/// Begins an invocation.
pub(super) fn invoke<'a>(
    fleet: &Arc<Mutex<Fleet>>,
    playbooks: &'a PlaybookFile,
    start: Start,
) -> (usize, Run<'a>) {
    let (id, skewed, policy) = {
        let mut world = fleet.lock().unwrap();
        let id = world.begin(&start);
        let skewed = world.now + world.invocations[id].skew;
        (id, skewed, world.policy.clone())
    };
    let aws = Aws::new(fleet, id);
    let run = async move {
        let handler = Handler {
            targets: aws.clone(),
            alarms: aws.clone(),
            records: aws.clone(),
            reports: aws.clone(),
            time: aws.clone(),
            playbooks,
            policy: policy.within(&playbooks.defaults),
            site: Site {
                region: REGION,
                state_bucket: "state",
                has_incident_reports: false,
            },
            lease: Lease {
                request: format!("request-{}", start.request),
                until: skewed + TIMEOUT + LEASE_MARGIN,
            },
            ends_at: skewed + TIMEOUT,
            alerts_topic: ALERTS,
            meter: &aws,
        };
        handler
            .handle(&start.event)
            .await
            .map_err(|error| format!("{error:#}"))
    };
    (id, Box::pin(run))
}

impl Invocation {
    /// The number of its request.
    pub fn request(&self) -> u64 {
        self.start.request
    }
}

impl Fleet {
    fn begin(&mut self, start: &Start) -> usize {
        let id = self.invocations.len();
        let skew = self.weather.skew;
        self.invocations.push(Invocation {
            started_at: self.now,
            skew: self.random.millis(-skew, skew),
            frozen_until: None,
            is_postponed: false,
            is_disturbed: false,
            is_live: !self.policy.dry_run && !self.policy.paused,
            is_tick: start.tries.is_none(),
            answer: None,
            start: start.clone(),
        });
        self.push(self.now + TIMEOUT, Event::Timeout(id));
        id
    }

    /// Delivers an event to the function after a while.
    pub fn deliver(&mut self, wait: SignedDuration, event: Value) {
        let start = Start {
            request: self.name(),
            event: Arc::new(event),
            tries: Some(0),
        };
        self.push(self.now + wait, Event::Start(start));
    }

    /// Runs the schedule once each minute from now on.
    pub fn tick(&mut self) {
        let lost = self.weather.lost_ticks;
        if self.has_schedule && !self.random.chance(lost) {
            let start = Start {
                request: self.name(),
                event: tick_event(),
                tries: None,
            };
            let wait = self.random.millis(0, 2_000);
            self.push(self.now + wait, Event::Start(start));
        }
        self.after(SignedDuration::from_mins(1), Self::tick);
    }

    /// When a frozen process is ended, if it is one.
    pub(super) fn thaws_after(&mut self, id: usize) -> Option<Timestamp> {
        let invocation = self.invocations.get_mut(id)?;
        let until = invocation.frozen_until?;
        let was_postponed = std::mem::replace(&mut invocation.is_postponed, true);
        (!was_postponed).then_some(until + THAWED)
    }

    pub(super) fn ended(&mut self, id: usize, answer: Answer) {
        let invocation = &mut self.invocations[id];
        let is_failed = answer.is_err();
        // Answers of a storm would fill the memory; what they say is in the records.
        invocation.answer = Some(answer);
        let Some(tries) = invocation.start.tries else {
            return;
        };
        let wait = WAITS.get(tries).filter(|_| is_failed);
        if let Some(wait) = wait {
            let start = Start {
                tries: Some(tries + 1),
                ..invocation.start.clone()
            };
            self.push(self.now + *wait, Event::Start(start));
        }
    }
}

fn tick_event() -> Arc<Value> {
    static EVENT: std::sync::OnceLock<Arc<Value>> = std::sync::OnceLock::new();
    Arc::clone(EVENT.get_or_init(|| Arc::new(crate::deliveries::sample("tick"))))
}
