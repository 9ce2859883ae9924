//! What GitHub says its REST API is: `contract.json`, made by `infra/contracts/github_openapi.py`.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, OnceLock};

use jsonschema::{Draft, Validator};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// GitHub's description of the operations that the client uses.
pub(crate) static CONTRACT: LazyLock<Contract> =
    LazyLock::new(|| serde_json::from_str(include_str!("../contract.json")).unwrap());

#[derive(Debug, Deserialize)]
pub(crate) struct Contract {
    pub(crate) operations: Vec<Operation>,
    pub(crate) components: Value,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) method: String,
    pub(crate) path: String,
    query: BTreeMap<String, Value>,
    body: Option<Value>,
    answers: BTreeMap<String, Option<Value>>,
    #[serde(skip)]
    compiled: OnceLock<Compiled>,
    #[serde(skip)]
    compiled_answers: Mutex<BTreeMap<u16, Arc<Validator>>>,
}

#[derive(Debug)]
struct Compiled {
    query: Validator,
    body: Option<Validator>,
}

impl Contract {
    /// The operation that a request is, and what stands for the braces of its path.
    pub(crate) fn find(&self, method: &str, path: &str) -> Option<(&Operation, Vec<String>)> {
        let mut matching = self.operations.iter().filter_map(|operation| {
            let parts = parts(&operation.path, path).filter(|_| operation.method == method)?;
            Some((operation, parts))
        });
        matching.next()
    }
}

impl Operation {
    /// `METHOD template`.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The schema of an answer with a body.
    pub(crate) fn answer(&self, status: u16) -> Option<&Value> {
        self.answers.get(&status.to_string())?.as_ref()
    }

    /// What a request has that it may not have, or lacks.
    pub(crate) fn violations(
        &self,
        query: &[(String, String)],
        body: Option<&Value>,
    ) -> Vec<String> {
        let compiled = self.compiled();
        let query: Map<String, Value> = query
            .iter()
            .map(|(name, value)| (name.clone(), self.typed(name, value)))
            .collect();
        let mut found = errors(&compiled.query, &Value::Object(query));
        match (&compiled.body, body) {
            (Some(validator), Some(body)) => found.extend(errors(validator, body)),
            (Some(_), None) => found.push("the body is missing".to_owned()),
            (None, Some(_)) => found.push("there is a body".to_owned()),
            (None, None) => {}
        }
        found
    }

    /// What one of our own answers has that GitHub's have not, or lacks.
    pub(crate) fn drift(&self, status: u16, body: Option<&Value>) -> Vec<String> {
        match (self.answer(status), body) {
            (Some(schema), Some(body)) => {
                let mut compiled = self.compiled_answers.lock().unwrap();
                let compile = || Arc::new(compile(schema));
                let validator = Arc::clone(compiled.entry(status).or_insert_with(compile));
                errors(&validator, body)
            }
            (Some(_), None) => vec!["the answer has no body".to_owned()],
            (None, _) => Vec::new(),
        }
    }

    fn typed(&self, name: &str, value: &str) -> Value {
        let kind = self
            .query
            .get(name)
            .and_then(|schema| schema["type"].as_str());
        match (kind, value.parse::<u64>()) {
            (Some("integer"), Ok(number)) => json!(number),
            _ => json!(value),
        }
    }

    fn compiled(&self) -> &Compiled {
        self.compiled.get_or_init(|| Compiled {
            query: compile(&json!({
                "type": "object", "properties": self.query, "additionalProperties": false
            })),
            body: self.body.as_ref().map(compile),
        })
    }
}

fn compile(schema: &Value) -> Validator {
    let mut schema = schema.clone();
    if schema.to_string().contains("\"$ref\"") {
        schema["components"] = CONTRACT.components.clone();
    }
    let options = jsonschema::options().with_draft(Draft::Draft202012);
    options.build(&schema).unwrap()
}

fn errors(validator: &Validator, value: &Value) -> Vec<String> {
    let errors = validator.iter_errors(value);
    errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

/// What stands for the braces; the last of a template takes all that is left, as a ref does.
fn parts(template: &str, path: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut rest = path;
    let mut segments = template.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        rest = rest.strip_prefix('/')?;
        let is_last = segments.peek().is_none();
        let end = if is_last { None } else { rest.find('/') };
        let (part, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        if segment.starts_with('{') {
            let part = percent_encoding::percent_decode_str(part);
            parts.push(part.decode_utf8().ok()?.into_owned());
        } else if segment != part {
            return None;
        }
    }
    let is_whole = rest.is_empty() && parts.iter().all(|part| !part.is_empty());
    let is_plain =
        template.ends_with("{ref}") || parts.last().is_none_or(|last| !last.contains('/'));
    (is_whole && is_plain).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_one_operation_or_none() {
        let found = |method: &str, path: &str| {
            let (operation, parts) = CONTRACT.find(method, path)?;
            Some((operation.id.clone(), parts))
        };
        let parts = |parts: &[&str]| {
            parts
                .iter()
                .map(|part| (*part).to_owned())
                .collect::<Vec<_>>()
        };
        let cases = [
            (
                "GET",
                "/user",
                Some(("users/get-authenticated", parts(&[]))),
            ),
            ("GET", "/repos/a/b", Some(("repos/get", parts(&["a", "b"])))),
            (
                "GET",
                "/repos/a/b/git/ref/heads/medic%2Fx/y",
                Some(("git/get-ref", parts(&["a", "b", "heads/medic/x/y"]))),
            ),
            ("PATCH", "/repos/a/b/git/refs/heads/x", None),
            ("GET", "/repos/a", None),
            ("GET", "/repos/a/b/c", None),
            ("PUT", "/repos/a/b/pulls/1/merge", None),
        ];
        for (method, path, expected) in cases {
            let expected = expected.map(|(id, parts)| (id.to_owned(), parts));
            assert_eq!(found(method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn what_the_description_does_not_allow_is_a_violation() {
        let (operation, _) = CONTRACT.find("POST", "/repos/a/b/issues").unwrap();
        let count = |body: Option<Value>| operation.violations(&[], body.as_ref()).len();
        assert_eq!(count(Some(json!({"title": "a", "labels": ["b"]}))), 0);
        assert_eq!(count(Some(json!({"body": "no title"}))), 1);
        assert_eq!(count(Some(json!({"title": "a", "labels": "b"}))), 1);
        assert_eq!(count(None), 1);
        let query = [("page".to_owned(), "1".to_owned())];
        assert_eq!(
            operation
                .violations(&query, Some(&json!({"title": "a"})))
                .len(),
            1
        );
    }
}
