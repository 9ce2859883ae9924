//! `medic redact`: standard input without its secrets.

use std::io::{self, BufRead, BufReader, BufWriter, ErrorKind, Write};

use anyhow::Context as _;
use clap::Args;
use serde_json::Value;
use shared::redaction::Redactor;

use crate::logs::bar;

/// Reads are long: most of the time goes into looking at what was read.
const BUFFER_BYTES: usize = 256 * 1024;

/// A longer line is taken in pieces, each cut behind a space.
const LONGEST_LINE: usize = 8 * 1024 * 1024;

/// What is shown of a piece that has no space to be cut behind: a secret could lie across the cut.
const UNREADABLE: &str = "[REDACTED:line-too-long]";

/// What to read standard input as.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Each line is a JSON object; redact the text in this field of it, by itself, and nothing else
    #[arg(long, value_name = "FIELD")]
    jsonl: Option<String>,
}

/// Redacts standard input to standard output.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let input = bar(None, "standard input").wrap_read(io::stdin());
    let input = BufReader::with_capacity(BUFFER_BYTES, input);
    let output = BufWriter::with_capacity(BUFFER_BYTES, io::stdout().lock());
    let done = match &arguments.jsonl {
        Some(field) => rows(input, output, field),
        None => text(input, output),
    };
    // A reader who went away is no reason to complain.
    match done {
        Err(error) if is_broken_pipe(&error) => Ok(()),
        done => done,
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<io::Error>();
    cause.is_some_and(|cause| cause.kind() == ErrorKind::BrokenPipe)
}

/// A log as one document: the same secret has the same number everywhere.
fn text(mut input: impl BufRead, mut output: impl Write) -> anyhow::Result<()> {
    let redactor = Redactor::new();
    let mut session = redactor.session();
    let mut piece = Vec::new();
    while next(&mut input, &mut piece)? {
        let line = String::from_utf8_lossy(&piece);
        let (line, end) = match line.strip_suffix('\n') {
            Some(line) => (line, "\n"),
            None => (&*line, ""),
        };
        if line.len() >= LONGEST_LINE && !line.ends_with(char::is_whitespace) {
            output.write_all(UNREADABLE.as_bytes())?;
        } else {
            output.write_all(session.line(line).as_bytes())?;
        }
        output.write_all(end.as_bytes())?;
    }
    Ok(output.flush()?)
}

/// Reads the next line with its end, or the next piece of a line that is too long to be kept.
fn next(input: &mut impl BufRead, piece: &mut Vec<u8>) -> anyhow::Result<bool> {
    piece.clear();
    loop {
        let available = match input.fill_buf() {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            available => available.context("couldn't read standard input")?,
        };
        if available.is_empty() {
            return Ok(!piece.is_empty());
        }
        let room = LONGEST_LINE + BUFFER_BYTES - piece.len();
        let available = available.get(..room).unwrap_or(available);
        let found = memchr::memchr(b'\n', available).map(|at| at + 1);
        let space = memchr::memrchr2(b' ', b'\t', available).map(|at| at + 1);
        let is_full = piece.len() + available.len() >= LONGEST_LINE;
        let used = found.or(space.filter(|_| is_full));
        let is_done = used.is_some() || piece.len() + available.len() >= LONGEST_LINE + BUFFER_BYTES;
        let used = used.unwrap_or(available.len());
        piece.extend(available.iter().take(used));
        input.consume(used);
        if is_done {
            return Ok(true);
        }
    }
}

/// Rows of JSON, each a document of its own.
fn rows(input: impl BufRead, mut output: impl Write, field: &str) -> anyhow::Result<()> {
    let redactor = Redactor::new();
    for (number, row) in (1..).zip(input.lines()) {
        let row = row.context("couldn't read standard input")?;
        let named = || format!("line {number} of standard input is not a JSON object");
        let mut row: Value = serde_json::from_str(&row).with_context(named)?;
        let row = row.as_object_mut().with_context(named)?;
        if let Some(Value::String(text)) = row.get_mut(field) {
            *text = redactor.redact(text).text.into_owned();
        }
        serde_json::to_writer(&mut output, row)?;
        output.write_all(b"\n")?;
    }
    Ok(output.flush()?)
}
