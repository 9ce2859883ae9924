//! The one subscriber: JSON lines on standard output, which Lambda puts into the function's log group.

use std::io::Write as _;

use tracing::level_filters::LevelFilter;
use tracing::{Subscriber, subscriber};
use tracing_subscriber::fmt::MakeWriter;

/// Installs the subscriber; call it once, first thing in `main`.
pub fn init(level: LevelFilter) {
    // It fails where there is one already, and then that one goes on.
    let _ = subscriber::set_global_default(subscriber(level, std::io::stdout));
}

/// What writes the log: each event one JSON object on a line of its own.
///
/// Not the runtime's own: that one pulls a regex engine for its filter.
pub fn subscriber(
    level: LevelFilter,
    writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static,
) -> impl Subscriber + Send + Sync {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_max_level(level)
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(writer)
        .finish()
}

/// Writes one line that is not a log event. A broken standard output is no reason to fail.
pub(crate) fn write_line(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}
