use serde::Serialize;
use shared::outbound::Quoted;
use tracing::info;

/// What became of one record of an event: the answer of a direct invocation, and one line of the log.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Handled {
    /// `analysed`, `learnt`, `duplicate`, `ignored`, `rejected` or `failed`.
    pub outcome: &'static str,
    /// Why, or what it came to.
    pub reason: Quoted,
    /// The log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Quoted>,
    /// Where the analysis is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub analysis: Option<Quoted>,
}

impl Handled {
    pub(super) fn new(outcome: &'static str, reason: impl AsRef<str>) -> Self {
        Self {
            outcome,
            reason: Quoted::line(reason.as_ref()),
            key: None,
            analysis: None,
        }
    }

    /// The same, about this object.
    pub(super) fn about(self, key: &str) -> Self {
        let key = self.key.or_else(|| Some(Quoted::line(key)));
        Self { key, ..self }
    }

    /// The same, with where the analysis is.
    pub(super) fn analysed_at(self, key: &str) -> Self {
        let analysis = Some(Quoted::line(key));
        Self { analysis, ..self }
    }

    pub(super) fn log(&self) {
        info!(
            outcome = self.outcome,
            s3.key = self.key.as_ref().map(Quoted::as_str),
            "{}",
            self.reason
        );
    }
}
