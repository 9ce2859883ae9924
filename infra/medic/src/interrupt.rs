//! The signals by which a person or a system asks this program to end.

use anyhow::Context as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// A shell's exit code for a program that ended on a signal is this much more than the signal's number.
const EXIT_CODE_OF_SIGNAL_0: u8 = 128;

/// Listens from its creation on, so that no signal is lost before it is waited for.
#[derive(Debug)]
pub struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

/// A request to end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Interrupt {
    /// `SIGINT`, from Ctrl-C: the terminal sends it to everything that runs in the foreground.
    Keyboard,
    /// `SIGTERM`, sent to this program alone.
    Terminate,
    /// `SIGHUP`: the terminal is gone.
    HangUp,
}

impl Interrupts {
    /// Begins to listen.
    pub fn listen() -> anyhow::Result<Self> {
        let of = |kind| signal(kind).context("couldn't listen for signals");
        Ok(Self {
            interrupt: of(SignalKind::interrupt())?,
            terminate: of(SignalKind::terminate())?,
            hang_up: of(SignalKind::hangup())?,
        })
    }

    /// Waits for the next request to end.
    pub async fn next(&mut self) -> Interrupt {
        tokio::select! {
            _ = self.interrupt.recv() => Interrupt::Keyboard,
            _ = self.terminate.recv() => Interrupt::Terminate,
            _ = self.hang_up.recv() => Interrupt::HangUp,
        }
    }
}

impl Interrupt {
    /// The exit code that tells a shell of it.
    pub fn exit_code(self) -> u8 {
        let number = match self {
            Self::HangUp => 1,
            Self::Keyboard => 2,
            Self::Terminate => 15,
        };
        EXIT_CODE_OF_SIGNAL_0 + number
    }
}
