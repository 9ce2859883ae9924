//! The four-minute incident: a service answers with errors, and its deployment is restarted.

use std::collections::BTreeMap;

use shared::clock::{Clock as _, System};

use super::mails::{ALARM_MAIL, ESCALATION_MAIL, OK_MAIL, RECOVERY_MAIL, REPORT_MAIL};
use super::observations::Observations;
use super::promise::{self, Row};
use super::stage::{Stage, Users};
use super::{Ending, introduction, judge, tell};
use crate::deployment::{Analyst, Exporter, Restarts};
use crate::installation::Wish;
use crate::project::Project;
use crate::screen::Screen;
use crate::speed::Speed;
use crate::timeline::{Moment, Timeline};
use crate::traffic::Traffic;

/// The log groups of services on ECS.
const LOGS: &str = "/ecs/*";

/// So many times shorter than in life the exporter's waits are, beside the speed: the log group is younger than the exporter, which looks
/// for new ones each hour.
const PACE: u32 = 60;

/// Lives through it.
pub(super) async fn run(
    project: &Project,
    speed: Speed,
    restarts: Restarts,
    screen: &Screen,
) -> anyhow::Result<Ending> {
    screen.title(
        "lambda-medic on the local cloud: a service breaks, is restarted, and is proven to be well",
    );
    screen.text(&introduction(speed));
    let wish = Wish {
        speed,
        restarts,
        analyst: Analyst::Installed,
        exporter: exporter(speed),
        ..Wish::live()
    };
    let users = match restarts {
        Restarts::Heal => Users::Now,
        Restarts::DoNotHelp => Users::AtZero,
    };
    let stage = Stage::set_up(project, wish, users, screen).await?;
    let (pulse, timeline) = (stage.pulse(), stage.timeline);
    stage.until_zero().await;
    stage.broken(break_service(&stage.traffic, restarts).await?);
    let story = Story::of(restarts);
    let is_over = |seen: &Observations| {
        seen.closed_copy.is_some() && promise::are_complete(&(story.rows)(seen, &timeline))
    };
    let watch = stage.watch(&stage.installation.scenario.errors_alarm);
    let seen = pulse.until(&watch, is_over, story.at_most).await?;
    let blocks = pulse.blocks(System.now());

    let rows = (story.rows)(&seen, &timeline);
    let written = (&stage.record, seen.closed_copy.as_deref());
    tell(&seen.mails, story.mails, written, screen);
    let page = stage.tell_findings(&seen).await?;
    judge(&rows, "seed", &blocks, &pulse);
    let is_as_promised = promise::are_kept(&rows);
    Ok(Ending {
        is_as_promised,
        report: page,
    })
}

/// The log of the service is exported directly, tick by tick.
fn exporter(speed: Speed) -> Exporter {
    let schedule = speed.tick_schedule();
    let schedule = schedule.unwrap_or_else(|| "rate(1 minute)".to_owned());
    Exporter {
        groups: vec![LOGS.to_owned()],
        settings: BTreeMap::from([
            ("ExportDirectGroups", LOGS.to_owned()),
            ("ExportSchedule", schedule),
            ("ExportPace", (PACE * speed.factor()).to_string()),
        ]),
    }
}

/// What differs between an incident that the restart heals and one that it does not.
struct Story {
    /// When nothing more is expected.
    at_most: Moment,
    rows: fn(&Observations, &Timeline) -> Vec<Row>,
    /// The beginnings of the subjects of its mails.
    mails: [&'static str; 4],
}

impl Story {
    fn of(restarts: Restarts) -> Self {
        match restarts {
            Restarts::Heal => Self {
                at_most: Moment::at(6, 0),
                rows: promise::of_recovery,
                mails: [ALARM_MAIL, REPORT_MAIL, OK_MAIL, RECOVERY_MAIL],
            },
            Restarts::DoNotHelp => Self {
                at_most: Moment::at(7, 0),
                rows: promise::of_escalation,
                mails: [ALARM_MAIL, REPORT_MAIL, OK_MAIL, ESCALATION_MAIL],
            },
        }
    }
}

/// Returns what is wrong from now on.
async fn break_service(traffic: &Traffic, restarts: Restarts) -> anyhow::Result<&'static str> {
    match restarts {
        Restarts::Heal => {
            traffic.break_service().await?;
            Ok("POST /fault/null-cart: the running task loses half of the carts")
        }
        Restarts::DoNotHelp => {
            Ok("FAULT=null-cart: each task loses half of the carts at its start")
        }
    }
}
