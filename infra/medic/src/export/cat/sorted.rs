//! Rows of an hour in order, however many they are: what does not fit into memory is sorted in runs on disk, which are then merged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Seek as _, Write as _};

use serde::Deserialize;
use shared::exports::row::Row;

/// So many bytes of rows are held in memory; then a run goes to disk. A hundred runs, 6 GB, can be open at once on any machine.
pub(super) const HELD: usize = 64 * 1024 * 1024;

/// What a row takes besides its text.
const OVERHEAD: usize = 96;

/// Rows that are put in order: by their times, then their streams, then as they came.
#[derive(Debug)]
pub(super) struct Sorter {
    most: usize,
    held: Vec<Kept>,
    bytes: usize,
    runs: Vec<File>,
}

/// A row as JSON, behind what it is sorted by.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Kept {
    timestamp_ms: i64,
    stream: String,
    /// Which run it is from: of rows that are otherwise equal, the earlier run's comes first.
    run: usize,
    /// The row.
    pub(super) json: String,
}

/// Rows in order.
pub(super) enum Sorted {
    Held(std::vec::IntoIter<Kept>),
    Merged {
        runs: Vec<io::Lines<BufReader<File>>>,
        heads: BinaryHeap<Reverse<Kept>>,
    },
}

impl Sorter {
    /// Holds `most` bytes in memory.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            held: Vec::new(),
            bytes: 0,
            runs: Vec::new(),
        }
    }

    /// Takes a row.
    pub(super) fn push(&mut self, row: &Row<'_>) -> io::Result<()> {
        let json = serde_json::to_string(row)?;
        self.bytes += json.len() + row.stream.len() + OVERHEAD;
        self.held.push(Kept {
            timestamp_ms: row.timestamp_ms,
            stream: row.stream.as_ref().to_owned(),
            run: self.runs.len(),
            json,
        });
        if self.bytes >= self.most {
            self.spill()?;
        }
        Ok(())
    }

    /// The rows in order.
    pub(super) fn sorted(mut self) -> io::Result<Sorted> {
        if self.runs.is_empty() {
            self.sort();
            return Ok(Sorted::Held(self.held.into_iter()));
        }
        self.spill()?;
        let mut runs = Vec::new();
        let mut heads = BinaryHeap::new();
        for (run, file) in self.runs.into_iter().enumerate() {
            let mut lines = BufReader::new(file).lines();
            heads.extend(head(&mut lines, run)?.map(Reverse));
            runs.push(lines);
        }
        Ok(Sorted::Merged { runs, heads })
    }

    /// Rows that are equal in both stay as they came.
    fn sort(&mut self) {
        let by = |kept: &Kept| (kept.timestamp_ms, kept.stream.clone());
        self.held.sort_by_cached_key(by);
    }

    /// Writes what is held to a file without a name, which is gone when the program is.
    fn spill(&mut self) -> io::Result<()> {
        self.sort();
        let mut file = BufWriter::new(tempfile::tempfile()?);
        for kept in self.held.drain(..) {
            file.write_all(kept.json.as_bytes())?;
            file.write_all(b"\n")?;
        }
        self.bytes = 0;
        let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        self.runs.push(file);
        Ok(())
    }
}

/// The next row of a run.
fn head(lines: &mut io::Lines<BufReader<File>>, run: usize) -> io::Result<Option<Kept>> {
    #[derive(Deserialize)]
    struct Order {
        timestamp_ms: i64,
        stream: String,
    }
    let Some(json) = lines.next().transpose()? else {
        return Ok(None);
    };
    let Order {
        timestamp_ms,
        stream,
    } = serde_json::from_str(&json)?;
    Ok(Some(Kept {
        timestamp_ms,
        stream,
        run,
        json,
    }))
}

impl Iterator for Sorted {
    type Item = io::Result<String>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Held(held) => held.next().map(|kept| Ok(kept.json)),
            Self::Merged { runs, heads } => {
                let Reverse(first) = heads.pop()?;
                let lines = runs.get_mut(first.run)?;
                match head(lines, first.run) {
                    Ok(next) => heads.extend(next.map(Reverse)),
                    Err(error) => return Some(Err(error)),
                }
                Some(Ok(first.json))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(timestamp_ms: i64, stream: &str, message: String) -> Row<'_> {
        Row {
            timestamp_ms,
            ingestion_ms: None,
            stream: stream.into(),
            event_id: None,
            message: message.into(),
        }
    }

    proptest! {
        #[test]
        fn rows_come_in_order_whether_they_fit_or_not(
            rows in prop::collection::vec((0_i64..20, "[ab\n]{0,2}"), 0..80),
            most in 1_usize..3_000,
        ) {
            let sorted = |most: usize| {
                let mut sorter = Sorter::new(most);
                for (count, (at, stream)) in rows.iter().enumerate() {
                    sorter.push(&row(*at, stream, format!("{count:03}\n"))).unwrap();
                }
                sorter.sorted().unwrap().collect::<io::Result<Vec<String>>>().unwrap()
            };
            let mut expected: Vec<(i64, String, usize)> = rows
                .iter()
                .enumerate()
                .map(|(count, (at, stream))| (*at, stream.clone(), count))
                .collect();
            expected.sort();
            let expected: Vec<String> = expected
                .iter()
                .map(|(at, stream, count)| serde_json::to_string(&row(*at, stream, format!("{count:03}\n"))).unwrap())
                .collect();
            prop_assert_eq!(&sorted(usize::MAX), &expected);
            prop_assert_eq!(&sorted(most), &expected);
        }
    }
}
