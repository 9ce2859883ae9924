//! `medic export plan`: which log groups are exported and how, what it takes and costs, and what stands in the way.

mod found;
mod text;
mod volume;

use std::collections::HashMap;

use anyhow::Context as _;
use clap::Args;
use jiff::Timestamp;
use log_exporter::config::Config;
use log_exporter::ledger::{Group, begin, tiling};
use log_exporter::preflight::{self, Finding, Installation, Weight};
use log_exporter::rules::{Policy, Rules};
use shared::clock::{Clock as _, System};
use shared::exports::manifest::Mode;

pub use self::volume::Given;
use super::cost::{self, Estimate, Habit, Volume};
use super::reach::{Reached, WhichExport};
use crate::screen::{self, Screen};

/// What `medic export plan` is given.
#[derive(Args, Debug)]
pub struct Arguments {
    /// A setting of the function as it should be, such as `EXPORT_GROUPS=/ecs/*`; can be given more than once
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,

    /// A log group and how many GB it gets in a day, such as `/ecs/shop=2.5`; can be given more than once. AWS is not asked then
    #[arg(long = "volume", value_name = "GROUP=GB", value_parser = volume::given)]
    volumes: Vec<Given>,

    /// One JSON object for each group, one to a line, and one for the whole
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    which: WhichExport,
}

/// A log group that is exported.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// Its name.
    pub group: String,
    /// How it is exported.
    pub policy: Policy,
    /// What it gets in a day.
    pub volume: Volume,
    /// How many windows there would be to begin with now, if its export began now.
    pub windows_now: usize,
    /// What it takes and costs.
    pub estimate: Estimate,
}

/// All that is said.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The groups that are exported, the most expensive first.
    pub groups: Vec<Planned>,
    /// Groups that are chosen and cannot be exported, because their class does not let their events be read.
    pub unreadable: Vec<String>,
    /// How many groups there are in all.
    pub groups_there: usize,
    /// What is wrong with the bucket, each with its mend; `None` if nobody looked.
    pub findings: Option<Vec<Finding>>,
    /// The region, whose prices may be others.
    pub region: Option<String>,
}

/// A log group as it was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Its name.
    pub name: String,
    /// Whether it has the tag that chooses groups.
    pub has_tag: bool,
    /// Whether its class lets its events be read.
    pub can_be_read: bool,
    /// What the ledger decides by.
    pub group: Group,
    /// What it gets in a day.
    pub volume: Volume,
}

/// Tells the plan. Returns whether nothing stands in the way.
pub async fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    let now = System.now();
    let plan = if arguments.volumes.is_empty() {
        online(arguments, now).await?
    } else {
        offline(arguments, now)?
    };
    if arguments.json {
        for planned in &plan.groups {
            screen::print(serde_json::to_string(&text::facts(planned))?);
        }
        screen::print(serde_json::to_string(&text::whole(&plan))?);
    } else {
        screen::show(text::told(&plan));
    }
    let findings = plan.findings.unwrap_or_default();
    Ok(findings
        .iter()
        .all(|finding| finding.weight == Weight::Remark))
}

/// For the groups that are given, with the settings that are given.
fn offline(arguments: &Arguments, now: Timestamp) -> anyhow::Result<Plan> {
    let needed = ["STATE_BUCKET", "EXPORT_BUCKET", "AWS_REGION"];
    let mut settings: HashMap<String, String> = needed
        .map(|name| (name.to_owned(), "not-asked".to_owned()))
        .into();
    // Whoever gives groups means that they are exported.
    settings.insert("EXPORT_GROUPS".to_owned(), "*".to_owned());
    settings.extend(arguments.settings.iter().cloned());
    let rules = rules(settings)?;
    let found = arguments.volumes.iter().map(|given| Found {
        name: given.group.clone(),
        has_tag: false,
        can_be_read: true,
        group: Group {
            created_at: Timestamp::UNIX_EPOCH,
            retention: None,
            exists: true,
        },
        volume: given.volume,
    });
    Ok(plan(found.collect(), &rules, now))
}

