//! How groups stand, as a table.

use jiff::Timestamp;
use log_exporter::catalog::Catalog;
use shared::exports::manifest::Mode;
use shared::exports::window::Window;
use shared::outbound::{Quoted, visible};

use crate::event::Tone;
use crate::export::standing::{Standing, Windows};
use crate::screen::Paragraph;
use crate::when::ago;

/// A name is cut to this in the table; `--json` has all of it.
const MOST_NAME: usize = 48;

/// So many windows of a group are told one by one.
const MOST_TOLD: usize = 5;

/// The groups as people read them.
pub(super) fn table(
    standings: &[Standing],
    catalog: &Catalog,
    since: Timestamp,
    now: Timestamp,
) -> Vec<Paragraph> {
    let mut lines = findings(catalog);
    if standings.is_empty() {
        lines.push(Paragraph::new(
            "The ledger has no such group. The first tick after a group is chosen plans its windows.",
        ));
        return lines;
    }
    let widths = standings
        .iter()
        .map(|standing| name(standing).chars().count());
    let width = widths.max().unwrap_or_default().max("log group".len());
    lines.push(Paragraph::title(format!(
        "{:<width$}  {:<6}  {:<17}  {:>8}  {:>8}  {:>9}  {:>7}  {:>4}  {:>8}",
        "log group",
        "mode",
        "verified until",
        "lag",
        "verified",
        "under way",
        "suspect",
        "lost",
        "expiring",
    )));
    lines.extend(standings.iter().map(|standing| row(standing, width)));
    lines.extend(standings.iter().flat_map(|standing| told(standing, now)));
    lines.push(Paragraph::new(format!(
        "\nTimes are in UTC. Windows that begin before {} are counted only from the first one on that is not proven; --since counts more.",
        since.strftime("%Y-%m-%d %H:%M"),
    )));
    lines
}

/// What is wrong with the installation as the function last saw it, above all else, and what is to be known of it.
fn findings(catalog: &Catalog) -> Vec<Paragraph> {
    let Some(checked) = &catalog.preflight else {
        return Vec::new();
    };
    let told = |tone: Tone, what: &str, finding: &String| {
        let finding = Quoted::line(finding);
        Paragraph::toned(tone, format!("{what}  {finding}\n"))
    };
    let wrong = checked.findings.iter();
    let wrong = wrong.map(|finding| told(Tone::Bad, "NOT READY", finding));
    let remarks = checked.remarks.iter();
    let remarks = remarks.map(|remark| told(Tone::Neutral, "REMARK", remark));
    wrong.chain(remarks).collect()
}

fn row(standing: &Standing, width: usize) -> Paragraph {
    let Windows {
        planned,
        exporting,
        exported,
        verified,
        suspect,
        lost,
    } = standing.windows;
    let text = format!(
        "{:<width$}  {:<6}  {:<17}  {:>8}  {verified:>8}  {:>9}  {suspect:>7}  {lost:>4}  {:>8}",
        name(standing),
        mode(standing.mode),
        standing
            .verified_until
            .strftime("%Y-%m-%d %H:%M")
            .to_string(),
        lag(standing),
        planned + exporting + exported,
        standing.expiring.len(),
    );
    Paragraph::toned(tone(standing), text)
}

fn tone(standing: &Standing) -> Tone {
    if standing.needs_attention() || !standing.expiring.is_empty() {
        Tone::Bad
    } else {
        Tone::Good
    }
}

fn lag(standing: &Standing) -> String {
    let mark = if standing.is_late { "!" } else { "" };
    format!("{:.1} h{mark}", standing.lag_hours)
}

/// What each window says of which something is to be said.
fn told(standing: &Standing, now: Timestamp) -> Vec<Paragraph> {
    let suspect = standing.suspect.iter().map(|told| {
        let reason = Quoted::line(&told.reason);
        (told.window, format!("suspect: {reason}"))
    });
    let losses = standing.losses.iter().map(|told| {
        let reason = Quoted::line(&told.reason);
        (told.window, format!("LOST: {reason}"))
    });
    let expiring = standing.expiring.iter().map(|expiring| {
        let when = ago(expiring.at, now);
        let what = format!("not proven, and the source forgets its first event {when}");
        (expiring.window, what)
    });
    let all: Vec<_> = losses.chain(suspect).chain(expiring).collect();
    if all.is_empty() {
        return Vec::new();
    }
    let more = all.len().saturating_sub(MOST_TOLD);
    let mut lines = vec![Paragraph::title(format!("\n{}", name(standing)))];
    let shown = all.into_iter().take(MOST_TOLD);
    lines.extend(
        shown.map(|(window, what)| {
            Paragraph::toned(Tone::Bad, format!("  {}  {what}", span(window)))
        }),
    );
    if more > 0 {
        lines.push(Paragraph::new(format!("  and {more} more; --json has all")));
    }
    lines
}

fn name(standing: &Standing) -> String {
    visible(&standing.group, MOST_NAME)
}

fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::ExportTask => "task",
        Mode::Direct => "direct",
    }
}

fn span(window: Window) -> String {
    let hours = window.length().as_hours();
    format!("{} +{hours} h", window.start().strftime("%Y-%m-%d %H:00"))
}
