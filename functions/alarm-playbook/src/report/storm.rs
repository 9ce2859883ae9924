//! The reports on a storm: that nothing is done any more, and that it is over.

use shared::outbound::Draft;

use super::{Site, utc};
use crate::playbook::Defaults;
use crate::surroundings::Storm;

/// The report that a storm calls for now.
pub fn of_storm(storm: &Storm, defaults: &Defaults, site: &Site<'_>) -> Draft {
    let within = defaults.storm.within;
    let records = format!("s3://{}/open/", site.state_bucket);
    let mut facts = vec![
        ("Noticed", utc(storm.began_at)),
        ("Targets by then", storm.targets.to_string()),
    ];
    let (title, summary) = match storm.ended_at {
        None => (
            "PAGE: something bigger is broken, lambda-medic stands back".to_owned(),
            format!(
                "Act now: {} targets fired within {within:#}. Their common cause is not in them: look for a zone, a network, or a service that all of them call. Nothing is begun until no more fire, and the next mail says when that is. Each incident is recorded and followed, without a report of its own; medic incidents lists them.",
                storm.targets
            ),
        ),
        Some(ended_at) => {
            facts.push(("Over", utc(ended_at)));
            facts.push(("Incidents still open", storm.left_open.to_string()));
            (
                "The storm is over".to_owned(),
                format!(
                    "No more than usual fire any more. {} incidents are still open: those that recover are closed without a report, the others are left to people.",
                    storm.left_open
                ),
            )
        }
    };
    facts.push(("Open incidents", records));
    Draft {
        title,
        summary,
        facts,
        ..Draft::default()
    }
}
