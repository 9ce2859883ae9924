//! `medic redact`: standard input without its secrets.

use std::io::{self, BufRead, BufReader, BufWriter, ErrorKind, Read, Write};

use anyhow::{Context as _, ensure};
use clap::Args;
use serde_json::Value;
use shared::redaction::Redactor;

use crate::logs::bar;

/// Reads are long: most of the time goes into looking at what was read.
const BUFFER_BYTES: usize = 256 * 1024;

/// What to read standard input as.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Each line is a JSON object; redact the texts in this field of it, each by itself, and no other field
    #[arg(long, value_name = "FIELD")]
    jsonl: Option<String>,
}

/// Redacts standard input to standard output.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let input = bar(None, "standard input").wrap_read(io::stdin());
    let output = BufWriter::with_capacity(BUFFER_BYTES, io::stdout().lock());
    let done = match &arguments.jsonl {
        Some(field) => {
            let input = BufReader::with_capacity(BUFFER_BYTES, input);
            rows(input, output, field)
        }
        None => text(input, output),
    };
    // A reader who went away is no reason to complain.
    match done {
        Err(error) if is_broken_pipe(&error) => Ok(()),
        done => done,
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let of_json = |error: &serde_json::Error| error.io_error_kind();
    let kind = match error.downcast_ref::<io::Error>() {
        Some(error) => Some(error.kind()),
        None => error.downcast_ref().and_then(of_json),
    };
    kind == Some(ErrorKind::BrokenPipe)
}

/// A log as one document: the same secret has the same number everywhere.
fn text(mut input: impl Read, mut output: impl Write) -> anyhow::Result<()> {
    let redactor = Redactor::new();
    let mut stream = redactor.stream();
    let mut bytes = vec![0; BUFFER_BYTES];
    let mut kept = 0;
    let mut ready = String::new();
    loop {
        let free = bytes.get_mut(kept..).unwrap_or_default();
        let count = match input.read(free) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            count => count.context("couldn't read standard input")?,
        };
        let read = bytes.get(..kept + count).unwrap_or_default();
        // A character that is cut in two waits for its rest, unless there is none.
        let end = if count == 0 { kept } else { whole(read) };
        let (read, rest) = read.split_at(end);
        stream.write(&String::from_utf8_lossy(read), &mut ready);
        kept = rest.len();
        bytes.copy_within(end..end + kept, 0);
        output.write_all(ready.as_bytes())?;
        ready.clear();
        if count == 0 {
            break;
        }
    }
    stream.finish(&mut ready);
    output.write_all(ready.as_bytes())?;
    Ok(output.flush()?)
}

/// How many of the bytes there are without the beginning of a last character whose rest is missing.
fn whole(bytes: &[u8]) -> usize {
    let last = bytes.iter().rev().take(4).position(|byte| *byte >= 0xc0);
    let Some(back) = last.map(|last| last + 1) else {
        return bytes.len();
    };
    let start = bytes.len() - back;
    let needed = match bytes.get(start) {
        Some(0xf0..) => 4,
        Some(0xe0..) => 3,
        _ => 2,
    };
    if needed > back { start } else { bytes.len() }
}

/// Rows of JSON, each a document of its own.
fn rows(input: impl BufRead, mut output: impl Write, field: &str) -> anyhow::Result<()> {
    let redactor = Redactor::new();
    let (mut rows, mut found) = (0, 0);
    for (number, row) in (1..).zip(input.split(b'\n')) {
        let row = row.context("couldn't read standard input")?;
        if row.trim_ascii().is_empty() {
            continue;
        }
        let named = || format!("line {number} of standard input is not a JSON object");
        let row = String::from_utf8_lossy(&row);
        let mut row: Value = serde_json::from_str(&row).with_context(named)?;
        let row = row.as_object_mut().with_context(named)?;
        rows += 1;
        if let Some(value) = row.get_mut(field) {
            found += 1;
            redact_value(&redactor, value);
        }
        serde_json::to_writer(&mut output, row)?;
        output.write_all(b"\n")?;
    }
    output.flush()?;
    // A field with another name would let everything through.
    ensure!(
        rows == 0 || found > 0,
        "no row has a field `{field}`; nothing was redacted"
    );
    Ok(())
}

