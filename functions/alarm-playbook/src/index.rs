//! The index of open incidents: an empty object for each, named for its target and itself, so that the tick finds what is
//! unfinished without reading every record there is.
//!
//! It is made before the entry is written and removed after the entry is settled. So an entry without it cannot be
//! forgotten, and one of it without an entry is a leftover of somebody who lost a race or died.

use crate::target::Target;
use shared::alarm::IncidentId;

/// Where the index lies.
pub const PREFIX: &str = "open/";

/// The key of an incident on a target.
pub fn key(target: &Target, incident: &IncidentId) -> String {
    format!("{PREFIX}{}/{incident}", target.hash())
}

/// The record's key and the incident that a key of the index stands for; `None` for a key that is not ours.
pub fn parse(key: &str) -> Option<(String, IncidentId)> {
    let (hash, incident) = key.strip_prefix(PREFIX)?.split_once('/')?;
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if hash.len() != 32 || !hash.bytes().all(is_hex) {
        return None;
    }
    Some((format!("targets/{hash}.json"), IncidentId::parse(incident)?))
}

/// Where the closed copy of an incident lies.
pub fn closed_copy(incident: &IncidentId) -> String {
    format!("incidents/{incident}/incident.json")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::firing;
    use crate::target::tests::checkout;

    #[test]
    fn a_key_leads_back_to_record_and_incident() {
        let target = Target::EcsService(checkout());
        let incident = firing().incident();
        let key = key(&target, &incident);
        assert_eq!(
            key,
            format!("open/38306ce155c8d9db7437547d856dd181/{incident}")
        );
        assert_eq!(parse(&key), Some((target.record_key(), incident.clone())));
        assert_eq!(
            closed_copy(&incident),
            format!("incidents/{incident}/incident.json")
        );
    }

    #[test]
    fn a_key_that_is_not_ours_is_none() {
        let hash = "38306ce155c8d9db7437547d856dd181";
        for key in [
            "open/",
            "open/38306ce1/0123456789abcdef0123",
            &format!("open/{hash}/../../targets"),
            &format!("open/{hash}/0123"),
            &format!("targets/{hash}/0123456789abcdef0123"),
        ] {
            assert_eq!(parse(key), None, "{key}");
        }
    }
}