/// For the groups that there are, with the deployed function's settings.
async fn online(arguments: &Arguments, now: Timestamp) -> anyhow::Result<Plan> {
    let reached = Reached::find(&arguments.which).await?;
    let (mut settings, account) = reached.deployed().await?;
    settings.extend(arguments.settings.iter().cloned());
    let rules = rules(settings)?;
    let bucket = reached.export_bucket().await?;
    // How many groups there are is not known before they are listed: a sign of life, and no bar.
    let screen = Screen::stderr();
    screen.waiting_for("the log groups");
    let listed = found::groups(&reached.sources(&bucket), &rules).await?;
    let chosen = listed.chosen.iter().map(|(group, _)| group.name.as_str());
    screen.waiting_for("how much they get");
    let volumes = volume::of(reached.aws(), chosen, now).await?;
    let found = listed.chosen.into_iter().map(|(group, has_tag)| Found {
        has_tag,
        can_be_read: group.can_be_read,
        group: Group {
            created_at: group.created_at,
            retention: group.retention,
            exists: true,
        },
        volume: volumes.get(&group.name).copied().unwrap_or(Volume {
            bytes: 0.0,
            events: 0.0,
        }),
        name: group.name,
    });
    let installation = Installation {
        bucket: bucket.clone(),
        account,
        region: reached.region(),
    };
    screen.waiting_for("the settings of the bucket");
    let findings = preflight::look(&reached.sources(&bucket), &installation).await;
    drop(screen);
    Ok(Plan {
        groups_there: listed.there,
        findings: Some(findings),
        region: Some(reached.region()),
        ..plan(found.collect(), &rules, now)
    })
}

fn rules(settings: HashMap<String, String>) -> anyhow::Result<Rules> {
    let config = Config::from_vars(settings).context("couldn't use the settings")?;
    Ok(config.rules)
}

/// What is exported of the groups that there are, and what it takes.
pub fn plan(found: Vec<Found>, rules: &Rules, now: Timestamp) -> Plan {
    let groups_there = found.len();
    let mut unreadable = Vec::new();
    let mut groups = Vec::new();
    for Found {
        name,
        has_tag,
        can_be_read,
        group,
        volume,
    } in found
    {
        let Some(policy) = rules.policy(&name, has_tag) else {
            continue;
        };
        if !can_be_read {
            unreadable.push(name);
            continue;
        }
        let from = begin(&group, rules, now);
        let windows = tiling(from, (policy.mode, &group), (rules, now), usize::MAX);
        let settled = |end: Timestamp| match policy.mode {
            Mode::ExportTask => now.duration_since(end) >= rules.settle,
            Mode::Direct => true,
        };
        let habit = Habit {
            mode: policy.mode,
            count_by: rules.count_by,
            sweep_every: rules.sweep_every,
            retention: group.retention,
        };
        groups.push(Planned {
            group: name,
            policy,
            volume,
            windows_now: windows
                .iter()
                .filter(|window| settled(window.end()))
                .count(),
            estimate: cost::estimate(volume, habit),
        });
    }
    groups.sort_by(|one, other| {
        let (one_total, other_total) = (one.estimate.cost.total(), other.estimate.cost.total());
        let dearest_first = other_total.total_cmp(&one_total);
        dearest_first.then_with(|| one.group.cmp(&other.group))
    });
    Plan {
        groups,
        unreadable,
        groups_there,
        findings: None,
        region: None,
    }
}

fn setting(text: &str) -> Result<(String, String), String> {
    let setting = text.split_once('=').filter(|(name, _)| !name.is_empty());
    let (name, value) = setting.ok_or("use NAME=VALUE, such as DIRECT_GROUPS=/ecs/shop")?;
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests;
