//! State changes of alarms from a file: what `aws cloudwatch describe-alarm-history` prints, one page or several, or events and
//! messages one after the other, as `medic alarm parse` reads them.
//!
//! What cannot be used is counted, never a reason to stop. Everything is sorted, so the order in the file does not matter.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::alarm::{Alarm, AlarmArn, Kind, Metric, Parsed, State, read_event};
use shared::outbound::Quoted;

use super::known::KnownAlarms;

/// CloudWatch keeps an alarm's history for 30 days (API reference, `DescribeAlarmHistory`), about a kilobyte an item: what is
/// larger is something else.
const MOST_BYTES: usize = 256 * 1_024 * 1_024;

/// The end of the year 2261 in seconds since the epoch: a clock can be reckoned with up to there.
const LAST_SECOND: i64 = 9_214_646_400;

/// The state changes of a file.
#[derive(Debug, Default)]
pub(super) struct History {
    /// Oldest first, each once.
    pub(super) changes: Vec<Change>,
    /// Why items were left out, and how many for each reason.
    pub(super) unusable: BTreeMap<String, usize>,
}

/// A state change of an alarm.
#[derive(Clone, Debug)]
pub(super) struct Change {
    /// When.
    pub(super) at: Timestamp,
    /// The alarm, as its message would have told of it.
    pub(super) alarm: Alarm,
    /// Whether nothing tells what it watches: a history item by itself does not.
    pub(super) is_name_only: bool,
    /// How long the alarm itself needs to go back, by its periods; none where they are not known.
    pub(super) evaluated_within: Option<jiff::SignedDuration>,
}

/// Where alarms are taken to be, where the file does not say.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    pub(super) account: Option<String>,
    pub(super) region: Option<String>,
}

/// Reads a file. It is an error if there is no state change in it at all.
pub(super) fn read(bytes: &[u8], known: &KnownAlarms, place: &Place) -> anyhow::Result<History> {
    ensure!(
        bytes.len() <= MOST_BYTES,
        "it has {} bytes, more than any history",
        bytes.len()
    );
    let mut history = History::default();
    let text = String::from_utf8_lossy(bytes);
    for document in documents(text.trim_start_matches('\u{feff}')) {
        match document {
            Ok(document) => history.add_document(&document, known, place),
            Err(error) => history.leave_out(&format!("not JSON: {error}")),
        }
    }
    history.sort();
    let first = history.unusable.keys().next();
    let why = first.map_or(String::new(), |reason| {
        format!("; the first trouble: {reason}")
    });
    (!history.changes.is_empty())
        .then_some(history)
        .with_context(|| format!("there is no state change of an alarm in it{why}"))
}

/// The JSON documents of a text: one after the other if they all are, else one on each line.
fn documents(text: &str) -> Vec<Result<Value, serde_json::Error>> {
    let stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    if let Ok(documents) = stream.collect::<Result<Vec<Value>, _>>() {
        return documents.into_iter().map(Ok).collect();
    }
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.map(serde_json::from_str).collect()
}

impl History {
    fn add_document(&mut self, document: &Value, known: &KnownAlarms, place: &Place) {
        // Pages that were put into a list.
        if let Value::Array(documents) = document {
            for document in documents.iter().filter(|document| document.is_object()) {
                self.add_page_or_event(document, known, place);
            }
            return;
        }
        self.add_page_or_event(document, known, place);
    }

    fn add_page_or_event(&mut self, document: &Value, known: &KnownAlarms, place: &Place) {
        let items = document.get("AlarmHistoryItems").and_then(Value::as_array);
        let Some(items) = items else {
            return self.add_event(document, known);
        };
        for item in items {
            if item.get("HistoryItemType").and_then(Value::as_str) != Some("StateUpdate") {
                continue;
            }
            match message(item, known, place) {
                Some(message) => self.add_event(&message, known),
                None => self.leave_out("a state update without readable data"),
            }
        }
    }

    /// Adds an event or message, read by the function's own parser.
    fn add_event(&mut self, event: &Value, known: &KnownAlarms) {
        for received in read_event(event) {
            match received.parsed {
                Parsed::Alarm(alarm) => self.add(*alarm, known),
                Parsed::Ignored(reason) => self.leave_out(reason),
                Parsed::Rejected(rejection) => self.leave_out(&rejection.to_string()),
            }
        }
    }

