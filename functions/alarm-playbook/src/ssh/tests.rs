//! Hosts and keys as texts, and servers that mean no good. A real server is met in `tests/e2e/ssh.rs`.

mod deceiver;
mod deceivers;
mod strangers;
mod texts;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use russh::keys::key::safe_rng;
use russh::keys::{Algorithm, PrivateKey};
use shared::failure::{Classify as _, Effect, FailureKind, chain};

use super::*;

/// What became of a command, as it can be compared.
type Outcome = Result<SshAnswer, (String, FailureKind, Effect)>;

fn new_key() -> PrivateKey {
    PrivateKey::random(&mut safe_rng(), Algorithm::Ed25519).unwrap()
}

fn login_key() -> SshKey {
    SshKey(Arc::new(new_key()))
}

fn host(address: SocketAddr, key: &PrivateKey) -> SshHost {
    SshHost {
        address: address.to_string().parse().unwrap(),
        user: "medic".parse().unwrap(),
        host_key: key.public_key().to_openssh().unwrap().parse().unwrap(),
    }
}

/// Runs a command there. The address, which differs each time, becomes HOST.
async fn outcome(host: &SshHost, within: Duration) -> Outcome {
    let answer = run(host, &login_key(), "restart web 1", within).await;
    answer.map_err(|error| {
        let text = chain(&error).replace(&host.address.to_string(), "HOST");
        (text, error.kind(), error.effect())
    })
}

/// An error that passes, after which nothing was done.
fn passing(text: &str) -> Outcome {
    Err((text.to_owned(), FailureKind::Transient, Effect::None))
}

/// An error that stays, after which nothing was done.
fn lasting(text: &str) -> Outcome {
    Err((text.to_owned(), FailureKind::Permanent, Effect::None))
}

/// An error after which the command may have been carried out.
fn unclear(text: &str) -> Outcome {
    Err((text.to_owned(), FailureKind::Transient, Effect::Unknown))
}
