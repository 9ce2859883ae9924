//! Secrets that a test holds, in the place of SSM.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use shared::failure::{CallError, Effect, FailureKind};
use shared::secrets::{Secret, Secrets};

/// Parameters with what they hold. Like SSM behind its cache: what is read stays known until it is refused. It never forgets by time.
#[derive(Debug, Default)]
pub struct Keys(Mutex<HashMap<String, Key>>);

#[derive(Debug)]
struct Key {
    /// What the parameter holds; `None` where it may not be read.
    held: Option<Secret>,
    known: Option<Secret>,
    reads: usize,
}

impl Keys {
    /// Puts a key into a parameter; what was read before stays known.
    pub fn put(&self, name: &str, value: &str) {
        let held = Some(Secret::new(value));
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let empty = Key {
            held: None,
            known: None,
            reads: 0,
        };
        keys.entry(name.to_owned()).or_insert(empty).held = held;
    }

    /// A parameter that may not be read.
    pub fn deny(&self, name: &str) {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let denied = Key {
            held: None,
            known: None,
            reads: 0,
        };
        keys.insert(name.to_owned(), denied);
    }

    /// How often a parameter was read.
    pub fn reads(&self, name: &str) -> usize {
        let keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.get(name).map_or(0, |key| key.reads)
    }

    fn read(&self, name: &str, refused: Option<&Secret>) -> Result<Option<Secret>, CallError> {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(key) = keys.get_mut(name) else {
            return Ok(None);
        };
        if let Some(known) = key.known.clone().filter(|known| Some(known) != refused) {
            return Ok(Some(known));
        }
        key.reads += 1;
        let nature = (FailureKind::Permanent, Effect::None);
        let object = format!("SSM parameter {name}");
        let denied = || {
            CallError::new(
                "read the secret in",
                object,
                nature,
                "AccessDeniedException",
            )
        };
        key.known = Some(key.held.clone().ok_or_else(denied)?);
        Ok(key.known.clone())
    }
}

impl Secrets for Keys {
    async fn secret(&self, name: &str) -> Result<Option<Secret>, CallError> {
        self.read(name, None)
    }

    async fn renewed(&self, name: &str, refused: &Secret) -> Result<Option<Secret>, CallError> {
        self.read(name, Some(refused))
    }
}
