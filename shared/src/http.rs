//! Requests to services outside AWS: one connection pool, bounded answers, no redirects, a deadline for each.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect;
pub use reqwest::{Method, Url};
use thiserror::Error;

use crate::outbound::Body;

/// Longer than this no host takes to accept a connection that will be of use.
const CONNECT: Duration = Duration::from_secs(3);

/// A client for services outside AWS. It is built when it is first used: reading the system's root certificates costs a cold
/// start more than all else.
#[derive(Debug, Default)]
pub struct Http {
    client: OnceLock<reqwest::Client>,
}

/// A text that goes into a header and nowhere else: it shows in no log and no `Debug`.
#[derive(Clone, Eq, PartialEq)]
pub struct Credential(HeaderValue);

/// A request. Its body passed the gate, so nothing else can leave.
#[derive(Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The address.
    pub url: Url,
    /// Headers whose values are our own.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The value of `Authorization`.
    pub credential: Option<Credential>,
    /// What is sent, as JSON.
    pub body: Option<Body>,
    /// How long the whole exchange may take.
    pub within: Duration,
    /// An answer longer than this is an error.
    pub most_bytes: usize,
}

/// What came back, whatever its status.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

/// No usable answer came back: whether the request was carried out is unknown, except where it was not sent.
#[derive(Debug, Error)]
pub enum HttpError {
    /// The client cannot be built on this machine.
    #[error("no HTTP client can be built")]
    Client(#[source] reqwest::Error),
    /// No connection: the request was not sent.
    #[error("no connection to {host}")]
    Connect {
        /// The host.
        host: String,
        /// What went wrong.
        #[source]
        source: reqwest::Error,
    },
    /// Nothing within the time.
    #[error("{host} did not answer within {within:?}")]
    Timeout {
        /// The host.
        host: String,
        /// The time.
        within: Duration,
    },
    /// The connection broke, or what came is not HTTP.
    #[error("the connection to {host} broke")]
    Broken {
        /// The host.
        host: String,
        /// What went wrong.
        #[source]
        source: reqwest::Error,
    },
    /// The answer is longer than allowed.
    #[error("{host} answered with more than {most_bytes} bytes")]
    TooLong {
        /// The host.
        host: String,
        /// The most that is read.
        most_bytes: usize,
    },
}

impl Credential {
    /// `Authorization: Bearer <token>`; `None` for a token that no header can hold.
    pub fn bearer(token: &str) -> Option<Self> {
        let mut value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
        value.set_sensitive(true);
        Some(Self(value))
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(..)")
    }
}

impl Response {
    /// A header's text, if it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Http {
    /// Sends `request` once and reads the answer.
    ///
    /// # Errors
    /// Where no complete answer came; an answer of any status is none.
    pub async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let host = request.url.host_str().unwrap_or_default().to_owned();
        let (within, most_bytes) = (request.within, request.most_bytes);
        let failed = |source: reqwest::Error| {
            let host = host.clone();
            // The address may hold what the caller would not have in a log.
            let source = source.without_url();
            match source {
                source if source.is_timeout() => HttpError::Timeout { host, within },
                source if source.is_connect() => HttpError::Connect { host, source },
                source => HttpError::Broken { host, source },
            }
        };
        let mut answer = self
            .client()?
            .execute(self.built(request)?)
            .await
            .map_err(failed)?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > most_bytes {
                return Err(HttpError::TooLong { host, most_bytes });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Response {
            status: answer.status().as_u16(),
            headers: std::mem::take(answer.headers_mut()),
            body,
        })
    }

    fn built(&self, request: Request) -> Result<reqwest::Request, HttpError> {
        let mut builder = self
            .client()?
            .request(request.method, request.url)
            .timeout(request.within);
        for (name, value) in request.headers {
            builder = builder.header(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        if let Some(Credential(value)) = request.credential {
            builder = builder.header("authorization", value);
        }
        if let Some(body) = request.body {
            builder = builder
                .header(CONTENT_TYPE, "application/json")
                .body(body.into_bytes());
        }
        builder.build().map_err(HttpError::Client)
    }

    fn client(&self) -> Result<&reqwest::Client, HttpError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = reqwest::Client::builder()
            .user_agent(concat!("lambda-medic/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT)
            .build()
            .map_err(HttpError::Client)?;
        Ok(self.client.get_or_init(|| client))
    }
}

#[cfg(test)]
mod tests;
