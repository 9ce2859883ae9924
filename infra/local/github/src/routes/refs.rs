//! Branches.

use serde_json::{Value, json};

use super::{Answer, Call};
use crate::world::Repo;

pub(super) fn one(repo: &Repo, call: &Call<'_>) -> Answer {
    let branch = call.part(0).strip_prefix("heads/");
    let found = branch.and_then(|branch| repo.git.branches.get_key_value(branch));
    match found {
        Some((branch, sha)) => Answer::new(200, shown(branch, sha)),
        None => Answer::not_found(),
    }
}

pub(super) fn matching(repo: &Repo, call: &Call<'_>) -> Answer {
    let prefix = call.part(0);
    let branches = repo.git.branches.iter();
    let found: Vec<Value> = branches
        .filter(|(branch, _)| format!("heads/{branch}").starts_with(prefix))
        .map(|(branch, sha)| shown(branch, sha))
        .collect();
    Answer::new(200, Value::Array(found))
}

pub(super) fn new(repo: &mut Repo, call: &Call<'_>) -> Answer {
    let (name, sha) = (call.text("ref"), call.text("sha").to_owned());
    let Some(branch) = name.strip_prefix("refs/heads/") else {
        return Answer::error(422, "Reference name must start with 'refs/'.");
    };
    if repo
        .protected
        .iter()
        .any(|prefix| branch.starts_with(prefix))
    {
        let said = "Repository rule violations found\n\nCannot create ref due to creations being restricted.";
        return Answer::error(422, said);
    }
    if repo.git.commit(&sha).is_none() {
        return Answer::error(422, "Object does not exist");
    }
    if repo.git.branches.contains_key(branch) {
        return Answer::error(422, "Reference already exists");
    }
    repo.git.branches.insert(branch.to_owned(), sha.clone());
    Answer::new(201, shown(branch, &sha))
}

pub(super) fn remove(repo: &mut Repo, call: &Call<'_>) -> Answer {
    let branch = call.part(0).strip_prefix("heads/").unwrap_or_default();
    match repo.git.branches.remove(branch) {
        Some(_) => Answer {
            status: 204,
            headers: Vec::new(),
            body: None,
            padding: 0,
        },
        None => Answer::error(422, "Reference does not exist"),
    }
}

fn shown(branch: &str, sha: &str) -> Value {
    json!({"ref": format!("refs/heads/{branch}"), "object": {"type": "commit", "sha": sha}})
}
