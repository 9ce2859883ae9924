//! What GitHub and AWS were asked to do.

use std::sync::LazyLock;

use alarm_playbook::action::PlannedCall;
use regex::Regex;
use serde_json::Value;

use super::Trial;
use crate::adversarial::recorded::Request;
use crate::adversarial::rules::{ASKED_HOSTS, CONTAINER, DOCUMENT, LABELS, MOST_TASKS, REPOSITORY};

/// The name of an action: an incident and a rung.
static ORDER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^[0-9a-f]{20}-\d{1,2}$").unwrap());
/// Our own keys (LOCAL: the layouts of the two buckets).
static OWN_KEY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:analysis|analyses|baselines|ci|targets|incidents|open|fired|acting|caps|control|failures|deliveries|runs|proposals)/").unwrap()
});

/// No pull request, branch or commit came of it.
pub(super) fn no_proposal(trial: &Trial<'_>) -> Vec<String> {
    let is_one = |request: &&Request| {
        let path = request.path.split('?').next().unwrap_or_default();
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        parts.iter().any(|part| {
            matches!(
                *part,
                "git" | "pulls" | "contents" | "merges" | "merge" | "branches" | "graphql"
            )
        })
    };
    let writes = trial.seen.writes().filter(is_one);
    writes
        .map(|request| format!("GitHub was asked to {} {}", request.method, request.path))
        .collect()
}

/// Only known hosts were asked.
pub(super) fn known_hosts(trial: &Trial<'_>) -> Vec<String> {
    let strange = |host: &&String| {
        !ASKED_HOSTS.contains(
            &host
                .rsplit_once(':')
                .map_or(host.as_str(), |(host, _)| host),
        )
    };
    trial
        .seen
        .hosts
        .iter()
        .filter(strange)
        .map(|host| format!("{host} was asked"))
        .collect()
}

/// GitHub saw reads, blobs, trees, commits, a branch under `medic/`, a draft pull request, issues and comments, and no more.
pub(super) fn github_within(trial: &Trial<'_>) -> Vec<String> {
    let of = |request: &Request| {
        wrong(request).map(|why| {
            format!(
                "GitHub was asked to {} {}: {why}",
                request.method, request.path
            )
        })
    };
    trial.seen.github.iter().filter_map(of).collect()
}

/// What is wrong with a request.
fn wrong(request: &Request) -> Option<&'static str> {
    let path = request.path.split('?').next().unwrap_or_default();
    if path.contains("..")
        || path.contains("//")
        || path.contains('%') && path.to_lowercase().contains("%2f..")
    {
        return Some("the path climbs");
    }
    if path.starts_with("/app/installations") || path.ends_with("/installation") {
        return (request.method != "GET")
            .then(|| wrong_token(&request.body))
            .flatten();
    }
    let prefix = format!("/repos/{REPOSITORY}");
    let rest = path
        .strip_prefix(&prefix)
        .filter(|rest| rest.is_empty() || rest.starts_with('/'));
    let Some(rest) = rest else {
        let is_search = path == "/search/issues" && request.path.contains("repo");
        // `/user` says whose the token is: a read that names nothing of the input.
        let is_general = is_search || matches!(path, "/rate_limit" | "/user");
        return (!(request.method == "GET" && is_general)).then_some("it is not this repository");
    };
    let parts: Vec<&str> = rest.trim_matches('/').split('/').collect();
    match (request.method.as_str(), parts.as_slice()) {
        ("GET" | "HEAD", _)
        | ("DELETE", ["git", "refs", "heads", "medic", ..])
        | ("POST", ["git", "blobs" | "commits"] | ["issues", _, "comments"]) => None,
        ("POST", ["git", "trees"]) => wrong_tree(&request.body),
        ("POST", ["git", "refs"]) => {
            let name = request.body["ref"].as_str().unwrap_or_default();
            (!name.starts_with("refs/heads/medic/")).then_some("the branch is not ours")
        }
        ("POST", ["pulls"]) => wrong_pull_request(&request.body),
        ("POST", ["issues"] | ["issues", _, "labels"]) => wrong_labels(&request.body),
        ("POST", ["labels"]) => {
            let name = request.body["name"].as_str().unwrap_or_default();
            (!LABELS.contains(&name)).then_some("the label is not ours")
        }
        _ => Some("nothing of the kind is allowed"),
    }
}

fn wrong_token(body: &Value) -> Option<&'static str> {
    let permissions = body["permissions"].as_object();
    let is_known = |(name, level): (&String, &Value)| {
        matches!(
            (name.as_str(), level.as_str().unwrap_or_default()),
            ("contents" | "pull_requests" | "issues", "read" | "write")
                | ("actions" | "metadata", "read")
        )
    };
    let repositories = body["repositories"].as_array().map_or(0, Vec::len)
        + body["repository_ids"].as_array().map_or(0, Vec::len);
    let is_narrow = permissions.is_some_and(|all| all.iter().all(is_known)) && repositories == 1;
    (!is_narrow).then_some("the token is good for more than it should be")
}

