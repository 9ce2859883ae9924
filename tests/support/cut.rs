//! A connection that ends, or falls silent, after a number of bytes of the answer.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{Duration, sleep};

/// What happens after these bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Cut {
    /// Both sides see the connection end.
    Ends,
    /// Neither side hears anything any more.
    Silence,
}

/// Longer than any test waits.
const FOR_EVER: Duration = Duration::from_mins(10);

/// Where one connection to `upstream` can be made of which `bytes` bytes come back. Once it has ended, it says how many did.
pub async fn cut_after(
    upstream: SocketAddr,
    bytes: u64,
    cut: Cut,
) -> std::io::Result<(SocketAddr, JoinHandle<std::io::Result<u64>>)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let passing = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await?;
        let mut server = TcpStream::connect(upstream).await?;
        let (mut from_client, mut to_client) = client.split();
        let (from_server, mut to_server) = server.split();
        let answering = async {
            let mut from_server = from_server.take(bytes);
            let count = copy(&mut from_server, &mut to_client).await?;
            to_client.flush().await?;
            std::io::Result::Ok(count)
        };
        // The server hears of the client's end with the end of everything: what comes back is what is looked at.
        let asking = async {
            copy(&mut from_client, &mut to_server).await.ok();
            sleep(FOR_EVER).await;
        };
        let count = tokio::select! {
            answered = answering => answered?,
            () = asking => 0,
        };
        if cut == Cut::Silence {
            sleep(FOR_EVER).await;
        }
        Ok(count)
    });
    Ok((address, passing))
}
