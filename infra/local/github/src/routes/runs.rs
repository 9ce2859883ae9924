//! Runs of workflows.

use serde_json::json;

use super::{Answer, Call, repository, user};
use crate::world::Repo;

pub(super) fn run(repo: &Repo, call: &Call<'_>) -> Answer {
    let number = |index: usize| call.part(index).parse::<u64>().ok();
    let mut runs = repo.runs.iter();
    let found = runs.find(|run| Some(run.id) == number(0) && Some(run.attempt) == number(1));
    let Some(run) = found else {
        return Answer::not_found();
    };
    let mut head = repository(repo);
    if let Some(owner) = &run.fork_owner {
        head["id"] = json!(repo.id + 1_000_000);
        head["owner"] = user(owner);
        head["fork"] = json!(true);
    }
    let mut of = repository(repo);
    // What a run tells of its repository does not include this.
    of.as_object_mut().unwrap().remove("default_branch");
    head.as_object_mut().unwrap().remove("default_branch");
    Answer::new(
        200,
        json!({
            "id": run.id, "run_attempt": run.attempt, "name": run.workflow, "head_sha": run.head_sha,
            "head_branch": run.head_branch, "event": run.event, "conclusion": run.conclusion,
            "status": if run.conclusion.is_some() { "completed" } else { "in_progress" },
            "actor": user(&run.actor), "triggering_actor": user(&run.actor),
            "repository": of, "head_repository": head, "pull_requests": [],
        }),
    )
}
