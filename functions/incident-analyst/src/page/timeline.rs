//! What happened, oldest first.

use shared::outbound::Page;

use super::{Report, words};
use crate::analysis::MomentKind;

/// More than this nobody reads through; the rest is in `analysis.json`.
const MOST_MOMENTS: usize = 100;

/// The timeline.
pub(super) fn timeline(report: &Report<'_>, page: &mut Page) {
    let moments = &report.analysis.timeline;
    if moments.is_empty() {
        return;
    }
    page.own("<section id=\"timeline\">\n<h2>Timeline</h2>\n<ol class=\"timeline\">\n");
    for moment in moments.iter().take(MOST_MOMENTS) {
        page.own("<li class=\"").own(class(moment.kind)).own("\">");
        report.clock.write(moment.at, page);
        page.own(sign(moment.kind)).own("<p><b>");
        page.own(words::moment(moment.kind)).own("</b> ");
        page.text(&moment.text);
        report.citations.write(&moment.evidence, page);
        page.own("</p></li>\n");
    }
    page.own("</ol>\n");
    super::findings::left_out(moments.len(), MOST_MOMENTS, page);
    page.own("</section>\n");
}

fn class(kind: MomentKind) -> &'static str {
    match kind {
        MomentKind::Alarm => "is-alarm",
        MomentKind::Deployment => "is-deployment",
        MomentKind::Remediation | MomentKind::Recovery => "is-recovery",
        _ => "is-other",
    }
}

/// A small sign, so that a kind is told by its form, too.
fn sign(kind: MomentKind) -> &'static str {
    match kind {
        MomentKind::Deployment => {
            "<svg viewBox=\"0 0 14 14\" aria-hidden=\"true\"><path d=\"M7 1l6 6-6 6-6-6z\"/></svg>"
        }
        MomentKind::Onset => {
            "<svg viewBox=\"0 0 14 14\" aria-hidden=\"true\"><path d=\"M7 2l6 10H1z\"/></svg>"
        }
        MomentKind::Pattern => {
            "<svg viewBox=\"0 0 14 14\" aria-hidden=\"true\"><path d=\"M2 3h10v1.8H2zm0 3.1h10v1.8H2zm0 3.1h7V11H2z\"/></svg>"
        }
        MomentKind::TaskStopped => {
            "<svg viewBox=\"0 0 14 14\" aria-hidden=\"true\"><path d=\"M3 3h8v8H3z\"/></svg>"
        }
        MomentKind::ServiceEvent => {
            "<svg viewBox=\"0 0 14 14\" aria-hidden=\"true\"><circle class=\"ring\" cx=\"7\" cy=\"7\" r=\"4\"/></svg>"
        }
        MomentKind::Alarm => {
            "<svg viewBox=\"0 0 14 14\" aria-hidden=\"true\"><circle cx=\"7\" cy=\"7\" r=\"5.5\"/></svg>"
        }
        MomentKind::Remediation => {
            "<svg viewBox=\"0 0 14 14\" aria-hidden=\"true\"><path d=\"M5.5 1.5h3v4h4v3h-4v4h-3v-4h-4v-3h4z\"/></svg>"
        }
        MomentKind::Recovery => {
            "<svg viewBox=\"0 0 14 14\" aria-hidden=\"true\"><path class=\"tick-sign\" d=\"M2 7.5l3.5 3.5L12 3.5\"/></svg>"
        }
    }
}
