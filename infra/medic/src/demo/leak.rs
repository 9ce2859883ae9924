//! A memory leak: the service keeps something of each visit, nobody notices, and it is restarted before its memory is full.

mod look;
mod promise;

use aws_sdk_cloudwatch::types::StateValue;
use jiff::SignedDuration;
use shared::clock::{Clock as _, System};

use self::look::{LeakObservations, LeakWatch};
use super::mails::{RECOVERY_MAIL, REPORT_MAIL};
use super::promise::{are_complete, are_kept};
use super::stage::{Stage, Users};
use super::{Ending, introduction, judge, tell};
use crate::deployment::Analyst;
use crate::event;
use crate::installation::{Installation, Wish};
use crate::poll::TimeLimit;
use crate::project::Project;
use crate::screen::Screen;
use crate::speed::Speed;
use crate::timeline::Moment;

/// The beginnings of the subjects of the alarm's own mails.
const ALARM_MAIL: &str = "ALARM: \"checkout-memory-high\"";
const OK_MAIL: &str = "OK: \"checkout-memory-high\"";

/// How long the service is seen to be fine, at least, in life: without some points of what is usual nobody can say that memory grows.
const FINE: SignedDuration = SignedDuration::from_mins(2);

/// When nothing more is expected.
const AT_MOST: Moment = Moment::at(12, 0);

/// Lives through it.
pub(super) async fn run(
    project: &Project,
    speed: Speed,
    screen: &Screen,
) -> anyhow::Result<Ending> {
    screen.title(
        "lambda-medic on the local cloud: a service needs more and more memory, and is restarted before it has none left",
    );
    screen.text(&introduction(speed));
    let wish = Wish {
        speed,
        playbook: Some(project.shop_playbook()),
        analyst: Analyst::Installed,
        ..Wish::live()
    };
    let installation = Box::pin(Installation::set_up(project, wish, screen)).await?;
    let topic = &installation.outputs.alerts_topic_arn;
    let alarm = installation.scenario.create_memory_alarm(topic, speed);
    let alarm = alarm.await?;
    screen.waiting_for("the alarm on the memory to be evaluated");
    let fine = alarm.wait_for(
        &StateValue::Ok,
        TimeLimit::of(speed.wall(SignedDuration::from_mins(5))),
    );
    screen.observed(&event::alarm(&fine.await?));
    let stage = Stage::of(installation, (speed, FINE), Users::Now, screen)?;
    let (pulse, timeline) = (stage.pulse(), stage.timeline);
    stage.until_zero().await;
    stage.traffic.switch_on("memory-leak").await?;
    stage.broken("POST /fault/memory-leak: the running task keeps 1.75 MiB of each visit, and answers all the same");
    let watch = LeakWatch(stage.watch(&alarm));
    let rows = |seen: &LeakObservations| promise::rows(seen, &timeline);
    let is_over = |seen: &LeakObservations| {
        seen.of_service.closed_copy.is_some() && are_complete(&rows(seen))
    };
    let seen = pulse.until(&watch, is_over, AT_MOST).await?;
    let blocks = pulse.blocks(System.now());

    let rows = rows(&seen);
    let seen = seen.of_service;
    let written = (&stage.record, seen.closed_copy.as_deref());
    let subjects = [ALARM_MAIL, REPORT_MAIL, OK_MAIL, RECOVERY_MAIL];
    tell(&seen.mails, subjects, written, screen);
    let page = stage.tell_findings(&seen).await?;
    judge(&rows, "by", &blocks, &pulse);
    Ok(Ending {
        is_as_promised: are_kept(&rows),
        report: page,
    })
}
