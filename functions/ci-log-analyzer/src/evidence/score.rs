//! How well candidates explain the failure.

use std::cmp::Reverse;

use super::Part;
use super::block::{Block, Origin};
use super::regions::{Outcome, Regions};
use crate::segment::{End, Step};

/// A candidate with its score, and what the score is made of.
#[derive(Debug)]
pub(crate) struct Scored {
    pub(crate) score: i32,
    pub(crate) parts: Vec<Part>,
    pub(crate) block: Block,
}

/// Scores all candidates, best first; of equals the earlier one, since the first error often causes the others.
pub(crate) fn rank(
    blocks: Vec<Block>,
    regions: &Regions,
    lines: u64,
    steps: &[Step],
) -> Vec<Scored> {
    let some_failed = steps
        .iter()
        .any(|step| matches!(step.end, End::Failed { .. }));
    let mut scored: Vec<Scored> = blocks
        .into_iter()
        .map(|block| {
            let mut parts = vec![
                Part {
                    name: block.format,
                    points: block.weight,
                },
                Part {
                    name: "words",
                    points: words(&block),
                },
                Part {
                    name: "command",
                    points: command(&block, regions, lines),
                },
                Part {
                    name: "step",
                    points: step(steps.get(block.step), some_failed),
                },
                Part {
                    name: "repeats",
                    points: repeats(block.repeats),
                },
                Part {
                    name: "passing runs say it too",
                    points: if block.familiar { -60 } else { 0 },
                },
            ];
            parts.retain(|part| part.points != 0);
            Scored {
                score: parts.iter().map(|part| part.points).sum(),
                parts,
                block,
            }
        })
        .collect();
    scored.sort_by_key(|scored| (Reverse(scored.score), scored.block.start));
    scored
}

/// A parser knows its lines, so that their words hardly matter; without one they are all there is.
fn words(block: &Block) -> i32 {
    let plain = block.words.clamp(-30, 30);
    match block.origin {
        Origin::Format => plain / 4,
        Origin::Before => plain / 2,
        Origin::Words => plain,
        Origin::Novel => block.words.min(90),
    }
}

/// The output of a command that failed explains most, and of lines of no known format those near its end.
fn command(block: &Block, regions: &Regions, lines: u64) -> i32 {
    let near = |line: u64| match line.saturating_sub(block.end) {
        _ if block.origin == Origin::Format => 0,
        0..=12 => 8,
        13..=60 => 5,
        61..=400 => 2,
        _ => 0,
    };
    match regions.outcome(block.region) {
        Outcome::Failed(line) => 12 + near(line),
        Outcome::BeforeFailed(line) => 8 + near(line),
        Outcome::Passed => -30,
        // What comes after the last failure is cleaning up.
        Outcome::Unknown if regions.last_failed().is_some_and(|line| line < block.start) => -20,
        Outcome::Unknown => near(lines) / 2,
    }
}

fn step(step: Option<&Step>, some_failed: bool) -> i32 {
    match step.map(|step| step.end) {
        Some(End::Failed { .. }) => 10,
        Some(End::Tolerated) => -40,
        Some(End::Unknown) if some_failed => -12,
        _ => 0,
    }
}

/// What is said again and again is rather a habit of the log than its failure.
fn repeats(count: u32) -> i32 {
    match count {
        0..=2 => 0,
        3..=9 => -4,
        10..=99 => -10,
        _ => -20,
    }
}
