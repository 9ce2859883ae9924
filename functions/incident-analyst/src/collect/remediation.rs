//! What the alarm playbook did about the incident: from its closed copy, or from the record of the target.

mod record;

use shared::short_hash::short_hash;
use tokio::time::Instant;

use self::record::Told;
use super::paging::in_time;
use super::sources::Sources;
use super::text::sentence;
use crate::evidence::{Gap, Incident, Remediation, ServiceName, Source};

/// A record has fifty entries at most, of a few kilobytes each.
const MOST_BYTES: usize = 2 * 1024 * 1024;

/// What was done, and the ids of the deployments that it made.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) remediation: Option<Remediation>,
    pub(super) deployments: Vec<String>,
    pub(super) gaps: Vec<Gap>,
}

/// What was done about an incident. Nothing at all is no gap: no playbook need be about it.
pub(super) async fn remediation(
    sources: &impl Sources,
    incident: &Incident,
    until: Instant,
) -> Done {
    let mut done = Done::default();
    let closed = format!("incidents/{}/incident.json", incident.id);
    let read = read(sources, &closed, until).await;
    done.take(&closed, read, record::of_closed);
    // Also where the closed copy told everything: which deployments of other incidents were lambda-medic's stands only there.
    if let Some(service) = &incident.service {
        let key = record_key(service);
        let read = self::read(sources, &key, until).await;
        done.take(&key, read, |bytes| record::of_record(bytes, incident));
    }
    done
}

/// Where the playbook keeps the record of a service: the hash of how it writes the service's name.
fn record_key(ServiceName { cluster, service }: &ServiceName) -> String {
    let hash = short_hash(&format!("ECS service {cluster}/{service}"), 16);
    format!("targets/{hash}.json")
}

async fn read(sources: &impl Sources, key: &str, until: Instant) -> Result<Option<Vec<u8>>, Gap> {
    let read = in_time(until, sources.object(key, MOST_BYTES)).await;
    read.map_err(|missing| missing.gap(Source::Remediation, &format!("the record {key}")))
}

impl Done {
    /// Takes in what was read: what was done from the first that tells it, deployments from all.
    fn take(
        &mut self,
        key: &str,
        read: Result<Option<Vec<u8>>, Gap>,
        parse: impl FnOnce(&[u8]) -> Result<Told, String>,
    ) {
        let bytes = match read {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return,
            Err(gap) => {
                self.gaps.push(gap);
                return;
            }
        };
        match parse(&bytes) {
            Ok(told) => {
                self.deployments.extend(told.deployments);
                self.remediation = self.remediation.take().or(told.remediation);
            }
            Err(why) => self.gaps.push(Gap {
                source: Source::Remediation,
                because: sentence(&format!("the record {key} could not be read: {why}")),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::samples::checkout;

    #[test]
    fn the_record_is_looked_for_where_the_playbook_keeps_it() {
        let key = "targets/38306ce155c8d9db7437547d856dd181.json";
        assert_eq!(record_key(&checkout()), key);
    }
}
