use super::*;
use crate::exports::encode::Encoder;
use crate::exports::manifest::{Mode, Output};
use crate::exports::row::Row;
use crate::exports::window::Window;

fn place() -> Place {
    Place {
        account: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        group: "/ecs/shop".to_owned(),
    }
}

fn at(text: &str) -> Timestamp {
    format!("2026-02-18T{text}Z").parse().unwrap()
}

fn packed(messages: &[&str]) -> (Vec<u8>, Part) {
    let mut rows = Encoder::new().unwrap();
    for message in messages {
        let row = Row {
            timestamp_ms: at("21:30:00").as_millisecond(),
            ingestion_ms: None,
            stream: "web".into(),
            event_id: None,
            message: (*message).into(),
        };
        rows.push(&row).unwrap();
    }
    let encoded = rows.finish().unwrap().unwrap();
    let hour = at("21:00:00");
    let window = Window::new(hour, at("22:00:00")).unwrap();
    let part = encoded.part(&place(), window, hour);
    (encoded.body, part)
}

fn manifest(hours: (&str, &str), proof: Proof) -> Manifest {
    Manifest {
        schema_version: SCHEMA_VERSION,
        place: place(),
        window: Window::new(at(hours.0), at(hours.1)).unwrap(),
        mode: Mode::Direct,
        proof,
        attempt: 1,
        revision: 1,
        written_at: at("23:00:00"),
        output: Output {
            parts: vec![packed(&["a"]).1],
        },
        source: None,
        is_redacted: false,
    }
}

fn read(part: &Part, object: &[u8]) -> Result<Vec<String>, ReadError> {
    let (mut reader, mut messages) = (PartReader::new(part)?, Vec::new());
    for piece in object.chunks(10) {
        reader.feed(piece.to_vec())?;
        while let Some(row) = reader.next()? {
            messages.push(row.message.into_owned());
        }
    }
    reader.finish()?;
    Ok(messages)
}

#[test]
fn a_part_is_what_the_manifest_says_or_an_error() {
    let (object, part) = packed(&["a", "b"]);
    let (other, _) = packed(&["a", "c"]);
    assert_eq!(read(&part, &object).unwrap(), ["a", "b"]);
    let sum = &part.sha256;
    let found = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&other));
    let cases = [
        (
            Part {
                stored_bytes: other.len() as u64,
                ..part.clone()
            },
            &other,
            format!("its SHA-256 is {found}, and {sum} by the manifest"),
        ),
        (
            Part {
                rows: 3,
                ..part.clone()
            },
            &object,
            "its number of rows is 2, and 3 by the manifest".to_owned(),
        ),
        (
            Part {
                bytes: 9,
                ..part.clone()
            },
            &object,
            format!("its text's size is {}, and 9 by the manifest", part.bytes),
        ),
        (
            Part {
                stored_bytes: 500,
                ..part.clone()
            },
            &object,
            format!("its size is {}, and 500 by the manifest", object.len()),
        ),
        (
            Part {
                stored_bytes: 9,
                ..part.clone()
            },
            &object,
            "its size is 10, and 9 by the manifest".to_owned(),
        ),
        (
            part.clone(),
            &object[..20].to_vec(),
            "it is cut off".to_owned(),
        ),
    ];
    for (part, object, expected) in cases {
        assert_eq!(read(&part, object).unwrap_err().to_string(), expected);
    }
}

#[test]
fn no_more_is_unpacked_than_the_manifest_says() {
    let line = format!(
        "{{\"timestamp_ms\":1,\"stream\":\"s\",\"message\":\"{}\"}}\n",
        "x".repeat(1_000)
    );
    let object = zstd::encode_all(line.repeat(100_000).as_bytes(), 1).unwrap();
    let part = Part {
        bytes: 1_000,
        stored_bytes: object.len() as u64,
        ..packed(&["a"]).1
    };
    let mut reader = PartReader::new(&part).unwrap();
    reader.feed(object).unwrap();
    let mut rows = 0;
    let error = loop {
        match reader.next() {
            Ok(row) => rows += u64::from(row.is_some()),
            Err(error) => break error,
        }
    };
    assert!(matches!(
        error,
        ReadError::Differs {
            what: "text's size",
            ..
        }
    ));
    assert_eq!(rows, 1);
}

#[test]
fn a_manifest_names_only_what_is_of_its_log_group() {
    let good = manifest(("21:00:00", "22:00:00"), Proof::Counted);
    let parsed = |manifest: &Manifest| parse(&place(), &serde_json::to_vec(manifest).unwrap());
    assert_eq!(parsed(&good).unwrap(), good);
    let mut elsewhere = good.clone();
    elsewhere.output.parts[0].key = "cloudwatch-logs/account=1/secret".to_owned();
    let mut other = good.clone();
    other.place.group = "/ecs/other".to_owned();
    let newer = Manifest {
        schema_version: SCHEMA_VERSION + 1,
        ..good
    };
    let cases = [
        (
            parsed(&elsewhere),
            "the manifest names what is not of its log group: `cloudwatch-logs/account=1/secret`",
        ),
        (
            parsed(&other),
            "the manifest names what is not of its log group: `/ecs/other`",
        ),
        (
            parsed(&newer),
            "the manifest has schema version 2, newer than 1; use the newer version",
        ),
        (
            parse(&place(), b"{}"),
            "the manifest is not readable as one",
        ),
    ];
    for (result, expected) in cases {
        assert_eq!(result.unwrap_err().to_string(), expected);
    }
}

#[test]
fn the_days_of_a_span_have_manifests_and_its_hours_have_parts() {
    let manifests = "manifests/account=111122223333/region=eu-west-1/group=!ecs!shop/";
    let day = SignedDuration::from_hours(24);
    assert_eq!(
        prefixes(&place(), at("23:59:59.999"), at("00:00:00.001") + day),
        ["dt=2026-02-18/", "dt=2026-02-19/"].map(|date| format!("{manifests}{date}"))
    );
    assert_eq!(
        prefixes(&place(), at("00:00:00"), at("00:00:00") + day).len(),
        1
    );
    assert_eq!(
        prefixes(&place(), at("01:00:00"), at("01:00:00")),
        Vec::<String>::new()
    );
    let manifest = manifest(("21:00:00", "22:00:00"), Proof::Counted);
    let count = |from, until| parts(&manifest, at(from), at(until)).count();
    assert_eq!(
        [
            count("21:30:00", "21:30:00.001"),
            count("21:00:00", "21:30:00"),
            count("21:30:00.001", "22:00:00"),
        ],
        [1, 0, 0]
    );
}

#[test]
fn what_no_proven_manifest_covers_is_not_proven() {
    let manifests = [
        manifest(("21:00:00", "22:00:00"), Proof::EventIds),
        manifest(("18:00:00", "20:00:00"), Proof::Counted),
        manifest(("20:00:00", "21:00:00"), Proof::Open),
    ];
    let pieces = |from, until| unproven(&manifests, at(from), at(until));
    assert_eq!(
        pieces("17:30:00", "23:00:00"),
        [
            ("17:30:00", "18:00:00"),
            ("20:00:00", "21:00:00"),
            ("22:00:00", "23:00:00")
        ]
        .map(|(from, until)| (at(from), at(until)))
    );
    assert_eq!(pieces("18:00:00", "19:00:00"), []);
    assert_eq!(
        pieces("10:00:00", "11:00:00"),
        [(at("10:00:00"), at("11:00:00"))]
    );
}
