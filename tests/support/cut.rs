//! A connection that ends, or falls silent, after a number of bytes of the answer.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::{TcpListener, TcpStream};
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

/// Where one connection to `upstream` can be made of which `bytes` bytes come back.
pub async fn cut_after(upstream: SocketAddr, bytes: u64, cut: Cut) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        let (mut client, _) = listener.accept().await?;
        let mut server = TcpStream::connect(upstream).await?;
        let (mut from_client, mut to_client) = client.split();
        let (from_server, mut to_server) = server.split();
        let answering = async {
            let mut from_server = from_server.take(bytes);
            copy(&mut from_server, &mut to_client).await?;
            to_client.flush().await
        };
        // The client's end is not passed on before the answer's: that is what is looked at.
        let asking = async {
            copy(&mut from_client, &mut to_server).await.ok();
            sleep(FOR_EVER).await;
        };
        tokio::select! {
            answered = answering => answered?,
            () = asking => {}
        }
        if cut == Cut::Silence {
            sleep(FOR_EVER).await;
        }
        std::io::Result::Ok(())
    });
    Ok(address)
}
