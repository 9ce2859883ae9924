//! The narrow traits of the playbook, on the simulated world.

use std::time::Duration;

use alarm_playbook::action::{Action, Order, Work};
use alarm_playbook::target::Target;
use alarm_playbook::targets::{Also, Deployment, Run, ServiceState, TargetState, Targets};
use jiff::{SignedDuration, Timestamp};
use shared::clock::{Clock, Nonces};
use shared::failure::{CallError, Effect, FailureKind};
use shared::metrics::{Meter, Metric};
use shared::outbound::Outbound;
use shared::records::{ETag, Listed, Precondition, Records, Stored, Written};
use shared::reports::{Channel, Reports};

use super::{Fault, Operation, Simulated, StoredObject, World, deployment};

/// How long a call takes.
const CALL: SignedDuration = SignedDuration::from_millis(20);

/// Turns enough for every other invocation to come to an end.
const SLOW: usize = 100;

/// Longer than an invocation and its lease.
const FROZEN: SignedDuration = SignedDuration::from_secs(90);

impl Simulated {
    /// One call: waits its turns, takes effect or not, and answers or not.
    pub(super) async fn call<T>(
        &self,
        operation: Operation,
        take_effect: impl FnOnce(&mut World) -> T,
    ) -> Result<T, CallError> {
        let turns = self.world().turns();
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
        let fault = self.begin(operation)?;
        if fault == Some(Fault::Slow) {
            for _ in 0..SLOW {
                tokio::task::yield_now().await;
            }
        }
        let answer = match fault {
            Some(Fault::LostRequest) => return Err(lost(operation)),
            Some(Fault::Throttled) => return Err(refused(operation, FailureKind::Transient)),
            Some(Fault::Denied) => return Err(refused(operation, FailureKind::Permanent)),
            _ => take_effect(&mut self.world()),
        };
        match fault {
            Some(Fault::LostAnswer) => Err(lost(operation)),
            Some(Fault::CrashAfter) => {
                self.die();
                Err(lost(operation))
            }
            Some(Fault::RolledBack) => {
                self.world().was_rolled_back = true;
                Ok(answer)
            }
            Some(Fault::Frozen) => {
                self.world().now += FROZEN;
                Ok(answer)
            }
            _ => Ok(answer),
        }
    }

    /// Time passes, and what is dead sends nothing more.
    fn begin(&self, operation: Operation) -> Result<Option<Fault>, CallError> {
        if self.is_dead() {
            return Err(lost(operation));
        }
        let mut world = self.world();
        world.now += CALL;
        world.calls += 1;
        let fault = world.fault(operation);
        if fault == Some(Fault::CrashBefore) {
            drop(world);
            self.die();
            return Err(lost(operation));
        }
        Ok(fault)
    }
}

fn lost(operation: Operation) -> CallError {
    let fate = (FailureKind::Transient, Effect::Unknown);
    CallError::new(
        "simulate",
        format!("{operation:?}"),
        fate,
        "the connection broke",
    )
}

fn refused(operation: Operation, kind: FailureKind) -> CallError {
    let fate = (kind, Effect::None);
    CallError::new(
        "simulate",
        format!("{operation:?}"),
        fate,
        "the service refused",
    )
}

impl Clock for Simulated {
    fn now(&self) -> Timestamp {
        self.world().now
    }

    async fn pause(&self, time: Duration) {
        let time = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
        self.world().now += time;
    }
}

impl Nonces for Simulated {
    fn nonce(&self) -> String {
        let mut world = self.world();
        world.nonces += 1;
        format!("nonce-{}", world.nonces)
    }
}

impl Meter for Simulated {
    fn record(&self, metric: &Metric, _at: Timestamp) {
        self.world().metrics.push(metric.clone());
    }
}

impl Targets for Simulated {
    async fn look(&self, _target: &Target, _also: Also) -> Result<Option<TargetState>, CallError> {
        let state = |world: &mut World| {
            Some(TargetState::Service(ServiceState {
                status: "ACTIVE".to_owned(),
                deployment_controller: "ECS".to_owned(),
                deployments: vec![world.primary.clone()],
                ..ServiceState::default()
            }))
        };
        self.call(Operation::Describe, state).await
    }

