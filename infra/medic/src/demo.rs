//! Lives through an incident: something breaks, its alarm goes off, the function restarts it, proves that this helped, and
//! says so. What is shown was observed through the APIs that anybody could have asked.

mod ci;
mod export;
mod exported;
mod findings;
mod host;
mod leak;
mod mails;
mod news;
mod observations;
mod promise;
mod pulse;
mod release;
mod service;
mod sparkline;
mod stage;
mod table;
mod watch;

use jiff::{SignedDuration, Timestamp};

use self::mails::as_read;
use self::promise::Row;
use self::pulse::Pulse;
use self::table::table;
use crate::deployment::Restarts;
use crate::installation::{LlmServer, Over};
use crate::local_cloud::Mail;
use crate::project::Project;
use crate::record::StoredRecord;
use crate::screen::Screen;
use crate::speed::Speed;
use crate::timeline::Timeline;

/// How long what is watched is seen to be fine before it breaks, at least, in life.
const FINE: SignedDuration = SignedDuration::from_secs(20);

/// What is to be lived through.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Plot {
    /// How much faster than life.
    pub speed: Speed,
    /// What breaks.
    pub scenario: Scenario,
}

/// What breaks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Scenario {
    /// A service on ECS loses half of its carts, and a restart heals it or does not.
    FourMinuteIncident(Restarts),
    /// Somebody deploys a version of the service that lacks a setting, and it is rolled back.
    BadDeployment,
    /// The service keeps more and more in memory, and its deployment is restarted.
    MemoryLeak,
    /// A container on an EC2 host keeps the processor busy, and the function reaches the host this way.
    Ec2Container(Over),
    /// A test of a repository fails, always as fast as life; this model is asked instead of a script.
    FailingCi(Option<LlmServer>),
    /// A day of logs is exported to S3, and one task of it loses lines.
    Export,
}

/// What came of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ending {
    /// Whether every promise was kept.
    pub is_as_promised: bool,
    /// The last report as a page of its own.
    pub report: Option<String>,
}

/// Sets everything up, breaks it, watches, and shows what came of it. The error is a failure before anything could be
/// promised.
pub async fn run(project: &Project, plot: Plot, screen: &Screen) -> anyhow::Result<Ending> {
    match plot.scenario {
        Scenario::FourMinuteIncident(restarts) => {
            Box::pin(service::run(project, plot.speed, restarts, screen)).await
        }
        Scenario::BadDeployment => Box::pin(release::run(project, plot.speed, screen)).await,
        Scenario::MemoryLeak => Box::pin(leak::run(project, plot.speed, screen)).await,
        Scenario::Ec2Container(over) => {
            Box::pin(host::run(project, plot.speed, over, screen)).await
        }
        Scenario::FailingCi(llm) => Box::pin(ci::run(project, llm.as_ref(), screen)).await,
        Scenario::Export => Box::pin(export::run(project, screen)).await,
    }
}

/// How fast it goes, and what of that AWS does not have.
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

/// The scenario begins with a period, after some time in which all is seen to be fine.
fn timeline(speed: Speed, fine: SignedDuration, now: Timestamp) -> Timeline {
    let fine = now.saturating_add(speed.wall(fine)).unwrap_or(now);
    let zero = speed.next_boundary(fine);
    Timeline { zero, speed }
}

/// The mails with these beginnings of their subjects, and where everything is written down.
fn tell(
    mails: &[Mail],
    subjects: [&str; 4],
    (record, closed_copy): (&StoredRecord, Option<&str>),
    screen: &Screen,
) {
    for subject in subjects {
        let mut mails = mails.iter();
        if let Some(mail) = mails.find(|mail| mail.subject.starts_with(subject)) {
            screen.title(&format!("A mail, {}", mail.at));
            screen.text(&as_read(mail));
        }
    }
    screen.title("Where it is written down");
    screen.text(&format!("  {}", record.address()));
    let closed_copy = closed_copy.unwrap_or("there is no closed copy of the incident");
    screen.text(&format!("  {closed_copy}"));
}

/// How the users fared, and which promises were kept; `promised` is the head of the column with their times.
fn judge(rows: &[Row], promised: &str, blocks: &str, pulse: &Pulse<'_>) {
    let screen = pulse.screen;
    screen.title("The requests that succeeded, from a minute before the fault, one block for 5 s of the scenario");
    screen.text(&format!("  {blocks}"));
    screen.title("What was promised, and what was seen");
    screen.text(&table(rows, promised, &pulse.timeline));
}
