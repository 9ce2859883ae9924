//! A service that logs while its logs are exported.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use shared::clock::{Clock as _, System};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::stage::Stage;
use crate::scenario::export::{Line, line};

/// Between two lines.
const PAUSE: Duration = Duration::from_millis(250);

/// A service that logs until it is ended.
pub(super) struct Writer {
    is_over: Arc<AtomicBool>,
    writing: JoinHandle<anyhow::Result<Vec<Line>>>,
}

impl Writer {
    /// Begins to log to a group.
    pub(super) fn begin(stage: &Stage<'_>, group: &'static str) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let (groups, ends) = (stage.groups().clone(), Arc::clone(&is_over));
        let writing = tokio::spawn(async move {
            let mut lines = Vec::new();
            while !ends.load(Ordering::Relaxed) {
                let line = line(group, lines.len(), System.now());
                groups.put(group, std::slice::from_ref(&line)).await?;
                lines.push(line);
                sleep(PAUSE).await;
            }
            Ok(lines)
        });
        Self { is_over, writing }
    }

    /// Ends it; what it logged.
    pub(super) async fn end(self) -> anyhow::Result<Vec<Line>> {
        self.is_over.store(true, Ordering::Relaxed);
        self.writing.await?
    }
}
