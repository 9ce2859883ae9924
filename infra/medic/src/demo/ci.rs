//! A failing CI run: its log is collected, read and explained; a draft pull request repairs what failed, or an issue tells of it.
//!
//! What is real: the tests and their output, the collector's script, the function in the stack of the template, its patch gate, its App's
//! signatures, the pull request's files on which the tests run again. What stands in: GitHub, AWS and its command line, each said so in
//! its own head; and the model, unless one is named: then its answers come from a script, and every answer says so.

mod bucket;
mod collect;
mod files;
mod github;
mod news;
mod observations;
mod promise;
mod runner;
mod seen;
mod stage;
mod tell;
mod watch;

use jiff::Timestamp;

use self::files::{Files, HOSTILE_BRANCH, REPOSITORY, attacked, shop};
use self::observations::Act;
use self::promise::{Mind, of_attack, of_bug, of_duplicate};
use self::runner::run_tests;
use self::stage::{Stage, keys};
use self::tell::{diff, tell};
use super::Ending;
use super::promise::{Row, are_kept, no_time};
use super::table::rows_table;
use crate::installation::LlmServer;
use crate::project::Project;
use crate::screen::Screen;
use crate::speed::Speed;
use crate::timeline::{LATENCY_SECONDS, Timeline};

/// The runs of the workflow.
const BUGGY_RUN: u64 = 41;
const HOSTILE_RUN: u64 = 42;

/// Lives through it. `llm` is asked instead of the script.
pub(super) async fn run(
    project: &Project,
    llm: Option<&LlmServer>,
    screen: &Screen,
) -> anyhow::Result<Ending> {
    screen.title(
        "lambda-medic on the local cloud: a CI run fails, its log is read, and a draft pull request repairs it",
    );
    screen.text(&introduction(llm));
    let mind = if llm.is_some() {
        Mind::Real
    } else {
        Mind::Scripted
    };
    let stage = Stage::set_up(project, llm, screen).await?;

    let (bug, timeline) = Box::pin(buggy_run(&stage)).await?;
    let repeat = Box::pin(repeat(&stage, &bug)).await?;
    let (attack, attack_timeline) = Box::pin(hostile_run(&stage)).await?;
    let page = stage.buckets.page(&bug.keys).await?;

    tell(&stage, &bug, &attack);
    let parts = [
        (
            "A test fails because of a bug",
            of_bug(mind, &bug, &timeline),
        ),
        ("The same log again", repeat.to_vec()),
        (
            "A log that gives orders",
            of_attack(mind, &attack, &attack_timeline),
        ),
        ("All the time", vec![only_what_github_knows(&stage)]),
    ];
    screen.title("What was promised, and what was seen");
    for (title, rows) in &parts {
        screen.text(&format!("  {title}\n{}\n", rows_table(rows, "by")));
    }
    screen.text(&format!(
        "  Times are minutes and seconds since the tests failed, from the services' own timestamps, some of which are whole seconds. A promise\n  \
         counts as kept up to {LATENCY_SECONDS} s later: that much is this machine's own latency."
    ));
    let is_as_promised = parts.iter().all(|(_, rows)| are_kept(rows));
    Ok(Ending {
        is_as_promised,
        report: page,
    })
}

fn introduction(llm: Option<&LlmServer>) -> String {
    let model = match llm {
        Some(server) => format!("The model is {server:?}: what it says is not known beforehand."),
        None => "The model is a script (scripted: no model was asked). Its diff was prepared; `--llm URL --llm-model NAME` asks a real one."
            .to_owned(),
    };
    format!(
        "GitHub is a stand-in with state on this machine. The tests of {REPOSITORY} really run, before and after.\n{model}\n"
    )
}

/// The tests fail on `main`, and what follows.
async fn buggy_run(stage: &Stage<'_>) -> anyhow::Result<(Act, Timeline)> {
    let (files, sha) = (shop(), stage.main.clone());
    let (mut act, timeline) =
        Box::pin(failing_run(stage, BUGGY_RUN, ("main", &sha), &files)).await?;
    if let [pull, ..] = act.new_pulls() {
        let sha = pull.head.sha.clone();
        let whose = format!(
            "pull request #{}, checked out at {}",
            pull.number,
            short(&sha)
        );
        let proposed = stage.github.checkout(&sha).await?;
        let proven = run_tests(stage.project, &proposed).await?;
        stage
            .screen
            .happened(&news::tests(&proven, &whose), proven.at);
        act.diff = diff(&files, &proposed);
        act.proven = Some(proven);
    }
    Ok((act, timeline))
}

/// Somebody pushes a branch whose failing test speaks to whoever reads its log.
async fn hostile_run(stage: &Stage<'_>) -> anyhow::Result<(Act, Timeline)> {
    let files = attacked();
    let sha = stage.push(HOSTILE_BRANCH, &files);
    let detail = format!(
        "{HOSTILE_BRANCH} at {}: its test's message tells the assistant what to do",
        short(&sha)
    );
    stage.screen.observed(&news::bad("push", detail));
    Box::pin(failing_run(
        stage,
        HOSTILE_RUN,
        (HOSTILE_BRANCH, &sha),
        &files,
    ))
    .await
}

/// The tests really run; GitHub has the run and its log, the collector uploads it, and everything else happens by itself.
async fn failing_run(
    stage: &Stage<'_>,
    run: u64,
    (branch, sha): (&str, &str),
    files: &Files,
) -> anyhow::Result<(Act, Timeline)> {
    let keys = keys(run);
    let before = Box::pin(stage.watch().look(&keys)).await?;
    stage.screen.waiting_for("the tests");
    let tests = run_tests(stage.project, files).await?;
    let timeline = since(tests.at);
    stage.screen.begin(timeline);
    let whose = format!("run {run} of {branch} at {}", short(sha));
    stage
        .screen
        .happened(&news::tests(&tests, &whose), tests.at);
    stage.end_run(run, (branch, sha), &tests);
    stage.collect(run).await?;
    let now = stage.watch().until_settled(&keys, &before).await?;
    let act = Act {
        tests,
        keys,
        before,
        now,
        proven: None,
        diff: String::new(),
    };
    Ok((act, timeline))
}

/// The collector runs again, and somebody puts the same log into its place by hand.
async fn repeat(stage: &Stage<'_>, bug: &Act) -> anyhow::Result<[Row; 3]> {
    let said = stage.collect(BUGGY_RUN).await?;
    stage.buckets.upload_again(&bug.keys).await?;
    stage
        .screen
        .waiting_for("the function to be done with the same log");
    let now = stage.watch().until_settled(&bug.keys, &bug.now).await?;
    let is_settled = now.is_settled(&bug.keys);
    Ok(of_duplicate(
        &said,
        is_settled,
        (bug.now.counts(), now.counts()),
    ))
}

/// The stand-in holds each request against GitHub's own description.
fn only_what_github_knows(stage: &Stage<'_>) -> Row {
    let violations = stage.hub.take_violations();
    no_time(
        "only requests that GitHub describes",
        match violations.as_slice() {
            [] => Ok("each has the form of GitHub's OpenAPI description".to_owned()),
            violations => Err(violations.join("; ")),
        },
    )
}

fn since(zero: Timestamp) -> Timeline {
    let speed = Speed::LIFE;
    Timeline { zero, speed }
}

fn short(sha: &str) -> &str {
    sha.get(..7).unwrap_or(sha)
}
