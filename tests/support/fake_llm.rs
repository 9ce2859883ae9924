//! A server of chat completions on this machine that says what a test wants it to say, and breaks as a test wants it to break.
//!
//! It keeps state: which keys it accepts and which response formats it understands can change at any time, and it remembers each request
//! with its headers. It answers like the real ones with 400, 401 and 404 before anything else. It does not think, stream, count
//! tokens as any tokenizer does, check the request beyond that (the contract tests do), limit a rate on its own or speak TLS.

mod turn;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use http_body_util::{BodyExt as _, Collected};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use self::turn::Sent;
pub use self::turn::Turn;

/// A running server; it stops with the runtime it was started on.
#[derive(Clone, Debug)]
pub struct FakeLlm {
    /// What a provider's base URL is set to.
    pub base_url: String,
    state: Arc<Mutex<State>>,
}

/// A request as it came.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Recorded {
    /// The path.
    pub path: String,
    /// The headers, in small letters.
    pub headers: BTreeMap<String, String>,
    /// The body; null where it is no JSON.
    pub body: Value,
}

type Respond = Box<dyn FnMut(&Recorded) -> Turn + Send>;

struct State {
    respond: Respond,
    keys: Option<Vec<String>>,
    formats: Vec<String>,
    requests: Vec<Recorded>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}

impl Recorded {
    /// The text of all messages.
    pub fn text(&self) -> String {
        let messages = self.body["messages"].as_array().into_iter().flatten();
        let texts = messages.filter_map(|message| message["content"].as_str());
        texts.collect::<Vec<_>>().join("\n")
    }

    /// The response format that was asked for: `text` where none was.
    pub fn format(&self) -> &str {
        let format = &self.body["response_format"]["type"];
        format.as_str().unwrap_or("text")
    }
}

impl FakeLlm {
    /// A server that takes its turns from `respond`, and takes every key and every format.
    pub async fn start(
        respond: impl FnMut(&Recorded) -> Turn + Send + 'static,
    ) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .context("couldn't bind a port for the fake LLM")?;
        let started = Self {
            base_url: format!("http://{}/v1", listener.local_addr()?),
            state: Arc::new(Mutex::new(State {
                respond: Box::new(respond),
                keys: None,
                formats: ["json_schema", "json_object", "text"]
                    .map(str::to_owned)
                    .into(),
                requests: Vec::new(),
            })),
        };
        let served = started.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(served.clone().serve(client));
            }
        });
        Ok(started)
    }

    /// A server that takes these turns, and the last one again and again.
    pub async fn scripted(turns: impl IntoIterator<Item = Turn>) -> anyhow::Result<Self> {
        let mut turns: Vec<Turn> = turns.into_iter().collect();
        turns.reverse();
        Self::start(move |_| match turns.len() {
            1 => turns[0].clone(),
            _ => turns.pop().unwrap(),
        })
        .await
    }

    /// From now on only these keys are accepted.
    pub fn accept_keys(&self, keys: &[&str]) {
        self.state().keys = Some(keys.iter().map(|key| (*key).to_owned()).collect());
    }

    /// From now on only these response formats are understood.
    pub fn understand(&self, formats: &[&str]) {
        self.state().formats = formats.iter().map(|format| (*format).to_owned()).collect();
    }

    /// Each request so far, in order.
    pub fn requests(&self) -> Vec<Recorded> {
        self.state().requests.clone()
    }

    /// The response formats that were asked for so far, in order.
    pub fn formats(&self) -> Vec<String> {
        let requests = self.requests();
        requests
            .iter()
            .map(|request| request.format().to_owned())
            .collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(self, client: TcpStream) {
        let service = service_fn(|request| self.clone().answer(request));
        let connection = hyper::server::conn::http1::Builder::new();
        // A client that goes away in the middle is not the server's business.
        connection
            .serve_connection(TokioIo::new(client), service)
            .await
            .ok();
    }

    async fn answer(self, request: Request<Incoming>) -> Result<Response<Sent>, turn::Cut> {
        let (head, body) = request.into_parts();
        let headers = head.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        });
        let bytes = body
            .collect()
            .await
            .map(Collected::to_bytes)
            .unwrap_or_default();
        let recorded = Recorded {
            path: head.uri.path().to_owned(),
            headers: headers.collect(),
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
        };
        let is_right_place = head.method == Method::POST && recorded.path == "/v1/chat/completions";
        let turn = self.turn(&recorded, is_right_place);
        turn.take().await
    }

    fn turn(&self, recorded: &Recorded, is_right_place: bool) -> Turn {
        let mut state = self.state();
        state.requests.push(recorded.clone());
        let error = |status, code: &str, message: String| {
            Turn::Json(status, json!({"error": {"message": message, "code": code}}))
        };
        if !is_right_place {
            return error(404, "unknown_url", format!("there is no {}", recorded.path));
        }
        let key = recorded
            .headers
            .get("authorization")
            .and_then(|value| value.strip_prefix("Bearer "));
        let is_known =
            |keys: &Vec<String>| key.is_some_and(|key| keys.iter().any(|known| known == key));
        if !state.keys.as_ref().is_none_or(is_known) {
            return error(401, "invalid_api_key", "Invalid API Key".to_owned());
        }
        if recorded.body.is_null() {
            return error(
                400,
                "invalid_request_error",
                "the body is not JSON".to_owned(),
            );
        }
        let format = recorded.format();
        if !state.formats.iter().any(|known| known == format) {
            let message = format!("This model does not support response format `{format}`");
            return error(400, "invalid_request_error", message);
        }
        (state.respond)(recorded)
    }
}
