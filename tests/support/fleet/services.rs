//! ECS: deployments that take their time and may fail, past deployments, tasks, scaling.

use alarm_playbook::targets::{
    Deployment, Image, PastDeployment, ScalingLimits, ServiceState, TaskHealth,
};
use jiff::{SignedDuration, Timestamp};

use super::{Fleet, Remedy};

/// How many tasks a service has at first, and at most.
const TASKS: u32 = 4;
const MOST_TASKS: u32 = 8;

/// A service.
#[derive(Debug)]
pub struct Service {
    name: String,
    /// Its deployments, the primary one first.
    pub deployments: Vec<Deployment>,
    /// Its past deployments, newest first.
    pub history: Vec<PastDeployment>,
    desired: u32,
    running: u32,
    tasks: Vec<TaskHealth>,
    version: u32,
    made: u64,
}

impl Service {
    pub(super) fn new(name: &str, now: Timestamp) -> Self {
        let days = |days: i64| now - SignedDuration::from_hours(24 * days);
        let mut service = Self {
            name: name.to_owned(),
            deployments: vec![deployment(
                &format!("ecs-svc/{name}-0"),
                &format!("{name}:2"),
                days(1),
            )],
            history: Vec::new(),
            desired: TASKS,
            running: TASKS,
            tasks: Vec::new(),
            version: 2,
            made: 0,
        };
        service.history = vec![
            service.past(2, "SUCCESSFUL", days(1)),
            service.past(1, "SUCCESSFUL", days(9)),
        ];
        service.fill(now);
        service
    }

    fn past(&self, version: u32, status: &str, at: Timestamp) -> PastDeployment {
        let name = &self.name;
        let is_running = status == "IN_PROGRESS";
        PastDeployment {
            arn: format!(
                "arn:aws:ecs:eu-west-1:111122223333:service-deployment/shop/{name}/{version}-{}",
                self.made
            ),
            status: status.to_owned(),
            task_definition: format!("{name}:{version}"),
            images: vec![Image {
                name: format!("shop/{name}:1.{version}"),
                digest: Some(format!("sha256:{version:064x}")),
            }],
            created_at: Some(at),
            finished_at: (!is_running).then_some(at + SignedDuration::from_mins(2)),
        }
    }

    /// As many tasks as are wanted.
    fn fill(&mut self, now: Timestamp) {
        self.running = self.desired;
        let wanted = usize::try_from(self.desired).unwrap();
        while self.tasks.len() < wanted {
            self.made += 1;
            self.tasks.push(TaskHealth {
                arn: format!(
                    "arn:aws:ecs:eu-west-1:111122223333:task/shop/{}-{}",
                    self.name, self.made
                ),
                unhealthy: None,
                started_at: Some(now),
            });
        }
    }

    pub(super) fn sicken(&mut self) {
        for task in self.tasks.iter_mut().take(1) {
            task.unhealthy = Some("Health checks failed".to_owned());
        }
    }

    pub(super) fn cure(&mut self) {
        for task in &mut self.tasks {
            task.unhealthy = None;
        }
    }

    /// The service as `DescribeServices` and its neighbours show it.
    pub(super) fn state(&self, has_tag: bool) -> ServiceState {
        ServiceState {
            created_at: None,
            status: "ACTIVE".to_owned(),
            deployment_controller: "ECS".to_owned(),
            tags: super::cloudwatch::tags(has_tag),
            deployments: self.deployments.clone(),
            desired_count: self.desired,
            running_count: self.running,
            minimum_healthy_percent: Some(100),
            scaling: Some(ScalingLimits {
                min: 2,
                max: MOST_TASKS,
            }),
            history: Some(self.history.clone()),
            tasks: Some(self.tasks.clone()),
        }
    }

    /// The number of tasks that it is to have.
    pub fn desired(&self) -> u32 {
        self.desired
    }

    /// The deployment that is rolled out now.
    pub fn rollout(&self) -> Option<&str> {
        let primary = self.deployments.first()?;
        (primary.rollout_state == "IN_PROGRESS").then_some(primary.id.as_str())
    }

    fn task_definition(&self) -> String {
        self.deployments[0].task_definition.clone()
    }
}

fn deployment(id: &str, task_definition: &str, at: Timestamp) -> Deployment {
    Deployment {
        id: id.to_owned(),
        status: "PRIMARY".to_owned(),
        task_definition: task_definition.to_owned(),
        rollout_state: "COMPLETED".to_owned(),
        rollout_state_reason: String::new(),
        created_at: Some(at),
        updated_at: Some(at),
    }
}

impl Fleet {
    fn ecs(&mut self, n: usize) -> &mut Service {
        self.subjects[n].service_mut().unwrap()
    }

    /// Somebody deploys a new version.
    pub fn deploy_new_version(&mut self, n: usize, takes: SignedDuration) {
        let service = self.ecs(n);
        service.version += 1;
        let task_definition = format!("{}:{}", service.name, service.version);
        self.deploy(n, Some(task_definition), takes, false);
    }

    /// A deployment by the function.
    pub(super) fn deploy_for_function(
        &mut self,
        n: usize,
        task_definition: Option<String>,
    ) -> String {
        let takes = self.random.seconds(20, 150);
        let chance = self.weather.bad_rollouts;
        let fails = self.random.chance(chance);
        self.deploy(n, task_definition, takes, fails)
    }

