//! Why there is no answer, and whether the command can have been carried out all the same.

use std::fmt;

use shared::failure::{Classify, Effect, FailureKind};
use thiserror::Error;

/// Enough to see which algorithms a server offers of one kind.
const LONGEST_CAUSE: usize = 300;

/// A command that was not answered. Its text names the host; causes follow as sources.
#[derive(Debug, Error)]
pub enum SshError {
    /// Nobody listens there, or the name has no address.
    #[error("couldn't reach {address}")]
    Unreachable {
        /// Where.
        address: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It speaks no SSH, or only algorithms that are not supported here.
    #[error("{address} is not a server that can be talked to")]
    Incompatible {
        /// Who.
        address: String,
        /// Why.
        #[source]
        source: Cause,
    },
    /// The host proved to be another one. It was sent neither a login nor a command.
    #[error(
        "{address} has the host key {found}, not {expected}: another machine answers there, or its key was changed; nothing was sent to it"
    )]
    HostKeyChanged {
        /// Who.
        address: String,
        /// The fingerprint of the key that it has to have.
        expected: String,
        /// The fingerprint of the key that it has.
        found: String,
    },
    /// The key or the user was refused.
    #[error("{address} refused to log in `{user}` with the key {key}")]
    Refused {
        /// Who.
        address: String,
        /// The user.
        user: String,
        /// The fingerprint of the key.
        key: String,
    },
    /// Logged in, but not allowed to run a command.
    #[error("{address} refused to run a command")]
    CommandRefused {
        /// Who.
        address: String,
    },
    /// The time was over.
    #[error("{address} did not answer in time while {phase}")]
    TimedOut {
        /// Who.
        address: String,
        /// When.
        phase: Phase,
    },
    /// The connection ended, or what came over it made no sense.
    #[error("the connection to {address} broke while {phase}")]
    Broken {
        /// Who.
        address: String,
        /// When.
        phase: Phase,
        /// Why, as far as the library says.
        #[source]
        source: Cause,
    },
}

/// What the SSH library says of it, cut: some of its errors repeat what the server sent.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct Cause(String);

/// How far it came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Phase {
    /// Looking up the name and connecting.
    Connecting,
    /// Agreeing on keys, and checking the host's.
    ProvingTheHost,
    /// Logging in.
    LoggingIn,
    /// Logged in, and about to ask for the command.
    Preparing,
    /// The command may have been sent.
    Running,
}

impl SshError {
    /// Whether the command may have been carried out.
    pub fn effect(&self) -> Effect {
        match self {
            Self::TimedOut { phase, .. } | Self::Broken { phase, .. }
                if *phase == Phase::Running =>
            {
                Effect::Unknown
            }
            _ => Effect::None,
        }
    }
}

impl From<russh::Error> for Cause {
    fn from(error: russh::Error) -> Self {
        Self(error.to_string().chars().take(LONGEST_CAUSE).collect())
    }
}

impl Classify for SshError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::Broken { .. } => {
                FailureKind::Transient
            }
            Self::Incompatible { .. }
            | Self::HostKeyChanged { .. }
            | Self::Refused { .. }
            | Self::CommandRefused { .. } => FailureKind::Permanent,
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connecting => "connecting",
            Self::ProvingTheHost => "proving to be the host",
            Self::LoggingIn => "logging in",
            Self::Preparing => "preparing to run the command",
            Self::Running => "running the command",
        })
    }
}
