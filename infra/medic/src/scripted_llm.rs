//! A language model that is none: it answers chat completions from a script, and says so in each answer and in its model's name.
//!
//! It understands nothing. In a question it looks for the words of a cue among the numbered lines of the log, quotes the line that
//! has them, and answers what the cue says. Its diff is made of a file before and after a change that it was given beforehand: no
//! diagnosis and no patch is found by it. What it keeps is what it was asked, which `GET /asked` tells.
//!
//! It does not: stream, count tokens (it says 0), check keys, refuse, take long or fail.

pub mod diff;
mod script;

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::clock::{Clock as _, System};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use self::script::{Cue, Edit};

/// The only model it has, so that whoever reads of an answer knows where it comes from.
pub const MODEL: &str = "scripted:no-model-was-asked";

/// A question is a prompt of some thousand tokens.
const MOST_BYTES: usize = 1024 * 1024;

/// A running server. It ends when it is dropped.
#[derive(Debug)]
pub struct ScriptedLlm {
    address: String,
    server: JoinHandle<()>,
}

/// A question that came.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Asked {
    /// When.
    pub at: Timestamp,
    /// The cue that was found in it; none if nothing of the script fits.
    pub cue: Option<String>,
    /// The file that the answer would change.
    pub path: Option<String>,
}

struct State {
    cues: Vec<Cue>,
    asked: Mutex<Vec<Asked>>,
}

impl ScriptedLlm {
    /// Starts one on a free port of 127.0.0.1. The first cue that a question has counts.
    pub async fn start(cues: Vec<Cue>) -> anyhow::Result<Self> {
        let listening = TcpListener::bind("127.0.0.1:0").await;
        let listener = listening.context("couldn't listen as the scripted model")?;
        let address = format!("http://{}", listener.local_addr()?);
        let state = Arc::new(State {
            cues,
            asked: Mutex::default(),
        });
        let server = tokio::spawn(serve(listener, state));
        Ok(Self { address, server })
    }

    /// What a client takes for the base of the API.
    pub fn base_url(&self) -> String {
        format!("{}/v1", self.address)
    }

    /// Where it tells what it was asked.
    pub fn asked_url(&self) -> String {
        format!("{}/asked", self.address)
    }
}

impl Drop for ScriptedLlm {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let service = service_fn(|request| answer(&state, request));
            // A client that goes away in the middle is not our business.
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            connection.await.ok();
        });
    }
}

async fn answer(
    state: &State,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (status, body) = match (request.method(), request.uri().path()) {
        (&Method::GET, "/asked") => (200, json!(*asked(state))),
        (&Method::POST, "/v1/chat/completions") => match read(request).await {
            Some(question) => completion(state, &question),
            None => error(400, "the body is no JSON of at most a megabyte"),
        },
        _ => error(404, "there is nothing but /v1/chat/completions and /asked"),
    };
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = status.try_into().unwrap_or_default();
    Ok(response)
}

async fn read(request: Request<Incoming>) -> Option<Value> {
    let body = Limited::new(request.into_body(), MOST_BYTES);
    let bytes = body.collect().await.ok()?.to_bytes();
    serde_json::from_slice(&bytes).ok()
}

fn completion(state: &State, question: &Value) -> (u16, Value) {
    if question.get("stream") == Some(&json!(true)) {
        return error(400, "nothing is streamed here");
    }
    let said = script::said(question);
    let Some(said) = said else {
        return error(400, "there is no message of a user");
    };
    let found = script::find(&state.cues, &said);
    asked(state).push(Asked {
        at: System.now(),
        cue: found.map(|(cue, _)| cue.words.to_owned()),
        path: found.map(|(cue, _)| cue.edit.path.to_owned()),
    });
    let content = script::reply(found).to_string();
    let body = json!({
        "id": "chatcmpl-scripted", "object": "chat.completion", "created": System.now().as_second(), "model": MODEL,
        "choices": [{
            "index": 0, "finish_reason": "stop",
            "message": {"role": "assistant", "content": content, "refusal": null},
        }],
        "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    });
    (200, body)
}

fn error(status: u16, message: &str) -> (u16, Value) {
    let error = json!({"message": message, "type": "invalid_request_error", "code": null});
    (status, json!({"error": error}))
}

fn asked(state: &State) -> std::sync::MutexGuard<'_, Vec<Asked>> {
    state.asked.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cue() -> Cue {
        Cue {
            words: "not a whole number",
            category: "code",
            summary: "A sum has a fraction.",
            root_cause: "Nothing rounds it.",
            suggestion: "Round it.",
            edit: Edit {
                path: "shop/cart.py",
                before: "a\nb\n",
                after: "a\nc\n",
            },
        }
    }

    fn question(log: &str) -> Value {
        json!({"model": MODEL, "stream": false, "messages": [
            {"role": "system", "content": "Explain."}, {"role": "user", "content": log},
        ]})
    }

    async fn ask(llm: &ScriptedLlm, question: &Value) -> (u16, Value) {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = format!("{}/chat/completions", llm.base_url());
        let response = client.post(url).json(question).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    #[tokio::test]
    async fn it_answers_from_its_script_and_says_so_and_tells_what_it_was_asked() {
        let llm = ScriptedLlm::start(vec![cue()]).await.unwrap();
        let log = "log:\n11| Traceback\n12| ValueError: 2.5 is not a whole number\n";
        let (status, answer) = ask(&llm, &question(log)).await;
        assert_eq!((status, &answer["model"]), (200, &json!(MODEL)));
        let content = answer["choices"][0]["message"]["content"].as_str().unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(content).unwrap(),
            json!({
                "summary": "Scripted, no model was asked: A sum has a fraction.",
                "root_cause": "Nothing rounds it.",
                "category": "code",
                "confidence": 1.0,
                "quote": "ValueError: 2.5 is not a whole number",
                "suggestion": "Round it.",
                "patch": "--- a/shop/cart.py\n+++ b/shop/cart.py\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n",
            })
        );
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let told = client.get(llm.asked_url()).send().await.unwrap();
        let told: Vec<Asked> = told.json().await.unwrap();
        let told: Vec<_> = told.into_iter().map(|one| (one.cue, one.path)).collect();
        let expected = ("not a whole number", "shop/cart.py");
        let expected = (Some(expected.0.to_owned()), Some(expected.1.to_owned()));
        assert_eq!(told, [expected]);
    }

    #[tokio::test]
    async fn what_it_does_not_do_it_refuses() {
        let llm = ScriptedLlm::start(vec![cue()]).await.unwrap();
        let mut streamed = question("1| x");
        streamed["stream"] = json!(true);
        for (question, message) in [
            (streamed, "nothing is streamed here"),
            (json!({"messages": []}), "there is no message of a user"),
        ] {
            let (status, answer) = ask(&llm, &question).await;
            assert_eq!(
                (status, &answer["error"]["message"]),
                (400, &json!(message))
            );
        }
    }
}
