//! What the alarm playbook's records say, read by what we need of them: their form is the playbook's. Pure.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::collect::text::one_line;
use crate::evidence::{Incident, Remediation, RemediationStep};

/// The newest versions of the two forms that are known here.
const NEWEST_CLOSED: u64 = 1;
const NEWEST_RECORD: u64 = 2;

/// A remediation of the same target that was decided this long before the breach belongs to the same trouble.
const BEFORE: SignedDuration = SignedDuration::from_mins(15);

/// A ladder has a few rungs.
const MOST_STEPS: usize = 20;
const LONGEST: usize = 300;

/// What a record says of an incident.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Told {
    pub(super) remediation: Option<Remediation>,
    /// The ids of the deployments that lambda-medic made, for whichever incident.
    pub(super) deployments: Vec<String>,
}

/// What the closed copy of an incident says; an error is why it says nothing, as part of a sentence.
pub(super) fn of_closed(bytes: &[u8]) -> Result<Told, String> {
    let entry = document(bytes, NEWEST_CLOSED)?;
    told(&entry).ok_or_else(|| "it is no record of an incident".to_owned())
}

/// What the record of a target says of an incident: by its id, else whatever was decided about the target at that time. The deployments
/// are those of all its entries: one that lambda-medic made for another alarm is no change that anybody else made.
pub(super) fn of_record(bytes: &[u8], incident: &Incident) -> Result<Told, String> {
    let record = document(bytes, NEWEST_RECORD)?;
    let entries = record.get("entries").and_then(Value::as_array);
    let entries = entries.ok_or("it has no entries")?;
    let id = incident.id.to_string();
    let is_it = |entry: &&Value| entry.get("incident").and_then(Value::as_str) == Some(&*id);
    let is_then = |entry: &&Value| {
        let at = time(entry, "decided_at");
        at.is_some_and(|at| (incident.breached_at - BEFORE..=incident.until).contains(&at))
    };
    let entry = entries
        .iter()
        .find(is_it)
        .or_else(|| entries.iter().rfind(is_then));
    let unreadable = || "its entry about the incident is not readable".to_owned();
    let told = entry.map(|entry| told(entry).ok_or_else(unreadable));
    Ok(Told {
        remediation: told.transpose()?.and_then(|told| told.remediation),
        deployments: entries
            .iter()
            .flat_map(|entry| deployments(&rungs(entry)))
            .collect(),
    })
}

fn document(bytes: &[u8], newest: u64) -> Result<Value, String> {
    let document: Value =
        serde_json::from_slice(bytes).map_err(|error| format!("it is not JSON: {error}"))?;
    let version = document.get("schema_version").and_then(Value::as_u64);
    match version {
        Some(version) if version <= newest => Ok(document),
        Some(version) => Err(format!(
            "it has schema version {version}, newer than {newest}"
        )),
        None => Err("it has no schema version".to_owned()),
    }
}

/// The rungs of an entry, the latest last.
fn rungs(entry: &Value) -> Vec<&Value> {
    let earlier = entry.get("earlier").and_then(Value::as_array);
    let rungs = earlier.into_iter().flatten().chain([entry]);
    rungs.take(MOST_STEPS).collect()
}

fn deployments(rungs: &[&Value]) -> Vec<String> {
    let ids = rungs
        .iter()
        .filter_map(|rung| text(rung.get("outcome")?, "deployment"));
    ids.collect()
}

fn told(entry: &Value) -> Option<Told> {
    time(entry, "decided_at")?;
    let rungs = rungs(entry);
    let recovery = entry.get("recovery").filter(|recovery| !recovery.is_null());
    let verdict = recovery.and_then(|recovery| text(recovery, "verdict"));
    Some(Told {
        remediation: Some(Remediation {
            steps: rungs.iter().filter_map(|rung| step(rung)).collect(),
            verdict,
            proven_at: recovery.and_then(|recovery| time(recovery, "proven_at")),
        }),
        deployments: deployments(&rungs),
    })
}

/// A rung, or what was decided instead of one.
fn step(rung: &Value) -> Option<RemediationStep> {
    let intent = rung.get("intent").filter(|intent| !intent.is_null());
    let at = time(rung, "decided_at")?;
    Some(match intent {
        Some(intent) => RemediationStep {
            step: text(intent, "step")?,
            at,
            outcome: outcome(rung),
        },
        None => RemediationStep {
            step: text(rung, "verdict")?,
            at,
            outcome: reasons(rung),
        },
    })
}

/// What came of a step, in words.
fn outcome(rung: &Value) -> String {
    let outcome = rung.get("outcome").unwrap_or(&Value::Null);
    let because = text(outcome, "error").or_else(|| text(outcome, "reason"));
    let result = text(outcome, "result").unwrap_or_default();
    let words = match result.as_str() {
        "applied" | "adopted" => "carried out",
        "superseded" => "somebody else deployed in between",
        "refused" => "refused",
        "unclear" => "whether it was carried out is not known",
        "abandoned" => "not carried out",
        "" => "under way",
        other => other,
    };
    let recovery = rung
        .get("recovery")
        .and_then(|recovery| text(recovery, "verdict"));
    let parts = [
        Some(words.to_owned()),
        because,
        recovery.map(|verdict| verdict.replace('_', " ")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    one_line(&parts.join(": "), LONGEST)
}

/// Why nothing was done, or what for.
fn reasons(rung: &Value) -> String {
    let reasons = |side: &str| {
        let reasons = rung
            .get("reasons")
            .and_then(|reasons| reasons.get(side))
            .and_then(Value::as_array);
        let reasons = reasons.into_iter().flatten().filter_map(Value::as_str);
        reasons.collect::<Vec<_>>().join("; ")
    };
    let against = reasons("against");
    one_line(
        &if against.is_empty() {
            reasons("for")
        } else {
            against
        },
        LONGEST,
    )
}

fn text(value: &Value, key: &str) -> Option<String> {
    let text = value.get(key)?.as_str()?;
    Some(one_line(text, LONGEST))
}

fn time(value: &Value, key: &str) -> Option<Timestamp> {
    value.get(key)?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests;