    async fn carry_out(&self, _target: &Target, order: &Order) -> Result<Work, CallError> {
        assert_eq!(
            order.action,
            Action::ForceNewDeployment,
            "this world knows nothing else"
        );
        let deploy = |world: &mut World| {
            world.restarts += 1;
            if world.restart_helps {
                world.healthy_from = Some(world.now);
            }
            let id = format!("ecs-svc/{}", world.restarts + 1);
            let before = std::mem::replace(&mut world.primary, deployment(&id, world.now));
            (world.primary.id.clone(), before)
        };
        let (deployed, before) = self.call(Operation::Deploy, deploy).await?;
        let mut world = self.world();
        if std::mem::take(&mut world.was_rolled_back) {
            let updated_at = Some(world.now);
            world.primary = Deployment {
                updated_at,
                ..before
            };
            drop(world);
            self.die();
            return Err(lost(Operation::Deploy));
        }
        Ok(Work::Deployment(deployed))
    }

    async fn run(
        &self,
        _target: &Target,
        _order: &Order,
        _work: Option<&Work>,
    ) -> Result<Option<Run>, CallError> {
        Ok(None)
    }
}

impl Records for Simulated {
    async fn read(&self, key: &str) -> Result<Option<Stored>, CallError> {
        let read = |world: &mut World| {
            let stored = world.objects.get(key)?;
            Some(Stored {
                body: stored.body.clone(),
                etag: ETag(stored.version.to_string()),
            })
        };
        let operation = match key.split('/').next() {
            Some("control") => Operation::Control,
            Some("caps") => Operation::Reserve,
            _ => Operation::Read,
        };
        self.call(operation, read).await
    }

    async fn write(
        &self,
        key: &str,
        body: Vec<u8>,
        precondition: Precondition,
    ) -> Result<Written, CallError> {
        let write = |world: &mut World| {
            let found = world.objects.get(key);
            let found = found.map(|stored| ETag(stored.version.to_string()));
            let holds = match precondition {
                Precondition::Absent => found.is_none(),
                Precondition::Unchanged(etag) => found == Some(etag),
            };
            if !holds {
                return Written::Moved;
            }
            Written::Saved(ETag(world.store(key, body).to_string()))
        };
        let operation = match key.split('/').next() {
            Some("open") => Operation::Mark,
            Some("incidents") => Operation::Archive,
            Some("fired" | "acting" | "caps") => Operation::Reserve,
            Some("control") => Operation::Control,
            _ => Operation::Write,
        };
        if operation == Operation::Write && self.world().is_busy() {
            return Ok(Written::Busy);
        }
        self.call(operation, write).await
    }

    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<Vec<Listed>, CallError> {
        let list = |world: &mut World| {
            let objects = world.objects.iter();
            let is_under =
                |key: &str| key.starts_with(prefix) && after.is_none_or(|after| key > after);
            let under = objects.filter(|(key, _)| is_under(key)).take(1_000);
            let listed = |(key, stored): (&String, &StoredObject)| Listed {
                key: key.clone(),
                modified_at: stored.modified_at,
            };
            under.map(listed).collect()
        };
        let operation = match prefix {
            "open/" => Operation::List,
            _ => Operation::Reserve,
        };
        self.call(operation, list).await
    }

    async fn remove(&self, key: &str) -> Result<(), CallError> {
        let remove = |world: &mut World| drop(world.objects.remove(key));
        let operation = if key.starts_with("acting/") {
            Operation::Reserve
        } else {
            Operation::Remove
        };
        self.call(operation, remove).await
    }
}

impl Reports for Simulated {
    fn channels(&self) -> &[Channel] {
        &[Channel::Topic, Channel::Mail]
    }

    fn pager(&self) -> Option<Channel> {
        Some(Channel::Pager)
    }

    async fn send(&self, channel: Channel, message: &Outbound) -> Result<String, CallError> {
        let send = |world: &mut World| {
            world.sent.push((channel, message.clone()));
            world.sent_at.push(world.now);
            format!("message-{}", world.sent.len())
        };
        self.call(Operation::Send, send).await
    }
}
