//! A proxy in front of the local cloud that cuts the connection after a call was carried out, before its answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A running proxy; it stops with the runtime it was started on.
#[derive(Debug)]
pub struct FaultProxy {
    /// Where it listens.
    pub endpoint: String,
    cut: Arc<AtomicUsize>,
}

impl FaultProxy {
    /// Starts a proxy to `upstream` (`http://127.0.0.1:port`) that cuts the answer of every request whose
    /// `x-amz-target` header ends with `operation`, and passes everything else on.
    pub async fn start(upstream: &str, operation: &str) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .context("couldn't bind a port for the proxy")?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let upstream = upstream
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .to_owned();
        let target = format!(".{operation}\r\n").to_ascii_lowercase();
        let cut = Arc::<AtomicUsize>::default();
        let count = Arc::clone(&cut);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (upstream, target, count) =
                    (upstream.clone(), target.clone(), Arc::clone(&count));
                // A client that goes away in the middle is not the proxy's business.
                tokio::spawn(async move { pass(client, &upstream, &target, &count).await.ok() });
            }
        });
        Ok(Self { endpoint, cut })
    }

    /// How many answers were cut off.
    pub fn cut(&self) -> usize {
        self.cut.load(Ordering::SeqCst)
    }
}

/// Passes one request on. Every connection carries one request only, so that no later one slips by unread.
async fn pass(
    mut client: TcpStream,
    upstream: &str,
    target: &str,
    cut: &AtomicUsize,
) -> anyhow::Result<()> {
    let (head, body) = read_request(&mut client).await?;
    let mut server = TcpStream::connect(upstream).await?;
    server.write_all(once(&head).as_bytes()).await?;
    server.write_all(&body).await?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).await?;
    if head.to_ascii_lowercase().contains(target) {
        cut.fetch_add(1, Ordering::SeqCst);
        return Ok(());
    }
    client.write_all(&answer).await?;
    Ok(client.shutdown().await?)
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
