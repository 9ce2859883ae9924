//! What CI systems write before the text of a line.

use std::ops::Range;

use memchr::memchr;

use super::timestamp::{clock, date_time};

const BOM: &[u8] = "\u{feff}".as_bytes();

/// Names of jobs and steps are short; what has no tab for so long has no columns.
const COLUMN_BYTES: usize = 512;

/// Where the parts of a line are.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Prefix {
    /// Job and step, before the text.
    pub(super) columns: Option<(Range<usize>, Range<usize>)>,
    /// Where the text begins.
    pub(super) text: usize,
}

/// Finds what stands before the text of a line: a BOM (GitHub writes one at the beginning of each step's log), the columns of
/// `gh run view --log`, and times, where their form says that a CI system and not a program wrote them.
pub(super) fn prefix(line: &[u8]) -> Prefix {
    let start = bom(line);
    let Some(first) = line.get(start) else {
        return Prefix {
            columns: None,
            text: start,
        };
    };
    // Most lines of most logs begin with a letter or a space and have no columns.
    if first.is_ascii_digit() || *first == b'[' {
        let length = stamp(from(line, start));
        if length > 0 {
            return Prefix {
                columns: None,
                text: start + length,
            };
        }
    }
    columns(line, start).unwrap_or(Prefix {
        columns: None,
        text: start,
    })
}

fn from(line: &[u8], at: usize) -> &[u8] {
    line.get(at..).unwrap_or_default()
}

fn bom(line: &[u8]) -> usize {
    if line.starts_with(BOM) { BOM.len() } else { 0 }
}

/// `job\tstep\t2026-01-02T03:04:05.1234567Z text`, as `gh run view --log` prints it: the time tells it from other lines with tabs.
fn columns(line: &[u8], start: usize) -> Option<Prefix> {
    let head = line.get(start..line.len().min(start + COLUMN_BYTES))?;
    let job = start..start + memchr(b'\t', head)?;
    let step_start = job.end + 1;
    let step = step_start..step_start + memchr(b'\t', head.get(step_start - start..)?)?;
    let after = step.end + 1;
    let after = after + bom(from(line, after));
    let length = iso(from(line, after));
    (length > 0).then_some(Prefix {
        columns: Some((job, step)),
        text: after + length,
    })
}

/// The length of the times at the beginning of a text.
fn stamp(text: &[u8]) -> usize {
    let outer = iso(text).max(bracketed(text)).max(zuul(text));
    outer + mozharness(from(text, outer))
}

/// A time with its zone, as GitHub, Azure and GitLab write it, and what belongs to it.
fn iso(text: &[u8]) -> usize {
    let Some(time) = date_time(text).filter(|time| time.has_zone && text.get(10) == Some(&b'T'))
    else {
        return 0;
    };
    let after = match from(text, time.length) {
        [] => 0,
        // GitLab's FF_TIMESTAMPS: number and kind of the stream, `+` where the line before goes on.
        [b' ', a, b, b'O' | b'E', b' ' | b'+', ..]
            if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() =>
        {
            5
        }
        [b' ', ..] => 1,
        _ => return 0,
    };
    let text_start = time.length + after;
    text_start + bom(from(text, text_start))
}

/// `[2026-01-02T03:04:05.123Z] ` of Jenkins's Timestamper, `[task 2026-01-02T03:04:05.123Z] ` of Taskcluster's run-task.
fn bracketed(text: &[u8]) -> usize {
    let inner = if text.starts_with(b"[task ") { 6 } else { 1 };
    let Some(time) =
        date_time(from(text, inner)).filter(|time| text.starts_with(b"[") && time.has_zone)
    else {
        return 0;
    };
    let end = inner + time.length;
    match from(text, end) {
        [b']'] => end + 1,
        [b']', b' ', ..] => end + 2,
        _ => 0,
    }
}

/// `2026-01-02 03:04:05.123456 | host | ` of Zuul's console; the host where there is one.
fn zuul(text: &[u8]) -> usize {
    let Some(time) = date_time(text).filter(|time| !time.has_zone) else {
        return 0;
    };
    let rest = from(text, time.length);
    if rest == b" |" {
        return time.length + 2;
    }
    if !rest.starts_with(b" | ") {
        return 0;
    }
    let rest = from(rest, 3);
    let is_of_name =
        |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(**byte, b'-' | b'_' | b'.');
    let name = rest.iter().take_while(is_of_name).count();
    let host = if name > 0 && from(rest, name).starts_with(b" | ") {
        name + 3
    } else {
        0
    };
    time.length + 3 + host
}

