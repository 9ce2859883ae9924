//! A day of logs gets into S3: by export tasks, of which one loses lines, and directly while it is written; lines that come a day late
//! follow; and `medic export cat` gives back every line.
//!
//! What is real: the function in the stack of the template, its ledger, what it writes, and `medic export cat` as a process of its own.
//! What stands in: CloudWatch Logs, whose task loses lines because it is told to.

mod cat;
mod live;
mod news;
mod observations;
mod promise;
mod seen;
mod stage;
mod tell;
mod watch;

use jiff::Timestamp;
use shared::clock::{Clock as _, System};

use self::cat::Given;
use self::live::Writer;
use self::observations::{Act, ExportObservations};
use self::stage::{API, BILLING, CHECKOUT, Stage};
use super::Ending;
use super::promise::are_kept;
use super::table::rows_table;
use crate::project::Project;
use crate::scenario::export::{Line, late};
use crate::screen::Screen;
use crate::timeline::LATENCY_SECONDS;

/// How many lines come late.
const LATE: usize = 5;

/// Lives through it.
pub(super) async fn run(project: &Project, screen: &Screen) -> anyhow::Result<Ending> {
    screen.title(
        "lambda-medic on the local cloud: a day of logs gets into S3, with proof that none is missing",
    );
    screen.text(&stage::introduction());
    let stage = Stage::set_up(project, screen).await?;
    screen.begin(stage.timeline);

    let writer = Writer::begin(&stage, API);
    let watch = stage.watch();
    let yesterday = stage.yesterday;
    let seen = ExportObservations::default();
    let seen = watch
        .until(seen, "the windows of yesterday", |seen| {
            seen.is_proven(CHECKOUT, yesterday) && seen.is_proven(BILLING, yesterday)
        })
        .await?;

    let late = late(stage.lines(CHECKOUT), LATE);
    stage.groups().put(CHECKOUT, &late).await?;
    let late_at = System.now();
    screen.happened(&news::late(CHECKOUT, late.len()), late_at);
    let whole = stage.lines(CHECKOUT).len() + late.len();
    let seen = watch
        .until(seen, "the sweep to find what came late", |seen| {
            seen.is_proven(CHECKOUT, yesterday) && seen.rows(CHECKOUT, yesterday) == whole
        })
        .await?;

    let live = writer.end().await?;
    let logged = stage.lines(API).len() + live.len();
    let seen = watch
        .until(seen, "the last line", |seen| {
            seen.all_rows(API) >= logged && seen.are_sealed(API, stage.now_hour)
        })
        .await?;

    let act = Box::pin(ask(&stage, seen, (late_at, &late), &live)).await?;
    tell::tell(&stage, &act);
    screen.title("What was promised, and what was seen");
    let parts = promise::parts(&act, &stage.timeline);
    for (title, rows) in &parts {
        screen.text(&format!("  {title}\n{}\n", rows_table(rows, "by")));
    }
    screen.text(&format!(
        "  Times are minutes and seconds since the stack was complete, from the services' own timestamps, some of which are whole seconds. A\n  \
         promise counts as kept up to {LATENCY_SECONDS} s later: that much is this machine's own latency."
    ));
    Ok(Ending {
        is_as_promised: parts.iter().all(|(_, rows)| are_kept(rows)),
        report: None,
    })
}

/// Asks for everything again, as people would, and looks at what is there besides.
async fn ask(
    stage: &Stage<'_>,
    seen: ExportObservations,
    (late_at, late): (Timestamp, &[Line]),
    live: &[Line],
) -> anyhow::Result<Act> {
    stage.screen.waiting_for("medic export cat");
    let mut given = Vec::new();
    for (group, more) in [(CHECKOUT, late), (BILLING, &[]), (API, live)] {
        let logged = stage.lines(group).iter().chain(more);
        given.push(Given::by_cat(stage, group, logged).await?);
    }
    Ok(Act {
        tasks: stage.groups().tasks().await?,
        live: stage.arrivals(&seen, live).await?,
        keys: stage.installation.scenario.stored.keys("").await?,
        yesterday: stage.yesterday,
        late_at,
        late: late.len(),
        seen,
        given,
    })
}
