//! Every effect that a case had: what left, what was called, what was started, what it took.

use std::collections::BTreeSet;
use std::time::Duration;

use alarm_playbook::action::PlannedCall;
use jiff::Timestamp;
use serde_json::Value;
use shared::reports::Channel;

/// The bucket of the functions' own memory.
pub const STATE_BUCKET: &str = "state";
/// What is written there as it is: names by which alarms are found again, and the patch, which the gate must see byte by byte.
const NAMES: [&str; 3] = ["alarm_name", "alarm_arn", "diff"];
/// The same in the records of the incident analyst.
const ANALYSTS_NAMES: [&str; 3] = ["name", "arn", "alarm"];

/// What lies there for people and their programs, and is no record.
const REPORTS: [&str; 2] = ["/analysis.json", "/report.html"];

/// The effects of a case.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// How each invocation ended.
    pub endings: Vec<Ending>,
    /// How many events were delivered.
    pub deliveries: usize,
    /// Calls that changed what AWS runs.
    pub changes: Vec<PlannedCall>,
    /// Requests to GitHub.
    pub github: Vec<Request>,
    /// Bodies of requests to language models.
    pub llm: Vec<Value>,
    /// Hosts that requests went to.
    pub hosts: BTreeSet<String>,
    /// Mails and messages of topics.
    pub messages: Vec<Message>,
    /// Keys of objects that were fetched, or of which somebody asked.
    pub fetched: Vec<String>,
    /// Bytes that were fetched.
    pub bytes_read: u64,
    /// Objects that were written.
    pub objects: Vec<Object>,
    /// The own log.
    pub log: String,
    /// Processes that were started.
    pub processes: u64,
    /// Files that were not there before.
    pub files: Vec<String>,
    /// Our own objects that set something off, and what.
    pub retriggered: Vec<String>,
    /// How long all of it took.
    pub took: Duration,
    /// The most memory that was used at once, beyond that before.
    pub peak_bytes: u64,
    /// What it came to with the model, and without one.
    pub verdicts: Option<(Verdict, Verdict)>,
    /// What became of the incident that was open before.
    pub incident: Option<Incident>,
}

/// How an invocation ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Ending {
    /// It answered.
    Answered(Value),
    /// It failed.
    Failed(String),
    /// It panicked.
    Panicked(String),
    /// It did not end in time.
    Endless,
}

/// A request to GitHub.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// When.
    pub at: Timestamp,
    /// Its method.
    pub method: String,
    /// Its path, with the query.
    pub path: String,
    /// Its body; null if it has none.
    pub body: Value,
    /// The status that it was answered with.
    pub status: u16,
}

/// A mail, or a message of a topic.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Message {
    /// When.
    pub at: Timestamp,
    /// How.
    pub channel: Channel,
    /// From whom; the topic, if it is one.
    pub from: String,
    /// To whom; empty for a topic.
    pub to: Vec<String>,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The HTML document; empty for a topic.
    pub html: String,
}

/// An object that was written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Object {
    /// Its bucket.
    pub bucket: String,
    /// Its key.
    pub key: String,
    /// Its bytes.
    pub body: Vec<u8>,
}

/// What a model must not change.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verdict {
    /// Category, confidence, rule, cause and fingerprint, or the state of the incident.
    pub said: Value,
    /// How many people were told over which channel.
    pub told: Vec<(Channel, usize)>,
}

/// What became of an incident.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Incident {
    /// Whether the alarm data say that it is over.
    pub is_over: bool,
    /// Whether it is closed.
    pub is_closed: bool,
    /// How many changes were made since the input.
    pub changes: usize,
}

/// Where a text is read, which decides what it can do there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// GitHub's Markdown.
    Markdown,
    /// A title or a commit's message.
    Title,
    /// An HTML document.
    Html,
    /// Plain text for people.
    Text,
    /// The subject of a mail or a message.
    Subject,
    /// A message to a language model.
    Prompt,
    /// A value of a document for programs.
    Value,
    /// A document or a request as it is transferred.
    Raw,
    /// A line of the own log.
    Log,
}

/// A text that left.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Body {
    /// Where it went.
    pub place: String,
    /// How it is read there.
    pub form: Form,
    /// The text.
    pub text: String,
}