/// `12:34:56     INFO - ` of mozharness. Its other levels mean something and stay.
fn mozharness(text: &[u8]) -> usize {
    let Some(time) = clock(text) else { return 0 };
    let rest = from(text, time);
    let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
    let level = from(rest, spaces);
    let [w @ .., _, _, _] = level.split(|byte| *byte == b' ').next().unwrap_or_default() else {
        return 0;
    };
    let length = w.len() + 3;
    let is_level = matches!(
        level.get(..length),
        Some(b"INFO" | b"DEBUG" | b"WARNING" | b"ERROR" | b"CRITICAL" | b"FATAL")
    );
    if spaces == 0 || !is_level || !from(level, length).starts_with(b" - ") {
        return 0;
    }
    let quiet = if level.starts_with(b"INFO") || level.starts_with(b"DEBUG") {
        length + 3
    } else {
        0
    };
    time + spaces + quiet
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, columns: Option<(&str, &str)>, text: &str) {
        let found = prefix(line.as_bytes());
        let part = |range: Range<usize>| line.get(range).unwrap();
        let named = found.columns.map(|(job, step)| (part(job), part(step)));
        assert_eq!(
            (named, part(found.text..line.len())),
            (columns, text),
            "{line}"
        );
    }

    #[test]
    fn times_of_ci_systems_go() {
        for (line, text) in [
            ("2026-01-02T03:04:05.1234567Z error: no", "error: no"),
            (
                "\u{feff}2026-01-02T03:04:05.1234567Z   indented",
                "  indented",
            ),
            ("2026-01-02T03:04:05.1234567Z", ""),
            ("2026-01-02T03:04:05.123456Z 00O make", "make"),
            ("2026-01-02T03:04:05.123456Z 01E+ail", "ail"),
            ("[2026-01-02T03:04:05.123Z] mvn", "mvn"),
            ("[2026-01-02T03:04:05.123Z]", ""),
            (
                "[task 2026-01-02T03:04:05.123Z] 03:04:05     INFO - TEST-OK",
                "TEST-OK",
            ),
            (
                "[task 2026-01-02T03:04:05.123Z] 03:04:05    ERROR - TEST-BAD",
                "ERROR - TEST-BAD",
            ),
            ("03:04:05     INFO -  x", " x"),
            (
                "2026-01-02 03:04:05.123456 | node-1 | fatal: no",
                "fatal: no",
            ),
            (
                "2026-01-02 03:04:05.123456 | TASK [run : it]",
                "TASK [run : it]",
            ),
            ("2026-01-02 03:04:05.123456 |", ""),
        ] {
            check(line, None, text);
        }
    }

    #[test]
    fn times_of_programs_stay() {
        for line in [
            "2026-01-02 03:04:05,123 ERROR no",
            "2026-01-02T03:04:05 no zone",
            "2026-01-02T03:04:05Zx",
            "03:04:05 something",
            "03:04:05 INFO: something",
            "[12/400] Building",
            "[taskcluster 2026-01-02 03:04:05.123Z] Task ID: x",
            "plain",
            "",
        ] {
            check(line, None, line);
        }
    }

    #[test]
    fn columns_are_known_by_the_time_after_them() {
        check(
            "a job\tRun x\t2026-01-02T03:04:05.1Z text\there",
            Some(("a job", "Run x")),
            "text\there",
        );
        check(
            "a job\tRun x\t\u{feff}2026-01-02T03:04:05.1Z ##[group]",
            Some(("a job", "Run x")),
            "##[group]",
        );
        check(
            "a job\tRun x\t2026-01-02T03:04:05.1Z \u{feff}x",
            Some(("a job", "Run x")),
            "x",
        );
        check(
            "123 job\tRun x\t2026-01-02T03:04:05.1Z x",
            Some(("123 job", "Run x")),
            "x",
        );
        check("one\ttwo\tthree", None, "one\ttwo\tthree");
        check(
            "one\t2026-01-02T03:04:05.1Z x",
            None,
            "one\t2026-01-02T03:04:05.1Z x",
        );
    }
}
