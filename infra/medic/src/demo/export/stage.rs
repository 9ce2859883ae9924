//! Groups with a day of logs, and an exporter over them.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use shared::clock::{Clock as _, System};
use shared::exports::manifest::Proof;
use shared::exports::window::{Window, hour_of};

use super::observations::{Arrival, ExportObservations};
use super::watch::Watch;
use crate::deployment::Exporter;
use crate::installation::{ExportWish, Installation};
use crate::local_cloud::LogFault;
use crate::project::Project;
use crate::scenario::export::{ExportScenario, Groups, Line, day};
use crate::screen::Screen;
use crate::speed::Speed;
use crate::timeline::Timeline;

/// Exported by tasks.
pub(super) const CHECKOUT: &str = "/shop/checkout";

/// Exported by tasks, the first of which loses lines.
pub(super) const BILLING: &str = "/shop/billing";

/// Exported directly.
pub(super) const API: &str = "/shop/api";

/// On the list of what is never exported.
pub(super) const PAYROLL: &str = "/shop/payroll";

/// How many lines the task loses.
pub(super) const LOST: u32 = 7;

/// How often the function looks after its exports here, in seconds.
pub(super) const TICK_SECONDS: i64 = 3;

/// So many times shorter the waits of the function are here: an hour before another attempt becomes five seconds.
const PACE: u32 = 720;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// All of it. It goes with this value.
pub(super) struct Stage<'a> {
    pub(super) installation: Installation<ExportScenario>,
    pub(super) timeline: Timeline,
    /// The day whose logs were there before the installation.
    pub(super) yesterday: Window,
    /// The hour in which the installation was made.
    pub(super) now_hour: Timestamp,
    pub(super) screen: &'a Screen,
    lines: BTreeMap<&'static str, Vec<Line>>,
}

/// What AWS does not have of it.
pub(super) fn introduction() -> String {
    format!(
        "Faster than life: a tick each {TICK_SECONDS} s instead of each 5 minutes, export tasks that take seconds, no 12 hours until a day can be exported,\n\
         and all waits of the function {PACE} times shorter, so that an hour before another attempt is {} s.\n",
        HOUR.as_secs() / i64::from(PACE)
    )
}

impl<'a> Stage<'a> {
    /// Sets it up and shows each part as it is ready.
    pub(super) async fn set_up(project: &Project, screen: &'a Screen) -> anyhow::Result<Self> {
        let now_hour = hour_of(System.now());
        let yesterday = day_before(now_hour)?;
        let (begin, end) = (yesterday.start(), yesterday.end());
        let lines = [
            (CHECKOUT, 6_000, end),
            (BILLING, 2_500, end),
            (API, 1_200, now_hour),
            (PAYROLL, 50, end),
        ];
        let lines = lines.map(|(group, number, until)| (group, day(group, number, (begin, until))));
        let wish = ExportWish {
            groups: lines.to_vec(),
            exporter: exporter(now_hour.duration_since(begin)),
            faults: vec![LogFault {
                value: LOST,
                ..LogFault::once("task_loses_lines", BILLING)
            }],
            cloud: vec![("LOGS_EXPORT_SECONDS", "2".to_owned())],
        };
        let installation = Installation::set_up_export(project, wish, screen).await?;
        let speed = Speed::LIFE;
        let zero = System.now();
        Ok(Self {
            installation,
            timeline: Timeline { zero, speed },
            yesterday,
            now_hour,
            screen,
            lines: lines.into(),
        })
    }

    /// What a group logged before the installation.
    pub(super) fn lines(&self, group: &str) -> &[Line] {
        self.lines.get(group).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn groups(&self) -> &Groups {
        &self.installation.scenario.groups
    }

    pub(super) fn watch(&self) -> Watch<'_> {
        Watch {
            scenario: &self.installation.scenario,
            screen: self.screen,
        }
    }

    /// How long each of the lines that were logged meanwhile took from CloudWatch Logs to S3.
    pub(super) async fn arrivals(
        &self,
        seen: &ExportObservations,
        live: &[Line],
    ) -> anyhow::Result<Vec<Arrival>> {
        let mut arrivals = Vec::new();
        let first = live.first().map(|line| line.at.as_millisecond());
        // The parts of an hour that is over were put together since.
        let open = seen
            .manifests_of(API)
            .filter(|found| found.proof == Proof::Open);
        let parts = open.flat_map(|found| &found.output.parts);
        for part in parts.filter(|part| part.hour >= self.now_hour) {
            let (written_at, rows) = self.installation.scenario.stored.rows(part).await?;
            let live = rows.iter().filter(|row| Some(row.timestamp_ms) >= first);
            arrivals.extend(live.filter_map(|row| {
                let ingested_at = Timestamp::from_millisecond(row.ingestion_ms?).ok()?;
                Some(Arrival {
                    ingested_at,
                    written_at,
                })
            }));
        }
        Ok(arrivals)
    }
}

/// The whole UTC day before that of `now`.
fn day_before(now: Timestamp) -> anyhow::Result<Window> {
    let seconds_a_day = 24 * HOUR.as_secs();
    let today = now.as_second().div_euclid(seconds_a_day) * seconds_a_day;
    let days = [today - seconds_a_day, today].map(Timestamp::from_second);
    let [start, end] = days;
    Ok(Window::new(start?, end?)?)
}

/// An exporter whose exports begin so long before it.
fn exporter(reach_back: SignedDuration) -> Exporter {
    let days = reach_back.as_secs_f64() / (24.0 * HOUR.as_secs_f64());
    Exporter {
        groups: vec!["/shop/*".to_owned()],
        settings: BTreeMap::from([
            ("ExportDirectGroups", API.to_owned()),
            ("ExportDeny", PAYROLL.to_owned()),
            ("ExportReachBackDays", format!("{days:.6}")),
            ("ExportSettleHours", "0".to_owned()),
            ("ExportSealMinutes", "0".to_owned()),
            ("ExportSweepHours", "2".to_owned()),
            ("ExportSchedule", format!("rate({TICK_SECONDS} seconds)")),
            ("ExportPace", PACE.to_string()),
        ]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yesterday_is_a_whole_day() {
        let yesterday = day_before("2026-02-18T00:00:00Z".parse().unwrap()).unwrap();
        assert_eq!(
            [yesterday.start(), yesterday.end()].map(|at| at.to_string()),
            ["2026-02-17T00:00:00Z", "2026-02-18T00:00:00Z"]
        );
    }
}
