//! Issues, their comments and labels, and the search.

use serde_json::{Value, json};

use super::{Answer, Call, page, user};
use crate::world::{Issue, Repo, World};

/// GitHub refuses more.
const MOST_BODY: usize = 65_536;

pub(super) fn list(repo: &Repo, call: &Call<'_>, endpoint: &str) -> Answer {
    let state = call.query("state").unwrap_or("open");
    let is_asked_for = |issue: &Issue| {
        let is_in_state = match state {
            "all" => true,
            "closed" => !issue.is_open,
            _ => issue.is_open,
        };
        let mut labels = call
            .query("labels")
            .into_iter()
            .flat_map(|all| all.split(','));
        is_in_state
            && labels.all(|label| issue.labels.iter().any(|known| known == label))
            && call
                .query("creator")
                .is_none_or(|login| issue.login == login)
    };
    let threads = repo.threads().into_iter();
    let asked_for = threads.filter(|(issue, _)| is_asked_for(issue));
    let shown = asked_for.map(|(issue, is_pull)| shown(repo, issue, is_pull));
    page(call, endpoint, shown.collect())
}

pub(super) fn new(repo: &mut Repo, call: &Call<'_>, now: i64) -> Answer {
    if call.text("body").chars().count() > MOST_BODY {
        return Answer::invalid(json!([{
            "resource": "Issue", "field": "body", "code": "custom",
            "message": "body is too long (maximum is 65536 characters)"
        }]));
    }
    let issue = Issue {
        number: repo.next_number(),
        title: call.text("title").to_owned(),
        body: call.text("body").to_owned(),
        login: call.login(),
        labels: labels(call),
        comments: Vec::new(),
        is_open: true,
    };
    repo.opened.insert(issue.number, now);
    let answer = Answer::new(201, shown(repo, &issue, false));
    repo.issues.push(issue);
    answer
}

pub(super) fn add_labels(repo: &mut Repo, call: &Call<'_>) -> Answer {
    let number = call.part(0).parse().unwrap_or_default();
    let Some(issue) = repo.thread_mut(number) else {
        return Answer::not_found();
    };
    for label in labels(call) {
        if !issue.labels.contains(&label) {
            issue.labels.push(label);
        }
    }
    let shown = issue.labels.iter().map(|label| json!({"name": label}));
    Answer::new(200, shown.collect())
}

pub(super) fn comments(repo: &mut Repo, call: &Call<'_>, endpoint: &str) -> Answer {
    let number = call.part(0).parse().unwrap_or_default();
    let Some(issue) = repo.thread_mut(number) else {
        return Answer::not_found();
    };
    let comments = issue.comments.iter();
    let shown = comments.map(|(login, body)| json!({"body": body, "user": user(login)}));
    page(call, endpoint, shown.collect())
}

pub(super) fn new_comment(repo: &mut Repo, call: &Call<'_>) -> Answer {
    let number = call.part(0).parse().unwrap_or_default();
    let (login, body) = (call.login(), call.text("body").to_owned());
    let Some(issue) = repo.thread_mut(number) else {
        return Answer::not_found();
    };
    let answer = Answer::new(201, json!({"body": body, "user": user(&login)}));
    issue.comments.push((login, body));
    answer
}

/// Knows `repo:`, `is:issue`, `is:pull-request`, `in:body` and one text in quotation marks, and only what was indexed.
pub(super) fn search(world: &World, call: &Call<'_>) -> Answer {
    let question = call.query("q").unwrap_or_default();
    let after = |prefix: &str| {
        let mut words = question.split(' ');
        words.find_map(|word| word.strip_prefix(prefix))
    };
    let is_pull = match after("is:") {
        Some("issue") => false,
        Some("pull-request") => true,
        _ => {
            let said = "Query must include 'is:issue' or 'is:pull-request'";
            return Answer::invalid(
                json!([{"message": said, "resource": "Search", "field": "q", "code": "invalid"}]),
            );
        }
    };
    let text = question.split('"').nth(1).unwrap_or_default();
    let repo = after("repo:").and_then(|name| world.repo(name));
    let threads = repo.iter().flat_map(|repo| {
        let known = move |issue: &Issue| issue.number < repo.indexed;
        repo.threads()
            .into_iter()
            .filter(move |(issue, _)| known(issue))
            .map(move |(issue, is_pull)| (repo, issue, is_pull))
    });
    let found: Vec<Value> = threads
        .filter(|(_, issue, of)| *of == is_pull && issue.body.contains(text))
        .map(|(repo, issue, of)| shown(repo, issue, of))
        .collect();
    let count = found.len();
    let body = json!({"total_count": count, "incomplete_results": false, "items": found});
    Answer::new(200, body)
}

fn labels(call: &Call<'_>) -> Vec<String> {
    serde_json::from_value(call.body["labels"].clone()).unwrap_or_default()
}

fn shown(repo: &Repo, issue: &Issue, is_pull: bool) -> Value {
    let labels: Vec<Value> = issue
        .labels
        .iter()
        .map(|label| json!({"name": label}))
        .collect();
    let mut shown = json!({
        "number": issue.number, "title": issue.title, "body": issue.body, "labels": labels,
        "state": if issue.is_open { "open" } else { "closed" }, "user": user(&issue.login),
        "comments": issue.comments.len(), "created_at": repo.opened_at(issue.number),
    });
    if is_pull {
        shown["pull_request"] = json!({});
    }
    shown
}
