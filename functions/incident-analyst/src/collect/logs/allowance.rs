//! How much of each log group is read: an equal share for each, so that a loud one does not silence the others. Pure.

/// The most entries of a page (API reference, `FilterLogEvents`).
const A_PAGE: usize = 10_000;

/// So many entries and so many bytes, whichever ends first.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Allowance {
    pub(super) events: usize,
    pub(super) bytes: usize,
}

impl Allowance {
    /// One of `parts` equal parts.
    pub(super) fn share(self, parts: usize) -> Self {
        let parts = parts.max(1);
        Self {
            events: self.events / parts,
            bytes: self.bytes / parts,
        }
    }

    pub(super) fn spend(&mut self, spent: Self) {
        self.events = self.events.saturating_sub(spent.events);
        self.bytes = self.bytes.saturating_sub(spent.bytes);
    }

    pub(super) fn is_spent(self) -> bool {
        self.events == 0 || self.bytes == 0
    }
}

/// What may still be read of a log group, and what was.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    pub(super) left: Allowance,
    read: Allowance,
}

impl Budget {
    pub(super) fn new(left: Allowance) -> Self {
        let read = Allowance::default();
        Self { left, read }
    }

    pub(super) fn spend(&mut self, spent: Allowance) {
        self.left.spend(spent);
        self.read.events += spent.events;
        self.read.bytes += spent.bytes;
    }

    /// How many entries a page may have: no more than are allowed, by their number or by how long they were so far.
    pub(super) fn page(&self, allowed: Allowance) -> usize {
        let length = self.read.bytes.div_ceil(self.read.events.max(1)).max(1);
        allowed.events.min(allowed.bytes / length).clamp(1, A_PAGE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_as_large_as_aws_allows_and_as_what_is_left_by_number_and_by_length() {
        let allowed = |events, bytes| Allowance { events, bytes };
        let cases = [
            (allowed(50_000, 1_000_000), allowed(0, 0), 10_000),
            (allowed(2_500, 1_000_000), allowed(0, 0), 2_500),
            (allowed(2_500, 100_000), allowed(200, 20_000), 1_000),
            (allowed(2_500, 100), allowed(1, 1_000_000), 1),
            (allowed(0, 0), allowed(0, 0), 1),
        ];
        for (allowed, read, expected) in cases {
            let mut budget = Budget::new(Allowance::default());
            budget.spend(read);
            assert_eq!(budget.page(allowed), expected, "{allowed:?} {read:?}");
        }
    }
}
