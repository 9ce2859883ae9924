//! Which candidates are shown, in which order, and how many lines of them.

use std::collections::{HashMap, HashSet};

use super::block::{Block, Origin};
use super::regions::{Outcome, Regions};
use super::{Part, Settings};
use crate::analysis::Range;
use crate::segment::{End, Step};

/// What the candidates are judged by beside themselves.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) regions: &'a Regions,
    pub(crate) steps: &'a [Step],
    pub(crate) total: u64,
    pub(crate) with_baseline: bool,
    pub(crate) late: i32,
}

/// A candidate with its score, and what the score is made of.
#[derive(Debug)]
pub(crate) struct Scored {
    pub(crate) score: i32,
    pub(crate) parts: Vec<Part>,
    pub(crate) block: Block,
}

/// Scores all candidates, best first; of equals the earlier one.
pub(crate) fn rank(blocks: Vec<Block>, context: &Context<'_>) -> Vec<Scored> {
    let mut scored: Vec<Scored> = blocks
        .into_iter()
        .map(|block| {
            let parts = parts(&block, context);
            Scored { score: parts.iter().map(|part| part.points).sum(), parts, block }
        })
        .collect();
    scored.sort_by_key(|scored| (std::cmp::Reverse(scored.score), scored.block.start));
    scored
}

fn parts(block: &Block, context: &Context<'_>) -> Vec<Part> {
    let mut parts = vec![
        Part { name: block.format, points: block.weight },
        Part { name: "words", points: if block.origin == Origin::Novel { block.words.min(90) } else { block.words.clamp(-30, 30) } / words_share(block.origin) },
        Part { name: "command", points: command(block, context) },
        Part { name: "step", points: step(block, context.steps) },
        Part { name: "repeats", points: -repeats(block.repeats) },
    ];
    if block.familiar {
        parts.push(Part { name: "passing runs say it too", points: -60 });
    }
    parts.retain(|part| part.points != 0);
    parts
}

/// A format knows its lines; without one the words are all there is.
fn words_share(origin: Origin) -> i32 {
    match origin {
        Origin::Format => 4,
        Origin::Words | Origin::Novel => 1,
        Origin::Before => 2,
    }
}

/// What is in the output of a command that failed, and near its end, explains it best.
fn command(block: &Block, context: &Context<'_>) -> i32 {
    let near = |line: u64| match line.saturating_sub(block.end) {
        0..=12 => 8,
        13..=60 => 5,
        61..=400 => 2,
        _ => 0,
    };
    // Among what parsers found near the end the first is as good as the last.
    let late = |line: u64| match line.saturating_sub(block.end) {
        0..=400 => context.late,
        401..=3000 => 0,
        _ => -context.late,
    };
    let known = block.origin == Origin::Format;
    match context.regions.outcome(block.region) {
        Outcome::BeforeFailed(line) if known => 8 + late(line),
        Outcome::BeforeFailed(line) => 6 + near(line),
        Outcome::Failed(line) if !known => 12 + near(line),
        Outcome::Failed(line) => 12 + late(line),
        Outcome::Passed => -30,
        Outcome::Unknown if context.regions.last_failed().is_some_and(|line| line < block.start) => -20,
        Outcome::Unknown if known => 0,
        Outcome::Unknown => near(context.total) / 2,
    }
}

fn step(block: &Block, steps: &[Step]) -> i32 {
    match steps.get(block.step).map(|step| step.end) {
        Some(End::Failed { .. }) => 10,
        Some(End::Tolerated) => -40,
        Some(End::Unknown) if steps.iter().any(|step| matches!(step.end, End::Failed { .. })) => -12,
        _ => 0,
    }
}

/// What is said again and again is rather a habit of the log than its failure.
fn repeats(count: u32) -> i32 {
    match count {
        0..=2 => 0,
        3..=9 => 4,
        10..=99 => 10,
        _ => 20,
    }
}

