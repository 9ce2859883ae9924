//! Manifests and parts, for a limited time.

use shared::exports::layout::{Place, window_in_key};
use shared::exports::manifest::{Manifest, Part};
use shared::exports::read::{parse, prefixes};
use shared::exports::window::{Window, hour_of};
use shared::failure::chain;
use tokio::time::Instant;

use crate::collect::paging::{Missing, in_time};
use crate::collect::sources::{Sources, Span};

/// A manifest of a day names some hundreds of parts.
const MOST_MANIFEST_BYTES: usize = 1024 * 1024;

/// Whom to ask, and until when.
#[derive(Debug)]
pub(super) struct Asked<'a, S> {
    pub(super) sources: &'a S,
    pub(super) until: Instant,
}

/// Why the exported logs of a group do not tell, or not all.
#[derive(Debug)]
pub(super) enum Trouble {
    /// There is no manifest.
    NotExported,
    /// A manifest says that something may be missing.
    Unproven(String),
    /// A manifest or a part is not what it should be.
    Untrusted(String),
    /// There is more than may be read.
    TooMuch,
    /// A call failed, or there was no time.
    Missing(Missing),
}

impl Trouble {
    /// As a sentence for people.
    pub(super) fn told(&self, group: &str) -> String {
        let what = format!("of the log group {group} the exported logs of the day before");
        match self {
            Self::NotExported => format!("{what} are not there: nothing of that time was exported"),
            Self::Unproven(why) => format!("{what} may lack something: {why}"),
            Self::Untrusted(why) => format!("{what} are not to be trusted: {why}"),
            Self::TooMuch => format!("{what} were not all read: there are too many of them"),
            Self::Missing(Missing::Failed(error)) => {
                format!("{what} were not read: {}", chain(error))
            }
            Self::Missing(_) => format!("{what} were not read: there was no time for them"),
        }
    }
}

impl<S: Sources> Asked<'_, S> {
    /// The manifests of the windows that may have events of the span.
    pub(super) async fn manifests(
        &self,
        place: &Place,
        span: Span,
    ) -> Result<Vec<Manifest>, Trouble> {
        let mut manifests = Vec::new();
        for prefix in prefixes(place, span.from, span.until) {
            let keys = in_time(self.until, self.sources.exported_keys(&prefix)).await;
            let keys = keys.map_err(Trouble::Missing)?;
            for key in meant(&keys, &prefix, span) {
                let body = self.sources.exported(key, MOST_MANIFEST_BYTES);
                let body = in_time(self.until, body).await.map_err(Trouble::Missing)?;
                let Some(body) = body else { continue };
                let manifest = parse(place, &body);
                manifests.push(manifest.map_err(|error| Trouble::Untrusted(chain(&error)))?);
            }
        }
        Ok(manifests)
    }

    /// The bytes of a part.
    pub(super) async fn part(&self, part: &Part) -> Result<Vec<u8>, Trouble> {
        let most = usize::try_from(part.stored_bytes).unwrap_or(usize::MAX);
        let body = in_time(self.until, self.sources.exported(&part.key, most)).await;
        let body = body.map_err(Trouble::Missing)?;
        body.ok_or_else(|| Trouble::Untrusted("an object that a manifest names is gone".to_owned()))
    }
}

/// Those of a day's keys whose windows may have moments of the span: windows tile time, so of those that begin before it the last.
pub(super) fn meant<'a>(keys: &'a [String], prefix: &str, span: Span) -> Vec<&'a str> {
    let begin = |at| {
        let hour = hour_of(at);
        let window = Window::new(hour, hour + jiff::SignedDuration::from_hours(1));
        window.map(window_in_key).unwrap_or_default()
    };
    let last = begin(span.until - jiff::SignedDuration::from_millis(1));
    let first = begin(span.from);
    let named = keys.iter().filter_map(|key| {
        let window = key.strip_prefix(prefix)?.strip_suffix(".json")?;
        Some((window, key.as_str()))
    });
    let mut named: Vec<(&str, &str)> = named
        .filter(|(window, _)| *window <= last.as_str())
        .collect();
    named.sort_unstable();
    let before = named
        .iter()
        .rposition(|(window, _)| *window <= first.as_str());
    let meant = named.into_iter().skip(before.unwrap_or_default());
    meant.map(|(_, key)| key).collect()
}
