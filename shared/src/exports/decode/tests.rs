use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::*;
use crate::exports::encode::Encoder;
use crate::exports::row::Row;
use crate::exports::window::Window;

fn window() -> Window {
    let [start, end] =
        ["2026-02-18T20:00:00Z", "2026-02-18T22:00:00Z"].map(|at| at.parse().unwrap());
    Window::new(start, end).unwrap()
}

fn gz(text: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(text).unwrap();
    packer.finish().unwrap()
}

/// Bytes in pieces of these sizes, round and round.
fn pieces(bytes: &[u8], sizes: &[usize]) -> Vec<Vec<u8>> {
    let (mut rest, mut pieces) = (bytes, Vec::new());
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, after) = rest.split_at(rest.len().min(*size));
        pieces.push(piece.to_vec());
        rest = after;
    }
    pieces
}

fn records(object: &[u8], sizes: &[usize]) -> Result<Vec<(i64, String)>, DecodeError> {
    let (mut reader, mut found) = (Records::new(window()), Vec::new());
    let mut take =
        |record: Record<'_>| found.push((record.timestamp_ms, record.message.into_owned()));
    for piece in pieces(object, sizes) {
        reader.feed(piece);
        while let Some(record) = reader.next()? {
            take(record);
        }
    }
    if let Some(record) = reader.last()? {
        take(record);
    }
    Ok(found)
}

fn rows(object: &[u8], sizes: &[usize]) -> Result<Vec<Row<'static>>, DecodeError> {
    let (mut reader, mut found) = (Rows::new()?, Vec::new());
    for piece in pieces(object, sizes) {
        reader.feed(piece);
        while let Some(row) = reader.next()? {
            found.push(owned(&row));
        }
    }
    reader.finish()?;
    Ok(found)
}

