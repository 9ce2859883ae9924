//! The reports on a storm: that nothing is done any more, and that it is over.

use shared::outbound::Draft;

use super::Site;
use crate::playbook::Defaults;
use crate::surroundings::Storm;

/// The report that a storm calls for now.
pub fn of_storm(storm: &Storm, defaults: &Defaults, site: &Site<'_>) -> Draft {
    let within = defaults.storm.within;
    let records = format!("s3://{}/open/", site.state_bucket);
    let mut facts = vec![
        ("Noticed", storm.began_at.to_string()),
        ("Targets by then", storm.targets.to_string()),
    ];
    let (title, summary) = match storm.ended_at {
        None => (
            "PAGE: something bigger is broken, lambda-medic stands back".to_owned(),
            format!(
                "{} targets fired within {within:#}. Their common cause is not in them, so nothing is begun until no more fire. Each incident is recorded and followed, without a report of its own. Look for a zone, a network, or a service that all of them call.",
                storm.targets
            ),
        ),
        Some(ended_at) => {
            facts.push(("Over", ended_at.to_string()));
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