/// Redacts each text in a value, each by itself; `serde_json` reads values 128 deep at most.
fn redact_value(redactor: &Redactor, value: &mut Value) {
    match value {
        Value::String(text) => *text = redactor.redact(text).text.into_owned(),
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| redact_value(redactor, value)),
        Value::Object(fields) => fields
            .values_mut()
            .for_each(|value| redact_value(redactor, value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.0.len().min(1).min(buffer.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn redacted(input: &[u8]) -> String {
        let mut output = Vec::new();
        text(Slow(input), &mut output).unwrap();
        let mut at_once = Vec::new();
        text(input, &mut at_once).unwrap();
        assert_eq!(at_once, output, "how it is read makes no difference");
        String::from_utf8(output).unwrap()
    }

    #[test]
    fn all_but_secrets_stays_as_it_is() {
        for kept in [
            "",
            "\n",
            "größer ✓ 名\r\nno end",
            "\u{1b}[31mred\u{1b}[0m\n\n",
        ] {
            assert_eq!(redacted(kept.as_bytes()), kept);
        }
        assert_eq!(redacted(b"caf\xe9 \xe5\x90"), "caf\u{fffd} \u{fffd}");
    }

    #[test]
    fn a_secret_has_the_same_number_everywhere_and_another_one_another() {
        let password = |value: &str| format!("DB_PASSWORD={value}\n");
        let input = [
            password("Kx7-pQw92!ma"),
            password("zR4_tYu81?no"),
            password("Kx7-pQw92!ma"),
        ];
        let expected = [1, 2, 1].map(|n| format!("DB_PASSWORD=[REDACTED:password#{n}]\n"));
        assert_eq!(redacted(input.concat().as_bytes()), expected.concat());
    }

    #[test]
    fn of_a_row_only_the_field_is_redacted() {
        let row = r#"{"id":7,"text":"curl -u me:Kx7-pQw92mas https://example.com","note":"DB_PASSWORD=Kx7-pQw92mas"}"#;
        let mut output = Vec::new();
        rows(row.as_bytes(), &mut output, "text").unwrap();
        let output: Value = serde_json::from_slice(&output).unwrap();
        assert_eq!(output["note"], "DB_PASSWORD=Kx7-pQw92mas");
        assert_eq!(
            output["text"],
            "curl -u [REDACTED:password#1] https://example.com"
        );
    }

    #[test]
    fn texts_within_the_field_are_redacted_and_a_missing_field_is_an_error() {
        let rows = |input: &str| {
            let mut output = Vec::new();
            rows(input.as_bytes(), &mut output, "text")?;
            anyhow::Ok(String::from_utf8(output).unwrap())
        };
        let input = r#"{"text":["DB_PASSWORD=Kx7-pQw92mas",{"a":"DB_PASSWORD=Kx7-pQw92mas"},1]}"#;
        let expected = r#"{"text":["DB_PASSWORD=[REDACTED:password#1]",{"a":"DB_PASSWORD=[REDACTED:password#1]"},1]}"#;
        assert_eq!(rows(input).unwrap(), format!("{expected}\n"));
        assert_eq!(rows("\n\n").unwrap(), "");
        assert_eq!(
            rows(r#"{"Text":"DB_PASSWORD=Kx7-pQw92mas"}"#)
                .unwrap_err()
                .to_string(),
            "no row has a field `text`; nothing was redacted"
        );
    }

    #[test]
    fn a_row_that_is_no_object_is_named() {
        let error = rows(&b"{}\n[]\n"[..], Vec::new(), "text").unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 2 of standard input is not a JSON object"
        );
    }
}
