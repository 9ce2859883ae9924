//! The kill switch: an object in the state bucket that people set and every decision reads.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::records::Record;

/// The kill switch, as `medic pause` leaves it in the state bucket.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Switch {
    /// The version of this form.
    pub schema_version: u32,
    /// The nonce of the last write.
    #[serde(default)]
    pub nonce: String,
    /// Whether nothing may be begun.
    pub paused: bool,
    /// Who says so, and why; a person's text.
    #[serde(default)]
    pub reason: String,
    /// When it was set.
    pub at: Timestamp,
    /// When it ends by itself; none if somebody has to end it.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// What a later version added; kept when it is rewritten.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Switch {
    /// Where it lies.
    pub const KEY: &'static str = "control/switch.json";

    /// Why nothing may be begun at this time; none if it may.
    pub fn holds(&self, now: Timestamp) -> Option<String> {
        let is_over = self.until.is_some_and(|until| until <= now);
        (self.paused && !is_over).then(|| {
            let until = self
                .until
                .map_or(String::new(), |until| format!(" until {until}"));
            format!("paused at {}{until}: {}", self.at, self.reason)
        })
    }
}

impl Record for Switch {
    const SCHEMA_VERSION: u32 = 1;

    fn key(&self) -> String {
        Self::KEY.to_owned()
    }

    fn nonce(&self) -> &str {
        &self.nonce
    }

    fn set_nonce(&mut self, nonce: String) {
        self.nonce = nonce;
    }
}
