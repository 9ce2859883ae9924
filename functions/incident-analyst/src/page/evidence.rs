//! What all statements rest on, what could not be found out, and what this page is.

use shared::outbound::Page;

use super::{Report, when, words};
use crate::analysis::{EvidenceItem, Reference};

/// Statements refer to the first ones; the rest is in `analysis.json`.
pub(super) const MOST_EVIDENCE: usize = 300;

/// More gaps than sources and their parts are noise.
const MOST_GAPS: usize = 40;

/// What could not be found out; that nothing is missing is said, too.
pub(super) fn gaps(report: &Report<'_>, page: &mut Page) {
    let gaps = &report.analysis.gaps;
    page.own("<section id=\"gaps\">\n<h2>What could not be found out</h2>\n");
    if gaps.is_empty() {
        page.own("<p class=\"none\">Every source answered.</p>\n</section>\n");
        return;
    }
    page.own("<ul class=\"gaps\">\n");
    for gap in gaps.iter().take(MOST_GAPS) {
        page.own("<li><b>").own(words::source(gap.source));
        page.own("</b> ").text(&gap.because).own("</li>\n");
    }
    page.own("</ul>\n");
    super::findings::left_out(gaps.len(), MOST_GAPS, page);
    page.own("</section>\n");
}

/// The evidence, and how the page came about.
pub(super) fn evidence(report: &Report<'_>, page: &mut Page) {
    let evidence = &report.analysis.evidence;
    if !evidence.is_empty() {
        page.own("<section id=\"evidence\">\n<h2>Evidence</h2>\n<ol class=\"evidence\">\n");
        for (found, place) in evidence.iter().zip(1..).take(MOST_EVIDENCE) {
            item(report, found, place, page);
        }
        page.own("</ol>\n");
        super::findings::left_out(evidence.len(), MOST_EVIDENCE, page);
        page.own("</section>\n");
    }
    footer(report, page);
}

fn item(report: &Report<'_>, item: &EvidenceItem, place: u64, page: &mut Page) {
    page.own("<li id=\"E")
        .number(place)
        .own("\"><b class=\"id\">");
    page.text_within(&item.id, 12).own("</b>\n<div><p>");
    page.own(words::reference(&item.reference));
    if let Some(at) = item.at {
        page.own(" at ");
        report.clock.write(at, page);
    }
    if let Some(number) = metric(report, &item.reference) {
        page.own(" <a href=\"#M").number(number).own("\">Plot</a>");
    }
    let link = report
        .console
        .and_then(|console| console.evidence(item, report.analysis));
    if let Some(link) = link {
        page.own(" ").link(&link);
    }
    page.own("</p>\n<p class=\"line\"><code>")
        .text_within(&item.quote, 600);
    page.own("</code></p>");
    place_of(&item.reference, page);
    page.own("</div></li>\n");
}

/// The number of the plot that shows a datapoint.
fn metric(report: &Report<'_>, reference: &Reference) -> Option<u64> {
    let Reference::Datapoint { series } = reference else {
        return None;
    };
    report.metric(series)
}

/// Where it was found, by name: for who has no link, or reads it on paper.
fn place_of(reference: &Reference, page: &mut Page) {
    page.own("<p><small>");
    match reference {
        Reference::LogEvent { group, stream, .. } => {
            page.text_within(group, 160).own(", ");
            page.text_within(stream, 160);
        }
        Reference::Datapoint { series: name }
        | Reference::Deployment { id: name }
        | Reference::ServiceEvent { id: name }
        | Reference::Task { id: name }
        | Reference::TargetHealth { target: name } => {
            page.text_within(name, 160);
        }
        Reference::AlarmChange => {
            page.own("history of the alarm");
        }
        Reference::Remediation => {
            page.own("the record of the alarm playbook");
        }
    }
    page.own("</small></p>");
}

fn footer(report: &Report<'_>, page: &mut Page) {
    let analysis = report.analysis;
    page.own("<footer>\n<dl>\n<div><dt>Alarm</dt><dd>")
        .text_within(&analysis.alarm.name, 255);
    if let Some(console) = report.console {
        page.own("<br>").link(&console.alarm(&analysis.alarm.name));
    }
    page.own("</dd></div>\n");
    let mut row = |label: &'static str, text: &str| {
        if !text.is_empty() {
            page.own("<div><dt>").own(label).own("</dt><dd>");
            page.text(text).own("</dd></div>\n");
        }
    };
    row(
        "It watches",
        analysis.alarm.metric.as_deref().unwrap_or_default(),
    );
    row("Its owner says", &analysis.alarm.description);
    row("Why it fired", &analysis.alarm.reason);
    let (from, until) = (analysis.window.from, analysis.window.until);
    row(
        "Looked at",
        &format!(
            "{} to {} on {}, UTC",
            report.clock.minute(from),
            report.clock.minute(until),
            when::date(analysis.window.breached_at)
        ),
    );
    row("Incident", &analysis.incident_id);
    page.own("</dl>\n<p>Made by lambda-medic from what AWS said. This page loads nothing and runs nothing; secrets in it are struck out.</p>\n</footer>\n");
}
