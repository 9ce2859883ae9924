//! A connection that ends by itself: at its deadline, or after more bytes than any answer needs.
//!
//! The library reads in a task of its own, which outlives a caller that stops waiting, and a server that sends a byte
//! now and then would keep it alive for ever.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

/// Output is read and dropped so that the command can end, but not without end.
const MOST_BYTES_READ: u64 = 64 * 1024 * 1024;

/// A connection with limits.
#[derive(Debug)]
pub(super) struct Wire {
    stream: TcpStream,
    end: Pin<Box<Sleep>>,
    left: u64,
}

impl Wire {
    /// Limits `stream`.
    pub(super) fn new(stream: TcpStream, until: Instant) -> Self {
        Self {
            stream,
            end: Box::pin(sleep_until(until)),
            left: MOST_BYTES_READ,
        }
    }

    /// Also has the task woken at the end, whatever it waits for until then.
    fn ensure_not_over(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        if self.left == 0 {
            return Err(io::Error::other("the server sent more than 64 MiB"));
        }
        match self.end.as_mut().poll(context) {
            Poll::Ready(()) => Err(io::ErrorKind::TimedOut.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.ensure_not_over(context)?;
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let count = buffer.filled().len().saturating_sub(before);
        self.left = self.left.saturating_sub(count as u64);
        read
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.ensure_not_over(context)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