    fn deploy(
        &mut self,
        n: usize,
        task_definition: Option<String>,
        takes: SignedDuration,
        fails: bool,
    ) -> String {
        let now = self.now;
        let id = format!("ecs-svc/{}", self.name());
        let service = self.ecs(n);
        let is_rollback = task_definition
            .as_ref()
            .is_some_and(|wanted| *wanted != service.task_definition());
        let task_definition = task_definition.unwrap_or_else(|| service.task_definition());
        for past in service
            .history
            .iter_mut()
            .filter(|past| past.status == "IN_PROGRESS")
        {
            "STOPPED".clone_into(&mut past.status);
            past.finished_at = Some(now);
        }
        let version = task_definition.rsplit(':').next().unwrap().parse().unwrap();
        service.made += 1;
        let past = service.past(version, "IN_PROGRESS", now);
        service.history.insert(0, past);
        service.history.truncate(20);
        // What was being replaced goes on being replaced; what was steady serves until then.
        service
            .deployments
            .retain(|old| old.rollout_state == "COMPLETED");
        for old in &mut service.deployments {
            "ACTIVE".clone_into(&mut old.status);
        }
        let new = Deployment {
            rollout_state: "IN_PROGRESS".to_owned(),
            ..deployment(&id, &task_definition, now)
        };
        service.deployments.insert(0, new);
        let ours = id.clone();
        self.after(takes, move |fleet| {
            fleet.end_rollout(n, &ours, fails, is_rollback);
        });
        id
    }

    fn end_rollout(&mut self, n: usize, id: &str, fails: bool, is_rollback: bool) {
        let now = self.now;
        let service = self.ecs(n);
        if service.rollout() != Some(id) {
            return;
        }
        let status = if fails {
            "ROLLBACK_SUCCESSFUL"
        } else {
            "SUCCESSFUL"
        };
        if let Some(past) = service
            .history
            .iter_mut()
            .find(|past| past.status == "IN_PROGRESS")
        {
            status.clone_into(&mut past.status);
            past.finished_at = Some(now);
        }
        service.deployments[0].updated_at = Some(now);
        if fails && service.deployments.len() > 1 {
            self.fall_back(n);
            return;
        }
        "COMPLETED".clone_into(&mut service.deployments[0].rollout_state);
        service.deployments.truncate(1);
        service.tasks.clear();
        service.fill(now);
        let applied: &[Remedy] = if is_rollback {
            &[Remedy::Restart, Remedy::Tasks, Remedy::Rollback]
        } else {
            &[Remedy::Restart, Remedy::Tasks]
        };
        self.treat(n, applied);
    }

    /// The deployment from before is the primary one again.
    fn fall_back(&mut self, n: usize) {
        let now = self.now;
        let service = self.ecs(n);
        let new = service.deployments.remove(0);
        let before = &mut service.deployments[0];
        "PRIMARY".clone_into(&mut before.status);
        before.updated_at = Some(now);
        let failed = Deployment {
            status: "ACTIVE".to_owned(),
            rollout_state: "FAILED".to_owned(),
            rollout_state_reason: "tasks failed to start".to_owned(),
            ..new
        };
        let id = failed.id.clone();
        service.deployments.push(failed);
        self.after(SignedDuration::from_mins(2), move |fleet| {
            fleet
                .ecs(n)
                .deployments
                .retain(|deployment| deployment.id != id);
        });
    }

    /// `StopServiceDeployment` with a rollback; false if there is nothing to stop.
    pub(super) fn stop_deployment(&mut self, n: usize, arn: &str) -> bool {
        let service = self.ecs(n);
        let running = service
            .history
            .iter_mut()
            .find(|past| past.arn == arn && past.status == "IN_PROGRESS");
        let Some(past) = running.filter(|_| service.deployments.len() > 1) else {
            return false;
        };
        "ROLLBACK_IN_PROGRESS".clone_into(&mut past.status);
        self.fall_back(n);
        let (takes, arn) = (self.random.seconds(20, 120), arn.to_owned());
        self.after(takes, move |fleet| {
            let now = fleet.now;
            let mut history = fleet.ecs(n).history.iter_mut();
            if let Some(past) = history.find(|past| past.arn == arn) {
                "ROLLBACK_SUCCESSFUL".clone_into(&mut past.status);
                past.finished_at = Some(now);
            }
            fleet.treat(n, &[Remedy::Rollback, Remedy::Restart, Remedy::Tasks]);
        });
        true
    }

    /// `UpdateService` with a number of tasks; false if that changes nothing.
    pub(super) fn scale(&mut self, n: usize, count: u32) -> bool {
        let service = self.ecs(n);
        if service.desired == count {
            return false;
        }
        service.desired = count;
        self.refill(n, &[Remedy::Scale]);
        true
    }

    /// `StopTask` for each; false if none of them ran.
    pub(super) fn stop_tasks(&mut self, n: usize, tasks: &[String]) -> bool {
        let service = self.ecs(n);
        let before = service.tasks.len();
        service.tasks.retain(|task| !tasks.contains(&task.arn));
        let stopped = before - service.tasks.len();
        if stopped == 0 {
            return false;
        }
        service.running = service
            .running
            .saturating_sub(u32::try_from(stopped).unwrap());
        self.refill(n, &[Remedy::Tasks]);
        true
    }

    fn refill(&mut self, n: usize, remedies: &'static [Remedy]) {
        let takes = self.random.seconds(15, 90);
        self.after(takes, move |fleet| {
            let now = fleet.now;
            fleet.ecs(n).fill(now);
            fleet.treat(n, remedies);
        });
    }
}
