//! What is told of the kill switch.

use alarm_playbook::surroundings::Storm;
use jiff::Timestamp;
use shared::outbound::Quoted;
use shared::switch::Switch;

use super::holds;
use crate::event::Tone;
use crate::incidents::{Listing, Scope, lines};
use crate::screen::Paragraph;
use crate::when::{ago, date_and_time};

/// A line above everything else while the switch is pulled.
pub fn banner(switch: Option<&Switch>, now: Timestamp) -> Vec<Paragraph> {
    let Some(switch) = holds(switch, now) else {
        return Vec::new();
    };
    vec![Paragraph::toned(
        Tone::Bad,
        format!("PAUSED {}: nothing is begun\n", description(switch, now)),
    )]
}

/// After it was pulled.
pub(super) fn paused(
    switch: Option<&Switch>,
    before: Option<&Switch>,
    open: &Listing,
    now: Timestamp,
) -> Vec<Paragraph> {
    let Some(switch) = holds(switch, now) else {
        let what = "Somebody resumed it in this moment: it is not paused.";
        return vec![Paragraph::toned(Tone::Bad, what)];
    };
    let mut told = vec![Paragraph::toned(
        Tone::Bad,
        format!("PAUSED {}", description(switch, now)),
    )];
    if let Some(before) = holds(before, now) {
        let before = description(before, now);
        told.push(Paragraph::new(format!(
            "It was paused already, {before}; this takes its place."
        )));
    }
    told.push(Paragraph::new(
        "No playbook begins anything from the next decision on. What is under way is followed to its proof and reported; alarms are recorded and\nreported as not acted on. `medic resume` ends it.\n",
    ));
    told.extend(lines(open, Scope::Open, now));
    told
}

/// After it was let go.
pub(super) fn resumed(before: Option<&Switch>, now: Timestamp) -> Vec<Paragraph> {
    match holds(before, now) {
        Some(before) => vec![
            Paragraph::toned(
                Tone::Good,
                format!("Resumed. It was paused {}", description(before, now)),
            ),
            Paragraph::new(
                "Alarms that fired meanwhile were recorded and are not acted on now: look at `medic incidents`.",
            ),
        ],
        None => vec![Paragraph::new("It was not paused.")],
    }
}

/// How the installation stands.
pub(super) fn status(
    switch: Option<&Switch>,
    storm: Option<&Storm>,
    open: &Listing,
    now: Timestamp,
) -> Vec<Paragraph> {
    let switch = match holds(switch, now) {
        Some(switch) => Paragraph::toned(Tone::Bad, format!("PAUSED {}", description(switch, now))),
        None => Paragraph::toned(Tone::Good, "Not paused by `medic pause`."),
    };
    let storm = match storm.filter(|storm| storm.ended_at.is_none()) {
        Some(storm) => Paragraph::toned(
            Tone::Bad,
            format!(
                "STORM since {} ({}): {} targets had fired by then, and nothing is begun",
                date_and_time(storm.began_at),
                ago(storm.began_at, now),
                storm.targets
            ),
        ),
        None => Paragraph::toned(Tone::Good, "No storm."),
    };
    let mut told = vec![switch, storm];
    told.extend(lines(open, Scope::Open, now));
    told
}

/// Since when, until when, and why.
fn description(switch: &Switch, now: Timestamp) -> String {
    let until = switch.until.map_or(String::new(), |until| {
        format!(" until {} ({})", date_and_time(until), ago(until, now))
    });
    format!(
        "since {} ({}){until}: {}",
        date_and_time(switch.at),
        ago(switch.at, now),
        Quoted::line(&switch.reason)
    )
}
