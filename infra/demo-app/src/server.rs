//! HTTP with bounds, and an orderly end: no new connections, requests in flight are answered, then it returns.

use std::convert::Infallible;
use std::io::Write;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, Uri};
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::Timestamp;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};

use crate::answer::{Answer, Switch, answer};
use crate::busy::BusyLoop;
use crate::log::{Level, Line};
use crate::shop::Shop;

/// After an error that does not belong to one connection, such as too many open files.
const PAUSE: Duration = Duration::from_millis(50);

/// The most of a target that a log line repeats.
const MOST_LOGGED: usize = 200;

/// What nobody may go beyond.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a request's head.
    pub head_bytes: usize,
    /// Headers of a request.
    pub headers: usize,
    /// How long a connection may take to send a head, or be idle.
    pub head_within: Duration,
    /// Connections at a time; more wait to be accepted.
    pub connections: usize,
    /// How long requests in flight may take after the end was asked for.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_bytes: 16 * 1024,
            headers: 64,
            // Longer than the 60 s for which a load balancer keeps an idle connection: whoever closes first must not be us,
            // or requests meet a closed connection.
            head_within: Duration::from_secs(75),
            connections: 512,
            // ECS sends SIGKILL 30 s after SIGTERM.
            drain: Duration::from_secs(25),
        }
    }
}

/// Whether answered requests are logged, too.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Requests {
    /// Each one has a line.
    Logged,
    /// Only errors have.
    Unlogged,
}

/// What people may choose.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Settings {
    /// Whether faults can be switched from outside.
    pub switch: Switch,
    /// Whether answered requests are logged, too.
    pub requests: Requests,
}

/// The service, ready to run.
#[derive(Debug)]
pub struct Server<W> {
    shared: Arc<Shared<W>>,
    limits: Limits,
}

#[derive(Debug)]
struct Shared<W> {
    shop: Mutex<Shop>,
    busy: Mutex<Option<BusyLoop>>,
    log: Mutex<W>,
    settings: Settings,
}

impl<W: Write + Send + 'static> Server<W> {
    /// A server of `shop` that writes its log to `log`.
    pub fn new(shop: Shop, log: W, settings: Settings, limits: Limits) -> Self {
        let shared = Shared {
            busy: Mutex::new(None),
            shop: Mutex::new(shop),
            log: Mutex::new(log),
            settings,
        };
        shared.follow();
        Self {
            shared: Arc::new(shared),
            limits,
        }
    }

    /// Serves until `end` is ready and the requests that were in flight then are answered, or the limit for that is over.
    pub async fn run(self, listener: TcpListener, end: impl Future<Output = ()>) {
        let (ending, _) = watch::channel(());
        let free = Arc::new(Semaphore::new(self.limits.connections));
        let accept_all = async {
            // Nobody closes the semaphore, so there always is a permit some time.
            while let Ok(permit) = Arc::clone(&free).acquire_owned().await {
                match listener.accept().await {
                    Ok((stream, _)) => self.serve(stream, ending.subscribe(), permit),
                    Err(_) => sleep(PAUSE).await,
                }
            }
        };
        tokio::select! {
            () = accept_all => {}
            () = end => {}
        }
        drop(listener);
        // Each connection holds a receiver until it is done.
        let _ = ending.send(());
        // Over the limit there is nobody left to be told; the caller ends the process.
        let _ = timeout(self.limits.drain, ending.closed()).await;
    }

    fn serve(
        &self,
        stream: TcpStream,
        mut ending: watch::Receiver<()>,
        permit: OwnedSemaphorePermit,
    ) {
        let shared = Arc::clone(&self.shared);
        let service = service_fn(move |request: Request<Incoming>| {
            let response = shared.respond(request.method(), request.uri());
            async { Ok::<_, Infallible>(response) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.head_within)
            .max_header_size(self.limits.head_bytes)
            .max_headers(self.limits.headers)
            .serve_connection(TokioIo::new(stream), service);
        tokio::spawn(async move {
            let mut connection = pin!(connection);
            // A client that goes away or sends no HTTP was answered what there was to answer.
            tokio::select! {
                _ = connection.as_mut() => return,
                _ = ending.changed() => connection.as_mut().graceful_shutdown(),
            }
            let _ = connection.await;
            drop(permit);
        });
    }
}

impl<W: Write> Shared<W> {
    fn respond(&self, method: &Method, target: &Uri) -> Response<Full<Bytes>> {
        let now = now();
        let answer = {
            // Nothing in a shop is left half done by a panic.
            let mut shop = self.shop.lock().unwrap_or_else(PoisonError::into_inner);
            answer(method, target, &mut shop, self.settings.switch, now)
        };
        self.follow();
        if let Requests::Logged = self.settings.requests {
            self.write(&request_line(method, target, &answer, now));
        }
        if let Some(error) = &answer.error {
            self.write(error);
        }
        response(&answer)
    }

    /// Begins or ends the loop, as the shop has it.
    fn follow(&self) {
        let shop = self.shop.lock().unwrap_or_else(PoisonError::into_inner);
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        match shop.is_busy() {
            // Without a thread there is no fault, which whoever switched it on sees.
            true if busy.is_none() => *busy = BusyLoop::begin().ok(),
            true => {}
            false => *busy = None,
        }
    }

    fn write(&self, line: &Line) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        // A reader of the log who went away is no reason to stop serving.
        let _ = log
            .write_all(line.json().as_bytes())
            .and_then(|()| log.flush());
    }
}

fn response(answer: &Answer) -> Response<Full<Bytes>> {
    let body = match &answer.body {
        serde_json::Value::Null => String::new(),
        body => body.to_string(),
    };
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = answer.status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

fn request_line(method: &Method, target: &Uri, answer: &Answer, now: Timestamp) -> Line {
    let target: String = target.to_string().chars().take(MOST_LOGGED).collect();
    Line {
        level: Level::Info,
        message: format!("{method} {target} {}", answer.status.as_u16()),
        timestamp: now,
        stack: None,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that asks the machine for the time"
)]
fn now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests;
