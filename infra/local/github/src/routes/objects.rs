//! Blobs, trees and commits.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Answer, Call};
use crate::object::{Commit, Object};
use crate::world::Repo;

pub(super) fn commit(repo: &Repo, call: &Call<'_>) -> Answer {
    let sha = call.part(0);
    match repo.git.commit(sha) {
        Some(commit) => Answer::new(200, shown(sha, commit)),
        None => Answer::not_found(),
    }
}

pub(super) fn tree(repo: &Repo, call: &Call<'_>) -> Answer {
    let sha = call.part(0);
    let Some(entries) = repo.git.tree(sha) else {
        return Answer::not_found();
    };
    let entries = entries.iter().map(|entry| {
        let mut shown = json!({
            "path": entry.name, "mode": entry.mode, "sha": entry.sha,
            "type": if entry.mode == "040000" { "tree" } else { "blob" },
        });
        if let Some(bytes) = repo.git.blob(&entry.sha) {
            shown["size"] = json!(bytes.len());
        }
        shown
    });
    let entries: Vec<Value> = entries.collect();
    Answer::new(
        200,
        json!({"sha": sha, "tree": entries, "truncated": false}),
    )
}

pub(super) fn blob(repo: &Repo, call: &Call<'_>) -> Answer {
    let sha = call.part(0);
    let Some(bytes) = repo.git.blob(sha) else {
        return Answer::not_found();
    };
    // In lines, as GitHub writes it.
    let encoded = STANDARD.encode(bytes);
    let lines = encoded.as_bytes().chunks(60);
    let lines: Vec<_> = lines.map(String::from_utf8_lossy).collect();
    let lines = format!("{}\n", lines.join("\n"));
    Answer::new(
        200,
        json!({"sha": sha, "content": lines, "encoding": "base64", "size": bytes.len()}),
    )
}

pub(super) fn new_blob(repo: &mut Repo, call: &Call<'_>) -> Answer {
    let content = call.text("content");
    let bytes = match call.text("encoding") {
        "base64" => STANDARD.decode(content).ok(),
        _ => Some(content.as_bytes().to_vec()),
    };
    match bytes {
        Some(bytes) => Answer::new(201, json!({"sha": repo.git.put(Object::Blob(bytes))})),
        None => Answer::error(422, "content is not valid Base64"),
    }
}

pub(super) fn new_tree(repo: &mut Repo, call: &Call<'_>) -> Answer {
    let base = call.text("base_tree");
    if repo.git.tree(base).is_none() {
        return Answer::error(422, "base_tree is not a valid tree oid");
    }
    let mut files = repo.git.files(base);
    for entry in call.body["tree"].as_array().into_iter().flatten() {
        let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        if repo.git.blob(&text("sha")).is_none() {
            return Answer::error(422, "tree.sha is not a valid blob");
        }
        files.insert(text("path"), (text("mode"), text("sha")));
    }
    let sha = repo.git.put_tree(&files);
    Answer::new(201, json!({"sha": sha, "tree": [], "truncated": false}))
}

pub(super) fn new_commit(repo: &mut Repo, call: &Call<'_>, now: i64) -> Answer {
    let parents: Vec<String> =
        serde_json::from_value(call.body["parents"].clone()).unwrap_or_default();
    let tree = call.text("tree").to_owned();
    let is_whole = repo.git.tree(&tree).is_some()
        && parents
            .iter()
            .all(|parent| repo.git.commit(parent).is_some());
    if !is_whole {
        return Answer::error(422, "Tree or Parent SHA does not exist");
    }
    let commit = Commit {
        tree,
        parents,
        message: call.text("message").to_owned(),
        author: call.login(),
        seconds: now,
    };
    let sha = repo.git.put(Object::Commit(commit.clone()));
    Answer::new(201, shown(&sha, &commit))
}

fn shown(sha: &str, commit: &Commit) -> Value {
    let date = Timestamp::from_second(commit.seconds).unwrap().to_string();
    let by = json!({"name": commit.author, "email": "made-up@example.invalid", "date": date});
    let parents: Vec<Value> = commit
        .parents
        .iter()
        .map(|parent| json!({"sha": parent}))
        .collect();
    json!({
        "sha": sha, "message": commit.message, "author": by, "committer": by,
        "tree": {"sha": commit.tree}, "parents": parents,
    })
}
