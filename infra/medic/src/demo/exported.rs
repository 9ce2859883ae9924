//! Whether what a service logged is in S3, by the manifests of its log group.

use jiff::Timestamp;
use shared::exports::manifest::Manifest;
use shared::exports::window::hour_of;

use crate::installation::Installation;
use crate::scenario::LogLine;
use crate::scenario::export::{OwnedRow, Stored, Windows};

/// A line of a service's log in an export.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Exported {
    /// When S3 had it.
    pub(super) at: Timestamp,
    /// How many lines the same part has from that line on.
    pub(super) rows: usize,
    /// Where the part is.
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

    /// A line, in a part that a manifest names.
    pub(super) async fn find(&self, line: &LogLine) -> anyhow::Result<Option<Exported>> {
        let known = Windows::<Manifest>::default();
        let manifests = self.stored.manifests(&self.log_group, &known).await?;
        let parts = manifests.iter().flat_map(|found| &found.output.parts);
        for part in parts.filter(|part| part.hour >= hour_of(line.written_at)) {
            let (at, rows) = self.stored.rows(part).await?;
            let received_ms = Some(line.received_at.as_millisecond());
            let is_it = |row: &&OwnedRow| {
                row.ingestion_ms == received_ms && row.message.contains(&line.message)
            };
            if let Some(first) = rows.iter().find(is_it) {
                let since = rows
                    .iter()
                    .filter(|row| row.timestamp_ms >= first.timestamp_ms);
                return Ok(Some(Exported {
                    at,
                    rows: since.count(),
                    address: self.stored.address(&part.key),
                }));
            }
        }
        Ok(None)
    }
}
