//! Whether what a service logged is in S3, by the manifests of its log group.

use jiff::Timestamp;
use shared::exports::manifest::Manifest;

use crate::installation::Installation;
use crate::scenario::Scenario;
use crate::scenario::export::{Stored, Windows};

/// What a service logged during an incident, in an export.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Exported {
    /// When S3 had the last of it.
    pub(super) at: Timestamp,
    /// How many lines that are.
    pub(super) lines: usize,
    /// Where the part is that has the first of them.
    pub(super) address: String,
}

/// The export of a service's log.
#[derive(Clone, Debug)]
pub(super) struct ServiceLog {
    stored: Stored,
    log_group: String,
}

impl ServiceLog {
    /// The log of the service, if it is exported.
    pub(super) fn of(installation: &Installation) -> Option<Self> {
        let exporter = installation.outputs.exporter.as_ref()?;
        let cloud = &installation.cloud;
        Some(Self {
            stored: Stored::new(
                &cloud.sdk_config(),
                (cloud.account(), cloud.region()),
                (&exporter.export_bucket_name, &exporter.state_bucket_name),
            ),
            log_group: installation.scenario.log_group().to_owned(),
        })
    }

    /// What was logged in a span of time, once the parts that manifests name have as many lines of it as the log group.
    pub(super) async fn between(
        &self,
        scenario: &Scenario,
        (from, until): (Timestamp, Timestamp),
    ) -> anyhow::Result<Option<Exported>> {
        let span = from.as_millisecond()..until.as_millisecond();
        let known = Windows::<Manifest>::default();
        let manifests = self.stored.manifests(&self.log_group, &known).await?;
        let parts = manifests.iter().flat_map(|found| &found.output.parts);
        let mut exported: Option<Exported> = None;
        for part in parts.filter(|part| part.first < until && from <= part.last) {
            let (at, rows) = self.stored.rows(part).await?;
            let rows = rows.iter();
            let lines = rows.filter(|row| span.contains(&row.timestamp_ms)).count();
            let exported = exported.get_or_insert_with(|| Exported {
                at,
                lines: 0,
                address: self.stored.address(&part.key),
            });
            exported.at = exported.at.max(at);
            exported.lines += lines;
        }
        let logged = scenario.count_lines((from, until)).await?;
        Ok(exported.filter(|exported| logged > 0 && exported.lines == logged))
    }
}
