//! The alarm that CloudWatch published, read without trusting a word of it.
//!
//! One tolerant parser for every way in which an alarm reaches a function ([`read_event`]). It never fails and never
//! panics: each record is an alarm, ignored or rejected. What a message does not say, or says in a way that cannot be
//! right, is `None`; the decision acts on nothing that it would need and does not have.

mod arn;
mod envelope;
mod event;
mod json;
mod metric;
mod published;
mod region;

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::arn::AlarmArn;
pub use self::envelope::{is_tick, read_bytes, read_event};
pub use self::metric::{Kind, Metric};
use crate::short_hash::short_hash;

/// CloudWatch allows names of 255 characters (API reference, `PutMetricAlarm`).
const MOST_NAME_CHARACTERS: usize = 255;

/// A state of an alarm.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// The metric is within its threshold.
    Ok,
    /// The metric is outside its threshold.
    Alarm,
    /// There is too little data to say.
    InsufficientData,
}

impl State {
    /// As CloudWatch spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        }
    }
}

impl FromStr for State {
    type Err = Rejection;

    fn from_str(text: &str) -> Result<Self, Rejection> {
        match text {
            "OK" => Ok(Self::Ok),
            "ALARM" => Ok(Self::Alarm),
            "INSUFFICIENT_DATA" => Ok(Self::InsufficientData),
            _ => Err(Rejection::UnknownState),
        }
    }
}

/// One state change of one alarm. It can be kept and read again; what was read is as little trusted as before.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Alarm {
    /// The alarm's name as the message has it; outside text, only ever matched and quoted.
    pub name: String,
    /// The alarm's ARN; old or hand-made messages have none.
    pub arn: Option<AlarmArn>,
    /// The account it is in, if the message says so in twelve digits.
    pub account: Option<String>,
    /// The code of the region it is in.
    pub region: Option<String>,
    /// The state it is in now.
    pub state: State,
    /// The state it was in before.
    pub old_state: Option<State>,
    /// When it changed its state.
    pub state_changed_at: Option<Timestamp>,
    /// Why, in CloudWatch's words or those of whoever set the state; outside text.
    pub reason: String,
    /// What its owner wrote about it; outside text.
    pub description: String,
    /// What kind of alarm it is, if the message shows it.
    pub kind: Option<Kind>,
    /// The metric it watches; the first one, if it watches an expression over several.
    pub metric: Option<Metric>,
    /// The others that its expression is made of.
    pub further_metrics: Vec<Metric>,
    /// The static threshold; bands have none.
    pub threshold: Option<f64>,
    /// The period in seconds.
    pub period_seconds: Option<u64>,
    /// What a composite alarm is made of.
    pub composite: Option<Composite>,
    /// Whether another alarm suppresses its actions.
    pub is_suppressed: bool,
    /// Whether nobody told us: the schedule found the alarm.
    pub is_unheard: bool,
    /// Whether the message names another account or region than its ARN, or has an ARN that is none.
    pub contradicts_arn: bool,
}

/// What a message says of a composite alarm.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Composite {
    /// How many of the alarms in its rule set it off.
    pub triggering_children: usize,
}

/// A record of an event, and what it turned out to be.
#[derive(Debug)]
pub struct Received {
    /// The id that SNS or SQS gave it; for logs only, because a second delivery may bear another one.
    pub message_id: String,
    /// What it is.
    pub parsed: Parsed,
}

