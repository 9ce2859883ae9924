//! What lies where an export task wrote, by its key. Pure.

/// The object by which `CreateExportTask` tests whether it may write; it is no log.
const TEST: &str = "aws-logs-write-test";

/// What lies where an export task wrote.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Staged<'a> {
    /// Events of a stream, whose name is as the task writes it: with `-` for `/`.
    Events { stream: &'a str },
    /// The object that shows that the task may write.
    Test,
    /// Something else.
    Other,
}

impl<'a> Staged<'a> {
    /// By what follows `staging` in the key: `<task id>/<stream>/000000.gz` (user guide, "Exporting log data to Amazon S3").
    pub(super) fn of(staging: &str, key: &'a str) -> Self {
        let below = key.strip_prefix(staging).unwrap_or_default();
        let pieces: Vec<_> = below.split('/').collect();
        match pieces.as_slice() {
            [TEST] | [_, TEST] => Self::Test,
            [task, stream, file] if !task.is_empty() && !stream.is_empty() && is_file(file) => {
                Self::Events { stream }
            }
            _ => Self::Other,
        }
    }
}

fn is_file(name: &str) -> bool {
    let number = name.strip_suffix(".gz").unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_export_tasks_write_is_events() {
        let stream = |stream| Staged::Events { stream };
        for (below, expected) in [
            ("aws-logs-write-test", Staged::Test),
            ("task/web-1/000000.gz", stream("web-1")),
            (
                "task/2026-02-18-[$LATEST]ab/000012.gz",
                stream("2026-02-18-[$LATEST]ab"),
            ),
            ("task/web/1/000000.gz", Staged::Other),
            ("task//000000.gz", Staged::Other),
            ("task/web-1/.gz", Staged::Other),
            ("task/web-1/a.gz", Staged::Other),
            ("task/web-1/000000", Staged::Other),
            ("task/web-1/", Staged::Other),
            ("", Staged::Other),
        ] {
            let key = format!("staging/x-1/{below}");
            assert_eq!(Staged::of("staging/x-1/", &key), expected, "{below}");
        }
        assert_eq!(
            Staged::of("staging/x-1/", "staging/x-12/task/a/0.gz"),
            Staged::Other
        );
    }
}
