//! How long a line may take.

/// The line would take too long: its reader is shown nothing of it.
#[derive(Debug)]
pub(super) struct TooMuch;

/// How many more bytes may be looked at twice, so that no line takes more than linear time.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Budget {
    pub(super) fn of(bytes: &[u8]) -> Self {
        // A log of nothing but settings spends two or three bytes a byte.
        Self(bytes.len().saturating_mul(12).saturating_add(8_192))
    }

    pub(super) fn spend(&mut self, bytes: usize) -> Result<(), TooMuch> {
        self.0 = self.0.checked_sub(bytes).ok_or(TooMuch)?;
        Ok(())
    }
}
