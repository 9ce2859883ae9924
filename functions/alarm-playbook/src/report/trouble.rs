//! The reports of what could not be handled at all.

use jiff::Timestamp;
use shared::outbound::Draft;

use super::links::{alarm_link, alarms_link};
use super::{Site, utc};
use shared::alarm::Alarm;

/// A message that could not be used. Its text is left out: nobody knows what it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Unusable<'a> {
    /// Why.
    pub reason: &'a str,
    /// The id that SNS or SQS gave it; empty if it came some other way.
    pub message_id: &'a str,
    /// The topic that alarms publish to.
    pub topic: &'a str,
    /// When it was read.
    pub at: Timestamp,
}

/// The report of a message that could not be used.
pub fn of_rejection(unusable: &Unusable<'_>, site: &Site<'_>) -> Draft {
    let message = match unusable.message_id {
        "" => "it has no id, so it did not come through SNS or SQS",
        id => id,
    };
    Draft {
        title: "A message on the alerts topic could not be used".to_owned(),
        summary: "Look by hand which alarms are in ALARM: if it was an alarm, nothing was done about it, and nothing will be \
                  retried. One that stays in ALARM is found after two minutes all the same."
            .to_owned(),
        facts: vec![
            ("Reason", unusable.reason.to_owned()),
            ("Action", "none".to_owned()),
            ("Received", utc(unusable.at)),
            ("Message", message.to_owned()),
            ("Topic", unusable.topic.to_owned()),
        ],
        links: vec![alarms_link(site)],
        ..Draft::default()
    }
}

/// The report of an alarm whose handling failed in a way that trying again would not mend.
pub fn of_failure(alarm: &Alarm, error: &anyhow::Error, site: &Site<'_>) -> Draft {
    let fired = alarm.state_changed_at;
    let error = format!("{error:#}");
    let bucket = format!("s3://{}/", site.state_bucket);
    // S3 answers so where the role may not (API reference, "Error responses").
    let is_forbidden = error.contains(&bucket) && error.contains("AccessDenied");
    let advice = is_forbidden.then(|| {
        let advice = "the function may not use its state bucket: check its role and STATE_BUCKET";
        ("What to check", advice.to_owned())
    });
    let incident = alarm.incident().to_string();
    let beginning = incident.get(..8).unwrap_or(&incident);
    let mut facts = vec![
        ("Status", "UNKNOWN".to_owned()),
        ("Alarm", alarm.name.clone()),
        (
            "Alarm fired",
            fired.map_or_else(|| "unknown".to_owned(), utc),
        ),
        ("Alarm's reason", alarm.reason.clone()),
        ("Error", error),
    ];
    facts.extend(advice);
    let command = format!("medic incident show {beginning}: whether anything was changed");
    facts.push(("Incident", incident));
    Draft {
        title: format!("Alarm {} could not be handled", alarm.name),
        // Without an entry in the record the schedule takes the alarm for one whose message was lost.
        summary: "Act now: lambda-medic could not handle this alarm, and nothing is known to have been done. While it fires it is \
                  tried again each minute, so run `medic pause` before you act by hand. Look at what the alarm is about, \
                  then at the error."
            .to_owned(),
        facts,
        lists: vec![("By hand", vec![command])],
        links: vec![alarm_link(&alarm.name, site)],
        ..Draft::default()
    }
}
