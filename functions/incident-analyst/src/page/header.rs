//! The top of the page: what broke, since when, what changed just before, and how sure that is.

use jiff::Timestamp;
use shared::outbound::Page;

use super::{Report, verdict, when};
use crate::analysis::{Cause, DeploymentSummary, State};
use crate::evidence::Source;

/// Nobody would call a change longer ago than this one just before.
const JUST_BEFORE_SECONDS: i64 = 3_600;

/// The state, the headline and four answers.
pub(super) fn header(report: &Report<'_>, page: &mut Page) {
    let analysis = report.analysis;
    page.own("<header>\n<p class=\"state\"><span class=\"lamp\"></span>");
    page.own(match analysis.state {
        State::Open => "Incident, open ",
        State::Closed => "Incident, over ",
    });
    page.own("<span class=\"date\">")
        .text(&when::date(analysis.window.breached_at));
    page.own(", times in UTC</span></p>\n<h1>");
    if analysis.headline.is_empty() {
        page.own("An alarm fired");
    } else {
        page.text_within(&analysis.headline, 300);
    }
    page.own("</h1>\n<dl class=\"answers\">\n<div><dt>What broke</dt><dd>");
    broken(report, page);
    page.own("</dd></div>\n<div><dt>Since when</dt><dd>");
    since(report, page);
    page.own("</dd></div>\n<div><dt>Changed just before</dt><dd>");
    changed(report, page);
    page.own("</dd></div>\n<div><dt>How sure</dt><dd>");
    sure(report, page);
    page.own("</dd></div>\n</dl>\n</header>\n");
}

fn broken(report: &Report<'_>, page: &mut Page) {
    let analysis = report.analysis;
    if let Some(target) = &analysis.target {
        page.own("<b>").text_within(&target.service, 80);
        page.own("</b> <small>in cluster ")
            .text_within(&target.cluster, 80)
            .own("</small>");
        return;
    }
    let metric = analysis.alarm.metric.as_deref();
    page.own("<b>")
        .text_within(metric.unwrap_or(&analysis.alarm.name), 120)
        .own("</b>");
}

fn since(report: &Report<'_>, page: &mut Page) {
    let window = &report.analysis.window;
    let began = window.onset.unwrap_or(window.breached_at);
    page.own("<b>")
        .text(&report.clock.minute(began))
        .own("</b> <small>");
    if window.onset.is_some() {
        page.own("alarm at ")
            .text(&report.clock.minute(window.breached_at));
    } else {
        page.own("when the alarm fired");
    }
    if let Some(ended) = window.ended_at {
        page.own(", over at ").text(&report.clock.minute(ended));
        page.own(" after ")
            .text(&when::length(ended.duration_since(began)));
    }
    page.own("</small>");
}

fn changed(report: &Report<'_>, page: &mut Page) {
    let analysis = report.analysis;
    let last = last_before(&analysis.deployments, analysis.window.breached_at);
    if let Some((deployment, number, seconds)) = last {
        page.own("<b><a href=\"#D").number(number).own("\">");
        page.text_within(&deployment.task_definition, 80);
        page.own("</a></b> <small>deployed ");
        if seconds == 0 {
            page.own("at about the same time</small>");
        } else {
            page.text(&when::length(jiff::SignedDuration::from_secs(seconds)));
            page.own(" before</small>");
        }
        return;
    }
    let is_unknown = analysis
        .gaps
        .iter()
        .any(|gap| gap.source == Source::Service);
    page.own(if is_unknown || analysis.target.is_none() {
        "<b>not known</b> <small>the deployments could not be seen</small>"
    } else {
        "<b>nothing</b> <small>no deployment in the hour before</small>"
    });
}

/// The last deployment that began before the trouble, or before the alarm if nobody knows when the trouble began: with its number on the
/// page and the seconds between. Not one of lambda-medic, whose restarts and rollbacks are an answer to trouble.
fn last_before(
    deployments: &[DeploymentSummary],
    breached_at: Timestamp,
) -> Option<(&DeploymentSummary, u64, i64)> {
    let numbered = deployments
        .iter()
        .zip(1..)
        .take(super::deployments::MOST_DEPLOYMENTS);
    numbered
        .map(|(deployment, number)| {
            let before_alarm = breached_at.duration_since(deployment.at).as_secs();
            let seconds = deployment.seconds_before_onset.unwrap_or(before_alarm);
            (deployment, number, seconds)
        })
        .filter(|(deployment, _, _)| !deployment.is_ours)
        .filter(|(_, _, seconds)| (0..=JUST_BEFORE_SECONDS).contains(seconds))
        .min_by_key(|(_, _, seconds)| *seconds)
}

fn sure(report: &Report<'_>, page: &mut Page) {
    let verdict = &report.analysis.verdict;
    if verdict.cause == Cause::Undetermined {
        page.own("<b>not at all</b> <small>what is missing stands below</small>");
        return;
    }
    let percent = verdict::percent(verdict.confidence);
    page.own("<b>").number(percent).own(" of 100</b> <small>");
    page.own(match percent {
        90.. => "our rules find it very likely",
        70..90 => "our rules find it likely",
        50..70 => "our rules find it more likely than not",
        _ => "a guess to start from",
    });
    page.own("</small>");
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn deployment(id: &str, seconds_before_onset: Option<i64>) -> DeploymentSummary {
        DeploymentSummary {
            id: id.to_owned(),
            at: Timestamp::UNIX_EPOCH,
            task_definition: String::new(),
            rollout_state: String::new(),
            is_ours: false,
            seconds_before_onset,
            changes: Vec::new(),
            evidence: String::new(),
        }
    }

    #[test]
    fn what_changed_just_before_is_the_last_deployment_of_the_hour_before() {
        let alarm = Timestamp::UNIX_EPOCH + SignedDuration::from_mins(10);
        for (seconds, expected) in [
            (vec![Some(-340), Some(58), Some(600)], Some((2, 58))),
            (vec![Some(0)], Some((1, 0))),
            (vec![Some(3_601), Some(-1)], None),
            (vec![None, Some(900)], Some((1, 600))),
            (vec![], None),
        ] {
            let deployments: Vec<_> = seconds.iter().map(|s| deployment("d", *s)).collect();
            let found =
                last_before(&deployments, alarm).map(|(_, number, seconds)| (number, seconds));
            assert_eq!(found, expected, "{seconds:?}");
        }
    }

    #[test]
    fn what_lambda_medic_did_is_no_change_that_came_before() {
        let ours = DeploymentSummary {
            is_ours: true,
            ..deployment("ours", Some(30))
        };
        let deployments = [ours, deployment("theirs", Some(300))];
        let found = last_before(&deployments, Timestamp::UNIX_EPOCH);
        assert_eq!(
            found.map(|(deployment, ..)| deployment.id.as_str()),
            Some("theirs")
        );
    }
}