/// The lines to show: ranges best first, without overlap, at most `settings.max_lines` together.
pub(crate) fn excerpt(scored: &[Scored], settings: &Settings) -> Vec<(Range, usize)> {
    let Some(top) = scored.first().map(|scored| scored.score) else { return Vec::new() };
    let sure = top >= settings.sure;
    let budget = settings.max_lines.min(if sure { settings.lines_when_sure } else { settings.lines_when_unsure });
    let floor = top - if sure { settings.margin_when_sure } else { settings.margin_when_unsure };
    let mut shown: HashSet<u64> = HashSet::new();
    let mut templates: HashSet<u64> = HashSet::new();
    let mut ranges = Vec::new();
    let mut kinds: HashMap<(&str, i32), i32> = HashMap::new();
    let mut queue: Vec<(i32, usize)> = scored.iter().enumerate().map(|(index, candidate)| (candidate.score, index)).collect();
    queue.truncate(128);
    let mut last: HashMap<(&str, i32), (u64, usize)> = HashMap::new();
    for (index, candidate) in scored.iter().enumerate().take(128) {
        let entry = last.entry((candidate.block.format, candidate.block.weight)).or_insert((0, index));
        *entry = (*entry).max((candidate.block.start, index));
    }
    let penalty = |count: i32, index: usize| {
        let bonus = if last.values().any(|(_, last)| *last == index) { settings.last_bonus } else { 0 };
        (settings.variety * count.min(settings.vmax) - bonus).max(0)
    };
    while !queue.is_empty() {
        let best = queue.iter().enumerate().max_by_key(|(_, (score, index))| {
            let kind = scored.get(*index).map_or(("", 0), |candidate| (candidate.block.format, candidate.block.weight));
            (score - penalty(kinds.get(&kind).copied().unwrap_or_default(), *index), std::cmp::Reverse(*index))
        });
        let Some((at, &(score, index))) = best else { break };
        queue.swap_remove(at);
        let Some(candidate) = scored.get(index) else { break };
        let block = &candidate.block;
        let left = budget.saturating_sub(shown.len());
        if left == 0 {
            break;
        }
        let kind = kinds.entry((block.format, block.weight)).or_insert(0);
        if score - penalty(*kind, index) < floor && !ranges.is_empty() {
            break;
        }
        *kind += 1;
        if index > 0 && block.origin == Origin::Format && !templates.insert(block.template) {
            continue;
        }
        templates.insert(block.template);
        let first = ranges.is_empty();
        let room = if first { settings.max_lines.min(budget.max(settings.longest)) } else { left };
        for piece in pieces(block, u64::try_from(room.min(settings.longest)).unwrap_or(1).max(1)) {
            ranges.extend(gaps(piece.start, piece.end, &shown).into_iter().map(|part| (part, index)));
            shown.extend(piece.start..=piece.end);
        }
    }
    let total = shown.len();
    if let (true, Some(index)) = (settings.again > 0, again(scored)) {
        if let Some(candidate) = scored.get(index) {
            let room = settings.again.min(settings.max_lines.saturating_sub(shown.len()));
            if room > 0 {
                let block = &candidate.block;
                for piece in pieces(block, u64::try_from(room).unwrap_or(1)) {
                    ranges.extend(gaps(piece.start, piece.end, &shown).into_iter().map(|part| (part, index)));
                    shown.extend(piece.start..=piece.end);
                }
            }
        }
    }
    for (index, candidate) in scored.iter().enumerate().take(128) {
        let block = &candidate.block;
        if candidate.score < floor - settings.breadth || shown.len() >= settings.max_lines || shown.len() >= total + 30 || settings.breadth == 0 {
            break;
        }
        if block.origin != Origin::Format || kinds.contains_key(&(block.format, block.weight)) {
            continue;
        }
        kinds.insert((block.format, block.weight), 1);
        for piece in pieces(block, 8.min(u64::try_from(settings.max_lines - shown.len()).unwrap_or(1)).max(1)) {
            ranges.extend(gaps(piece.start, piece.end, &shown).into_iter().map(|part| (part, index)));
            shown.extend(piece.start..=piece.end);
        }
    }
    ranges
}

/// The last block of the kind of the best one, with the same outcome.
fn again(scored: &[Scored]) -> Option<usize> {
    let best = scored.first()?;
    let same = scored.iter().enumerate().filter(|(_, other)| {
        (other.block.format, other.block.weight) == (best.block.format, best.block.weight) && other.score + 12 >= best.score
    });
    same.max_by_key(|(_, other)| other.block.start).map(|(index, _)| index)
}

/// The last lines of the failed step, the marker included: they say in short what failed.
pub(crate) fn tail(ranges: &mut Vec<(Range, usize)>, marker: u64, settings: &Settings) {
    let shown: HashSet<u64> = ranges.iter().flat_map(|(range, _)| range.start..=range.end).collect();
    let wanted = settings.tail.min(settings.max_lines.saturating_sub(shown.len()));
    if wanted == 0 {
        return;
    }
    let start = marker.saturating_sub(u64::try_from(wanted).unwrap_or(1) - 1).max(1);
    ranges.extend(gaps(start, marker, &shown).into_iter().map(|part| (part, usize::MAX)));
}

/// What is shown of a block for which there is room for so many lines: its head, and what is around the line that says most.
fn pieces(block: &Block, room: u64) -> Vec<Range> {
    if block.len() <= room {
        return vec![Range { start: block.start, end: block.end }];
    }
    let head = (room / 3).max(1);
    let (_, peak) = block.peak;
    if peak < block.start + room {
        return vec![Range { start: block.start, end: block.start + room - 1 }];
    }
    let rest = room - head;
    let start = peak.saturating_sub(rest / 4).max(block.start + head).min(block.end + 1 - rest);
    vec![Range { start: block.start, end: block.start + head - 1 }, Range { start, end: start + rest - 1 }]
}

/// The stretches of `start..=end` that are not shown yet.
fn gaps(start: u64, end: u64, shown: &HashSet<u64>) -> Vec<Range> {
    let mut ranges: Vec<Range> = Vec::new();
    for line in (start..=end).filter(|line| !shown.contains(line)) {
        match ranges.last_mut() {
            Some(last) if last.end + 1 == line => last.end = line,
            _ => ranges.push(Range { start: line, end: line }),
        }
    }
    ranges
}
