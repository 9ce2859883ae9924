use std::time::Duration;

use shared::exports::encode::{Encoded, Encoder};
use shared::exports::layout::{manifest_key, part_key};
use shared::exports::manifest::{Mode, Output, Proof};
use shared::exports::row::Row;
use shared::exports::window::{Window, hour_of};

use super::*;
use crate::collect::logs::window_began;
use crate::collect::samples::{Trouble as CallTrouble, World, incident};

fn yesterday(time: &str) -> Timestamp {
    format!("2026-02-17T{time}Z").parse().unwrap()
}

fn place() -> Place {
    Place {
        account: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        group: "/ecs/shop".to_owned(),
    }
}

fn packed(rows: &[(&str, &str)]) -> Encoded {
    let mut encoder = Encoder::new().unwrap();
    for (time, message) in rows {
        let row = Row {
            timestamp_ms: yesterday(time).as_millisecond(),
            ingestion_ms: None,
            stream: "web/1".into(),
            event_id: None,
            message: (*message).into(),
        };
        encoder.push(&row).unwrap();
    }
    encoder.finish().unwrap().unwrap()
}

/// A day that was exported, with three errors and two other lines in the quarter of an hour that is looked at.
fn exported(proof: Proof) -> (World, Manifest) {
    let hours = [
        vec![
            ("20:30:00", "ERROR no stock of 1"),
            ("20:45:00", "ERROR no stock of 2"),
            ("20:59:59", "ERROR no stock of 3"),
        ],
        vec![
            ("21:01:00", "ERROR no stock of 4"),
            ("21:01:00", "payment 5 accepted"),
            ("21:01:59.999", "payment 6 accepted"),
            ("21:02:00", "payment 7 accepted"),
        ],
    ];
    let window = Window::new(yesterday("00:00:00"), yesterday("00:00:00") + DAY).unwrap();
    let mut world = World::default();
    let mut output = Output::default();
    for rows in hours {
        let packed = packed(&rows);
        let hour = hour_of(packed.first);
        let key = part_key(&place(), window, hour, &packed.sha256);
        output.parts.push(Part {
            key: key.clone(),
            hour,
            rows: packed.rows,
            bytes: packed.bytes,
            stored_bytes: u64::try_from(packed.body.len()).unwrap(),
            sha256: packed.sha256,
            first: packed.first,
            last: packed.last,
        });
        world.exported.insert(key, packed.body);
    }
    let manifest = Manifest {
        schema_version: 1,
        place: place(),
        window,
        mode: Mode::ExportTask,
        proof,
        attempt: 1,
        revision: 1,
        written_at: window.end(),
        output,
        source: None,
        is_redacted: false,
    };
    tell(&mut world, &manifest);
    (world, manifest)
}

fn tell(world: &mut World, manifest: &Manifest) {
    let key = manifest_key(&place(), manifest.window);
    let body = serde_json::to_vec(manifest).unwrap();
    world.exported.insert(key, body);
}

/// How often each pattern came, whether that is all, and the gaps.
async fn told(world: &World) -> (Option<(Vec<u64>, bool)>, Vec<String>) {
    let incident = incident();
    let groups = [place().group];
    let began = window_began(&incident);
    let until = Instant::now() + Duration::from_secs(5);
    let told = day_before(world, &incident, (&groups, began), until).await;
    let counts = told.found.map(|day| {
        let mut counts: Vec<u64> = day.counts.into_values().collect();
        counts.sort_unstable();
        (counts, day.is_whole)
    });
    let gaps = told.gaps.into_iter().map(|gap| gap.because);
    (counts, gaps.collect())
}

fn of_shop(rest: &str) -> Vec<String> {
    vec![format!(
        "Of the log group /ecs/shop the exported logs of the day before {rest}"
    )]
}

#[tokio::test(start_paused = true)]
async fn rows_of_the_same_time_of_the_day_before_are_counted() {
    for proof in [Proof::Counted, Proof::EventIds] {
        let (world, _) = exported(proof);
        assert_eq!(told(&world).await, (Some((vec![2, 3], true)), vec![]));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_proven_is_read_and_said() {
    let reason = || "hour 20 has 3 rows, and the source 4 events.".to_owned();
    let cases = [
        (Proof::Open, "they are still being exported.".to_owned()),
        (Proof::Suspect { reason: reason() }, reason()),
        (Proof::Lost { reason: reason() }, reason()),
    ];
    for (proof, why) in cases {
        let (world, _) = exported(proof);
        let gaps = of_shop(&format!("may lack something: {why}"));
        assert_eq!(told(&world).await, (Some((vec![2, 3], false)), gaps));
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_not_exported_is_a_gap() {
    let gaps = of_shop("are not there: nothing of that time was exported.");
    assert_eq!(told(&World::default()).await, (None, gaps));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_what_its_manifest_says_is_not_counted() {
    let (mut world, manifest) = exported(Proof::Counted);
    let last = &manifest.output.parts[1].key;
    world.exported.remove(last);
    let gaps = of_shop("are not to be trusted: an object that a manifest names is gone.");
    assert_eq!(told(&world).await, (Some((vec![2], false)), gaps));
    let other = packed(&[("21:01:00", "ERROR no stock of 4")]);
    world.exported.insert(last.clone(), other.body);
    let (counts, gaps) = told(&world).await;
    assert_eq!(counts, Some((vec![2], false)));
    assert!(gaps[0].contains("are not to be trusted: its"), "{gaps:?}");
    let (mut world, _) = exported(Proof::Counted);
    let key = manifest_key(&place(), manifest.window);
    world.exported.insert(key, b"{}".to_vec());
    let (counts, gaps) = told(&world).await;
    assert_eq!(counts, None);
    assert!(
        gaps[0].contains("are not to be trusted: the manifest"),
        "{gaps:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn too_much_is_not_begun() {
    let (mut world, mut manifest) = exported(Proof::Counted);
    manifest.output.parts[1].bytes = MOST_BYTES;
    tell(&mut world, &manifest);
    let gaps = of_shop("were not all read: there are too many of them.");
    assert_eq!(told(&world).await, (Some((vec![2], false)), gaps));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_reached_is_a_gap_in_time() {
    let (mut world, _) = exported(Proof::Counted);
    world.troubles = vec![("exported", CallTrouble::Refused)];
    let gaps =
        of_shop("were not read: couldn't list the exported objects of the shop: access denied.");
    assert_eq!(told(&world).await, (None, gaps));
    world.troubles = vec![("exported", CallTrouble::Hangs)];
    let gaps = of_shop("were not read: there was no time for them.");
    assert_eq!(told(&world).await, (None, gaps));
}

#[test]
fn of_the_windows_of_a_day_those_around_the_span_are_read() {
    let span = |from: &str, until: &str| Span {
        from: yesterday(from),
        until: yesterday(until),
    };
    let hours = ["00", "05", "20", "21", "22"];
    let mut keys = hours
        .map(|hour| format!("day/20260217T{hour}.json"))
        .to_vec();
    keys.push("day/else".to_owned());
    let meant = |span| {
        let meant = asked::meant(&keys, "day/", span).into_iter();
        meant
            .map(|key| key.get(13..15).unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(meant(span("20:45:00", "21:02:00")), ["20", "21"]);
    assert_eq!(meant(span("20:45:00", "21:00:00")), ["20"]);
    assert_eq!(meant(span("07:00:00", "08:00:00")), ["05"]);
    assert_eq!(meant(span("23:30:00", "23:59:00")), ["22"]);
}