/// What a record turned out to be.
#[derive(Debug)]
pub enum Parsed {
    /// A state change of an alarm.
    Alarm(Box<Alarm>),
    /// Valid, but not a state change of an alarm.
    Ignored(&'static str),
    /// Not usable.
    Rejected(Rejection),
}

/// Why a record is not usable.
#[derive(Debug, Error)]
pub enum Rejection {
    /// More records than any sender puts into one event.
    #[error("the event has more than {0} records; the rest was not read")]
    TooMany(usize),
    /// More than any of the senders can carry.
    #[error("the document has {0} bytes, more than can have been sent")]
    TooLarge(usize),
    /// Not JSON at all, or cut off.
    #[error("the message is not JSON: {0}")]
    NotJson(serde_json::Error),
    /// JSON, but a list, a text or a number.
    #[error("the document is not a JSON object")]
    NotAnObject,
    /// An envelope in an envelope in an envelope, and so on.
    #[error("the document is wrapped too often")]
    TooDeep,
    /// A notification without a message.
    #[error("the notification has no message")]
    NoMessage,
    /// A state change that somebody other than CloudWatch sent.
    #[error("the event's source is not aws.cloudwatch")]
    ForeignSource,
    /// An alarm without a name, or with one that CloudWatch would not accept.
    #[error("the alarm's name is missing, empty or longer than {MOST_NAME_CHARACTERS} characters")]
    BadName,
    /// An alarm without a state.
    #[error("the alarm's state is missing")]
    NoState,
    /// A state that is none.
    #[error("the alarm's state is none of OK, ALARM, INSUFFICIENT_DATA")]
    UnknownState,
}

/// The incident that a state change opens: the same for every function that hears of it, and for every delivery.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct IncidentId(String);

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl IncidentId {
    /// The id that this text is; `None` if it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (text.len() == 20 && text.bytes().all(is_hex)).then(|| Self(text.to_owned()))
    }
}

impl Alarm {
    /// All that is known of an alarm that CloudWatch does not describe any more.
    pub fn remembered(name: &str, arn: Option<&AlarmArn>, reason: &str) -> Self {
        Self {
            name: name.to_owned(),
            arn: arn.cloned(),
            account: arn.and_then(AlarmArn::account).map(str::to_owned),
            region: arn.and_then(AlarmArn::region).map(str::to_owned),
            state: State::Alarm,
            old_state: None,
            state_changed_at: None,
            reason: reason.to_owned(),
            description: String::new(),
            kind: None,
            metric: None,
            further_metrics: Vec::new(),
            threshold: None,
            period_seconds: None,
            composite: None,
            is_suppressed: false,
            is_unheard: false,
            contradicts_arn: false,
        }
    }

    /// Every metric that it watches.
    pub fn metrics(&self) -> impl Iterator<Item = &Metric> {
        self.metric.iter().chain(&self.further_metrics)
    }

    /// The incident that this state change opens: alarm ARN (the bare name for want of one) and time.
    pub fn incident(&self) -> IncidentId {
        let arn = self.arn.as_ref().map(AlarmArn::to_string);
        let identity = arn.as_ref().unwrap_or(&self.name);
        let time = self.state_changed_at.map_or(0, Timestamp::as_millisecond);
        IncidentId(short_hash(&format!("{identity}\n{time}"), 10))
    }
}

impl Received {
    fn of(parsed: Parsed) -> Self {
        let message_id = String::new();
        Self { message_id, parsed }
    }
}

impl From<Rejection> for Parsed {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

/// Whether an ARN names another account or region.
fn contradicts(arn: Option<&AlarmArn>, account: Option<&str>, region: Option<&str>) -> bool {
    let differ = |said: Option<&str>, in_arn: Option<&str>| matches!((said, in_arn), (Some(said), Some(in_arn)) if said != in_arn);
    let account_differs = differ(account, arn.and_then(AlarmArn::account));
    account_differs || differ(region, arn.and_then(AlarmArn::region))
}

/// How many of the alarms listed under `key` are in ALARM, or do not say.
fn children_in_alarm(value: &serde_json::Value, key: &str) -> usize {
    let state_of = |child: &serde_json::Value| {
        let state = child.get("State").or_else(|| child.get("state"))?;
        json::text(state, "Value").or_else(|| json::text(state, "value"))
    };
    let children = json::items(value, key).filter(|child| child.is_object());
    let states = children.map(state_of);
    states
        .filter(|state| state.as_deref().is_none_or(|state| state == "ALARM"))
        .count()
}

fn name_of(name: Option<String>) -> Result<String, Rejection> {
    let is_name = |name: &String| !name.is_empty() && name.chars().count() <= MOST_NAME_CHARACTERS;
    name.filter(is_name).ok_or(Rejection::BadName)
}

fn state_of(state: Option<String>) -> Result<State, Rejection> {
    state.ok_or(Rejection::NoState)?.parse()
}

#[cfg(test)]
mod tests;
