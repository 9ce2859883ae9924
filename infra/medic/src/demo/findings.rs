//! What the incident analyst found out, held against what really broke, and told.

use std::collections::BTreeSet;

use incident_analyst::analysis::{Analysis, Cause, EvidenceItem, Reason, State};
use incident_analyst::series::MetricKind;
use jiff::{SignedDuration, Timestamp};
use shared::outbound::Quoted;

use super::observations::Observations;
use super::promise::Row;
use super::promise::seen::{Sight, seen};
use super::promise::total;
use crate::analysis::Analyzed;
use crate::scenario::StateName;
use crate::screen::Screen;
use crate::timeline::{Moment, Timeline};

/// S3 tells whole seconds: what was written within one may seem to have been written before it.
const OF_S3: SignedDuration = SignedDuration::from_millis(999);

/// A report within so much of the alarm is there when somebody opens the mail.
const SOON: Moment = Moment::at(1, 0);

/// What is shown of a verdict's reasons, and of what each rests on.
const MOST_REASONS: usize = 5;
const MOST_QUOTES: usize = 2;

/// Its first analysis, which is there while the incident lasts.
pub(super) fn first(observations: &Observations) -> Result<&Analyzed, String> {
    let first = observations.first_analysis.as_ref();
    first.ok_or_else(|| "there is no analysis".to_owned())
}

/// That a report was stored.
pub(super) fn stored(observations: &Observations, timeline: &Timeline) -> Sight {
    let first = first(observations)?;
    seen(written(first, observations, timeline), &first.page)
}

/// That the report says that the incident is over.
pub(super) fn closed(observations: &Observations, timeline: &Timeline) -> Sight {
    first(observations)?;
    let last = observations.last_analysis.as_ref();
    let over = last.filter(|last| last.analysis.state == State::Closed);
    let over = over.ok_or("it is open")?;
    seen(
        written(over, observations, timeline),
        &over.analysis.headline,
    )
}

/// That the verdict is this cause, from the first to the last.
pub(super) fn caused(observations: &Observations, timeline: &Timeline, cause: Cause) -> Sight {
    let (first, last) = (first(observations)?, observations.last_analysis.as_ref());
    for found in [Some(first), last].into_iter().flatten() {
        let verdict = &found.analysis.verdict;
        if verdict.cause != cause {
            return Err(format!("{:?}: {}", verdict.cause, verdict.statement));
        }
    }
    let verdict = &first.analysis.verdict;
    let at = written(first, observations, timeline);
    let percent = verdict.confidence * 100.0;
    seen(at, format!("{percent:.0} %: {}", verdict.statement))
}

/// That each statement rests on evidence that is there.
pub(super) fn proven(observations: &Observations, timeline: &Timeline) -> Sight {
    let first = first(observations)?;
    let last = observations.last_analysis.as_ref().unwrap_or(first);
    let statements = evidenced(&first.analysis)?.max(evidenced(&last.analysis)?);
    let pieces = last.analysis.evidence.len();
    let at = written(first, observations, timeline);
    seen(
        at,
        format!("{statements} statements, {pieces} pieces of evidence"),
    )
}

/// That the deployment stands among what changed before the trouble, and that the verdict speaks of what it runs.
pub(super) fn names_deployment(
    observations: &Observations,
    timeline: &Timeline,
    (id, runs): (&str, &str),
) -> Sight {
    let first = first(observations)?;
    let mut deployments = first.analysis.deployments.iter();
    let found =
        deployments.find(|deployment| deployment.id == id || deployment.task_definition == runs);
    let found = found.ok_or_else(|| format!("{id} is not among its deployments"))?;
    let said = said(&first.analysis);
    if ![id, runs].iter().any(|name| said.contains(name)) {
        return Err(format!("neither {id} nor {runs} is in: {said}"));
    }
    let changes = found.changes.join(", ");
    seen(
        written(first, observations, timeline),
        format!("{}: {changes}", found.task_definition),
    )
}

/// That it says how fast memory grows and when there is none left.
pub(super) fn names_exhaustion(observations: &Observations, timeline: &Timeline) -> Sight {
    let first = first(observations)?;
    let metrics = first.analysis.metrics.iter();
    let mut memory = metrics.filter(|metric| metric.series.kind == MetricKind::Memory);
    let trend = memory.find_map(|metric| metric.trend.as_ref());
    let trend = trend.ok_or("no metric of memory has a trend")?;
    if !(trend.contains(" a minute") && trend.contains("full at")) {
        return Err(format!("its trend: {trend}"));
    }
    seen(written(first, observations, timeline), trend)
}

