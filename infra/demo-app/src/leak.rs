//! A cache that nobody ever empties: each visit is kept, and no request needs what is kept.
//!
//! Health checks and answers stay as they are until the process has no memory left; nothing but its end gives the memory back in life.

/// What one visit leaves behind. At 30 requests in a period of the demo's alarm these are 52 MiB, so the 512 MiB of a task last for
/// nearly ten periods.
const KEPT_BYTES: usize = 7 * 256 * 1024;

/// What is kept, once the leak is open.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct Leak {
    is_open: bool,
    kept: Vec<Vec<u8>>,
}

impl Leak {
    /// From now on each visit is kept.
    pub fn open(&mut self) {
        self.is_open = true;
    }

    /// Keeps a visit, if the leak is open.
    pub fn keep(&mut self) {
        if self.is_open {
            // Not zeros: a page that was never written to takes no memory.
            self.kept.push(vec![1; KEPT_BYTES]);
        }
    }

    /// How many bytes were kept.
    pub fn kept_bytes(&self) -> usize {
        self.kept.iter().map(Vec::len).sum()
    }
}

impl std::fmt::Debug for Leak {
    /// Without what is kept.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Leak")
            .field("is_open", &self.is_open)
            .field("kept_bytes", &self.kept_bytes())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_open_leak_keeps_anything() {
        let mut leak = Leak::default();
        leak.keep();
        assert_eq!(leak, Leak::default());
        leak.open();
        leak.keep();
        leak.keep();
        assert_eq!(leak.kept_bytes(), 2 * KEPT_BYTES);
        assert_eq!(
            format!("{leak:?}"),
            "Leak { is_open: true, kept_bytes: 3670016, .. }"
        );
    }
}
