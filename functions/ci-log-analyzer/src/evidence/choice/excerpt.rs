//! The lines that are shown.

use std::collections::HashSet;

use crate::analysis::Range;
use crate::evidence::block::Block;

/// Lines that are shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Shown {
    pub(crate) range: Range,
    /// The candidate they belong to; `None` for the last lines of the failed step.
    pub(crate) index: Option<usize>,
}

/// Grows by ranges and keeps within its budget; no line is shown twice.
#[derive(Debug)]
pub(crate) struct Excerpt {
    max_lines: usize,
    lines: HashSet<u64>,
    shown: Vec<Shown>,
}

impl Excerpt {
    pub(crate) fn new(max_lines: usize) -> Self {
        Self {
            max_lines,
            lines: HashSet::new(),
            shown: Vec::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }

    /// In the order in which they were added.
    pub(crate) fn shown(self) -> Vec<Shown> {
        self.shown
    }

    /// Shows at most `room` lines of a block.
    pub(crate) fn show(&mut self, block: &Block, index: usize, room: usize) {
        let room = room.min(self.left());
        if room > 0 {
            for piece in pieces(block, to_u64(room)) {
                self.add(piece, Some(index));
            }
        }
    }

    /// Shows the last lines of a range, at most `wanted`.
    pub(crate) fn tail(&mut self, Range { start, end }: Range, wanted: usize) {
        let wanted = wanted.min(self.left());
        if wanted > 0 {
            let start = end.saturating_sub(to_u64(wanted) - 1).max(start);
            self.add(Range { start, end }, None);
        }
    }

    fn left(&self) -> usize {
        self.max_lines.saturating_sub(self.lines.len())
    }

    /// Shows the lines of a range that are not shown yet.
    fn add(&mut self, range: Range, index: Option<usize>) {
        let mut part: Option<Range> = None;
        for line in range.start..=range.end {
            if !self.lines.insert(line) {
                self.shown
                    .extend(part.take().map(|range| Shown { range, index }));
            } else if let Some(part) = &mut part {
                part.end = line;
            } else {
                part = Some(Range {
                    start: line,
                    end: line,
                });
            }
        }
        self.shown.extend(part.map(|range| Shown { range, index }));
    }
}

/// What is shown of a block for which there is room for so many lines: its head, and what is around the line that says most.
fn pieces(block: &Block, room: u64) -> Vec<Range> {
    let (start, end) = (block.start, block.end);
    if block.len() <= room {
        return vec![Range { start, end }];
    }
    let (_, peak) = block.peak;
    let head = (room / 3).max(1);
    let rest = room - head;
    if peak < start + room || rest == 0 {
        return vec![Range {
            start,
            end: start + room - 1,
        }];
    }
    let second = peak
        .saturating_sub(rest / 4)
        .max(start + head)
        .min(end + 1 - rest);
    let first = Range {
        start,
        end: start + head - 1,
    };
    vec![
        first,
        Range {
            start: second,
            end: second + rest - 1,
        },
    ]
}

fn to_u64(lines: usize) -> u64 {
    u64::try_from(lines).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::block::Origin;

    fn block(start: u64, end: u64, peak: u64) -> Block {
        Block {
            origin: Origin::Format,
            format: "rust",
            weight: 80,
            words: 0,
            anchor: start,
            start,
            end,
            step: 0,
            region: 0,
            template: 1,
            repeats: 0,
            familiar: false,
            peak: (1, peak),
            lines: Vec::new(),
        }
    }

    #[test]
    fn a_long_block_is_shown_by_its_head_and_its_strongest_line() {
        let cases = [
            (block(11, 20, 11), 10, vec![(11, 20)]),
            (block(11, 100, 13), 9, vec![(11, 19)]),
            (block(11, 100, 60), 9, vec![(11, 13), (59, 64)]),
            (block(11, 100, 100), 9, vec![(11, 13), (95, 100)]),
            (block(11, 100, 60), 1, vec![(11, 11)]),
        ];
        for (block, room, expected) in cases {
            let found: Vec<_> = pieces(&block, room)
                .iter()
                .map(|range| (range.start, range.end))
                .collect();
            assert_eq!(found, expected, "{room} of {}", block.len());
        }
    }

    #[test]
    fn no_line_is_shown_twice_and_the_budget_holds() {
        let mut excerpt = Excerpt::new(12);
        excerpt.show(&block(5, 9, 5), 0, 40);
        excerpt.show(&block(3, 11, 3), 1, 40);
        excerpt.tail(Range { start: 1, end: 30 }, 4);
        excerpt.tail(Range { start: 26, end: 26 }, 5);
        let found: Vec<_> = excerpt
            .shown()
            .iter()
            .map(|shown| (shown.range.start, shown.range.end, shown.index))
            .collect();
        assert_eq!(
            found,
            [
                (5, 9, Some(0)),
                (3, 4, Some(1)),
                (27, 30, None),
                (26, 26, None)
            ]
        );
    }
}
