//! How far something is, on a terminal. Nothing is shown elsewhere.

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often it shows that it lives.
const BEAT: Duration = Duration::from_millis(500);

/// A bar that counts up to `all` of `what`, such as windows, behind a word that says what is done with them.
pub(super) fn counting(all: usize, done: &'static str, what: &'static str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let template = format!("{{prefix:.dim}} {{bar:30}} {{pos}} of {{len}} {what}, {{elapsed}}");
    let length = u64::try_from(all).ok();
    let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(BEAT);
    bar.with_prefix(done)
}