impl Recorded {
    /// Everything that left, in every form in which it is read.
    pub fn bodies(&self) -> Vec<Body> {
        let mut bodies = Vec::new();
        for request in &self.github {
            let place = format!("GitHub {} {}", request.method, request.path);
            push(&mut bodies, &place, Form::Raw, &request.path);
            if !request.body.is_null() {
                push(&mut bodies, &place, Form::Raw, &request.body.to_string());
            }
            each_text(&request.body, "", &mut |name, text| {
                let form = match name {
                    "body" => Form::Markdown,
                    "title" | "message" | "commit_title" | "commit_message" => Form::Title,
                    _ => Form::Value,
                };
                push(&mut bodies, &format!("{place}: {name}"), form, text);
            });
        }
        for request in &self.llm {
            push(&mut bodies, "LLM request", Form::Raw, &request.to_string());
            for message in request["messages"].as_array().into_iter().flatten() {
                let role = message["role"].as_str().unwrap_or_default();
                let text = message["content"].as_str().unwrap_or_default();
                push(
                    &mut bodies,
                    &format!("LLM request: {role}"),
                    Form::Prompt,
                    text,
                );
            }
        }
        for message in &self.messages {
            of_message(&mut bodies, message);
        }
        for object in &self.objects {
            of_object(&mut bodies, object);
        }
        for line in self.log.lines() {
            push(&mut bodies, "own log", Form::Log, line);
            if let Ok(line) = serde_json::from_str::<Value>(line) {
                each_text(&line, "", &mut |name, text| {
                    push(&mut bodies, &format!("own log: {name}"), Form::Value, text);
                });
            }
        }
        bodies
    }

    /// What left and is read like this.
    pub fn bodies_as(&self, forms: &[Form]) -> Vec<Body> {
        let mut bodies = self.bodies();
        bodies.retain(|body| forms.contains(&body.form));
        bodies
    }

    /// Requests to GitHub that write something.
    pub fn writes(&self) -> impl Iterator<Item = &Request> {
        let writes = |request: &&Request| {
            request.method != "GET"
                && request.method != "HEAD"
                && !request.path.ends_with("/access_tokens")
        };
        self.github.iter().filter(writes)
    }

    /// The effects of both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.endings.extend(other.endings);
        self.deliveries += other.deliveries;
        self.changes.extend(other.changes);
        self.github.extend(other.github);
        self.llm.extend(other.llm);
        self.hosts.extend(other.hosts);
        self.messages.extend(other.messages);
        self.fetched.extend(other.fetched);
        self.bytes_read += other.bytes_read;
        self.objects.extend(other.objects);
        self.log.push_str(&other.log);
        self.processes += other.processes;
        self.files.extend(other.files);
        self.retriggered.extend(other.retriggered);
        self.took += other.took;
        self.peak_bytes = self.peak_bytes.max(other.peak_bytes);
        // One difference is enough to be told of.
        let is_kept = |(with, without): &(Verdict, Verdict)| with == without;
        self.verdicts = match (self.verdicts, other.verdicts) {
            (Some(ours), _) if !is_kept(&ours) => Some(ours),
            (ours, theirs) => theirs.or(ours),
        };
        self.incident = self.incident.or(other.incident);
        self
    }
}

fn push(bodies: &mut Vec<Body>, place: &str, form: Form, text: &str) {
    if !text.is_empty() {
        bodies.push(Body {
            place: place.to_owned(),
            form,
            text: text.to_owned(),
        });
    }
}

fn of_message(bodies: &mut Vec<Body>, message: &Message) {
    let place = format!("{:?}", message.channel);
    push(
        bodies,
        &format!("{place}: subject"),
        Form::Subject,
        &message.subject,
    );
    push(bodies, &format!("{place}: text"), Form::Text, &message.text);
    push(bodies, &format!("{place}: HTML"), Form::Html, &message.html);
}

/// Whether a field of a record is a name by which an alarm is found again, or the patch.
fn is_name(key: &str, field: &str) -> bool {
    NAMES.contains(&field) || (key.starts_with("analyses/") && ANALYSTS_NAMES.contains(&field))
}

fn of_object(bodies: &mut Vec<Body>, object: &Object) {
    let place = format!("s3://{}/{}", object.bucket, object.key);
    let text = String::from_utf8_lossy(&object.body);
    push(bodies, &format!("{place}: key"), Form::Raw, &object.key);
    let is_html = std::path::Path::new(&object.key)
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("html"));
    let form = if is_html { Form::Html } else { Form::Raw };
    // Records are our own memory: what an alarm is called stands in them as it is, or it could not be found again. Reports of
    // incidents lie beside them, for people.
    let mut reports = REPORTS.iter();
    let is_report = reports.any(|report| object.key.ends_with(report));
    let is_record = object.bucket == STATE_BUCKET && !is_report;
    if !is_record {
        push(bodies, &place, form, &text);
    }
    if let Ok(json) = serde_json::from_slice::<Value>(&object.body) {
        each_text(&json, "", &mut |name, text| {
            if !(is_record && is_name(&object.key, name)) {
                push(bodies, &format!("{place}: {name}"), Form::Value, text);
            }
        });
    }
}

/// Shows each text in a document, and each name in it, with the name that it has.
pub fn each_text(value: &Value, name: &str, show: &mut impl FnMut(&str, &str)) {
    match value {
        Value::String(text) => show(name, text),
        Value::Array(items) => {
            for item in items {
                each_text(item, name, show);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                show("a name", name);
                each_text(value, name, show);
            }
        }
        _ => {}
    }
}
