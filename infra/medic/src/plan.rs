//! `medic plan`: what the function would do about a stored alarm, offline and without credentials.
//!
//! The decision is the function's own. What the function would look up is given by files, or assumed and said so.

mod history;
mod target_state;
mod text;

use std::path::{Path, PathBuf};

use alarm_playbook::action::PlannedCall;
use alarm_playbook::alarms::{AlarmNow, Tags};
use alarm_playbook::decision::{self, Decision, Policy, Refusal, Situation, Wait, decide};
use alarm_playbook::playbook::{Playbook, PlaybookFile, Step};
use alarm_playbook::record::{Await, Lease, TargetRecord};
use alarm_playbook::surroundings::Surroundings;
use alarm_playbook::target::Target;
use alarm_playbook::targets::{ServiceState, TargetState};
use anyhow::Context as _;
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use shared::alarm::{Alarm, Parsed};
use shared::clock::{Clock as _, System};

use self::text::{Told, count};
use crate::screen::print;

/// What `medic plan` is given.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The playbook file
    #[arg(long, value_name = "FILE")]
    playbook: PathBuf,

    /// A stored history of alarms to live through again, instead of single files
    #[arg(long, value_name = "FILE", conflicts_with_all = ["files", "target_state", "tags", "incident", "now"])]
    history: Option<PathBuf>,

    #[command(flatten)]
    replayed: history::Options,

    /// What `aws ecs describe-services` printed; without it, the target is taken for undisturbed
    #[arg(long, value_name = "FILE")]
    target_state: Option<PathBuf>,

    /// What `aws cloudwatch list-tags-for-resource` printed of the alarm; without it, the alarm has no tags
    #[arg(long, value_name = "FILE")]
    tags: Option<PathBuf>,

    /// The target's record, as it lies in the state bucket; without it, nothing is remembered
    #[arg(long, value_name = "FILE")]
    incident: Option<PathBuf>,

    /// The time of the decision, such as 2026-02-18T21:48:00Z; now, if not given
    #[arg(long, value_name = "TIME", value_parser = time)]
    now: Option<Timestamp>,

    /// An account whose alarms may be acted on; the alarm's own, if none is given
    #[arg(long, value_name = "ACCOUNT")]
    allow_account: Vec<String>,

    /// A region whose alarms may be acted on; the alarm's own, if none is given
    #[arg(long, value_name = "REGION")]
    allow_region: Vec<String>,

    /// One JSON object for each record, one to a line
    #[arg(long)]
    json: bool,

    /// Stored events, messages or alarms
    #[arg(required_unless_present = "history", value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// The plan for one record of a file. The form is a contract that scripts rely on.
#[derive(Debug, PartialEq, Serialize)]
struct Plan {
    file: String,
    decision: &'static str,
    reasons: Vec<String>,
    playbook: Option<String>,
    step: Option<&'static str>,
    target: Option<String>,
    calls: Vec<PlannedCall>,
    /// What only the text has.
    #[serde(skip)]
    told: Told,
}

/// All that the plans of one call have in common.
#[derive(Debug)]
struct Planner {
    playbooks: PlaybookFile,
    state: Option<ServiceState>,
    tags: Tags,
    record: Option<TargetRecord>,
    accounts: Vec<String>,
    regions: Vec<String>,
    now: Timestamp,
    is_now_given: bool,
}

/// Plans for each file and prints one plan for each record in it.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let planner = Planner::of(arguments)?;
    if let Some(file) = &arguments.history {
        return history::run(&planner, file, &arguments.replayed, arguments.json);
    }
    for file in &arguments.files {
        for received in crate::alarm::read(file)? {
            let plan = planner.plan(&file.display().to_string(), &received.parsed);
            print(if arguments.json {
                serde_json::to_string(&plan)?
            } else {
                plan.text()
            });
        }
    }
    Ok(())
}

impl Planner {
    fn of(arguments: &Arguments) -> anyhow::Result<Self> {
        let named = |file: &Path| format!("couldn't use {}", file.display());
        let read = |file: &PathBuf| std::fs::read_to_string(file).with_context(|| named(file));
        let yaml = read(&arguments.playbook)?;
        let state = arguments
            .target_state
            .as_ref()
            .map(|file| target_state::parse(&read(file)?).with_context(|| named(file)));
        let record = arguments
            .incident
            .as_ref()
            .map(|file| serde_json::from_str(&read(file)?).with_context(|| named(file)));
        let tags = arguments
            .tags
            .as_ref()
            .map(|file| target_state::parse_tags(&read(file)?).with_context(|| named(file)));
        Ok(Self {
            tags: tags.transpose()?.unwrap_or_default(),
            playbooks: PlaybookFile::parse(&yaml).with_context(|| named(&arguments.playbook))?,
            state: state.transpose()?,
            record: record.transpose()?,
            accounts: arguments.allow_account.clone(),
            regions: arguments.allow_region.clone(),
            now: arguments.now.unwrap_or_else(|| System.now()),
            is_now_given: arguments.now.is_some(),
        })
    }

