//! What holds beyond a single target: the kill switch, and how much fires at once.
//!
//! Pure: keys, records and rules. What reads and writes them is [`handler`](crate::handler).

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shared::records::{Listed, Record};
use shared::reports::Channel;

use crate::record::{Lease, Told};
use crate::target::Target;

/// What holds beyond the target at the time of a decision.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Surroundings {
    /// Why somebody pulled the kill switch; none if nobody did.
    pub paused: Option<String>,
    /// How many targets fire, if that is a storm.
    pub storm: Option<usize>,
}

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

/// Where the marks of targets that fired lie. They are listed from a time on, so the time comes first.
pub const FIRED: &str = "fired/";

/// The key of the mark that a target fired at a certain time; one a minute.
pub fn fired_key(target: &Target, at: Timestamp) -> String {
    format!("{}{}", fired_since(at), target.hash())
}

/// What the keys of all marks of that minute and later ones are greater than.
pub fn fired_since(at: Timestamp) -> String {
    let minute = at.as_second().div_euclid(60) * 60;
    let minute = Timestamp::from_second(minute).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{FIRED}{minute}/")
}

/// How many targets the marks are of.
pub fn targets_fired(marks: &[Listed]) -> usize {
    let mut hashes: Vec<&str> = marks
        .iter()
        .filter_map(|mark| mark.key.rsplit('/').next())
        .collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes.len()
}

/// Where the marks of targets under remediation lie.
pub const ACTING: &str = "acting/";

/// The key of the mark that a target is under remediation.
pub fn acting_key(target: &Target) -> String {
    format!("{ACTING}{}", target.hash())
}

/// How many targets but this one are under remediation. A mark that outlived the longest remediation is a leftover.
pub fn others_acting(
    marks: &[Listed],
    target: &Target,
    longest: SignedDuration,
    now: Timestamp,
) -> usize {
    let ours = acting_key(target);
    let is_live = |mark: &&Listed| now.duration_since(mark.modified_at) < longest;
    marks
        .iter()
        .filter(is_live)
        .filter(|mark| mark.key != ours)
        .count()
}

/// Where the slots of an hourly cap lie.
pub fn slots_prefix(scope: &str, at: Timestamp) -> String {
    let hour = at.as_second().div_euclid(3600) * 3600;
    let hour = Timestamp::from_second(hour).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("caps/{scope}/{hour}/")
}

/// The storm that rages, or raged last.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Storm {
    /// The version of this form.
    schema_version: u32,
    /// The nonce of the last write.
    nonce: String,
    /// When it was noticed.
    pub began_at: Timestamp,
    /// How many targets had fired by then.
    pub targets: usize,
    /// When it was over; none while it rages.
    pub ended_at: Option<Timestamp>,
    /// How many incidents were open then.
    #[serde(default)]
    pub left_open: usize,
    /// Who tells people, and until when nobody else does.
    pub lease: Lease,
    /// Which channels still have to carry what is to be told: that it began, or that it is over.
    pub untold: Vec<Channel>,
    /// Which channels carried it, or refused to.
    pub told: Vec<Told>,
    /// What a later version added; kept when it is rewritten.
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

impl Storm {
    /// Where it lies.
    pub const KEY: &'static str = "control/storm.json";

    /// A storm that was noticed now.
    pub fn noticed(targets: usize, lease: Lease, channels: &[Channel], now: Timestamp) -> Self {
        Self {
            schema_version: Self::SCHEMA_VERSION,
            nonce: String::new(),
            began_at: now,
            targets,
            ended_at: None,
            left_open: 0,
            lease,
            untold: channels.to_vec(),
            told: Vec::new(),
            unknown: Map::new(),
        }
    }

    /// The storm, over now.
    #[must_use]
    pub fn over(
        self,
        lease: Lease,
        left_open: usize,
        channels: &[Channel],
        now: Timestamp,
    ) -> Self {
        let (ended_at, untold) = (Some(now), channels.to_vec());
        Self {
            ended_at,
            left_open,
            lease,
            untold,
            ..self
        }
    }

    /// The storm with who has been told.
    #[must_use]
    pub fn told(mut self, told: Vec<Told>) -> Self {
        self.untold
            .retain(|channel| !told.iter().any(|told| told.channel == *channel));
        self.told.extend(told);
        self
    }
}

impl Record for Storm {
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
