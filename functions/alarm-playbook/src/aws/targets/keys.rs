//! The private keys to log in to hosts with: read from SSM, decrypted, and kept in the sandbox for a few minutes.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_sdk_ssm::types::ParameterType;
use jiff::{SignedDuration, Timestamp};
use shared::aws::Call;
use shared::clock::{Clock as _, System};
use shared::failure::CallError;

use super::AwsTargets;
use crate::ssh::SshKey;

/// A key that was changed is refused by the host, and then read anew in any case.
const TO_KEEP: SignedDuration = SignedDuration::from_mins(5);

/// The keys that were read lately, by their parameters' names.
#[derive(Debug, Default)]
pub struct KeyCache(Mutex<HashMap<String, Kept>>);

#[derive(Debug)]
struct Kept {
    key: SshKey,
    read_at: Timestamp,
}

impl KeyCache {
    pub(super) fn get(&self, parameter: &str, now: Timestamp) -> Option<SshKey> {
        let mut kept = self.kept();
        kept.retain(|_, kept| kept.is_fresh(now));
        kept.get(parameter).map(|kept| kept.key.clone())
    }

    pub(super) fn keep(&self, parameter: &str, key: SshKey, read_at: Timestamp) {
        self.kept()
            .insert(parameter.to_owned(), Kept { key, read_at });
    }

    /// Whoever panicked with it in hand has left it whole.
    fn kept(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn is_fresh(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.read_at);
        (SignedDuration::ZERO..TO_KEEP).contains(&age)
    }
}

impl AwsTargets<'_> {
    /// The key that a parameter holds now. It is kept.
    pub(super) async fn read_key(&self, parameter: &str) -> Result<SshKey, CallError> {
        let call = Call::new("read the SSH key in", format!("parameter {parameter}"));
        let answer = self
            .clients
            .ssm
            .get_parameter()
            .name(parameter)
            .with_decryption(true)
            .customize()
            .config_override(self.ssm_look(&call)?)
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        let Some(read) = answer.parameter else {
            return Err(call.misanswered("SSM sent no parameter"));
        };
        if read.r#type() != Some(&ParameterType::SecureString) {
            return Err(call.refused(
                "it is not a SecureString: whoever may read parameters could log in; replace the key and store it encrypted",
            ));
        }
        let key = SshKey::parse(read.value().unwrap_or_default());
        let key = key.map_err(|error| call.refused(error))?;
        self.clients.keys.keep(parameter, key.clone(), System.now());
        Ok(key)
    }
}

#[cfg(test)]
pub(super) mod tests;
