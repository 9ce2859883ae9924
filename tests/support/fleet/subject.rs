//! What alarms are about and steps act on: a service or a container, well or not, and what would mend it.

use alarm_playbook::target::Target;
use jiff::Timestamp;
use serde_json::json;

use super::hosts::Host;
use super::services::Service;
use super::{Fleet, random::Random};

/// What mends a fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Remedy {
    /// Fresh tasks, or a fresh container.
    Restart,
    /// The version before.
    Rollback,
    /// More tasks.
    Scale,
    /// Other tasks in place of the sick ones.
    Tasks,
    /// An automation.
    Automation,
    /// Time.
    Itself,
    /// Nothing that a playbook does.
    Nothing,
}

/// Which of its alarms a fault shows in, one bit each.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Symptoms(pub u32);

/// A service or a container.
#[derive(Debug)]
pub struct Subject {
    /// As the playbook file names it.
    pub target: Target,
    /// Its name in alarms and dimensions.
    pub name: String,
    /// What mends the present fault, or the last one.
    pub remedy: Remedy,
    /// When it was broken: from, until, and what shows it.
    pub broken: Vec<(Timestamp, Option<Timestamp>, Symptoms)>,
    /// Since when it is tagged for maintenance.
    pub tagged_since: Option<Timestamp>,
    /// Whether more is asked of it than usual.
    pub has_more_load: bool,
    /// What it is.
    pub thing: Thing,
}

/// What a subject is.
#[derive(Debug)]
pub enum Thing {
    /// An ECS service.
    Service(Service),
    /// A container on an EC2 host.
    Host(Host),
}

impl Subject {
    /// A healthy service.
    pub(super) fn service(n: usize, now: Timestamp) -> Self {
        let name = format!("svc-{n:04}");
        let target = json!({"ecs_service": {"cluster": "shop", "service": name}});
        Self::new(
            &target,
            name.clone(),
            Thing::Service(Service::new(&name, now)),
        )
    }

    /// A healthy container.
    pub(super) fn host(n: usize) -> Self {
        let name = format!("i-{n:08x}");
        let target = json!({"ec2_container": {"instance": name, "container": "worker"}});
        Self::new(&target, name, Thing::Host(Host::default()))
    }

    fn new(target: &serde_json::Value, name: String, thing: Thing) -> Self {
        Self {
            target: serde_json::from_value(target.clone()).unwrap(),
            name,
            remedy: Remedy::Nothing,
            broken: Vec::new(),
            tagged_since: None,
            has_more_load: false,
            thing,
        }
    }

    /// Whether it is a service.
    pub fn is_service(&self) -> bool {
        matches!(self.thing, Thing::Service(_))
    }

    /// Whether it is broken now.
    pub fn is_broken(&self) -> bool {
        self.broken
            .last()
            .is_some_and(|(_, until, _)| until.is_none())
    }

    /// Which share of a time one of its alarms' metrics was bad.
    pub fn bad_share(&self, alarm: u32, from: Timestamp, until: Timestamp) -> f64 {
        let length = until.duration_since(from).as_secs_f64();
        let shown = self
            .broken
            .iter()
            .filter(|(_, _, symptoms)| symptoms.0 & (1 << alarm) != 0);
        let bad = shown.map(|(began, ended, _)| {
            let (began, ended) = (from.max(*began), ended.unwrap_or(until).min(until));
            ended.duration_since(began).as_secs_f64().max(0.0)
        });
        bad.sum::<f64>() / length
    }

    pub(super) fn service_mut(&mut self) -> Option<&mut Service> {
        match &mut self.thing {
            Thing::Service(service) => Some(service),
            Thing::Host(_) => None,
        }
    }

    pub(super) fn host_mut(&mut self) -> Option<&mut Host> {
        match &mut self.thing {
            Thing::Service(_) => None,
            Thing::Host(host) => Some(host),
        }
    }
}

impl Fleet {
    /// Breaks a subject, unless it is broken.
    pub fn break_down(&mut self, n: usize, remedy: Remedy, symptoms: Symptoms) {
        if self.subjects[n].is_broken() {
            return;
        }
        let now = self.now;
        let subject = &mut self.subjects[n];
        subject.broken.push((now, None, symptoms));
        subject.remedy = remedy;
        subject.has_more_load = remedy == Remedy::Scale;
        if remedy == Remedy::Tasks
            && let Some(service) = subject.service_mut()
        {
            service.sicken();
        }
    }

    /// Ends a fault, whatever it takes.
    pub fn heal(&mut self, n: usize) {
        let now = self.now;
        let subject = &mut self.subjects[n];
        if let Some((_, until @ None, _)) = subject.broken.last_mut() {
            *until = Some(now);
        }
        subject.has_more_load = false;
        if let Some(service) = subject.service_mut() {
            service.cure();
        }
    }

    /// A remedy was applied.
    pub(super) fn treat(&mut self, n: usize, with: &[Remedy]) {
        if with.contains(&self.subjects[n].remedy) {
            self.heal(n);
        }
    }
}

impl Remedy {
    /// One that may fit a service, or a container.
    pub fn any(random: &mut Random, is_service: bool) -> Self {
        if is_service {
            random.pick(&[
                Self::Restart,
                Self::Restart,
                Self::Rollback,
                Self::Scale,
                Self::Tasks,
                Self::Itself,
                Self::Nothing,
            ])
        } else {
            random.pick(&[Self::Restart, Self::Automation, Self::Itself, Self::Nothing])
        }
    }
}
