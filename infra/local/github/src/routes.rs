//! What each call does.

mod account;
mod issues;
mod objects;
mod pulls;
mod refs;
mod runs;

use serde_json::{Value, json};

use crate::access::Caller;
use crate::contract::Operation;
use crate::world::{Repo, World};

/// A request that may be carried out.
pub(crate) struct Call<'a> {
    pub(crate) operation: &'a Operation,
    /// What stands for the braces of the path.
    pub(crate) parts: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    /// `Null` where there is none.
    pub(crate) body: Value,
    pub(crate) caller: Option<Caller>,
}

/// What is answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<Value>,
    /// Spaces after the body.
    pub(crate) padding: usize,
}

impl Call<'_> {
    /// `owner/name`.
    pub(crate) fn repository(&self) -> String {
        format!("{}/{}", self.parts[0], self.parts[1])
    }

    /// What stands for the braces after owner and name.
    fn part(&self, index: usize) -> &str {
        &self.parts[index + 2]
    }

    fn query(&self, name: &str) -> Option<&str> {
        let mut found = self.query.iter().filter(|(known, _)| known == name);
        found.next().map(|(_, value)| value.as_str())
    }

    fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_default()
    }

    /// Under what name the caller appears.
    fn login(&self) -> String {
        match &self.caller {
            Some(Caller::Token(token)) => token.login.clone(),
            Some(Caller::App(slug)) => format!("{slug}[bot]"),
            None => String::new(),
        }
    }
}

impl Answer {
    pub(crate) fn new(status: u16, body: Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Some(body),
            padding: 0,
        }
    }

    fn not_found() -> Self {
        Self::error(404, "Not Found")
    }

    /// A refusal with a list of what is wrong.
    fn invalid(errors: Value) -> Self {
        let mut answer = Self::error(422, "Validation Failed");
        answer.body.as_mut().unwrap()["errors"] = errors;
        answer
    }
}

/// Does what is asked for.
pub(crate) fn carry_out(world: &mut World, call: &Call<'_>) -> Answer {
    match call.operation.id.as_str() {
        "users/get-authenticated" => account::user(call),
        "apps/get-repo-installation" => account::installation(world, call),
        "apps/create-installation-access-token" => account::new_token(world, call),
        "search/issues-and-pull-requests" => issues::search(world, call),
        id => match world.repo_mut(&call.repository()) {
            Some(_) => in_repository(world, call, id),
            None => Answer::not_found(),
        },
    }
}

fn in_repository(world: &mut World, call: &Call<'_>, id: &str) -> Answer {
    let (endpoint, now) = (world.endpoint.clone(), world.now);
    let Some(repo) = world.repo_mut(&call.repository()) else {
        return Answer::not_found();
    };
    match id {
        "repos/get" => Answer::new(200, repository(repo)),
        "actions/get-workflow-run-attempt" => runs::run(repo, call),
        "git/get-commit" => objects::commit(repo, call),
        "git/get-tree" => objects::tree(repo, call),
        "git/get-blob" => objects::blob(repo, call),
        "git/create-blob" => objects::new_blob(repo, call),
        "git/create-tree" => objects::new_tree(repo, call),
        "git/create-commit" => objects::new_commit(repo, call, now),
        "git/get-ref" => refs::one(repo, call),
        "git/list-matching-refs" => refs::matching(repo, call),
        "git/create-ref" => refs::new(repo, call),
        "git/delete-ref" => refs::remove(repo, call),
        "pulls/list" => pulls::list(repo, call, &endpoint),
        "pulls/create" => pulls::new(repo, call, now),
        "issues/list-for-repo" => issues::list(repo, call, &endpoint),
        "issues/create" => issues::new(repo, call, now),
        "issues/add-labels" => issues::add_labels(repo, call),
        "issues/list-comments" => issues::comments(repo, call, &endpoint),
        "issues/create-comment" => issues::new_comment(repo, call),
        _ => Answer::error(501, "the fake does not do this"),
    }
}

fn repository(repo: &Repo) -> Value {
    let name = repo.full_name.split('/').nth(1);
    json!({
        "id": repo.id, "name": name, "full_name": repo.full_name, "private": true, "fork": false,
        "owner": user(repo.owner()), "default_branch": repo.default_branch,
    })
}

fn user(login: &str) -> Value {
    let kind = if login.ends_with("[bot]") {
        "Bot"
    } else {
        "User"
    };
    json!({"login": login, "type": kind})
}

/// One page of a list, with the header that links to the next one.
fn page(call: &Call<'_>, endpoint: &str, items: Vec<Value>) -> Answer {
    let number = |name: &str| {
        call.query(name)
            .and_then(|value| value.parse::<usize>().ok())
    };
    let size = number("per_page").unwrap_or(30).clamp(1, 100);
    let page = number("page").unwrap_or(1).max(1);
    let has_more = items.len() > page * size;
    let items = items.into_iter().skip((page - 1) * size).take(size);
    let mut answer = Answer::new(200, Value::Array(items.collect()));
    if has_more {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let others = call.query.iter().filter(|(name, _)| name != "page");
        query.extend_pairs(others);
        query.append_pair("page", &(page + 1).to_string());
        // As GitHub does: by the id of the repository, not by its name.
        let address = format!("{endpoint}/repositories/1/list?{}", query.finish());
        let link = format!("<{address}>; rel=\"next\", <{address}>; rel=\"last\"");
        answer.headers.push(("link".to_owned(), link));
    }
    answer
}
