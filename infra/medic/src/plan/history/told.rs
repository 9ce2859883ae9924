//! What is told of a replay: a line for each alarm, or an object, and a summary.

mod summary;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use alarm_playbook::action::PlannedCall;
use jiff::Timestamp;
use serde::Serialize;
use shared::outbound::Quoted;

use self::summary::Summary;
use super::replay::{Case, Ending, first_rule};
use super::whole_seconds;
use crate::plan::Plan;

/// Names of alarms are cut to so many characters, so that a line stays a line.
const MOST_NAME: usize = 40;

/// All that is told of a replay.
#[derive(Debug)]
pub(super) struct Told {
    lines: Vec<Line>,
    summary: Summary,
    notes: Vec<&'static str>,
    /// What was left out of the file.
    pub(super) complaints: Vec<String>,
}

/// What became of one alarm. The form is a contract: that of a plan for a single file, and what follows from the history.
#[derive(Debug, PartialEq, Serialize)]
struct Line {
    #[serde(flatten)]
    plan: Plan,
    alarm_name: String,
    at: Timestamp,
    /// The rule that stood in the way first.
    rule: Option<String>,
    /// The rungs that followed because those before did not help, or because something had to end first.
    then: Vec<Then>,
    /// `recovered`, `escalated`, or none if nothing was at stake or the history ends before.
    ending: Option<&'static str>,
    ended_at: Option<Timestamp>,
    /// Why it was handed to people.
    because: Option<String>,
}

#[derive(Debug, PartialEq, Serialize)]
struct Then {
    at: Timestamp,
    step: &'static str,
    calls: Vec<PlannedCall>,
}

impl Told {
    pub(super) fn new(
        file: &str,
        cases: &[Case],
        unusable: BTreeMap<String, usize>,
        is_dry_run: bool,
    ) -> Self {
        let mut notes = vec![
            "Times are in UTC. Every step is taken to be carried out at once on a target that nothing else happens to.",
        ];
        if cases.iter().any(|case| case.change.is_name_only) {
            notes.push("The history alone does not say what its alarms watch: playbooks were matched by name. --alarms tells more.");
        }
        if is_dry_run {
            notes.push("The playbook file says dry run, so that in truth nothing would be done.");
        }
        let complaints = unusable.into_iter().map(|(reason, times)| match times {
            1 => format!("an item could not be used and was left out: {reason}"),
            times => format!("{times} items could not be used and were left out: {reason}"),
        });
        Self {
            lines: cases.iter().map(|case| Line::new(file, case)).collect(),
            summary: Summary::of(cases),
            notes,
            complaints: complaints.collect(),
        }
    }

    /// An object for each alarm, and the summary, one to a line.
    pub(super) fn json(&self) -> serde_json::Result<String> {
        let lines = self.lines.iter().map(serde_json::to_string);
        let mut lines = lines.collect::<Result<Vec<_>, _>>()?;
        lines.push(serde_json::to_string(&self.summary.contract())?);
        Ok(lines.join("\n"))
    }

    /// What a person reads.
    pub(super) fn text(&self) -> String {
        let width = self.lines.iter().map(|line| line.name().chars().count());
        let width = width.max().unwrap_or_default();
        let mut text = String::new();
        for line in &self.lines {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{}", line.text(width));
        }
        for note in &self.notes {
            let _ = write!(text, "\n{note}");
        }
        let _ = write!(text, "\n\n{}", self.summary.sentence());
        text
    }
}

impl Line {
    fn new(file: &str, case: &Case) -> Self {
        let alarm = &case.change.alarm;
        let mut plan = Plan::new(file, "ignore", Vec::new()).with(case.decision.clone());
        if let Some((playbook, target)) = &case.matched {
            plan.playbook = Some(playbook.clone());
            plan.target = Some(target.to_string());
            if case.change.is_name_only {
                let by_name =
                    "the playbook was matched by the alarm's name alone, its metric is not known";
                plan.reasons.push(by_name.to_owned());
            }
            if plan.decision == "remediate" {
                let assumed = "the target is taken for undisturbed, and the call for carried out";
                plan.reasons.push(assumed.to_owned());
            }
        }
        let first = usize::from(plan.decision == "remediate");
        let then = case.rungs.iter().skip(first).map(|tried| Then {
            at: tried.at,
            step: tried.intent.step.as_str(),
            calls: tried.intent.calls.clone(),
        });
        let (ending, because) = match &case.ending {
            Some((_, Ending::Recovered)) => (Some("recovered"), None),
            Some((_, Ending::HandedOver(reason))) => (Some("escalated"), Some(reason.clone())),
            None => (None, None),
        };
        Self {
            plan,
            alarm_name: alarm.name.clone(),
            at: case.change.at,
            rule: first_rule(&case.decision).map(str::to_owned),
            then: then.collect(),
            ending,
            ended_at: case.ending.as_ref().map(|(at, _)| *at),
            because,
        }
    }

    fn name(&self) -> String {
        let name = Quoted::line(&self.alarm_name).to_string();
        if name.chars().count() <= MOST_NAME {
            return name;
        }
        let kept: String = name.chars().take(MOST_NAME - 1).collect();
        kept + "…"
    }

    /// The alarm on one line; below it, what followed.
    fn text(&self, width: usize) -> String {
        let name = self.name();
        let (decision, step) = (self.plan.decision, self.plan.step.unwrap_or("-"));
        let reason = Quoted::line(self.reason());
        let at = clock(self.at, "%Y-%m-%d %H:%M:%S");
        let mut text = format!("{at}  {name:<width$}  {decision:<9}  {step:<19}  {reason}");
        for then in &self.then {
            let after = self.since(then.at);
            let _ = write!(text, "\n{after}then {}", then.step);
        }
        if let (Some(at), Some(ending)) = (self.ended_at, self.ending) {
            let after = self.since(at);
            let because = self.because.as_deref().map(Quoted::line);
            let _ = match (ending, because) {
                ("recovered", _) => write!(text, "\n{after}the alarm is OK"),
                (_, because) => write!(
                    text,
                    "\n{after}handed to a person: {}",
                    because.as_ref().map_or("", Quoted::as_str)
                ),
            };
        }
        text
    }

    /// The reason that tells most: why not, or why not the first step, or else why.
    fn reason(&self) -> &str {
        let reasons = &self.plan.reasons;
        let passed_over = reasons
            .iter()
            .find(|reason| reason.starts_with("a step was passed over"));
        let reason = passed_over.or(reasons.first());
        reason.map_or("", String::as_str)
    }

    /// The beginning of a line about something later.
    fn since(&self, at: Timestamp) -> String {
        let after = format!("{:#}", whole_seconds(at.duration_since(self.at)));
        format!("    after {after}: ")
    }
}

fn clock(at: Timestamp, format: &str) -> String {
    at.strftime(format).to_string()
}
