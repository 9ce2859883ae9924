//! A proxy in front of the local cloud that lets calls of the function go wrong.

use std::sync::{Arc, Mutex};

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::processes::kill_all_with;

/// A running proxy; it stops with the runtime it was started on.
#[derive(Debug)]
pub struct FaultProxy {
    /// Where it listens.
    pub endpoint: String,
    calls: Arc<Mutex<Calls>>,
}

/// Which call goes wrong.
#[derive(Clone, Debug)]
pub enum Which {
    /// The first that has this text in its head or body, in upper or lower case.
    With(String),
    /// This one of those with its name.
    Call(Call),
    /// None: the proxy only keeps count.
    None,
}

/// A call, by its operation and how many of that operation it makes.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Call {
    /// `UpdateService`, or the method and where it goes: `PUT targets`, `POST outbound-emails`.
    pub operation: String,
    /// 1 for the first.
    pub nth: usize,
}

/// What went by so far.
#[derive(Debug, Default)]
struct Calls {
    seen: Vec<Call>,
    has_struck: bool,
}

impl Calls {
    /// Counts a call, and says which it is.
    fn count(&mut self, operation: String) -> Call {
        let before = self.seen.iter().filter(|call| call.operation == operation);
        let nth = before.count() + 1;
        let call = Call { operation, nth };
        self.seen.push(call.clone());
        call
    }
}

/// What goes wrong, once.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// The call is carried out, its answer is lost.
    AnswerLost,
    /// The caller, which has the proxy's endpoint in its environment, is killed before the call is carried out.
    CallerKilled,
    /// The call is carried out, and its caller is killed before it hears of that.
    CallerKilledAfter,
}

struct Proxy {
    endpoint: String,
    upstream: String,
    which: Which,
    fault: Fault,
    calls: Arc<Mutex<Calls>>,
}

impl FaultProxy {
    /// Starts a proxy to `upstream` (`http://127.0.0.1:port`) that lets the first request go wrong that has `call` in its
    /// head or body, in upper or lower case, and passes everything else on.
    pub async fn start(upstream: &str, call: &str, fault: Fault) -> anyhow::Result<Self> {
        let which = Which::With(call.to_ascii_lowercase());
        Self::start_at(upstream, which, fault).await
    }

    /// Starts a proxy to `upstream` that lets one call go wrong, or none, and passes everything else on.
    pub async fn start_at(upstream: &str, which: Which, fault: Fault) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .context("couldn't bind a port for the proxy")?;
        let upstream = upstream.trim_start_matches("http://").trim_end_matches('/');
        let proxy = Arc::new(Proxy {
            endpoint: format!("http://{}", listener.local_addr()?),
            upstream: upstream.to_owned(),
            which,
            fault,
            calls: Arc::default(),
        });
        let started = Self {
            endpoint: proxy.endpoint.clone(),
            calls: Arc::clone(&proxy.calls),
        };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let proxy = Arc::clone(&proxy);
                // A client that goes away in the middle is not the proxy's business.
                tokio::spawn(async move { proxy.pass(client).await.ok() });
            }
        });
        Ok(started)
    }

    /// Whether a call went wrong.
    pub fn has_struck(&self) -> bool {
        self.calls.lock().unwrap().has_struck
    }

    /// Every call that went by, in their order.
    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().seen.clone()
    }
}

impl Proxy {
    /// Passes one request on. Every connection carries one request only, so that no later one slips by unread.
    async fn pass(&self, mut client: TcpStream) -> anyhow::Result<()> {
        let (head, body) = read_request(&mut client).await?;
        let strikes = self.strikes(&head, &body);
        if let (true, Fault::CallerKilled) = (strikes, self.fault) {
            return kill_all_with(&self.endpoint);
        }
        let mut server = TcpStream::connect(&self.upstream).await?;
        server.write_all(once(&head).as_bytes()).await?;
        server.write_all(&body).await?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer).await?;
        if let (true, Fault::CallerKilledAfter) = (strikes, self.fault) {
            return kill_all_with(&self.endpoint);
        }
        if !strikes {
            client.write_all(&answer).await?;
        }
        Ok(client.shutdown().await?)
    }

    fn strikes(&self, head: &str, body: &[u8]) -> bool {
        let body = String::from_utf8_lossy(body);
        let mut calls = self.calls.lock().unwrap();
        let call = calls.count(operation(head, &body));
        let is_it = match &self.which {
            Which::With(text) => [head, &body]
                .iter()
                .any(|part| part.to_ascii_lowercase().contains(text)),
            Which::Call(which) => call == *which,
            Which::None => false,
        };
        let strikes = is_it && !calls.has_struck;
        calls.has_struck |= strikes;
        strikes
    }
}

/// What a request asks for, in as many words as tell one place in the function from another.
fn operation(head: &str, body: &str) -> String {
    let target = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_it = name.eq_ignore_ascii_case("x-amz-target");
        is_it.then(|| value.trim().rsplit('.').next().unwrap_or_default())
    });
    let action = body
        .split('&')
        .find_map(|field| field.strip_prefix("Action="));
    if let Some(name) = target.or(action) {
        return name.to_owned();
    }
    let mut words = head.split_whitespace();
    let (method, path) = (words.next(), words.next().unwrap_or_default());
    // S3: the bucket comes first, then the kind of record, or what to list. Others: the operation comes last.
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let place = match parts.as_slice() {
        ["service", _, "operation", operation] => operation,
        ["v2", .., last] => last,
        [_, kind, ..] => kind,
        _ => "bucket",
    };
    let listed = query.split('&').find_map(|field| {
        let prefix = field.strip_prefix("prefix=")?;
        prefix.split('%').next()
    });
    match listed {
        Some(prefix) => format!("LIST {prefix}"),
        None => format!("{} {place}", method.unwrap_or_default()),
    }
}

/// The head of a request up to and including its empty line, and its body.
async fn read_request(client: &mut TcpStream) -> anyhow::Result<(String, Vec<u8>)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8(head)?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())?
    });
    let mut body = vec![0; length.unwrap_or_default()];
    client.read_exact(&mut body).await?;
    Ok((head, body))
}

/// The head of a request that asks the server to close the connection after its answer.
fn once(head: &str) -> String {
    let kept = head
        .trim_end()
        .split("\r\n")
        .filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
    let kept: Vec<&str> = kept.collect();
    format!("{}\r\nconnection: close\r\n\r\n", kept.join("\r\n"))
}
