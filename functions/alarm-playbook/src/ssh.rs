//! Runs one command on a host over SSH, where the host has no SSM agent.
//!
//! The host proves with its pinned key who it is before anything is sent to it. Then comes one login with a key and one
//! command, which the forced command of that key on the host takes as its wish. There is no shell, no terminal, no
//! agent and no forwarding in either direction, and everything has a limit of time and of size.
//!
//! Where to look: [`SshHost`] is what the playbook says; [`SshError`] tells what became of a command without an answer;
//! `visitor.rs` is what the server may do; `algorithms.rs` is what is spoken; `wire.rs` ends what does not end by itself.

use std::time::Duration;

use russh::client::{AuthResult, Handle, Msg, connect_stream};
use russh::{Channel, Disconnect};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

mod algorithms;
mod answer;
mod error;
mod host;
mod key;
mod visitor;
mod wire;

#[cfg(test)]
mod tests;

pub use self::answer::SshAnswer;
pub use self::error::{Cause, Phase, SshError};
pub use self::host::{HostKey, NotAnSshHost, SshAddress, SshHost, SshUser};
pub use self::key::{NotAnSshKey, SshKey};

use self::answer::Heard;
use self::visitor::Visitor;
use self::wire::Wire;

/// A host in the same region answers within milliseconds, or it is down.
const TIME_TO_CONNECT: Duration = Duration::from_secs(5);

/// Until the command can be sent. Nothing has happened by then, and a later attempt may find the host less busy.
const TIME_TO_LOG_IN: Duration = Duration::from_secs(10);

/// After the command has ended, a child that it left behind may hold its output open for ever.
const TIME_TO_CLOSE: Duration = Duration::from_secs(2);

/// To tell the server that we go, and to let the connection's task end.
const TIME_TO_LEAVE: Duration = Duration::from_millis(500);

/// How much longer than its caller a connection may live.
const AFTER_THE_CALLER: Duration = Duration::from_secs(1);

/// Runs `command` on `host`, once, within this time.
///
/// An answer says how the command ended, not whether that was a success. Without one, [`SshError::effect`] says whether
/// the command can have been carried out.
pub async fn run(
    host: &SshHost,
    key: &SshKey,
    command: &str,
    within: Duration,
) -> Result<SshAnswer, SshError> {
    let begin = Instant::now();
    let until = begin + within;
    let connecting = Limit::new(host, until.min(begin + TIME_TO_CONNECT));
    let logging_in = Limit::new(host, until.min(begin + TIME_TO_LOG_IN));

    let stream = connecting.connect().await?;
    let wire = Wire::new(stream, until + AFTER_THE_CALLER);
    let mut session = Box::pin(logging_in.prove(wire)).await?;
    logging_in.log_in(&mut session, key).await?;
    let channel = logging_in.open(&session).await?;
    let answer = Limit::new(host, until).ask(channel, command).await;
    leave(session, until).await;
    answer
}

/// A host, and when to stop waiting for it.
#[derive(Clone, Copy, Debug)]
struct Limit<'a> {
    host: &'a SshHost,
    until: Instant,
}

impl<'a> Limit<'a> {
    fn new(host: &'a SshHost, until: Instant) -> Self {
        Self { host, until }
    }

    async fn connect(self) -> Result<TcpStream, SshError> {
        let connecting = TcpStream::connect(self.host.address.parts());
        let connected = timeout_at(self.until, connecting).await;
        let connected = connected.map_err(|_| self.timed_out(Phase::Connecting))?;
        connected.map_err(|source| SshError::Unreachable {
            address: self.address(),
            source,
        })
    }

    /// Agrees on keys and checks the host's: the session is there only if it is the right one.
    async fn prove(self, wire: Wire) -> Result<Handle<Visitor>, SshError> {
        let (visitor, found) = Visitor::new(self.host.host_key.clone());
        let config = algorithms::config(&self.host.host_key.algorithm());
        let proving = connect_stream(config, wire, visitor);
        let proven = self.step(Phase::ProvingTheHost, proving).await;
        // Looked at first: the server may have ended the connection before we did.
        match found.get() {
            Some(found) => Err(SshError::HostKeyChanged {
                address: self.address(),
                expected: self.host.host_key.fingerprint(),
                found: found.clone(),
            }),
            None => proven,
        }
    }

