//! GitHub's primary rate limit: so many calls an hour.

/// What is left of the hour.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    pub(crate) remaining: u64,
    /// When it begins anew, in seconds since the epoch.
    pub(crate) reset: i64,
}

impl Limit {
    pub(crate) const PER_HOUR: u64 = 5_000;

    /// Counts a call; whether it is still allowed.
    pub(crate) fn count(&mut self, now: i64) -> bool {
        if now >= self.reset {
            self.remaining = Self::PER_HOUR;
            self.reset = now + 3_600;
        }
        let is_allowed = self.remaining > 0;
        self.remaining = self.remaining.saturating_sub(1);
        is_allowed
    }

    pub(crate) fn headers(self) -> Vec<(String, String)> {
        let headers = [
            ("x-ratelimit-limit", Self::PER_HOUR.to_string()),
            ("x-ratelimit-remaining", self.remaining.to_string()),
            ("x-ratelimit-reset", self.reset.to_string()),
        ];
        headers.map(|(name, value)| (name.to_owned(), value)).into()
    }
}