    fn add(&mut self, mut alarm: Alarm, known: &KnownAlarms) {
        let is_meant = |at: &Timestamp| (0..LAST_SECOND).contains(&at.as_second());
        let Some(at) = alarm.state_changed_at.filter(is_meant) else {
            return self.leave_out("the time of the change is missing or odd");
        };
        let is_name_only =
            alarm.kind.is_none() || (alarm.kind == Some(Kind::Metric) && alarm.metric.is_none());
        if is_name_only {
            stand_in(&mut alarm);
        }
        let evaluated_within = known.evaluated_within(&alarm.name);
        self.changes.push(Change {
            at,
            alarm,
            is_name_only,
            evaluated_within,
        });
    }

    fn leave_out(&mut self, reason: &str) {
        let reason = Quoted::line(reason).to_string();
        *self.unusable.entry(reason).or_default() += 1;
    }

    /// Oldest first; pages overlap and events are delivered twice, so each change once.
    fn sort(&mut self) {
        self.changes.sort_by_cached_key(Change::key);
        self.changes.dedup_by_key(|change| change.identity());
    }
}

impl Change {
    fn identity(&self) -> (Timestamp, String, String, &'static str) {
        let arn = self.alarm.arn.as_ref().map(AlarmArn::to_string);
        let name = self.alarm.name.clone();
        (
            self.at,
            name,
            arn.unwrap_or_default(),
            self.alarm.state.as_str(),
        )
    }

    /// A total order, so that of two tellings of one change the same is kept whatever their order was.
    fn key(&self) -> impl Ord + use<> {
        (
            self.identity(),
            self.is_name_only,
            format!("{:?}", self.alarm),
        )
    }
}

/// The message by which CloudWatch would have told of an item of an alarm's history, as far as the item has it (its
/// `HistoryData` is as in the example of the AWS CLI reference); the rest is from `known` and `place`.
fn message(item: &Value, known: &KnownAlarms, place: &Place) -> Option<Value> {
    let name = item.get("AlarmName")?.as_str()?;
    let data: Value = serde_json::from_str(item.get("HistoryData")?.as_str()?).ok()?;
    let (old, new) = (data.get("oldState"), data.get("newState")?);
    let of = |state: Option<&Value>, key: &str| state.and_then(|state| state.get(key)).cloned();
    let described = known.get(name);
    let mut message = json!({
        "AlarmName": name,
        "AlarmArn": described.and_then(|alarm| alarm.get("AlarmArn")).cloned(),
        "AlarmDescription": described.and_then(|alarm| alarm.get("AlarmDescription")).cloned(),
        "NewStateValue": of(Some(new), "stateValue"),
        "OldStateValue": of(old, "stateValue"),
        "NewStateReason": of(Some(new), "stateReason"),
        "StateChangeTime": time(item.get("Timestamp")?)?,
    });
    let fields = message.as_object_mut()?;
    fields.retain(|_, value| !value.is_null());
    if !fields.contains_key("AlarmArn") {
        let parts = [("AWSAccountId", &place.account), ("Region", &place.region)];
        let parts = parts
            .into_iter()
            .filter_map(|(key, part)| Some((key, part.as_ref()?)));
        fields.extend(parts.map(|(key, part)| (key.to_owned(), json!(part))));
    }
    let is_composite = item.get("AlarmType").and_then(Value::as_str) == Some("CompositeAlarm");
    if is_composite || described.is_some_and(|alarm| alarm.get("AlarmRule").is_some()) {
        let children = new.pointer("/stateReasonData/triggeringAlarms").cloned();
        fields.insert("AlarmRule".to_owned(), json!(""));
        fields.insert(
            "TriggeringChildren".to_owned(),
            children.unwrap_or(Value::Null),
        );
    } else if let Some(described) = described {
        // A trigger names what an alarm watches by the same keys as a description does.
        fields.insert("Trigger".to_owned(), described.clone());
    }
    Some(message)
}

/// A time as the AWS CLI prints it: ISO 8601, or seconds since the epoch; as ISO 8601.
fn time(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(seconds) => {
            let seconds = seconds.as_f64().filter(|seconds| seconds.is_finite())?;
            let at = jiff::SignedDuration::try_from_secs_f64(seconds).ok()?;
            Some(Timestamp::from_duration(at).ok()?.to_string())
        }
        _ => None,
    }
}

/// Gives an alarm that nothing is known of a metric of no particular name, so that it is not refused for what only the file
/// does not say.
fn stand_in(alarm: &mut Alarm) {
    let unknown = || "not known".to_owned();
    alarm.kind = Some(Kind::Metric);
    alarm.metric = Some(Metric {
        namespace: unknown(),
        name: unknown(),
        dimensions: BTreeMap::from([(unknown(), unknown())]),
        stat: None,
    });
}

/// Whether the change is to ALARM.
pub(super) fn fires(change: &Change) -> bool {
    change.alarm.state == State::Alarm
}
