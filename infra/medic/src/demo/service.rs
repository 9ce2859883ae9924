//! The four-minute incident: a service answers with errors, and its deployment is restarted.

use shared::clock::{Clock as _, System};

use super::mails::{ALARM_MAIL, ESCALATION_MAIL, OK_MAIL, RECOVERY_MAIL, REPORT_MAIL};
use super::observations::{Observations, mails_by};
use super::promise::{self, Row};
use super::pulse::Pulse;
use super::watch::Watch;
use super::{Ending, introduction, judge, tell, timeline};
use crate::deployment::Restarts;
use crate::event;
use crate::installation::{Installation, Wish};
use crate::local_cloud::Via;
use crate::project::Project;
use crate::record::StoredRecord;
use crate::screen::Screen;
use crate::speed::Speed;
use crate::timeline::{Moment, Timeline};
use crate::traffic::Traffic;

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
        ..Wish::live()
    };
    let installation = Installation::set_up(project, wish, screen).await?;
    let config = installation.cloud.sdk_config();
    let record = StoredRecord::new(&config, &installation.outputs.state_bucket_name)?;

    let timeline = timeline(speed, System.now());
    let traffic = begin_traffic(&installation, restarts, &timeline)?;
    let load_balancer = &installation.scenario.load_balancer;
    screen.observed(&event::traffic(&load_balancer.endpoint));
    let pulse = Pulse {
        traffic: &traffic,
        timeline,
        screen,
    };
    let watch = Watch {
        installation: &installation,
        record: &record,
        pulse,
    };
    pulse.until_zero().await;
    let fault = break_service(&traffic, restarts).await?;
    screen.begin(timeline);
    screen.happened(&event::fault(fault), System.now());
    let story = Story::of(restarts);
    let is_over = |seen: &Observations| {
        seen.closed_copy.is_some() && promise::are_complete(&(story.rows)(seen, &timeline))
    };
    let seen = pulse.until(&watch, is_over, story.at_most).await?;
    let blocks = pulse.blocks(System.now());

    let rows = (story.rows)(&seen, &timeline);
    let written = (&record, seen.closed_copy.as_deref());
    tell(&seen.mails, story.mails, written, screen);
    judge(&rows, "seed", &blocks, &pulse);
    let last = mails_by(&seen.mails, Via::Ses, story.last);
    Ok(Ending {
        is_as_promised: promise::are_kept(&rows),
        report: last.last().and_then(|mail| mail.html.clone()),
    })
}

/// What differs between an incident that the restart heals and one that it does not.
struct Story {
    /// When nothing more is expected.
    at_most: Moment,
    rows: fn(&Observations, &Timeline) -> Vec<Row>,
    /// The beginnings of the subjects of its mails.
    mails: [&'static str; 4],
    /// The one of the last report.
    last: &'static str,
}

impl Story {
    fn of(restarts: Restarts) -> Self {
        match restarts {
            Restarts::Heal => Self {
                at_most: Moment::at(6, 0),
                rows: promise::of_recovery,
                mails: [ALARM_MAIL, REPORT_MAIL, OK_MAIL, RECOVERY_MAIL],
                last: RECOVERY_MAIL,
            },
            Restarts::DoNotHelp => Self {
                at_most: Moment::at(7, 0),
                rows: promise::of_escalation,
                mails: [ALARM_MAIL, REPORT_MAIL, OK_MAIL, ESCALATION_MAIL],
                last: ESCALATION_MAIL,
            },
        }
    }
}

/// A service that is broken from its start on would set its alarm off before the scenario begins.
fn begin_traffic(
    installation: &Installation,
    restarts: Restarts,
    timeline: &Timeline,
) -> anyhow::Result<Traffic> {
    let from = match restarts {
        Restarts::Heal => System.now(),
        Restarts::DoNotHelp => timeline.zero,
    };
    let endpoint = &installation.scenario.load_balancer.endpoint;
    Traffic::begin(endpoint, timeline.speed, from)
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
