//! Who may be at fault, and a model's words.

use shared::outbound::Page;

use super::Report;

/// Nobody looks at more of them; the rest is in `analysis.json`.
const MOST_SUSPECTS: usize = 10;

/// The services of the call graph, most likely first.
pub(super) fn suspects(report: &Report<'_>, page: &mut Page) {
    let suspects = &report.analysis.suspects;
    if suspects.is_empty() {
        return;
    }
    page.own("<section id=\"suspects\">\n<h2>Suspects</h2>\n<table>\n");
    page.own("<thead><tr><th scope=\"col\" class=\"rank\">Rank</th><th scope=\"col\">Service</th><th scope=\"col\" class=\"why\">Why</th></tr></thead>\n<tbody>\n");
    for (suspect, rank) in suspects.iter().zip(1..).take(MOST_SUSPECTS) {
        page.own("<tr><td>").number(rank);
        page.own("</td><th scope=\"row\">")
            .text_within(&suspect.node, 120);
        page.own("</th><td>").text_within(&suspect.because, 400);
        page.own("</td></tr>\n");
    }
    page.own("</tbody>\n</table>\n");
    super::findings::left_out(suspects.len(), MOST_SUSPECTS, page);
    page.own("</section>\n");
}

/// What a language model says, where one was asked.
pub(super) fn summary(report: &Report<'_>, page: &mut Page) {
    let Some(summary) = &report.analysis.summary else {
        return;
    };
    page.own("<section id=\"summary\">\n<h2>In a language model's words</h2>\n<blockquote><p>");
    page.text(&summary.text);
    report.citations.write(&summary.evidence, page);
    page.own("</p></blockquote>\n<p class=\"by\">Said by <code>");
    page.text_within(&summary.model, 80);
    page.own(
        "</code>, which saw the same evidence. It had no say in the verdict.</p>\n</section>\n",
    );
}
