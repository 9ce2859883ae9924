//! An analysis as a page for people: one file that loads nothing and runs nothing.
//!
//! It answers from the top down: what broke, since when, what changed just before and how sure that is; then what shows it. Each
//! statement links to its evidence at the end of the page, and that to the console. Nothing says by colour alone what it says.

mod amount;
mod causes;
mod cite;
mod console;
mod deployments;
mod evidence;
mod figure;
mod findings;
mod header;
mod metrics;
mod plot;
mod scale;
#[cfg(test)]
mod tests;
mod timeline;
mod verdict;
mod when;
mod words;

use shared::outbound::Page;

use self::cite::Citations;
pub use self::console::Console;
use self::when::Clock;
use crate::analysis::{Analysis, State};

/// Nothing may load, run or be sent, even if the escaping had a hole (Content Security Policy Level 3).
const HEAD: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
     <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n\
     <meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex, nofollow\">\n\
     <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>";

const STYLE: &str = concat!(
    "</title>\n<style>\n",
    include_str!("page/report.css"),
    "</style>\n</head>\n"
);

/// How much of other people's text a page takes, in bytes: what is left out is in `analysis.json`.
const ROOM: usize = 512 * 1_024;

/// What the sections of a page are made from.
struct Report<'a> {
    analysis: &'a Analysis,
    console: Option<&'a Console>,
    citations: Citations<'a>,
    clock: Clock,
}

impl Report<'_> {
    /// The number of a metric on the page, by the id of its series.
    fn metric(&self, series: &str) -> Option<u64> {
        let numbered = self.analysis.metrics.iter().zip(1..);
        let mut drawn = numbered.take(metrics::MOST_METRICS);
        drawn
            .find(|(metric, _)| metric.series.id == series)
            .map(|(_, number)| number)
    }
}

/// The analysis as a complete HTML document. With the console of its region, evidence is linked to where it comes from.
///
/// Whatever is in the analysis, the document is smaller than 1.5 MB, has no markup but ours, and needs nothing from elsewhere.
pub fn report(analysis: &Analysis, console: Option<&Console>) -> Page {
    let report = &Report {
        analysis,
        console,
        citations: Citations::of(&analysis.evidence),
        clock: Clock::of(analysis.window.breached_at),
    };
    let mut page = Page::with_room(ROOM);
    page.own(HEAD).text_within(&analysis.headline, 200);
    page.own(STYLE).own(match analysis.state {
        State::Open => "<body class=\"open\">\n<main>\n",
        State::Closed => "<body class=\"closed\">\n<main>\n",
    });
    for section in SECTIONS {
        section(report, &mut page);
    }
    page.own("</main>\n</body>\n</html>\n");
    page
}

/// In the order in which somebody who was woken by an alarm asks.
const SECTIONS: [fn(&Report<'_>, &mut Page); 12] = [
    header::header,
    verdict::verdict,
    metrics::metrics,
    timeline::timeline,
    findings::patterns,
    deployments::deployments,
    causes::suspects,
    findings::stopped_tasks,
    findings::target_health,
    causes::summary,
    evidence::gaps,
    evidence::evidence,
];