    async fn log_in(self, session: &mut Handle<Visitor>, key: &SshKey) -> Result<(), SshError> {
        let user = self.host.user.to_string();
        let logging_in = session.authenticate_publickey(user, key.for_login());
        match self.step(Phase::LoggingIn, logging_in).await? {
            AuthResult::Success => Ok(()),
            // This is how the library tells of a connection that ended instead.
            AuthResult::Failure {
                remaining_methods, ..
            } if remaining_methods.is_empty() && session.is_closed() => {
                Err(self.broken(Phase::LoggingIn, russh::Error::Disconnect))
            }
            AuthResult::Failure { .. } => Err(SshError::Refused {
                address: self.address(),
                user: self.host.user.to_string(),
                key: key.fingerprint(),
            }),
        }
    }

    async fn open(self, session: &Handle<Visitor>) -> Result<Channel<Msg>, SshError> {
        let opening = async {
            match session.channel_open_session().await {
                Ok(channel) => Ok(Some(channel)),
                Err(russh::Error::ChannelOpenFailure(_)) => Ok(None),
                Err(error) => Err(error),
            }
        };
        let opened = self.step(Phase::Preparing, opening).await?;
        opened.ok_or_else(|| self.command_refused())
    }

    /// From here on the command may be carried out, unless the server says that it is not.
    async fn ask(
        mut self,
        mut channel: Channel<Msg>,
        command: &str,
    ) -> Result<SshAnswer, SshError> {
        let mut heard = Heard::default();
        self.step(Phase::Running, channel.exec(true, command))
            .await?;
        while !heard.is_closed {
            let message = match timeout_at(self.until, channel.wait()).await {
                Ok(Some(message)) => message,
                _ if heard.exit_status.is_some() => break,
                Ok(None) => return Err(self.broken(Phase::Running, russh::Error::Disconnect)),
                Err(_) => return Err(self.timed_out(Phase::Running)),
            };
            let (was_accepted, had_ended) = (heard.is_accepted, heard.exit_status.is_some());
            heard.take(message);
            if heard.is_refused {
                return Err(self.command_refused());
            }
            if heard.is_accepted && !was_accepted {
                // Its standard input is empty. Where that cannot be said any more, the next message tells why.
                self.step(Phase::Running, channel.eof()).await.ok();
            }
            if heard.exit_status.is_some() && !had_ended {
                self.until = self.until.min(Instant::now() + TIME_TO_CLOSE);
            }
        }
        Ok(heard.answer())
    }

    /// Waits for one step of the library.
    async fn step<T>(
        self,
        phase: Phase,
        work: impl Future<Output = Result<T, russh::Error>>,
    ) -> Result<T, SshError> {
        match timeout_at(self.until, work).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => Err(self.broken(phase, error)),
            Err(_) => Err(self.timed_out(phase)),
        }
    }

    fn broken(self, phase: Phase, error: russh::Error) -> SshError {
        let address = self.address();
        match error {
            russh::Error::Version | russh::Error::NoCommonAlgo { .. } => SshError::Incompatible {
                address,
                source: error.into(),
            },
            error => SshError::Broken {
                address,
                phase,
                source: error.into(),
            },
        }
    }

    fn timed_out(self, phase: Phase) -> SshError {
        SshError::TimedOut {
            address: self.address(),
            phase,
        }
    }

    fn command_refused(self) -> SshError {
        SshError::CommandRefused {
            address: self.address(),
        }
    }

    fn address(self) -> String {
        self.host.address.to_string()
    }
}

/// Nothing depends on whether the server hears of it.
async fn leave(session: Handle<Visitor>, until: Instant) {
    let leaving = async {
        let goodbye = session.disconnect(Disconnect::ByApplication, "", "");
        if goodbye.await.is_ok() {
            session.await.ok();
        }
    };
    timeout_at(until.min(Instant::now() + TIME_TO_LEAVE), leaving)
        .await
        .ok();
}
