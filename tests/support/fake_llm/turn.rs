//! What the server does with one request.

use std::fmt;
use std::future;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::Response;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use serde_json::{Value, json};

/// What happens to a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    /// A chat completion with this text.
    Text(String),
    /// A chat completion with this message.
    Message(Value),
    /// This JSON under this status.
    Json(u16, Value),
    /// Anything at all.
    Raw {
        /// The status.
        status: u16,
        /// The headers.
        headers: Vec<(&'static str, String)>,
        /// The body.
        body: Vec<u8>,
    },
    /// Nothing, until the client gives up.
    Silence,
    /// The connection is closed without an answer.
    Cut,
    /// The connection is closed in the middle of the answer.
    CutMidway,
}

impl Turn {
    /// A chat completion with this JSON as its text.
    pub fn says(answer: &Value) -> Self {
        Self::Text(answer.to_string())
    }

    /// Too many requests, and when to come back.
    pub fn too_many(retry_after: &str) -> Self {
        let error =
            json!({"error": {"message": "Rate limit reached", "code": "rate_limit_exceeded"}});
        Self::Raw {
            status: 429,
            headers: vec![("retry-after", retry_after.to_owned())],
            body: error.to_string().into_bytes(),
        }
    }

    /// A page of HTML.
    pub fn page(status: u16) -> Self {
        Self::Raw {
            status,
            headers: vec![("content-type", "text/html".to_owned())],
            body: b"<!doctype html><title>Welcome</title>".to_vec(),
        }
    }

    pub(super) async fn take(self) -> Result<Response<Sent>, Cut> {
        match self {
            Self::Text(text) => Ok(completion(&json!({"role": "assistant", "content": text}))),
            Self::Message(message) => Ok(completion(&message)),
            Self::Json(status, body) => Ok(answer(status, &[], body.to_string().into_bytes())),
            Self::Raw {
                status,
                headers,
                body,
            } => Ok(answer(status, &headers, body)),
            Self::Silence => future::pending().await,
            Self::Cut => Err(Cut),
            Self::CutMidway => {
                let mut answer = completion(&json!({"content": "x".repeat(1_000)}));
                answer.body_mut().is_cut = true;
                Ok(answer)
            }
        }
    }
}

fn completion(message: &Value) -> Response<Sent> {
    let body = json!({
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_795_290_455,
        "model": "fake",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1_000, "completion_tokens": 100, "total_tokens": 1_100},
    });
    answer(
        200,
        &[("content-type", "application/json".to_owned())],
        body.to_string().into_bytes(),
    )
}

fn answer(status: u16, headers: &[(&'static str, String)], body: Vec<u8>) -> Response<Sent> {
    let builder = headers.iter().fold(
        Response::builder().status(status),
        |builder, (name, value)| builder.header(*name, value),
    );
    let length = body.len() as u64;
    builder
        .body(Sent {
            rest: Some(body.into()),
            length,
            is_cut: false,
        })
        .unwrap()
}

/// The connection shall be closed.
#[derive(Debug)]
pub(super) struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cut")
    }
}

impl std::error::Error for Cut {}

/// A body that may end before its end.
#[derive(Debug)]
pub(super) struct Sent {
    rest: Option<Bytes>,
    length: u64,
    is_cut: bool,
}

impl Body for Sent {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        let is_cut = self.is_cut;
        Poll::Ready(match self.rest.take() {
            Some(rest) if is_cut => Some(Ok(Frame::data(rest.slice(..rest.len() / 2)))),
            Some(rest) => Some(Ok(Frame::data(rest))),
            None if is_cut => Some(Err(Cut)),
            None => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_none() && !self.is_cut
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}
