//! Incidents in a list: two lines each.

use alarm_playbook::playbook::StepName;
use alarm_playbook::record::{Await, Entry, Intent, Outcome, Stage, Verdict};
use alarm_playbook::recovery::RecoveryVerdict;
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::outbound::Quoted;

use super::find::{Found, Listing, Scope};
use crate::event::Tone;
use crate::screen::Paragraph;
use crate::when::{ago, date_and_time};

/// What stands behind more incidents than anybody reads.
const MOST_SHOWN: usize = 200;

/// The incidents of a listing, as people read them.
pub fn lines(listing: &Listing, scope: Scope, now: Timestamp) -> Vec<Paragraph> {
    let found = &listing.found;
    let open = found.iter().filter(|found| found.is_open).count();
    let mut lines = vec![Paragraph::new(headline(open, found.len() - open, scope))];
    let shown = found.iter().take(MOST_SHOWN);
    lines.extend(shown.flat_map(|found| [Paragraph::new(""), line(found, now)]));
    if found.len() > MOST_SHOWN || listing.is_cut {
        lines.push(Paragraph::new("\nThere are more than are shown here."));
    }
    if !found.is_empty() {
        lines.push(Paragraph::new(
            "\n`medic incident show ID` tells one from the beginning.",
        ));
    }
    lines
}

fn headline(open: usize, closed: usize, scope: Scope) -> String {
    let open = match open {
        0 => "No incident is open".to_owned(),
        1 => "1 incident is open".to_owned(),
        open => format!("{open} incidents are open"),
    };
    match scope {
        Scope::Open => format!("{open}."),
        Scope::Recent => format!("{open}, {closed} closed within a day."),
        Scope::All => format!("{open}, {closed} closed are remembered."),
    }
}

fn line(found: &Found, now: Timestamp) -> Paragraph {
    let Found { target, entry, .. } = found;
    let (status, tone) = status(found);
    let fired = entry.state_changed_at;
    let name = Quoted::line(&entry.alarm_name);
    Paragraph::toned(
        tone,
        format!(
            "{}  {} ({})  {name} on {target}\n    {status}",
            entry.incident,
            ago(fired, now),
            date_and_time(fired),
        ),
    )
}

/// How an incident stands, in a few words.
pub(super) fn status(found: &Found) -> (String, Tone) {
    let entry = &found.entry;
    if let Some(recovery) = &entry.recovery {
        let tried = tried(entry);
        return match recovery.verdict {
            RecoveryVerdict::Recovered => (format!("RECOVERED{tried}"), Tone::Good),
            RecoveryVerdict::NotRecovered => (format!("NOT RECOVERED{tried}"), Tone::Bad),
            RecoveryVerdict::Inconclusive => (format!("NOT PROVEN{tried}"), Tone::Bad),
        };
    }
    if let Some(awaits) = entry.awaits {
        let what = match awaits {
            Await::Deployment => "waits for the end of somebody's deployment",
            Await::Fleet => "waits for its turn: enough of the fleet is being remediated",
            Await::Mute => "waits for the end of a mute window: nobody was told",
            Await::Storm => "held back by a storm: something bigger is broken",
        };
        return (what.to_owned(), Tone::Bad);
    }
    of_outcome(entry)
}

fn of_outcome(entry: &Entry) -> (String, Tone) {
    let noun = entry.intent.as_ref().map(|intent| intent.step.noun());
    let noun = noun.unwrap_or("action");
    let against = entry
        .reasons
        .against
        .first()
        .map(|reason| Quoted::line(reason));
    let against = against.map_or(String::new(), |reason| format!(": {reason}"));
    let untold = match entry.stage() {
        Stage::Untold => "; not everybody has been told",
        _ => "",
    };
    let (status, tone) = match (&entry.outcome, entry.verdict) {
        (None, _) => (
            format!("{noun} in hand, its fate is not known yet"),
            Tone::Bad,
        ),
        (Some(Outcome::Applied { .. } | Outcome::Adopted { .. }), _) => (
            format!("{noun} begun, nothing proves yet that it helps"),
            Tone::Bad,
        ),
        (Some(Outcome::Superseded { .. }), _) => (
            "left to somebody else's deployment".to_owned(),
            Tone::Neutral,
        ),
        (Some(Outcome::Refused { .. }), _) => (format!("{noun} FAILED"), Tone::Bad),
        (Some(Outcome::Unclear { .. }), _) => (format!("{noun} of UNKNOWN fate"), Tone::Bad),
        (Some(Outcome::Abandoned { .. }), _) => (format!("{noun} given up"), Tone::Bad),
        (Some(Outcome::NotActed), Verdict::DryRun) => {
            (format!("dry run of a {noun}"), Tone::Neutral)
        }
        (Some(Outcome::NotActed), _) => (format!("not acted on{against}"), Tone::Neutral),
    };
    (format!("{status}{untold}"), tone)
}

/// What was tried, in order.
fn tried(entry: &Entry) -> String {
    let steps: Vec<&str> = intents(entry).map(|intent| intent.step.noun()).collect();
    match steps.as_slice() {
        [] => ", without us".to_owned(),
        steps => format!(" after {}", steps.join(", then ")),
    }
}

/// The steps of an entry in their order.
pub(super) fn intents(entry: &Entry) -> impl Iterator<Item = &Intent> {
    let earlier = entry.earlier.iter().map(|rung| &rung.intent);
    earlier.chain(&entry.intent)
}

/// An incident as a script reads it.
pub(super) fn facts(found: &Found) -> Value {
    let entry = &found.entry;
    let steps: Vec<StepName> = intents(entry).map(|intent| intent.step).collect();
    json!({
        "incident": entry.incident,
        "open": found.is_open,
        "status": status(found).0,
        "alarm_name": entry.alarm_name,
        "state_changed_at": entry.state_changed_at,
        "target": found.target.to_string(),
        "playbook": entry.playbook,
        "verdict": entry.verdict,
        "reasons": entry.reasons,
        "steps": steps,
        "recovery": entry.recovery.as_ref().map(|recovery| recovery.verdict),
        "page": entry.page,
    })
}
