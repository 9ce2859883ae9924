//! HTTP: one request at a time is decided upon, recorded and held against GitHub's description.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request as HttpRequest, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::access::{Caller, caller, missing};
use crate::complete::complete;
use crate::contract::{CONTRACT, Operation};
use crate::fake::{Request, system_seconds};
use crate::fault::What;
use crate::jobs;
use crate::routes::{Answer, Call, carry_out};
use crate::world::World;

/// What is sent back.
enum Sent {
    Answer(Answer),
    Late(Answer, Duration),
    Nothing,
}

/// The connection ends without an answer.
#[derive(Debug)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cut")
    }
}

impl std::error::Error for Cut {}

pub(crate) async fn serve(listener: TcpListener, world: Arc<Mutex<World>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            let service = service_fn(|request| answer(&world, request));
            // A client that goes away in the middle is not our business.
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            connection.await.ok();
        });
    }
}

async fn answer(
    world: &Mutex<World>,
    request: HttpRequest<Incoming>,
) -> Result<Response<Full<Bytes>>, Cut> {
    let (head, body) = request.into_parts();
    {
        let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
        if world.is_live {
            world.now = system_seconds();
        }
        if let Some(response) = jobs::served(&world, &head) {
            return Ok(response);
        }
    }
    let body = body.collect().await.map_err(|_| Cut)?.to_bytes();
    let sent = {
        let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
        decide(&mut world, &head, &body)
    };
    let answer = match sent {
        Sent::Answer(answer) => answer,
        Sent::Late(answer, after) => {
            tokio::time::sleep(after).await;
            answer
        }
        Sent::Nothing => return Err(Cut),
    };
    let mut response = Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    Ok(response
        .body(Full::new(Bytes::from(answer.text())))
        .unwrap())
}

fn decide(world: &mut World, head: &hyper::http::request::Parts, body: &[u8]) -> Sent {
    let method = head.method.as_str();
    let path = head.uri.path();
    let query: Vec<(String, String)> =
        url::form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
    let body: Option<Value> = serde_json::from_slice(body).ok();
    let found = CONTRACT.find(method, path);
    let call = found.as_ref().map_or_else(
        || format!("{method} {path}"),
        |(operation, _)| operation.name(),
    );
    let Some((operation, parts)) = found else {
        world
            .violations
            .push(format!("{call}: there is no such call"));
        return Sent::Answer(Answer::error(404, "Not Found"));
    };
    for violation in violations(operation, head, &query, body.as_ref()) {
        world.violations.push(format!("{call}: {violation}"));
    }
    let mut call = Call {
        operation,
        parts,
        query,
        body: body.unwrap_or_default(),
        caller: None,
    };
    let authorization = head.headers.get("authorization");
    call.caller = caller(world, authorization.and_then(|value| value.to_str().ok()));
    let sent = with_faults(world, &call);
    world.requests.push(Request {
        call: operation.name(),
        path: path.to_owned(),
        query: call.query,
        body: call.body,
        status: match &sent {
            Sent::Answer(answer) | Sent::Late(answer, _) => answer.status,
            Sent::Nothing => 0,
        },
    });
    sent
}

/// What GitHub's description does not allow, and what its guide demands of every request.
fn violations(
    operation: &Operation,
    head: &hyper::http::request::Parts,
    query: &[(String, String)],
    body: Option<&Value>,
) -> Vec<String> {
    let mut found = operation.violations(query, body);
    let demanded = [
        ("accept", "application/vnd.github+json"),
        ("x-github-api-version", "2022-11-28"),
    ];
    for (name, value) in demanded {
        if head.headers.get(name).is_none_or(|given| given != value) {
            found.push(format!("the header {name} is not {value}"));
        }
    }
    if !head.headers.contains_key("user-agent") {
        found.push("there is no user agent".to_owned());
    }
    found
}

fn with_faults(world: &mut World, call: &Call<'_>) -> Sent {
    match world.faults.strike(&call.operation.name()) {
        None => Sent::Answer(allowed(world, call)),
        Some(What::Answer(status, headers, message)) => {
            let mut answer = Answer::error(status, &message);
            let headers = headers.into_iter();
            answer
                .headers
                .extend(headers.map(|(name, value)| (name.to_owned(), value)));
            Sent::Answer(answer)
        }
        Some(What::DoneBut(status)) => {
            allowed(world, call);
            Sent::Answer(Answer::error(status, "Server Error"))
        }
        Some(What::CutBefore) => Sent::Nothing,
        Some(What::CutAfter) => {
            allowed(world, call);
            Sent::Nothing
        }
        Some(What::Late(after)) => Sent::Late(allowed(world, call), after),
        Some(What::Huge(bytes)) => {
            let mut answer = allowed(world, call);
            answer.padding = bytes;
            Sent::Answer(answer)
        }
        Some(What::NoJson) => {
            let mut answer = allowed(world, call);
            answer.body = None;
            Sent::Answer(answer)
        }
    }
}

/// The answer, if the caller may ask at all.
fn allowed(world: &mut World, call: &Call<'_>) -> Answer {
    let now = world.now;
    let is_within = world.limit.count(now);
    let mut answer = if is_within {
        permitted(world, call)
    } else {
        Answer::error(403, "API rate limit exceeded for installation.")
    };
    answer.headers.extend(world.limit.headers());
    if let (Some(schema), Some(body)) = (call.operation.answer(answer.status), &mut answer.body) {
        complete(schema, body);
    }
    let drift = call.operation.drift(answer.status, answer.body.as_ref());
    for difference in drift {
        let name = call.operation.name();
        let said = format!("our own answer {} to {name}: {difference}", answer.status);
        world.violations.push(said);
    }
    answer
}

fn permitted(world: &mut World, call: &Call<'_>) -> Answer {
    let Some(caller) = &call.caller else {
        return Answer::error(401, "Bad credentials");
    };
    let Caller::Token(token) = caller else {
        return carry_out(world, call);
    };
    if call.operation.path.starts_with("/repos/") {
        let name = call.repository();
        let is_known = world.repo(&name).is_some();
        let is_open = token
            .repositories
            .as_ref()
            .is_none_or(|open| open.iter().any(|open| open.eq_ignore_ascii_case(&name)));
        if !is_known || !is_open {
            return Answer::error(404, "Not Found");
        }
    }
    match missing(&call.operation.id, token) {
        Some(permission) => {
            let mut answer = Answer::error(403, "Resource not accessible by integration");
            let header = ("x-accepted-github-permissions".to_owned(), permission);
            answer.headers.push(header);
            answer
        }
        None => carry_out(world, call),
    }
}

impl Answer {
    /// A refusal, in GitHub's form.
    pub(crate) fn error(status: u16, message: &str) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Some(json!({
                "message": message,
                "documentation_url": "https://docs.github.com/rest",
                "status": status.to_string(),
            })),
            padding: 0,
        }
    }

    fn text(&self) -> Vec<u8> {
        let mut text = match &self.body {
            Some(body) => body.to_string().into_bytes(),
            None if self.status == 204 => Vec::new(),
            None => b"<html>".to_vec(),
        };
        text.extend(std::iter::repeat_n(b' ', self.padding));
        text
    }
}
