//! A proxy in front of the local cloud that lets calls of the function go wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::processes::kill_all_with;

/// A running proxy; it stops with the runtime it was started on.
#[derive(Debug)]
pub struct FaultProxy {
    /// Where it listens.
    pub endpoint: String,
    has_struck: Arc<AtomicBool>,
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
    call: String,
    fault: Fault,
    has_struck: Arc<AtomicBool>,
}

impl FaultProxy {
    /// Starts a proxy to `upstream` (`http://127.0.0.1:port`) that lets the first request go wrong that has `call` in its
    /// head or body, in upper or lower case, and passes everything else on.
    pub async fn start(upstream: &str, call: &str, fault: Fault) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .context("couldn't bind a port for the proxy")?;
        let upstream = upstream.trim_start_matches("http://").trim_end_matches('/');
        let proxy = Arc::new(Proxy {
            endpoint: format!("http://{}", listener.local_addr()?),
            upstream: upstream.to_owned(),
            call: call.to_ascii_lowercase(),
            fault,
            has_struck: Arc::default(),
        });
        let started = Self {
            endpoint: proxy.endpoint.clone(),
            has_struck: Arc::clone(&proxy.has_struck),
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
        self.has_struck.load(Ordering::SeqCst)
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
        let is_it = |text: &str| text.to_ascii_lowercase().contains(&self.call);
        (is_it(head) || is_it(&body)) && !self.has_struck.swap(true, Ordering::SeqCst)
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
