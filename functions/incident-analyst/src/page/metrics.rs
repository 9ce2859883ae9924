//! The metrics, drawn over the same time with the same marks.

use shared::outbound::Page;

use super::Report;
use super::figure::{LARGE, Marks, SMALL, figure};
use super::scale::Span;
use crate::analysis::Analysis;

/// Plots beyond this many are not looked at, and their points would make the page heavy.
pub(super) const MOST_METRICS: usize = 24;

/// What may be marked in a plot, with a sample of it.
const IN_ALARM: &str = "<li><svg width=\"22\" height=\"12\" aria-hidden=\"true\"><rect class=\"breach\" width=\"22\" height=\"12\"/></svg> in alarm</li>\n";
const THRESHOLD: &str = "<li><svg width=\"22\" height=\"12\" aria-hidden=\"true\"><line class=\"threshold\" x1=\"0\" x2=\"22\" y1=\"6\" y2=\"6\"/></svg> threshold</li>\n";
const ONSET: &str = "<li><svg width=\"6\" height=\"12\" aria-hidden=\"true\"><line class=\"onset\" x1=\"3\" x2=\"3\" y1=\"0\" y2=\"12\"/></svg> onset: it left what is usual</li>\n";
const DEPLOYMENT: &str = "<li><svg width=\"6\" height=\"12\" aria-hidden=\"true\"><line class=\"deployment\" x1=\"3\" x2=\"3\" y1=\"0\" y2=\"12\"/></svg> a deployment began</li>\n";

/// The alarm's own metric large, the others small.
pub(super) fn metrics(report: &Report<'_>, page: &mut Page) {
    let analysis = report.analysis;
    if analysis.metrics.is_empty() {
        return;
    }
    page.own("<section id=\"metrics\">\n<h2>Metrics</h2>\n");
    legend(analysis, page);
    let marks = &marks(report);
    let mut metrics = analysis.metrics.iter().zip(1..).take(MOST_METRICS);
    if let Some((metric, number)) = metrics.next() {
        let onset = metric.onset.or(analysis.window.onset);
        figure(
            (metric, number, onset),
            &LARGE,
            (marks, &report.clock),
            page,
        );
    }
    if analysis.metrics.len() > 1 {
        page.own("<div class=\"figures\">\n");
        for (metric, number) in metrics {
            let drawn = (metric, number, metric.onset);
            figure(drawn, &SMALL, (marks, &report.clock), page);
        }
        page.own("</div>\n");
    }
    page.own("</section>\n");
}

/// What the marks mean that are there.
fn legend(analysis: &Analysis, page: &mut Page) {
    let metrics = || analysis.metrics.iter().take(MOST_METRICS);
    let has_onset =
        analysis.window.onset.is_some() || metrics().any(|metric| metric.onset.is_some());
    let samples = [
        (true, IN_ALARM),
        (
            metrics().any(|metric| metric.threshold.is_some()),
            THRESHOLD,
        ),
        (has_onset, ONSET),
        (!analysis.deployments.is_empty(), DEPLOYMENT),
    ];
    page.own("<ul class=\"legend\" aria-label=\"What the marks mean\">\n");
    for (_, sample) in samples.iter().filter(|(is_there, _)| *is_there) {
        page.own(sample);
    }
    page.own("</ul>\n");
}

fn marks(report: &Report<'_>) -> Marks {
    let window = &report.analysis.window;
    let deployments = report.analysis.deployments.iter().zip(1..);
    let mut deployments: Vec<_> = deployments
        .take(super::deployments::MOST_DEPLOYMENTS)
        .map(|(deployment, number)| (deployment.at, number))
        .collect();
    deployments.sort_unstable();
    Marks {
        span: Span::new(window.from, window.until, window.breached_at),
        breached_at: window.breached_at,
        breached_until: window.ended_at.unwrap_or(window.until),
        deployments,
    }
}
