//! A container keeps the processor of its EC2 host busy, and is restarted there: by SSM Run Command, or over SSH.

mod look;
mod news;
mod observations;
mod promise;
mod seen;

use shared::clock::{Clock as _, System};

use self::look::HostWatch;
use self::observations::HostObservations;
use super::mails::{RECOVERY_MAIL, REPORT_MAIL};
use super::observations::mails_by;
use super::promise::{are_complete, are_kept};
use super::pulse::Pulse;
use super::{Ending, FINE, introduction, judge, tell, timeline};
use crate::event;
use crate::installation::{HostWish, Installation, Over};
use crate::local_cloud::Via;
use crate::project::Project;
use crate::record::StoredRecord;
use crate::scenario::host;
use crate::screen::Screen;
use crate::speed::Speed;
use crate::timeline::Moment;
use crate::traffic::Traffic;

/// The beginnings of the subjects of the alarm's own mails.
const ALARM_MAIL: &str = "ALARM: \"web-cpu-high\"";
const OK_MAIL: &str = "OK: \"web-cpu-high\"";

/// When nothing more is expected.
const AT_MOST: Moment = Moment::at(11, 0);

/// Lives through it.
pub(super) async fn run(
    project: &Project,
    speed: Speed,
    over: Over,
    screen: &Screen,
) -> anyhow::Result<Ending> {
    screen.title(
        "lambda-medic on the local cloud: a container keeps its EC2 host busy, is restarted there, and is proven to be well",
    );
    screen.text(&introduction(speed));
    let wish = HostWish::live(speed, over);
    let installation = Installation::set_up_host(project, wish, screen).await?;
    let config = installation.cloud.sdk_config();
    let bucket = &installation.outputs.state_bucket_name;
    let record = StoredRecord::of(&host::target()?, &config, bucket);

    let timeline = timeline(speed, FINE, System.now());
    let endpoint = installation.scenario.endpoint();
    let traffic = Traffic::begin(endpoint, speed, System.now())?;
    screen.observed(&event::traffic(endpoint));
    let pulse = Pulse {
        traffic: &traffic,
        timeline,
        screen,
    };
    let watch = HostWatch {
        installation: &installation,
        record: &record,
        pulse,
    };
    pulse.until_zero().await;
    traffic.switch_on("busy-loop").await?;
    screen.begin(timeline);
    let fault = "POST /fault/busy-loop: a loop in the container never ends, and requests are answered all the same";
    screen.happened(&event::fault(fault), System.now());
    let rows = |seen: &HostObservations| promise::rows(over, seen, &timeline);
    let is_over = |seen: &HostObservations| seen.closed_copy.is_some() && are_complete(&rows(seen));
    let seen = pulse.until(&watch, is_over, AT_MOST).await?;
    let blocks = pulse.blocks(System.now());

    let rows = rows(&seen);
    let written = (&record, seen.closed_copy.as_deref());
    let subjects = [ALARM_MAIL, REPORT_MAIL, OK_MAIL, RECOVERY_MAIL];
    tell(&seen.mails, subjects, written, screen);
    judge(&rows, "by", &blocks, &pulse);
    let last = mails_by(&seen.mails, Via::Ses, RECOVERY_MAIL);
    Ok(Ending {
        is_as_promised: are_kept(&rows),
        report: last.last().and_then(|mail| mail.html.clone()),
    })
}
