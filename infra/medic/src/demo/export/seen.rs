//! Looks for each promise among what was seen: when it happened, and what it was; or what is missing.

use std::collections::BTreeSet;
use std::ops::Bound;

use jiff::Timestamp;
use shared::exports::layout::group_in_key;
use shared::exports::manifest::{Manifest, Proof, SourceCount};
use shared::outbound::Quoted;

use super::observations::{Act, Arrival, is_proven};
use super::stage::{API, BILLING, CHECKOUT, PAYROLL, TICK_SECONDS};
use crate::demo::promise::seen::{Sight, seen};
use crate::scenario::export::SeenTask;
use crate::timeline::Timeline;

/// The `nth` task of a group, from 0, which has to be complete in the service's words.
pub(super) fn task(act: &Act, group: &str, nth: usize) -> Sight {
    let mut tasks = act.tasks.iter().filter(|task| task.group == group);
    let task = tasks.nth(nth).ok_or("there is no such task")?;
    match (task.status.as_str(), task.completed_at) {
        ("COMPLETED", Some(at)) => seen(at, format!("task {} is COMPLETED", task.id)),
        (other, _) => Err(format!("task {} is {other}", task.id)),
    }
}

pub(super) fn counted(act: &Act, group: &str) -> Sight {
    let found = act.seen.first_told(group, act.yesterday, is_proven);
    let found = found.ok_or("it is not proven")?;
    let source = found.source.as_ref();
    let source = source.ok_or("its manifest has no count of the source")?;
    if found.proof != Proof::Counted {
        return Err(format!("its proof is {:?}", found.proof));
    }
    if found.output.hours() != source.hours {
        return Err("its hours differ from those of the source".to_owned());
    }
    let (rows, hours) = (found.output.rows(), source.hours.len());
    let what = format!(
        "{rows} rows, {} events, in {hours} hours; attempt {}",
        source.events(),
        found.attempt
    );
    seen(found.written_at, what)
}

pub(super) fn suspect(act: &Act, _: &Timeline) -> Sight {
    let is_suspect = |found: &Manifest| matches!(found.proof, Proof::Suspect { .. });
    let found = act.seen.first_told(BILLING, act.yesterday, is_suspect);
    let found = found.ok_or("no manifest said so")?;
    match &found.proof {
        Proof::Suspect { reason } => seen(found.written_at, Quoted::line(reason).to_string()),
        other => Err(format!("its proof is {other:?}")),
    }
}

pub(super) fn swept(act: &Act, _: &Timeline) -> Sight {
    let all = |found: &Manifest| {
        let rows = found.output.rows();
        let source = found.source.as_ref().map(SourceCount::events);
        is_proven(found) && found.written_at >= act.late_at && source == Some(rows)
    };
    let before = act.seen.first_told(CHECKOUT, act.yesterday, is_proven);
    let before = before.ok_or("it was not proven before")?.output.rows();
    let found = act.seen.first_told(CHECKOUT, act.yesterday, |found| {
        all(found) && found.output.rows() > before
    });
    let found = found.ok_or("there are no more rows than before")?;
    let added = found.output.rows() - before;
    if usize::try_from(added) != Ok(act.late) {
        return Err(format!("{added} rows were added, not {}", act.late));
    }
    seen(
        found.written_at,
        format!("{before} rows and {added}, proof {:?}", found.proof),
    )
}

/// That `cat` gives back what was logged.
pub(super) fn given(act: &Act, group: &str) -> Result<String, String> {
    let given = act.given.iter().find(|given| given.group == group);
    let given = given.ok_or("it was not asked")?;
    match &given.back {
        Ok(back) if *back == given.logged => Ok(back.to_string()),
        Ok(back) => Err(format!("{back}, and {} were logged", given.logged)),
        Err(why) => Err(why.clone()),
    }
}

/// That each line was in S3 with the first read that began after it came. A read is known by what it wrote; one may have been under way.
pub(super) fn within_a_tick(act: &Act) -> Result<String, String> {
    let writes: BTreeSet<Timestamp> = act.live.iter().map(|line| line.written_at).collect();
    let missed = |line: &Arrival| {
        let between = (
            Bound::Excluded(line.ingested_at),
            Bound::Excluded(line.written_at),
        );
        let is_between = line.ingested_at < line.written_at;
        let reads = is_between.then(|| writes.range(between).count());
        reads.unwrap_or_default()
    };
    let took = |line: &Arrival| line.written_at.duration_since(line.ingested_at);
    let longest = act.live.iter().map(took).max();
    let longest = longest.ok_or("no line was logged meanwhile")?;
    let what = format!(
        "{} lines, {:.1} s at the most; a tick is {TICK_SECONDS} s here",
        act.live.len(),
        longest.as_secs_f64().max(0.0)
    );
    match act.live.iter().map(missed).max() {
        Some(0 | 1) => Ok(what),
        _ => Err(what),
    }
}

pub(super) fn sealed(act: &Act) -> Result<String, String> {
    let over = act.seen.manifests_of(API);
    let over: Vec<_> = over
        .filter(|found| found.window.end() <= act.yesterday.end())
        .collect();
    if over.is_empty() {
        return Err("there is no manifest".to_owned());
    }
    match over.iter().find(|found| found.proof != Proof::EventIds) {
        Some(other) => Err(format!("{} is {:?}", other.window.start(), other.proof)),
        None => Ok(format!("{} hours of yesterday, by event ids", over.len())),
    }
}

pub(super) fn one_at_a_time(act: &Act) -> Result<String, String> {
    let overlap = |(one, next): (&SeenTask, &SeenTask)| {
        one.completed_at.is_none_or(|at| at > next.created_at)
    };
    let pairs = act.tasks.iter().zip(act.tasks.iter().skip(1));
    match pairs.filter(|pair| overlap(*pair)).count() {
        0 => Ok(format!("{} tasks, one after the other", act.tasks.len())),
        overlaps => Err(format!("{overlaps} began before the one before was over")),
    }
}

pub(super) fn nothing_denied(act: &Act) -> Result<String, String> {
    let denied = group_in_key(PAYROLL);
    match act.keys.iter().find(|key| key.contains(&denied)) {
        Some(key) => Err(key.clone()),
        None => Ok(format!(
            "nothing of {PAYROLL} among {} objects",
            act.keys.len()
        )),
    }
}
