//! The only module that prints: events as lines, and on a terminal what is being waited for, in colour.

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::OnceLock;
use std::time::Duration;

use clap::builder::styling::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;
use shared::clock::{Clock as _, System};
use shared::outbound::is_harmless;

use crate::config::is_colour_wanted;
use crate::event::{Event, Tone};
use crate::timeline::Timeline;

/// Often enough to look alive.
const TICK: Duration = Duration::from_millis(100);

/// Where a run is shown to a person.
#[derive(Debug)]
pub struct Screen {
    started: Timestamp,
    timeline: OnceLock<Timeline>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// Lines above what is going on, in colour.
    Terminal(ProgressBar),
    /// Lines on standard output.
    Plain,
    /// Nothing at all.
    Silent,
}

impl Screen {
    /// Standard output: live on a terminal, plain lines elsewhere.
    pub fn stdout() -> Self {
        Self::new(if io::stdout().is_terminal() {
            Kind::Terminal(spinner(ProgressDrawTarget::stdout()))
        } else {
            Kind::Plain
        })
    }

    /// Standard error: live on a terminal, nothing elsewhere. For commands whose output is somebody's input.
    pub fn stderr() -> Self {
        Self::new(if io::stderr().is_terminal() {
            Kind::Terminal(spinner(ProgressDrawTarget::stderr()))
        } else {
            Kind::Silent
        })
    }

    /// Shows nothing, for tests.
    pub fn silent() -> Self {
        Self::new(Kind::Silent)
    }

    fn new(kind: Kind) -> Self {
        Self {
            started: System.now(),
            timeline: OnceLock::new(),
            kind,
        }
    }

    /// Says what is being waited for, until the next event.
    pub fn waiting_for(&self, what: impl Into<String>) {
        if let Kind::Terminal(bar) = &self.kind {
            bar.set_prefix(what.into());
        }
    }

    /// Shows what changes all the time, below everything else; on a terminal only.
    pub fn live(&self, what: String) {
        if let Kind::Terminal(bar) = &self.kind {
            bar.set_message(what);
        }
    }

    /// From now on events are shown with their moment of the scenario as well.
    pub fn begin(&self, timeline: Timeline) {
        // The first one counts: there is one scenario to a screen.
        let _ = self.timeline.set(timeline);
    }

    /// Shows an event that was observed just now.
    pub fn observed(&self, event: &Event) {
        self.happened(event, System.now());
    }

    /// Shows an event under the time at which it happened.
    pub fn happened(&self, event: &Event, at: Timestamp) {
        let style = style(event.tone);
        let moment = self.timeline.get().map(|timeline| timeline.moment(at));
        self.show(style, &event.line(at.duration_since(self.started), moment));
    }

    /// Shows a text that is no event.
    pub fn text(&self, text: &str) {
        self.show(Style::new(), text);
    }

    /// Shows a title, with room above and below.
    pub fn title(&self, title: &str) {
        self.text("");
        self.show(Style::new().bold(), title);
        self.text("");
    }

    fn show(&self, style: Style, text: &str) {
        match &self.kind {
            Kind::Terminal(bar) if is_colour_wanted() => {
                bar.println(format!("{style}{text}{style:#}"));
            }
            Kind::Terminal(bar) => bar.println(text),
            Kind::Plain => print(text),
            Kind::Silent => {}
        }
    }
}

/// A piece of text with one tone; it may have several lines.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Paragraph {
    text: String,
    style: Style,
}

impl Paragraph {
    /// A text of no particular tone.
    pub fn new(text: impl Into<String>) -> Self {
        Self::toned(Tone::Neutral, text)
    }

    /// A text that is good or bad news.
    pub fn toned(tone: Tone, text: impl Into<String>) -> Self {
        let (text, style) = (text.into(), style(tone));
        Self { text, style }
    }

    /// What stands above a text.
    pub fn title(text: impl Into<String>) -> Self {
        let (text, style) = (text.into(), Style::new().bold());
        Self { text, style }
    }

    /// The text without its tone.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Prints paragraphs, each from a new line on; in colour on a terminal.
pub fn show(paragraphs: impl IntoIterator<Item = Paragraph>) {
    let is_coloured = io::stdout().is_terminal() && is_colour_wanted();
    for Paragraph { text, style } in paragraphs {
        if is_coloured {
            print(format!("{style}{text}{style:#}"));
        } else {
            print(text);
        }
    }
}

fn style(tone: Tone) -> Style {
    match tone {
        Tone::Good => AnsiColor::Green.on_default(),
        Tone::Bad => AnsiColor::Red.on_default().bold(),
        Tone::Neutral => Style::new(),
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if let Kind::Terminal(bar) = &self.kind {
            bar.finish_and_clear();
        }
    }
}

/// Prints a line on standard output, if that is possible.
pub fn print(line: impl Display) {
    let _ = answer(line);
}

/// Prints a line on standard output, and fails if that is not possible. A reader who went away is no reason to fail.
pub fn answer(line: impl Display) -> io::Result<()> {
    match writeln!(io::stdout().lock(), "{line}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Prints lines on standard error. Names of files and of what is in them stand in them: nothing moves the cursor or hides text.
pub fn complain(lines: impl Display) {
    let harmless = |c: char| if c == '\n' || is_harmless(c) { c } else { '·' };
    let lines: String = lines.to_string().chars().map(harmless).collect();
    let _ = writeln!(io::stderr().lock(), "{lines}");
}

fn spinner(target: ProgressDrawTarget) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, target);
    if let Ok(style) = ProgressStyle::with_template("{spinner:.cyan} {prefix:.dim}\n{wide_msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(TICK);
    bar
}
