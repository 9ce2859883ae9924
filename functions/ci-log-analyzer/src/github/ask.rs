//! What is asked of GitHub. Pure.

use serde::de::DeserializeOwned;
use shared::failure::{CallError, Effect, FailureKind};
use shared::http::{Response, Url};
use shared::outbound::{Body, Gated};

use super::endpoint::{Endpoint, address};
use super::failure::Failed;
use crate::repository::Repository;

/// What is asked, and about what.
#[derive(Clone, Debug)]
pub(super) struct Ask<'r> {
    pub(super) endpoint: Endpoint,
    pub(super) repository: &'r Repository,
    /// What stands for the braces after owner and name.
    parts: Vec<String>,
    query: Vec<(String, String)>,
    pub(super) body: Option<Body>,
}

impl<'r> Ask<'r> {
    pub(super) fn new(endpoint: Endpoint, repository: &'r Repository) -> Self {
        Self {
            endpoint,
            repository,
            parts: Vec::new(),
            query: Vec::new(),
            body: None,
        }
    }

    pub(super) fn part(mut self, part: impl Into<String>) -> Self {
        self.parts.push(part.into());
        self
    }

    pub(super) fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn page(mut self, query: Vec<(String, String)>) -> Self {
        self.query = query;
        self
    }

    pub(super) fn body(mut self, body: &impl Gated) -> Self {
        self.body = Body::json(body);
        self
    }

    pub(super) fn url(&self, root: &Url) -> Option<Url> {
        let mut parts: Vec<&str> = Vec::new();
        if self.endpoint.template.starts_with("/repos/") {
            parts.extend([self.repository.owner(), self.repository.name()]);
        }
        parts.extend(self.parts.iter().map(String::as_str));
        let mut url = address(root, self.endpoint, &parts)?;
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Some(url)
    }

    /// As it shall appear in an error: `acme/shop#7`, `acme/shop heads/main`.
    fn object(&self) -> String {
        match self.parts.as_slice() {
            [] => self.repository.to_string(),
            [number] if number.bytes().all(|b| b.is_ascii_digit()) => {
                format!("{}#{number}", self.repository)
            }
            parts => format!("{} {}", self.repository, parts.join(" ")),
        }
    }

    pub(super) fn error(
        &self,
        how: (FailureKind, Effect),
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> CallError {
        CallError::new(self.endpoint.does, self.object(), how, source)
    }

    pub(super) fn failed(
        &self,
        how: (FailureKind, Effect),
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Failed {
        self.error(how, source).into()
    }

    /// The answer's content.
    pub(super) fn read<T: DeserializeOwned>(&self, response: &Response) -> Result<T, CallError> {
        let unclear = (FailureKind::Permanent, Effect::Unknown);
        let how = self.endpoint.verb.what_it_can(unclear);
        serde_json::from_slice(&response.body).map_err(|error| {
            let why = format!(
                "GitHub's answer is not what it documents, at its line {}",
                error.line()
            );
            self.error(how, why)
        })
    }
}