/// That the pattern which tells most is the error that really was logged.
pub(super) fn names_error(observations: &Observations, timeline: &Timeline, error: &str) -> Sight {
    let first = first(observations)?;
    let pattern = first.analysis.patterns.first();
    let pattern = pattern.ok_or("it has no pattern of log lines")?;
    if !pattern.example.contains(error) {
        return Err(format!("its first pattern: {}", pattern.text));
    }
    let counts = format!("{} before, {} since", pattern.before, pattern.since);
    seen(
        written(first, observations, timeline),
        format!("{error}: {counts}"),
    )
}

/// How long people waited for the report.
pub(super) fn waiting_time(observations: &Observations, timeline: &Timeline) -> Row {
    let length = || {
        let alarm = observations.changed_to(StateName::Alarm);
        let alarm = alarm.ok_or("the alarm did not go off")?.at;
        let written = written(first(observations)?, observations, timeline);
        let wall = written.duration_since(alarm).as_secs();
        let length = timeline.moment(written).since(timeline.moment(alarm));
        let what = format!("within {} s of the wall clock", wall + 1);
        Ok::<_, String>((Moment::at(0, 0).plus(length), what))
    };
    total("total: from ALARM to the report", SOON, length(), timeline)
}

/// When it was written. S3 cuts the second, so it may look as if that had been before the alarm.
fn written(found: &Analyzed, observations: &Observations, _: &Timeline) -> Timestamp {
    let alarm = observations.changed_to(StateName::Alarm);
    let earliest = alarm.map_or(found.at, |alarm| alarm.at);
    let latest = found.at.saturating_add(OF_S3).unwrap_or(found.at);
    found.at.max(earliest.min(latest))
}

/// How many statements there are; the first that rests on nothing is the error.
fn evidenced(analysis: &Analysis) -> Result<usize, String> {
    let known: BTreeSet<&str> = analysis
        .evidence
        .iter()
        .map(|item| item.id.as_str())
        .collect();
    let verdict = &analysis.verdict;
    let reasons = verdict.reasons.iter().chain(&verdict.against);
    let reasons = reasons.map(|reason| (reason.text.as_str(), reason.evidence.iter().collect()));
    let moments = analysis.timeline.iter();
    let moments = moments.map(|moment| (moment.text.as_str(), moment.evidence.iter().collect()));
    let patterns = analysis
        .patterns
        .iter()
        .map(|found| (&found.text, &found.evidence));
    let tasks = analysis
        .stopped_tasks
        .iter()
        .map(|found| (&found.id, &found.evidence));
    let deployments = analysis
        .deployments
        .iter()
        .map(|found| (&found.id, &found.evidence));
    let single = patterns.chain(tasks).chain(deployments);
    let single = single.map(|(text, evidence)| (text.as_str(), vec![evidence]));
    let statements: Vec<(&str, Vec<&String>)> = reasons.chain(moments).chain(single).collect();
    for (text, evidence) in &statements {
        if evidence.is_empty() || !evidence.iter().all(|id| known.contains(id.as_str())) {
            return Err(format!("without evidence: {text}"));
        }
    }
    Ok(statements.len())
}

/// The sentences that people read first.
fn said(analysis: &Analysis) -> String {
    let verdict = &analysis.verdict;
    let reasons = verdict.reasons.iter().map(|reason| reason.text.as_str());
    let sentences = [analysis.headline.as_str(), &verdict.statement];
    sentences
        .into_iter()
        .chain(reasons)
        .collect::<Vec<_>>()
        .join(" ")
}

/// What it says, with the best of what it rests on, and where it is.
pub(super) fn tell(observations: &Observations, screen: &Screen) {
    let Some(found) = observations.last_analysis.as_ref() else {
        return;
    };
    screen.title("What the incident analyst found");
    let Analysis {
        headline, verdict, ..
    } = &found.analysis;
    let line = |text: &str| Quoted::line(text).to_string();
    let percent = verdict.confidence * 100.0;
    screen.text(&format!("  {}", line(headline)));
    screen.text(&format!(
        "  {:?}, {percent:.0} %: {}",
        verdict.cause,
        line(&verdict.statement)
    ));
    for reason in verdict.reasons.iter().take(MOST_REASONS) {
        screen.text(&format!("    because {}", line(&reason.text)));
        for item in quotes(&found.analysis, reason) {
            screen.text(&format!("      {}: {}", item.id, line(&item.quote)));
        }
    }
    for missing in &verdict.missing {
        screen.text(&format!("    missing: {}", line(missing)));
    }
    for gap in &found.analysis.gaps {
        screen.text(&format!("    gap: {}", line(&gap.because)));
    }
    screen.text(&format!("  {}", found.page));
}

fn quotes<'a>(
    analysis: &'a Analysis,
    reason: &'a Reason,
) -> impl Iterator<Item = &'a EvidenceItem> {
    let is_meant = |item: &&EvidenceItem| reason.evidence.contains(&item.id);
    analysis.evidence.iter().filter(is_meant).take(MOST_QUOTES)
}