fn owned(row: &Row<'_>) -> Row<'static> {
    Row {
        timestamp_ms: row.timestamp_ms,
        ingestion_ms: row.ingestion_ms,
        stream: row.stream.to_string().into(),
        event_id: row.event_id.as_ref().map(|id| id.to_string().into()),
        message: row.message.to_string().into(),
    }
}

fn part(rows: &[Row<'_>]) -> Vec<u8> {
    let mut encoder = Encoder::new().unwrap();
    for row in rows {
        encoder.push(row).unwrap();
    }
    encoder
        .finish()
        .unwrap()
        .map_or_else(Vec::new, |part| part.body)
}

/// The records as an export task writes them.
fn staged(records: &[(i64, String)]) -> Vec<u8> {
    let mut text = Vec::new();
    for (at, message) in records {
        let at = jiff::Timestamp::from_millisecond(*at).unwrap();
        writeln!(text, "{at:.3} {message}").unwrap();
    }
    text
}

#[test]
fn a_record_begins_with_a_timestamp_of_the_window_and_with_nothing_that_only_looks_like_one() {
    let first = 1_771_448_821_123_i64;
    let cases: [(&str, &[(i64, &str)]); 9] = [
        ("", &[]),
        ("2026-02-18T21:07:01.123Z a\n", &[(first, "a")]),
        ("2026-02-18T21:07:01.123Z a", &[(first, "a")]),
        ("2026-02-18T21:07:01.123Z \n", &[(first, "")]),
        ("2026-02-18T21:07:01.123Z a\n\n", &[(first, "a\n")]),
        (
            "2026-02-18T21:07:01.123Z a\n  at b\n2026-02-18T21:07:01.124Z \nc\n",
            &[(first, "a\n  at b"), (first + 1, "\nc")],
        ),
        // Of another day, of an hour outside the window, no time, no space, no milliseconds, cut off.
        (
            "2026-02-18T21:07:01.123Z a\n2026-02-17T21:07:01.123Z b\n2026-02-18T22:00:00.000Z c\n2026-02-18T21:60:01.123Z d\n2026-02-18T21:07:01.123Z\n2026-02-18T21:07:01Z e\n2026-02-18T21:07:01.1",
            &[(
                first,
                "a\n2026-02-17T21:07:01.123Z b\n2026-02-18T22:00:00.000Z c\n2026-02-18T21:60:01.123Z d\n2026-02-18T21:07:01.123Z\n2026-02-18T21:07:01Z e\n2026-02-18T21:07:01.1",
            )],
        ),
        // Not at the beginning of a line.
        (
            "2026-02-18T21:07:01.123Z  2026-02-18T21:07:01.123Z a\r2026-02-18T21:07:01.123Z b\n",
            &[(
                first,
                " 2026-02-18T21:07:01.123Z a\r2026-02-18T21:07:01.123Z b",
            )],
        ),
        // Digits of other scripts are none.
        (
            "2026-02-18T21:07:01.123Z a\n2026-02-18T2١:07:01.123Z b\n",
            &[(first, "a\n2026-02-18T2١:07:01.123Z b")],
        ),
    ];
    for (text, expected) in cases {
        let expected: Vec<_> = expected
            .iter()
            .map(|(at, message)| (*at, (*message).to_owned()))
            .collect();
        for size in [1, 7, 1_000_000] {
            assert_eq!(
                records(&gz(text.as_bytes()), &[size]).unwrap(),
                expected,
                "{text:?}"
            );
        }
    }
}

#[test]
fn members_follow_one_another_and_a_record_may_be_in_two() {
    let object = [
        gz(b"2026-02-18T21:07:01.123Z a"),
        gz(b"b\n2026-02"),
        gz(b"-18T21:07:01.124Z c\n"),
    ]
    .concat();
    for size in [1, 10, 1_000] {
        assert_eq!(
            records(&object, &[size]).unwrap(),
            [
                (1_771_448_821_123, "ab".to_owned()),
                (1_771_448_821_124, "c".to_owned())
            ]
        );
    }
}

#[test]
fn what_is_no_utf_8_is_replaced() {
    assert_eq!(
        records(&gz(b"2026-02-18T21:07:01.123Z \xff\0a\n"), &[3]).unwrap(),
        [(1_771_448_821_123, "\u{fffd}\0a".to_owned())]
    );
}

#[test]
fn damaged_objects_are_errors() {
    let object = gz(&staged(&vec![(1_771_448_821_123, "hello".to_owned()); 100]));
    let packed = part(&[Row {
        timestamp_ms: 1,
        ingestion_ms: None,
        stream: "s".into(),
        event_id: None,
        message: "m".into(),
    }]);
    let text = |text: &[u8]| zstd::encode_all(text, 1).unwrap();
    let cases = [
        (
            records(&object[..object.len() - 1], &[10]).unwrap_err(),
            "it is cut off",
        ),
        (
            records(&object[..object.len() / 2], &[10]).unwrap_err(),
            "it is cut off",
        ),
        (
            records(b"nothing packed", &[10]).unwrap_err(),
            "couldn't unpack it",
        ),
        (
            records(&[&object[..], b"garbage"].concat(), &[10]).unwrap_err(),
            "couldn't unpack it",
        ),
        (
            records(&gz(b"hello\n2026-02-18T21:07:01.123Z a\n"), &[10]).unwrap_err(),
            "it does not begin with a timestamp of the window as export tasks write it",
        ),
        (
            records(&gz(b"2026-02-18T21"), &[10]).unwrap_err(),
            "it does not begin with a timestamp of the window as export tasks write it",
        ),
        (
            rows(&packed[..packed.len() - 1], &[10]).unwrap_err(),
            "it is cut off",
        ),
        (
            rows(b"nothing packed", &[10]).unwrap_err(),
            "couldn't unpack it",
        ),
        (
            rows(&text(b"{}\n"), &[10]).unwrap_err(),
            "its line 1 is no row",
        ),
        (
            rows(&text(b"[[[[\n"), &[10]).unwrap_err(),
            "its line 1 is no row",
        ),
        (rows(&text(b"{}"), &[10]).unwrap_err(), "it is cut off"),
    ];
    for (error, expected) in cases {
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn a_flipped_bit_is_noticed() {
    let mut object = gz(&staged(&[(1_771_448_821_123, "hello".to_owned())]));
    let end = object.len();
    object[end - 6] ^= 1;
    assert!(matches!(
        records(&object, &[100]),
        Err(DecodeError::Damaged(_))
    ));
}

#[test]
fn a_line_or_message_without_end_is_refused_before_it_fills_the_memory() {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(b"2026-02-18T21:07:01.123Z ").unwrap();
    for _ in 0..64 {
        packer.write_all(&vec![b'\n'; 1024 * 1024]).unwrap();
    }
    let bomb = packer.finish().unwrap();
    let mut reader = Records::new(window());
    reader.feed(bomb);
    assert_eq!(
        reader.next().unwrap_err().to_string(),
        "it has a line or a message of more than 2097152 bytes"
    );
    let bomb = zstd::encode_all(std::io::repeat(b' ').take(256 << 20), 1).unwrap();
    assert!(bomb.len() < 100_000);
    assert_eq!(
        rows(&bomb, &[bomb.len()]).unwrap_err().to_string(),
        "it has a line or a message of more than 12648448 bytes"
    );
}

#[test]
fn a_window_larger_than_8_mebibytes_is_refused() {
    let mut packer = zstd::Encoder::new(Vec::new(), 1).unwrap();
    packer.window_log(27).unwrap();
    packer.write_all(b"{}\n").unwrap();
    let object = packer.finish().unwrap();
    assert_eq!(
        rows(&object, &[10]).unwrap_err().to_string(),
        "couldn't unpack it"
    );
}

#[test]
fn an_event_of_a_megabyte_is_read_whatever_it_takes_in_json() {
    let message = "\0".repeat(1024 * 1024);
    let row = Row {
        timestamp_ms: 1,
        ingestion_ms: Some(2),
        stream: "s".into(),
        event_id: Some("3".into()),
        message: message.as_str().into(),
    };
    assert_eq!(
        rows(&part(std::slice::from_ref(&row)), &[1_000]).unwrap(),
        [owned(&row)]
    );
    let records_of_it = [(1_771_448_821_123, message)];
    assert_eq!(
        records(&gz(&staged(&records_of_it)), &[100]).unwrap(),
        records_of_it
    );
}

/// Messages as they are written to be misread.
fn message() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "(\n|\r|\0|\"|\\\\|2026-02-18T2|1:07:01.123Z|a|[0-9]|Z | ){0,30}",
        Just("{\"timestamp_ms\":1}\n".to_owned()),
        (0..200_000_usize).prop_map(|length| "long \n".repeat(length / 6)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_row_is_read_as_it_was_written_whatever_the_pieces(
        given in proptest::collection::vec(
            (any::<i64>(), any::<Option<i64>>(), any::<String>(), any::<Option<String>>(), message()),
            0..20,
        ),
        sizes in proptest::collection::vec(1..5_000_usize, 1..5),
    ) {
        let given: Vec<_> = given
            .into_iter()
            .map(|(timestamp_ms, ingestion_ms, stream, event_id, message)| Row {
                timestamp_ms,
                ingestion_ms,
                stream: stream.into(),
                event_id: event_id.map(Into::into),
                message: message.into(),
            })
            .collect();
        prop_assert_eq!(rows(&part(&given), &sizes).unwrap(), given);
    }

    #[test]
    fn any_record_is_read_as_it_was_written_whatever_the_pieces(
        given in proptest::collection::vec(
            (1_771_444_800_000_i64..1_771_452_000_000, message()),
            0..20,
        ),
        sizes in proptest::collection::vec(1..5_000_usize, 1..5),
    ) {
        // A line that is a whole timestamp of the window cannot be told from a record; this breaks it up.
        let given: Vec<_> = given
            .into_iter()
            .map(|(at, message)| (at, message.replace("123Z ", "123Z")))
            .collect();
        prop_assert_eq!(records(&gz(&staged(&given)), &sizes).unwrap(), given);
    }

    #[test]
    fn any_bytes_are_read_without_harm(
        bytes in proptest::collection::vec(any::<u8>(), 0..500),
        sizes in proptest::collection::vec(1..50_usize, 1..5),
    ) {
        let _ = (rows(&bytes, &sizes), records(&bytes, &sizes));
        let text = zstd::encode_all(bytes.as_slice(), 1).unwrap();
        let _ = (rows(&text, &sizes), records(&gz(&bytes), &sizes));
    }
}
