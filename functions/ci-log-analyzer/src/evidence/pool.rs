//! The candidates kept: a bounded number, the best and the last.

use super::block::Block;

/// Bounded in number and bytes whatever the log.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    blocks: Vec<Block>,
    bytes: usize,
}

impl Pool {
    /// How many remain after a cut.
    const KEPT: usize = 256;
    const MOST: usize = 2 * Self::KEPT;
    const MOST_BYTES: usize = 8 << 20;

    pub(crate) fn push(&mut self, block: Block) {
        self.bytes += block.bytes();
        self.blocks.push(block);
        if self.blocks.len() >= Self::MOST || self.bytes > Self::MOST_BYTES {
            self.prune();
        }
    }

    pub(crate) fn last_mut(&mut self) -> Option<&mut Block> {
        self.blocks.last_mut()
    }

    pub(crate) fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut Block> {
        self.blocks.iter_mut()
    }

    pub(crate) fn into_blocks(mut self) -> Vec<Block> {
        self.blocks.sort_by_key(|block| block.start);
        self.blocks
    }

    /// Keeps the heaviest; of equals the first quarter (the first error is often the cause) and the last.
    fn prune(&mut self) {
        let first = self
            .blocks
            .iter()
            .take(Self::KEPT / 4)
            .map(|block| block.start)
            .max()
            .unwrap_or_default();
        let standing = |block: &Block| {
            let early = block.start <= first;
            (
                block.weight + block.words.min(40) / 2
                    - i32::try_from(block.repeats.min(40)).unwrap_or(40)
                    + i32::from(early) * 10,
                block.start,
            )
        };
        self.blocks
            .sort_by_key(|block| std::cmp::Reverse(standing(block)));
        self.blocks.truncate(Self::KEPT);
        self.bytes = self.blocks.iter().map(Block::bytes).sum();
        while self.bytes > Self::MOST_BYTES / 2 {
            let Some(block) = self.blocks.pop() else {
                break;
            };
            self.bytes -= block.bytes();
        }
        self.blocks.sort_by_key(|block| block.start);
    }
}
