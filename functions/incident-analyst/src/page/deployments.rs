//! The deployments, and what changed with them.

use jiff::SignedDuration;
use shared::outbound::Page;

use super::{Report, when};
use crate::analysis::DeploymentSummary;

/// The newest ones stand first; the rest is in `analysis.json`.
pub(super) const MOST_DEPLOYMENTS: usize = 20;

/// More changes than this are a new service.
const MOST_CHANGES: usize = 30;

/// The deployments of the window and the hour before, newest first, numbered as in the plots.
pub(super) fn deployments(report: &Report<'_>, page: &mut Page) {
    let deployments = &report.analysis.deployments;
    if deployments.is_empty() {
        return;
    }
    page.own("<section id=\"deployments\">\n<h2>Deployments</h2>\n<ol class=\"cards\">\n");
    for (deployed, number) in deployments.iter().zip(1..).take(MOST_DEPLOYMENTS) {
        deployment(report, deployed, number, page);
    }
    page.own("</ol>\n");
    super::findings::left_out(deployments.len(), MOST_DEPLOYMENTS, page);
    if let (Some(console), Some(target)) = (report.console, &report.analysis.target) {
        page.own("<p class=\"more\">")
            .link(&console.deployments(target))
            .own("</p>\n");
    }
    page.own("</section>\n");
}

fn deployment(report: &Report<'_>, deployment: &DeploymentSummary, number: u64, page: &mut Page) {
    page.own("<li id=\"D")
        .number(number)
        .own("\">\n<h3><span class=\"tag mark\">D");
    page.number(number).own("</span> ");
    page.text_within(&deployment.task_definition, 120)
        .own("</h3>\n<p class=\"tags\"><span class=\"tag\">");
    page.text_within(&deployment.rollout_state, 40)
        .own("</span>");
    if deployment.is_ours {
        page.own("<span class=\"tag\">made by lambda-medic</span>");
    }
    page.own("<span>began at ");
    report.clock.write(deployment.at, page);
    if deployment.seconds_before_onset == Some(0) {
        page.own(", at about the time of the onset");
    } else if let Some(seconds) = deployment.seconds_before_onset {
        let between = when::length(SignedDuration::from_secs(seconds));
        page.own(", <b>").text(&between);
        page.own(if seconds < 0 {
            "</b> after the onset"
        } else {
            "</b> before the onset"
        });
    }
    report.citations.write([&deployment.evidence], page);
    page.own("</span></p>\n");
    if deployment.changes.is_empty() {
        page.own("<p class=\"none\">Nothing is known to have changed with it.</p>\n");
    } else {
        page.own("<ul class=\"changes\">\n");
        for change in deployment.changes.iter().take(MOST_CHANGES) {
            page.own("<li><code>").text_within(change, 300);
            page.own("</code></li>\n");
        }
        page.own("</ul>\n");
    }
    page.own("<p><small>").text_within(&deployment.id, 80);
    page.own("</small></p>\n</li>\n");
}
