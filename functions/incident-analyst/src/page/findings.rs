//! What was found: patterns of log lines, tasks that stopped, targets that are not well.

use shared::outbound::Page;

use super::Report;
use crate::analysis::{Pattern, StoppedTaskSummary};
use crate::evidence::StoppedContainer;

/// The most telling ones stand first; the rest is in `analysis.json`.
const MOST_PATTERNS: usize = 20;

/// The newest ones stand first; the rest is in `analysis.json`.
const MOST_TASKS: usize = 30;

/// A task definition has at most ten containers (ECS service quotas).
const MOST_CONTAINERS: usize = 10;

/// The rest is in `analysis.json`.
const MOST_TARGETS: usize = 60;

/// Templates of log lines that are new or rose, with a line of each.
pub(super) fn patterns(report: &Report<'_>, page: &mut Page) {
    let patterns = &report.analysis.patterns;
    if patterns.is_empty() {
        return;
    }
    page.own("<section id=\"patterns\">\n<h2>What is new in the logs</h2>\n<ol class=\"cards\">\n");
    for found in patterns.iter().take(MOST_PATTERNS) {
        pattern(report, found, page);
    }
    page.own("</ol>\n");
    left_out(patterns.len(), MOST_PATTERNS, page);
    page.own("</section>\n");
}

fn pattern(report: &Report<'_>, pattern: &Pattern, page: &mut Page) {
    page.own("<li>\n<p class=\"tags\">");
    if pattern.is_error {
        page.own("<span class=\"tag error\">error</span>");
    }
    page.own("<span><b>").number(pattern.since);
    page.own("</b> since, <b>").number(pattern.before);
    page.own("</b> in what was read of the hour before, ");
    if let Some(count) = pattern.day_before {
        page.own("<b>").number(count);
        page.own("</b> at the same time of the day before, ");
    }
    page.own("first at ");
    report.clock.write(pattern.first_at, page);
    report.citations.write([&pattern.evidence], page);
    page.own("</span></p>\n<p class=\"line\"><code>")
        .text_within(&pattern.text, 400);
    page.own("</code></p>\n<p class=\"line example\"><small>for example</small> <code>");
    page.text_within(&pattern.example, 600)
        .own("</code></p>\n</li>\n");
}

/// Tasks that stopped, and their containers' ends.
pub(super) fn stopped_tasks(report: &Report<'_>, page: &mut Page) {
    let tasks = &report.analysis.stopped_tasks;
    if tasks.is_empty() {
        return;
    }
    page.own("<section id=\"tasks\">\n<h2>Stopped tasks</h2>\n<table>\n");
    page.own("<thead><tr><th scope=\"col\" class=\"when\">When</th><th scope=\"col\" class=\"why\">Why</th><th scope=\"col\">Containers</th></tr></thead>\n<tbody>\n");
    for task in tasks.iter().take(MOST_TASKS) {
        stopped_task(report, task, page);
    }
    page.own("</tbody>\n</table>\n");
    left_out(tasks.len(), MOST_TASKS, page);
    page.own("</section>\n");
}

fn stopped_task(report: &Report<'_>, task: &StoppedTaskSummary, page: &mut Page) {
    page.own("<tr><th scope=\"row\">");
    match task.at {
        Some(at) => report.clock.write(at, page),
        None => {
            page.own("not known");
        }
    }
    page.own("</th><td>").text_within(&task.reason, 300);
    report.citations.write([&task.evidence], page);
    page.own("<br><small>task ")
        .text_within(&task.id, 64)
        .own("</small></td><td>");
    for container in task.containers.iter().take(MOST_CONTAINERS) {
        self::container(container, page);
    }
    page.own("</td></tr>\n");
}

fn container(container: &StoppedContainer, page: &mut Page) {
    page.own("<p>").text_within(&container.name, 80).own(" ");
    match container.exit_code {
        Some(code) => {
            page.own("ended with <b>");
            if code < 0 {
                page.own("-");
            }
            page.number(u64::from(code.unsigned_abs())).own("</b>");
        }
        None => {
            page.own("never ran");
        }
    }
    if !container.reason.is_empty() {
        page.own(": ").text_within(&container.reason, 200);
    }
    page.own("</p>");
}

/// The targets behind the load balancer.
pub(super) fn target_health(report: &Report<'_>, page: &mut Page) {
    let targets = &report.analysis.target_health;
    if targets.is_empty() {
        return;
    }
    page.own("<section id=\"targets\">\n<h2>Targets of the load balancer</h2>\n<table>\n");
    page.own("<thead><tr><th scope=\"col\">Target</th><th scope=\"col\" class=\"state-of\">State</th><th scope=\"col\" class=\"why\">Why</th></tr></thead>\n<tbody>\n");
    for target in targets.iter().take(MOST_TARGETS) {
        let is_healthy = target.state == "healthy";
        page.own("<tr><th scope=\"row\">")
            .text_within(&target.target, 80);
        page.own(if is_healthy {
            "</th><td><span class=\"well\">"
        } else {
            "</th><td><span class=\"unwell\">"
        });
        page.text_within(&target.state, 40).own("</span></td><td>");
        page.text_within(&target.description, 200);
        if !target.reason.is_empty() {
            page.own(" <small>").text_within(&target.reason, 100);
            page.own("</small>");
        }
        page.own("</td></tr>\n");
    }
    page.own("</tbody>\n</table>\n");
    left_out(targets.len(), MOST_TARGETS, page);
    page.own("</section>\n");
}

/// Says how many are not shown.
pub(super) fn left_out(all: usize, most: usize, page: &mut Page) {
    let left = all.saturating_sub(most);
    if left > 0 {
        page.own("<p class=\"more\">").number(left as u64);
        page.own(" more in <code>analysis.json</code></p>\n");
    }
}
