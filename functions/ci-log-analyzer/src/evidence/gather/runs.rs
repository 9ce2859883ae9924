//! Lines in a row that no format knows.

use super::{Gatherer, Looked, weight};
use crate::evidence::block::Origin;

impl Gatherer<'_> {
    /// A line of no known format is a candidate from this weight of its words on.
    const OUTSPOKEN: i32 = 14;
    /// Blocks of no known format get no longer.
    const MOST_WORDS: u64 = 12;
    const MOST_NOVEL: u64 = 100;

    /// A line that speaks of failure in no known format, alone or right after another one.
    pub(super) fn outspoken(&mut self, line: &Looked<'_>) {
        if line.seen.words < Self::OUTSPOKEN {
            return;
        }
        let (_, first) = self.job;
        let last = self.pool.last_mut().filter(|last| {
            last.origin == Origin::Words && last.end + 2 >= line.number && last.end >= first
        });
        if let Some(last) = last.filter(|last| last.len() < Self::MOST_WORDS) {
            self.recent.bridge(last, line.number);
            last.push(line.number, line.text, line.seen.words);
            return;
        }
        let mut block = self.block(line, Origin::Words, "words", weight::WORDS);
        block.push(line.number, line.text, line.seen.words);
        self.pool.push(block);
    }

    /// Collects lines in a row that passing runs do not have. Noise, and the very last line of Jenkins, explain nothing.
    pub(super) fn novel(&mut self, line: &Looked<'_>, strength: i32) {
        if line.seen.words <= -20 || line.text.starts_with("Finished: ") {
            return;
        }
        if let Some(run) = self
            .novel
            .as_mut()
            .filter(|run| run.end + 2 >= line.number && run.len() < Self::MOST_NOVEL)
        {
            self.recent.bridge(run, line.number);
            run.push(line.number, line.text, strength);
            return;
        }
        if let Some(run) = self.novel.take() {
            self.pool.push(run);
        }
        let mut run = self.block(line, Origin::Novel, "novel", weight::NOVEL);
        run.push(line.number, line.text, strength);
        self.novel = Some(run);
    }
}
