//! A bad deployment: somebody deploys a version that lacks a setting, its health checks pass, half of its requests fail, and the
//! former version comes back.

mod look;
mod promise;

use jiff::SignedDuration;
use shared::clock::{Clock as _, System};

use self::look::{ReleaseObservations, ReleaseWatch};
use super::mails::{ALARM_MAIL, OK_MAIL, RECOVERY_MAIL, ROLLBACK_MAIL};
use super::promise::{are_complete, are_kept};
use super::stage::{Stage, Users};
use super::{Ending, introduction, judge, tell};
use crate::deployment::Analyst;
use crate::installation::{Installation, Wish};
use crate::project::Project;
use crate::screen::Screen;
use crate::speed::Speed;
use crate::timeline::Moment;

/// How long the service is seen to be fine, at least, in life: what is deployed within seconds of a service's creation counts as made
/// with it, by the function as well.
const FINE: SignedDuration = SignedDuration::from_mins(2);

/// When nothing more is expected.
const AT_MOST: Moment = Moment::at(8, 0);

/// Lives through it.
pub(super) async fn run(
    project: &Project,
    speed: Speed,
    screen: &Screen,
) -> anyhow::Result<Ending> {
    screen.title(
        "lambda-medic on the local cloud: somebody deploys a version that lacks a setting, and the former version comes back",
    );
    screen.text(&introduction(speed));
    let wish = Wish {
        speed,
        playbook: Some(project.shop_playbook()),
        analyst: Analyst::Installed,
        ..Wish::live()
    };
    let installation = Box::pin(Installation::set_up(project, wish, screen)).await?;
    let stage = Stage::of(installation, (speed, FINE), Users::Now, screen)?;
    let (pulse, timeline) = (stage.pulse(), stage.timeline);
    stage.until_zero().await;
    let deployed = stage.installation.scenario.deploy_second_release().await?;
    stage.broken(&format!(
        "UpdateService: somebody deploys {} over {}; it needs VOUCHER_PERCENT, which nobody set",
        deployed.to, deployed.from
    ));
    let watch = ReleaseWatch {
        of_service: stage.watch(&stage.installation.scenario.errors_alarm),
        deployed,
    };
    let rows = |seen: &ReleaseObservations| promise::rows(seen, &timeline);
    let is_over = |seen: &ReleaseObservations| {
        seen.of_service.closed_copy.is_some() && are_complete(&rows(seen))
    };
    let seen = pulse.until(&watch, is_over, AT_MOST).await?;
    let blocks = pulse.blocks(System.now());

    let rows = rows(&seen);
    let seen = seen.of_service;
    let written = (&stage.record, seen.closed_copy.as_deref());
    let subjects = [ALARM_MAIL, ROLLBACK_MAIL, OK_MAIL, RECOVERY_MAIL];
    tell(&seen.mails, subjects, written, screen);
    let page = stage.tell_findings(&seen).await?;
    judge(&rows, "by", &blocks, &pulse);
    Ok(Ending {
        is_as_promised: are_kept(&rows),
        report: page,
    })
}
