//! How far staged objects were copied, as the ledger keeps it: in its own words, which only this module reads. Pure.

/// How far staged objects were copied.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Progress {
    /// The last that was copied as a whole.
    pub(super) after: Option<String>,
    /// How many records of the next one were copied. An object can be too large to be copied in one tick; then it is read again from its
    /// beginning, as gzip has to be, which is several times as fast as copying.
    pub(super) records: u64,
}

impl Progress {
    /// After an object that was copied as a whole.
    pub(super) fn after(key: String) -> Self {
        Self {
            after: Some(key),
            records: 0,
        }
    }

    /// What [`Progress::written`] wrote. Keys of staged events end with `.gz`, never with a line of digits.
    pub(super) fn parse(text: Option<&str>) -> Self {
        let Some(text) = text else {
            return Self::default();
        };
        let Some((after, records)) = text
            .rsplit_once('\n')
            .and_then(|(after, records)| Some((after, records.parse().ok()?)))
        else {
            return Self::after(text.to_owned());
        };
        Self {
            after: (!after.is_empty()).then(|| after.to_owned()),
            records,
        }
    }

    /// The last key, and on another line how many records of the next, if any were.
    pub(super) fn written(&self) -> Option<String> {
        match (&self.after, self.records) {
            (after, 0) => after.clone(),
            (after, records) => {
                let after = after.as_deref().unwrap_or_default();
                Some(format!("{after}\n{records}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_read_as_it_was_written() {
        for (text, after, records) in [
            (None, None, 0),
            (Some("staging/a/000000.gz"), Some("staging/a/000000.gz"), 0),
            (
                Some("staging/a/000000.gz\n12"),
                Some("staging/a/000000.gz"),
                12,
            ),
            (
                Some("staging/a\nb/000000.gz"),
                Some("staging/a\nb/000000.gz"),
                0,
            ),
            (Some("\n7"), None, 7),
        ] {
            let progress = Progress {
                after: after.map(str::to_owned),
                records,
            };
            assert_eq!(Progress::parse(text), progress);
            assert_eq!(progress.written().as_deref(), text);
        }
    }
}