    fn plan(&self, file: &str, parsed: &Parsed) -> Plan {
        let ignored = |reason: String| Plan::new(file, "ignore", vec![reason]);
        let alarm = match parsed {
            Parsed::Alarm(alarm) => alarm,
            Parsed::Ignored(reason) => return ignored((*reason).to_owned()),
            Parsed::Rejected(rejection) => {
                let mut plan = ignored(format!("rejected: {rejection}"));
                plan.told.is_rejected = true;
                return plan;
            }
        };
        let Some((playbook, target)) = self.playbooks.matching(alarm, &self.tags) else {
            let mut plan = ignored("no playbook is for this alarm".to_owned());
            plan.reasons
                .extend(self.playbooks.nearest(alarm, &self.tags));
            return plan;
        };
        let decision = self.decide(alarm, playbook, &target);
        let count = count(&decision, playbook).filter(|_| self.state.is_none());
        let is_late = speaks(&decision, "freshness") && !self.is_now_given;
        let mut plan = Plan::new(file, "ignore", Vec::new()).with(decision);
        plan.told.count = count;
        if is_late && let Some(at) = alarm.state_changed_at {
            let at = at.strftime("%Y-%m-%dT%H:%M:%SZ");
            plan.reasons
                .push(format!("for a stored event give its time: --now {at}"));
        }
        if self.state.is_none() && plan.decision != "ignore" {
            let assumed = "no target state was given, so the target is taken for undisturbed";
            plan.reasons.push(assumed.to_owned());
        }
        if self.playbooks.defaults.dry_run && plan.decision == "remediate" {
            plan.reasons
                .push("the playbook file says dry run, so the call would not be made".to_owned());
        }
        plan.playbook = Some(playbook.name.clone());
        plan.target = Some(target.to_string());
        plan
    }

    /// What the options allow; without them, all that alarm and playbook name.
    fn policy(&self, alarm: &Alarm, playbook: &Playbook) -> Policy {
        let own = |list: &[String], own: Option<&String>| match list {
            [] => own.cloned().into_iter().collect(),
            list => list.to_vec(),
        };
        Policy {
            dry_run: false,
            paused: false,
            allowed_accounts: own(&self.accounts, alarm.account.as_ref()),
            allowed_regions: own(&self.regions, alarm.region.as_ref()),
            restart_document: Some("lambda-medic-restart-container".to_owned()),
            automations: automations(playbook),
        }
    }

    fn decide(&self, alarm: &Alarm, playbook: &Playbook, target: &Target) -> Decision {
        let policy = self
            .policy(alarm, playbook)
            .within(&self.playbooks.defaults);
        // The record of another target says nothing about this one.
        let record = self
            .record
            .clone()
            .filter(|record| record.target == *target);
        let record = record.unwrap_or_else(|| TargetRecord::new(target.clone()));
        let state = self.state.clone().map(TargetState::Service);
        let state = state.unwrap_or_else(|| target_state::undisturbed(target));
        decide(&Situation {
            alarm,
            tags: Some(&self.tags),
            alarm_now: Some(&AlarmNow::as_claimed(alarm)),
            playbook,
            target,
            defaults: &self.playbooks.defaults,
            policy: &policy,
            record: &record,
            state: Some(&state),
            load: None,
            surroundings: &Surroundings::default(),
            is_mute: self.playbooks.is_mute(playbook, self.now),
            lease: &Lease {
                request: "medic plan".to_owned(),
                until: self.now,
            },
            now: self.now,
        })
    }
}

impl Plan {
    fn new(file: &str, decision: &'static str, reasons: Vec<String>) -> Self {
        Self {
            file: file.to_owned(),
            decision,
            reasons,
            playbook: None,
            step: None,
            target: None,
            calls: Vec::new(),
            told: Told::default(),
        }
    }

    fn with(self, decision: Decision) -> Self {
        match decision {
            Decision::Ignore(reason) => Self {
                reasons: vec![reason],
                ..self
            },
            Decision::Wait(wait) => Self {
                decision: "wait",
                reasons: vec![match wait {
                    Wait::Duplicate => {
                        "another invocation has this state change in hand".to_owned()
                    }
                    Wait::OwnLease(until) => format!("an earlier try may still act until {until}"),
                }],
                ..self
            },
            Decision::Resume(incident) => Self {
                decision: "wait",
                reasons: vec![format!(
                    "what was begun for incident {incident} is finished first"
                )],
                ..self
            },
            Decision::Report(Refusal {
                reasons,
                page,
                awaits,
                ..
            }) => Self {
                decision: if awaits.is_some() { "wait" } else { "report" },
                reasons: reasons.against,
                step: page.as_ref().map(|_| "page"),
                told: Told {
                    page,
                    is_mute: awaits == Some(Await::Mute),
                    ..self.told
                },
                ..self
            },
            Decision::Remediate(decision::Plan {
                intent, reasons, ..
            }) => Self {
                decision: "remediate",
                reasons: reasons.in_favour,
                step: Some(intent.step.as_str()),
                calls: intent.calls,
                ..self
            },
        }
    }
}

/// A time as `--now` takes it.
fn time(text: &str) -> Result<Timestamp, String> {
    let time = text.parse();
    time.map_err(|_| "write it in UTC, such as 2026-02-18T21:48:00Z".to_owned())
}

/// Whether a rule stands in the way.
fn speaks(decision: &Decision, rule: &str) -> bool {
    match decision {
        Decision::Report(refusal) => refusal.reasons.rules.iter().any(|spoken| spoken == rule),
        _ => false,
    }
}

/// Offline nobody knows what the installation allows, so what the playbook names is taken for allowed.
fn automations(playbook: &Playbook) -> Vec<String> {
    let steps = playbook.steps.iter();
    let documents = steps.filter_map(|step| match step {
        Step::RunAutomation(run) => Some(run.document.clone()),
        _ => None,
    });
    documents.collect()
}

#[cfg(test)]
mod tests;
