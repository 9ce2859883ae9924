//! How far staged objects were copied, as the ledger keeps it: in its own words, which only this module reads. Pure.

/// How far staged objects were copied.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Progress {
    /// The last that was copied as a whole.
    pub(super) after: Option<String>,
    /// How many records of the next one were copied. An object can be too large to be copied in one tick; then it is read again from its
    /// beginning, as gzip has to be, which is several times as fast as copying.
    pub(super) records: u64,
    /// In how many ticks one after the other it could not be read so far.
    pub(super) stalls: u32,
}

impl Progress {
    /// After an object that was copied as a whole.
    pub(super) fn after(key: String) -> Self {
        Self {
            after: Some(key),
            ..Self::default()
        }
    }

    /// When the time was up after record `read` of an object.
    pub(super) fn stop(&mut self, read: u64) {
        if self.records < read {
            (self.records, self.stalls) = (read, 0);
        } else {
            self.stalls = self.stalls.saturating_add(1);
        }
    }

    /// What [`Progress::written`] wrote. Keys of staged events end with `.gz`, never with a line of digits.
    pub(super) fn parse(text: Option<&str>) -> Self {
        let Some(text) = text else {
            return Self::default();
        };
        let Some((after, (records, stalls))) = text
            .rsplit_once('\n')
            .and_then(|(after, of_next)| Some((after, numbers(of_next)?)))
        else {
            return Self::after(text.to_owned());
        };
        Self {
            after: (!after.is_empty()).then(|| after.to_owned()),
            records,
            stalls,
        }
    }

    /// The last key, and on another line how many records of the next, if any were, and how often it could not be read so far.
    pub(super) fn written(&self) -> Option<String> {
        let after = self.after.as_deref().unwrap_or_default();
        match (self.records, self.stalls) {
            (0, 0) => self.after.clone(),
            (records, 0) => Some(format!("{after}\n{records}")),
            (records, stalls) => Some(format!("{after}\n{records} {stalls}")),
        }
    }
}

fn numbers(text: &str) -> Option<(u64, u32)> {
    match text.split_once(' ') {
        Some((records, stalls)) => Some((records.parse().ok()?, stalls.parse().ok()?)),
        None => Some((text.parse().ok()?, 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_read_as_it_was_written() {
        let (key, odd) = ("staging/a/000000.gz", "staging/a\nb/000000.gz");
        for (text, after, records, stalls) in [
            (None, None, 0, 0),
            (Some(key), Some(key), 0, 0),
            (Some("staging/a/000000.gz\n12"), Some(key), 12, 0),
            (Some("staging/a/000000.gz\n12 3"), Some(key), 12, 3),
            (Some(odd), Some(odd), 0, 0),
            (Some("\n7"), None, 7, 0),
        ] {
            let progress = Progress {
                after: after.map(str::to_owned),
                records,
                stalls,
            };
            assert_eq!(Progress::parse(text), progress);
            assert_eq!(progress.written().as_deref(), text);
        }
    }
}
