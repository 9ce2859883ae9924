//! Pull requests.

use serde_json::{Value, json};

use super::{Answer, Call, page, repository, user};
use crate::world::{Issue, Pull, Repo};

pub(super) fn list(repo: &Repo, call: &Call<'_>, endpoint: &str) -> Answer {
    let state = call.query("state").unwrap_or("open");
    let head = call.query("head");
    let is_asked_for = |pull: &&Pull| {
        let is_in_state = match state {
            "all" => true,
            "closed" => !pull.issue.is_open,
            _ => pull.issue.is_open,
        };
        is_in_state && head.is_none_or(|head| head == format!("{}:{}", pull.head_owner, pull.head))
    };
    let mut pulls: Vec<&Pull> = repo.pulls.iter().filter(is_asked_for).collect();
    if call.query("direction") != Some("asc") {
        pulls.reverse();
    }
    let shown = pulls.into_iter().map(|pull| shown(repo, pull));
    page(call, endpoint, shown.collect())
}

pub(super) fn new(repo: &mut Repo, call: &Call<'_>, now: i64) -> Answer {
    let (head, base) = (call.text("head"), call.text("base"));
    let invalid = |field: &str| {
        Answer::invalid(json!([{"resource": "PullRequest", "field": field, "code": "invalid"}]))
    };
    let Some(tip) = repo.git.branches.get(head) else {
        return invalid("head");
    };
    let Some(base_tip) = repo.git.branches.get(base) else {
        return invalid("base");
    };
    if tip == base_tip {
        let said = format!("No commits between {base} and {head}");
        return Answer::invalid(
            json!([{"resource": "PullRequest", "code": "custom", "message": said}]),
        );
    }
    let is_draft = call.body["draft"] == json!(true);
    if is_draft && !repo.has_drafts {
        let said = "Draft pull requests are not supported in this repository.";
        return Answer::error(422, said);
    }
    let owner = repo.owner().to_owned();
    let is_same = |pull: &Pull| {
        pull.issue.is_open && pull.head == head && pull.base == base && pull.head_owner == owner
    };
    if repo.pulls.iter().any(is_same) {
        let said = format!("A pull request already exists for {owner}:{head}.");
        return Answer::invalid(
            json!([{"resource": "PullRequest", "code": "custom", "message": said}]),
        );
    }
    let pull = Pull {
        issue: Issue {
            number: repo.next_number(),
            title: call.text("title").to_owned(),
            body: call.text("body").to_owned(),
            login: call.login(),
            labels: Vec::new(),
            comments: Vec::new(),
            is_open: true,
        },
        head: head.to_owned(),
        head_owner: owner,
        base: base.to_owned(),
        is_draft,
    };
    repo.opened.insert(pull.issue.number, now);
    let answer = Answer::new(201, shown(repo, &pull));
    repo.pulls.push(pull);
    answer
}

fn shown(repo: &Repo, pull: &Pull) -> Value {
    let end = |branch: &str, owner: &str| {
        let mut of = repository(repo);
        if owner != repo.owner() {
            of["id"] = json!(repo.id + 1_000_000);
            of["full_name"] = json!(format!("{owner}/{}", of["name"].as_str().unwrap()));
        }
        json!({
            "label": format!("{owner}:{branch}"), "ref": branch, "repo": of, "user": user(owner),
            "sha": repo.git.branches.get(branch).cloned().unwrap_or_default(),
        })
    };
    json!({
        "number": pull.issue.number, "title": pull.issue.title, "body": pull.issue.body,
        "state": if pull.issue.is_open { "open" } else { "closed" },
        "created_at": repo.opened_at(pull.issue.number), "draft": pull.is_draft, "user": user(&pull.issue.login),
        "head": end(&pull.head, &pull.head_owner), "base": end(&pull.base, repo.owner()),
    })
}
