//! The one subscriber: JSON lines on standard output, which Lambda puts into the function's log group.

use std::io::Write as _;

use tracing::level_filters::LevelFilter;

/// Installs the subscriber; call it once, first thing in `main`.
///
/// Not the runtime's own: that one pulls a regex engine for its filter.
pub fn init(level: LevelFilter) {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_max_level(level)
        .with_current_span(true)
        .with_span_list(false)
        .init();
}

/// Writes one line that is not a log event. A broken standard output is no reason to fail.
pub(crate) fn write_line(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}
