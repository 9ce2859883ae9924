//! What we conclude, what speaks for and against it, and what to do next.

use shared::outbound::Page;

use super::{Report, words};
use crate::analysis::{Cause, Reason};

/// More statements than this are no help; the rest is in `analysis.json`.
const MOST_STATEMENTS: usize = 20;

/// The verdict with its reasons, and the advice.
pub(super) fn verdict(report: &Report<'_>, page: &mut Page) {
    let verdict = &report.analysis.verdict;
    let is_known = verdict.cause != Cause::Undetermined;
    page.own(if is_known {
        "<section id=\"verdict\" class=\"known\">\n<p class=\"over\">Likely cause</p>\n<h2>"
    } else {
        "<section id=\"verdict\" class=\"unknown\">\n<p class=\"over\">Cause</p>\n<h2>"
    });
    page.own(words::cause(verdict.cause)).own("</h2>\n");
    if is_known {
        confidence(verdict.confidence, page);
    }
    page.own("<p class=\"statement\">").text(&verdict.statement);
    page.own("</p>\n<div class=\"reasons\">\n");
    reasons(report, ("Speaks for it", "for"), &verdict.reasons, page);
    reasons(
        report,
        ("Speaks against it", "against"),
        &verdict.against,
        page,
    );
    let missing = ("Would have to be known", "missing");
    statements(missing, &verdict.missing, page);
    page.own("</div>\n");
    if let Some(rule) = &verdict.rule {
        page.own("<p class=\"by\">By the rule <code>");
        page.text_within(rule, 80).own("</code></p>\n");
    }
    page.own("</section>\n");
    if !verdict.advice.is_empty() {
        page.own("<section id=\"next\">\n<h2>What to do next</h2>\n<ol>\n");
        for advice in verdict.advice.iter().take(MOST_STATEMENTS) {
            page.own("<li>").text(advice).own("</li>\n");
        }
        page.own("</ol>\n</section>\n");
    }
}

/// A share as a whole percentage; nothing is certain.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is between 0 and 99"
)]
pub(super) fn percent(confidence: f64) -> u64 {
    (confidence * 100.0).round().clamp(0.0, 99.0) as u64
}

fn confidence(confidence: f64, page: &mut Page) {
    let percent = percent(confidence);
    page.own("<p class=\"confidence\"><svg width=\"120\" height=\"6\" aria-hidden=\"true\">\
              <rect class=\"whole\" width=\"100%\" height=\"6\" rx=\"3\"/><rect class=\"share\" height=\"6\" rx=\"3\" width=\"");
    page.number(percent).own("%\"/></svg> <b>").number(percent);
    page.own(" of 100</b>, a weight of our rules; not measured on real incidents</p>\n");
}

fn reasons(
    report: &Report<'_>,
    (title, class): (&'static str, &'static str),
    reasons: &[Reason],
    page: &mut Page,
) {
    if reasons.is_empty() {
        return;
    }
    page.own("<div class=\"").own(class).own("\">\n<h3>");
    page.own(title).own("</h3>\n<ul>\n");
    for reason in reasons.iter().take(MOST_STATEMENTS) {
        page.own("<li>").text(&reason.text);
        report.citations.write(&reason.evidence, page);
        page.own("</li>\n");
    }
    page.own("</ul>\n</div>\n");
}

fn statements((title, class): (&'static str, &'static str), texts: &[String], page: &mut Page) {
    if texts.is_empty() {
        return;
    }
    page.own("<div class=\"").own(class).own("\">\n<h3>");
    page.own(title).own("</h3>\n<ul>\n");
    for text in texts.iter().take(MOST_STATEMENTS) {
        page.own("<li>").text(text).own("</li>\n");
    }
    page.own("</ul>\n</div>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confidence_is_a_percentage_and_never_all() {
        for (confidence, expected) in [
            (0.0, 0),
            (0.915, 92),
            (1.0, 99),
            (7.0, 99),
            (-1.0, 0),
            (f64::NAN, 0),
        ] {
            assert_eq!(percent(confidence), expected, "{confidence}");
        }
    }
}
