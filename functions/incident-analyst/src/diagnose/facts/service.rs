//! What ECS and the load balancer show.
//!
//! Why a task stopped is described in docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html, the stop codes in
//! the API reference of `Task`, the exit codes in repost.aws/knowledge-center/ecs-task-stopped: 137 is SIGKILL, by the kernel for memory or
//! by ECS after the stop timeout; 139 a segmentation fault; 143 SIGTERM, which is how ECS stops what it no longer needs.

use super::Facts;
use crate::diagnose::exhibit::{Exhibit, end_of};
use crate::diagnose::seen::Seen;
use crate::diagnose::words::{counted, name, quoted};
use crate::evidence::StoppedTask;

/// `DescribeTasks` shows the tasks of an hour; more are the same story.
const MOST_TASKS: usize = 200;

/// Two may fall with one host; with the third it is a habit.
const REPEATEDLY: usize = 3;

const KILLED: i32 = 137;
const SEGMENTATION_FAULT: i32 = 139;
const TERMINATED: i32 = 143;

pub(super) fn add(facts: &mut Facts, seen: &Seen<'_>) {
    let failed = failed_tasks(seen);
    add_failed(facts, &failed);
    add_versions(facts, seen, &failed);
    let unhealthy: Vec<Exhibit> = seen
        .evidence
        .health
        .found
        .iter()
        .filter(|target| target.state == "unhealthy")
        .map(Exhibit::target)
        .collect();
    if let Some(first) = unhealthy.first() {
        let count = u64::try_from(unhealthy.len()).unwrap_or(u64::MAX);
        let targets = counted(count, "unhealthy target");
        let text = format!("The load balancer has {targets}: {}", quoted(first.quote()));
        facts.add("unhealthy_targets", text, unhealthy);
    }
}

/// The tasks that did not stop because somebody wanted them to, newest first.
pub(in crate::diagnose) fn failed_tasks<'a>(seen: &Seen<'a>) -> Vec<&'a StoppedTask> {
    let matters = seen.begins_to_matter();
    let service = seen.evidence.service.found.as_ref();
    let tasks = service.map_or(&[][..], |service| service.stopped_tasks.as_slice());
    let is_near = |task: &&StoppedTask| task.stopped_at.is_none_or(|at| at >= matters);
    tasks
        .iter()
        .take(MOST_TASKS)
        .filter(is_near)
        .filter(|task| !was_wanted(task))
        .collect()
}

/// Scaling in, a deployment that replaces a task, and people are no failures.
fn was_wanted(task: &StoppedTask) -> bool {
    let is_scaling = task.reason.starts_with("Scaling activity initiated by");
    task.stop_code == "UserInitiated" || is_scaling
}

/// `2 tasks stopped: “...”`, in the words of the newest.
pub(in crate::diagnose) fn tasks_sentence(tasks: &[&StoppedTask]) -> String {
    let count = u64::try_from(tasks.len()).unwrap_or(u64::MAX);
    let end = tasks.first().map(|task| end_of(task)).unwrap_or_default();
    format!("{} stopped: {}", counted(count, "task"), quoted(&end))
}

fn add_failed(facts: &mut Facts, failed: &[&StoppedTask]) {
    let exhibits = |tasks: &[&StoppedTask]| tasks.iter().map(|task| Exhibit::task(task)).collect();
    facts.add("task_failed", tasks_sentence(failed), exhibits(failed));
    if failed.len() >= REPEATEDLY {
        facts.add(
            "tasks_fail_repeatedly",
            tasks_sentence(failed),
            exhibits(failed),
        );
    }
    let ended_with = |is_meant: fn(i32) -> bool| -> Vec<&StoppedTask> {
        let ended = |task: &&StoppedTask| {
            let codes = task
                .containers
                .iter()
                .filter_map(|container| container.exit_code);
            codes.into_iter().any(is_meant)
        };
        failed.iter().copied().filter(ended).collect()
    };
    let killed = ended_with(|code| code == KILLED);
    facts.add("exit_code_137", tasks_sentence(&killed), exhibits(&killed));
    let crashed = ended_with(|code| code == SEGMENTATION_FAULT);
    facts.add(
        "exit_code_139",
        tasks_sentence(&crashed),
        exhibits(&crashed),
    );
    let errors = ended_with(|code| !matches!(code, 0 | KILLED | SEGMENTATION_FAULT | TERMINATED));
    facts.add(
        "exit_code_error",
        tasks_sentence(&errors),
        exhibits(&errors),
    );
}

/// Whether only what was just deployed fails, or also what ran before.
fn add_versions(facts: &mut Facts, seen: &Seen<'_>, failed: &[&StoppedTask]) {
    let Some(suspected) = seen.suspected_deployment() else {
        return;
    };
    let version = &suspected.deployment.task_definition;
    let (new, old): (Vec<&StoppedTask>, Vec<&StoppedTask>) = failed
        .iter()
        .partition(|task| task.task_definition == *version);
    let shown = |tasks: &[&StoppedTask]| tasks.iter().map(|task| Exhibit::task(task)).collect();
    if old.is_empty() {
        let text = format!("Only tasks of {} failed", name(version));
        facts.add("only_new_tasks_fail", text, shown(&new));
    }
    if let Some(task) = old.first() {
        let text = format!("Tasks of {} failed, too", name(&task.task_definition));
        facts.add("old_tasks_fail_too", text, shown(&old));
    }
}
