use super::*;
use crate::exports::manifest::Part;

fn row(timestamp_ms: i64, message: &str) -> Row<'_> {
    Row {
        timestamp_ms,
        ingestion_ms: Some(timestamp_ms + 7),
        stream: "web/1".into(),
        event_id: Some("37".into()),
        message: message.into(),
    }
}

fn encoded(rows: &[Row<'_>]) -> Option<Encoded> {
    let mut encoder = Encoder::new().unwrap();
    for row in rows {
        encoder.push(row).unwrap();
    }
    encoder.finish().unwrap()
}

#[test]
fn a_part_says_what_is_in_it() {
    let [start, end] =
        ["2026-02-18T21:00:00Z", "2026-02-18T22:00:00Z"].map(|at| at.parse().unwrap());
    let window = Window::new(start, end).unwrap();
    let place = Place {
        account: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        group: "/ecs/shop".to_owned(),
    };
    let at = start.as_millisecond();
    let encoded = encoded(&[row(at + 9, "b\n\"c\""), row(at, "a"), row(at + 5, "d")]).unwrap();
    let text = zstd::decode_all(encoded.body.as_slice()).unwrap();
    let sum = hex::encode(Sha256::digest(&encoded.body));
    assert_eq!(
        encoded.part(&place, window, start),
        Part {
            key: format!(
                "cloudwatch-logs/account=111122223333/region=eu-west-1/group=!ecs!shop/dt=2026-02-18/hour=21/20260218T21-{}.ndjson.zst",
                sum.get(..16).unwrap()
            ),
            hour: start,
            rows: 3,
            bytes: text.len() as u64,
            stored_bytes: encoded.body.len() as u64,
            sha256: sum,
            first: start,
            last: "2026-02-18T21:00:00.009Z".parse().unwrap(),
        }
    );
    assert_eq!(
        String::from_utf8(text).unwrap().lines().next(),
        Some(
            r#"{"timestamp_ms":1771448400009,"ingestion_ms":1771448400016,"stream":"web/1","event_id":"37","message":"b\n\"c\""}"#
        )
    );
}

#[test]
fn without_rows_there_is_no_object() {
    assert_eq!(encoded(&[]), None);
}

#[test]
fn the_same_rows_are_the_same_object_and_twice_the_rows_another_one() {
    let rows = [row(1, "a"), row(2, "b")];
    let once = encoded(&rows).unwrap();
    assert_eq!(encoded(&rows).unwrap(), once);
    let text = zstd::decode_all(once.body.as_slice()).unwrap();
    let twice = once.clone().doubled();
    assert_eq!(
        zstd::decode_all(twice.body.as_slice()).unwrap(),
        [text.clone(), text].concat()
    );
    assert_eq!((twice.rows, twice.bytes), (4, once.bytes * 2));
    assert_ne!(twice.sha256, once.sha256);
}

#[test]
fn a_time_that_no_timestamp_can_have_is_the_nearest() {
    let encoded = encoded(&[row(i64::MIN, ""), row(i64::MAX - 7, "")]).unwrap();
    assert_eq!(
        (encoded.first, encoded.last),
        (Timestamp::MIN, Timestamp::MAX)
    );
}

#[test]
fn a_line_of_a_megabyte_does_not_stay_in_memory() {
    let mut encoder = Encoder::new().unwrap();
    encoder.push(&row(1, &"x".repeat(1024 * 1024))).unwrap();
    assert!(encoder.lines.capacity() <= 2 * LINES);
}
