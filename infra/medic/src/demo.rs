//! Lives through an incident: a service answers with errors, its alarm goes off, the function restarts the service, proves
//! that this helped, and says so. What is shown was observed through the APIs that anybody could have asked.

mod mails;
mod news;
mod observations;
mod promise;
mod sparkline;
mod table;
mod watch;

use jiff::{SignedDuration, Timestamp};
use shared::clock::{Clock as _, System};

use self::mails::{ALARM_MAIL, ESCALATION_MAIL, OK_MAIL, RECOVERY_MAIL, REPORT_MAIL, as_read};
use self::observations::Observations;
use self::promise::Row;
use self::table::table;
use self::watch::Watch;
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

/// How long the service is seen to be fine before it breaks, at least, in life.
const FINE: SignedDuration = SignedDuration::from_secs(20);

/// What is to be lived through.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Plot {
    /// How much faster than life.
    pub speed: Speed,
    /// Whether the restart heals the service.
    pub restarts: Restarts,
}

/// What came of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ending {
    /// Whether every promise was kept.
    pub is_as_promised: bool,
    /// The last report as a page of its own.
    pub report: Option<String>,
}

/// Sets everything up, breaks the service, watches, and shows what came of it. The error is a failure before anything could
/// be promised.
pub async fn run(project: &Project, plot: Plot, screen: &Screen) -> anyhow::Result<Ending> {
    screen.title(
        "lambda-medic on the local cloud: a service breaks, is restarted, and is proven to be well",
    );
    screen.text(&introduction(plot.speed));
    let wish = Wish {
        speed: plot.speed,
        restarts: plot.restarts,
        ..Wish::live()
    };
    let installation = Installation::set_up(project, wish, screen).await?;
    let config = installation.cloud.sdk_config();
    let record = StoredRecord::new(&config, &installation.outputs.state_bucket_name)?;

    let timeline = timeline(plot.speed, System.now());
    let traffic = begin_traffic(&installation, plot, &timeline)?;
    screen.observed(&event::traffic(&installation.scenario.load_balancer));
    let watch = Watch {
        installation: &installation,
        record: &record,
        traffic: &traffic,
        timeline,
        screen,
    };
    watch.until_zero().await;
    let fault = break_service(&traffic, plot.restarts).await?;
    screen.begin(timeline);
    screen.happened(&event::fault(fault), System.now());
    let Story { at_most, rows, .. } = Story::of(plot.restarts);
    let is_over = |seen: &Observations| {
        seen.closed_copy.is_some() && promise::are_complete(&rows(seen, &timeline))
    };
    let seen = watch.until(is_over, at_most).await?;
    let blocks = watch.blocks(System.now());
    drop(traffic);

    let rows = rows(&seen, &timeline);
    tell(&seen, plot, &record, screen);
    screen.title("The requests that succeeded, from a minute before the fault, one block for 5 s of the scenario");
    screen.text(&format!("  {blocks}"));
    screen.title("What was promised, and what was seen");
    screen.text(&table(&rows, &timeline));
    Ok(Ending {
        is_as_promised: promise::are_kept(&rows),
        report: last_report(&seen, plot),
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

fn introduction(speed: Speed) -> String {
    let period = speed.period_seconds();
    if speed == Speed::LIFE {
        return "As fast as life: periods of 60 s and a tick each minute, as on AWS.\n".to_owned();
    }
    format!(
        "{speed} times faster than life: the alarm's periods are {period} s instead of 60 s, and the function looks after what it\n\
         began every {period} s. AWS has no such tick; `medic demo --speed 1` takes its minute, and 2 x 60 s for the alarm.\n"
    )
}

/// The scenario begins with a period, after some time in which the service is seen to be fine.
fn timeline(speed: Speed, now: Timestamp) -> Timeline {
    let fine = now.saturating_add(speed.wall(FINE)).unwrap_or(now);
    let zero = speed.next_boundary(fine);
    Timeline { zero, speed }
}

/// A service that is broken from its start on would set its alarm off before the scenario begins.
fn begin_traffic(
    installation: &Installation,
    plot: Plot,
    timeline: &Timeline,
) -> anyhow::Result<Traffic> {
    let from = match plot.restarts {
        Restarts::Heal => System.now(),
        Restarts::DoNotHelp => timeline.zero,
    };
    let endpoint = &installation.scenario.load_balancer.endpoint;
    Traffic::begin(endpoint, plot.speed, from)
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

/// The mails and where everything is written down.
fn tell(seen: &Observations, plot: Plot, record: &StoredRecord, screen: &Screen) {
    for subject in Story::of(plot.restarts).mails {
        if let Some(mail) = seen.mail(subject) {
            screen.title(&format!("A mail, {}", mail.at));
            screen.text(&as_read(mail));
        }
    }
    screen.title("Where it is written down");
    screen.text(&format!("  {}", record.address()));
    let closed = seen.closed_copy.as_deref();
    screen.text(&format!(
        "  {}",
        closed.unwrap_or("there is no closed copy of the incident")
    ));
}

fn last_report(seen: &Observations, plot: Plot) -> Option<String> {
    let mails = seen.mails_by(Via::Ses, Story::of(plot.restarts).last);
    mails.last()?.html.clone()
}