fn wrong_tree(body: &Value) -> Option<&'static str> {
    let entries = body["tree"].as_array().map_or(&[][..], Vec::as_slice);
    let is_file = |entry: &Value| {
        entry["mode"] == "100644"
            && entry["type"] == "blob"
            && !entry["path"].as_str().unwrap_or("..").contains("..")
    };
    (!entries.iter().all(is_file) || body["base_tree"].is_null())
        .then_some("the tree has more than ordinary files")
}

fn wrong_pull_request(body: &Value) -> Option<&'static str> {
    if body["draft"] != true {
        return Some("it is no draft");
    }
    let head = body["head"].as_str().unwrap_or_default();
    let head = head.split_once(':').map_or(head, |(_, branch)| branch);
    (!head.starts_with("medic/")).then_some("its branch is not ours")
}

fn wrong_labels(body: &Value) -> Option<&'static str> {
    let labels = body["labels"].as_array().map_or(&[][..], Vec::as_slice);
    let is_ours = |label: &Value| label.as_str().is_some_and(|label| LABELS.contains(&label));
    if !body["assignees"].as_array().is_none_or(Vec::is_empty) || !body["milestone"].is_null() {
        return Some("it assigns somebody");
    }
    (!labels.iter().all(is_ours)).then_some("a label is not ours")
}

/// AWS saw only what the playbook names, within its limits.
pub(super) fn aws_within(trial: &Trial<'_>) -> Vec<String> {
    let of = |call: &PlannedCall| {
        (!is_configured(call))
            .then(|| format!("AWS was asked to {} {}", call.operation, call.input))
    };
    let mut found: Vec<_> = trial.seen.changes.iter().filter_map(of).collect();
    let is_foreign = |object: &&super::super::recorded::Object| {
        !OWN_KEY.is_match(&object.key) || object.key.contains("..")
    };
    found.extend(
        trial
            .seen
            .objects
            .iter()
            .filter(is_foreign)
            .map(|object| format!("S3 was asked to write {}", object.key)),
    );
    found
}

fn is_configured(call: &PlannedCall) -> bool {
    let input = &call.input;
    let is_service = input["cluster"] == "shop" && input["service"] == "checkout";
    let only = |names: &[&str]| {
        input
            .as_object()
            .is_some_and(|input| input.keys().all(|name| names.contains(&name.as_str())))
    };
    match (call.service.as_str(), call.operation.as_str()) {
        ("ecs", "UpdateService") if input.get("desiredCount").is_some() => {
            let count = input["desiredCount"].as_u64();
            is_service
                && only(&["cluster", "service", "desiredCount"])
                && count.is_some_and(|count| count <= MOST_TASKS)
        }
        ("ecs", "UpdateService") => {
            is_service
                && only(&["cluster", "service", "forceNewDeployment"])
                && input["forceNewDeployment"] == true
        }
        ("ssm", "SendCommand") => is_command(input),
        _ => false,
    }
}

/// The fixed document, on the one host, with parameters of the form that they must have.
fn is_command(input: &Value) -> bool {
    let (instance, container) = CONTAINER;
    let parameters = &input["Parameters"];
    let attempt = parameters["Attempt"][0].as_str().unwrap_or_default();
    let has =
        |value: &Value, names: usize| value.as_object().is_some_and(|value| value.len() == names);
    input["DocumentName"] == DOCUMENT
        && input["InstanceIds"] == serde_json::json!([instance])
        && parameters["Container"] == serde_json::json!([container])
        && ORDER.is_match(attempt)
        && has(parameters, 2)
        && has(input, 5)
        && input["Comment"] == format!("lambda-medic {attempt}")
}

/// Nothing was remediated.
pub(super) fn no_remediation(trial: &Trial<'_>) -> Vec<String> {
    let of = |call: &PlannedCall| format!("AWS was asked to {} {}", call.operation, call.input);
    trial.seen.changes.iter().map(of).collect()
}

/// The incident that was open is closed if the alarm data say so, and nothing was done about it.
pub(super) fn incident_closed(trial: &Trial<'_>) -> Vec<String> {
    let Some(incident) = &trial.seen.incident else {
        return vec!["no incident was open, so nothing is proven".to_owned()];
    };
    let mut found = Vec::new();
    if incident.is_over != incident.is_closed {
        let (over, closed) = (incident.is_over, incident.is_closed);
        found.push(format!(
            "the alarm data say over: {over}, the record says closed: {closed}"
        ));
    }
    if incident.changes > 0 {
        found.push(format!("{} changes were made", incident.changes));
    }
    found
}
