//! Numbers that follow from a seed (splitmix64), so that a schedule can be run again.

use jiff::SignedDuration;

/// A stream of numbers.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `least` to `most`.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        let range = u64::try_from(most - least + 1).unwrap();
        least + i64::try_from(self.number() % range).unwrap()
    }

    /// An index of a list of this length.
    pub fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.number() % u64::try_from(length).unwrap()).unwrap()
    }

    /// One of these.
    pub fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.index(all.len())]
    }

    /// True in so many of a thousand cases.
    pub fn chance(&mut self, per_mille: u64) -> bool {
        self.number() % 1_000 < per_mille
    }

    /// A time between two numbers of milliseconds.
    pub fn millis(&mut self, least: i64, most: i64) -> SignedDuration {
        SignedDuration::from_millis(self.between(least, most))
    }

    /// A time between two numbers of seconds, to the millisecond.
    pub fn seconds(&mut self, least: i64, most: i64) -> SignedDuration {
        self.millis(least * 1_000, most * 1_000)
    }
}
