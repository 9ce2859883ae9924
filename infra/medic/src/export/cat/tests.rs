use std::sync::Mutex;

use jiff::SignedDuration;
use shared::exports::encode::Encoder;
use shared::exports::layout::manifest_key;
use shared::exports::manifest::{Mode, Output, Part, Proof};
use shared::exports::row::Row;
use shared::exports::window::Window;

use super::line::Shown;
use super::*;
use crate::export::store::Store;

/// A writer whose reader goes away after so many bytes.
#[derive(Debug)]
struct Pipe<'a> {
    taken: &'a Mutex<Vec<u8>>,
    most: usize,
}

impl io::Write for Pipe<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut taken = self.taken.lock().unwrap();
        if taken.len() >= self.most {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        taken.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn at(time: &str) -> Timestamp {
    format!("2026-02-18T{time}Z").parse().unwrap()
}

fn place() -> Place {
    Place {
        account: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        group: "/ecs/shop".to_owned(),
    }
}

fn hour(start: &str) -> Window {
    let start = at(start);
    Window::new(start, start + SignedDuration::from_hours(1)).unwrap()
}

/// Puts a part of rows, each its time, its stream and its message.
fn part(store: &Store, window: Window, rows: &[(&str, &str, &str)]) -> Part {
    let mut encoder = Encoder::new().unwrap();
    for (time, stream, message) in rows {
        let row = Row {
            timestamp_ms: at(time).as_millisecond(),
            ingestion_ms: None,
            stream: (*stream).into(),
            event_id: None,
            message: (*message).into(),
        };
        encoder.push(&row).unwrap();
    }
    let object = encoder.finish().unwrap().unwrap();
    let part = object.part(&place(), window, window.start());
    store.put(&part.key, object.body);
    part
}

fn told(store: &Store, window: Window, parts: Vec<Part>, proof: Proof) {
    let manifest = Manifest {
        schema_version: 1,
        place: place(),
        window,
        mode: Mode::Direct,
        proof,
        attempt: 1,
        revision: 1,
        written_at: at("23:00:00"),
        output: Output { parts },
        source: None,
        is_redacted: false,
    };
    let key = manifest_key(&place(), window);
    store.put(&key, serde_json::to_vec(&manifest).unwrap());
}

/// Two hours: one of two parts whose rows are in no order, one that is still open.
fn store() -> Store {
    let store = Store::default();
    let (first, second) = (hour("20:00:00"), hour("21:00:00"));
    let parts = vec![
        part(
            &store,
            first,
            &[("20:59:59.999", "b", "fifth"), ("20:10:00", "b", "third")],
        ),
        part(
            &store,
            first,
            &[
                ("20:10:00", "a/x", "second\nin two lines"),
                ("20:00:00", "c", "first"),
                ("20:10:00", "b", "fourth"),
            ],
        ),
    ];
    told(&store, first, parts, Proof::EventIds);
    let parts = vec![part(&store, second, &[("21:00:00", "a-x", "sixth")])];
    told(&store, second, parts, Proof::Open);
    store
}

fn wanted(from: &str, until: &str) -> Wanted {
    Wanted {
        place: place(),
        span: (at(from), at(until)),
        stream: None,
        leaves_out_damaged: false,
    }
}

async fn printed(store: &Store, wanted: &Wanted, form: Form) -> anyhow::Result<(Ended, String)> {
    let (from, until) = wanted.span;
    let manifests = manifests(store, &wanted.place, from, until).await?;
    let taken = Mutex::default();
    let pipe = Pipe {
        taken: &taken,
        most: usize::MAX,
    };
    let ended = print(|| store, store, wanted, manifests, (form, pipe)).await?;
    let taken = taken.into_inner().unwrap();
    Ok((ended, String::from_utf8(taken).unwrap()))
}

const RAW: Form = Form::Message(Shown::Raw);

#[tokio::test]
async fn all_parts_of_all_hours_are_put_in_order() {
    let whole = printed(&store(), &wanted("20:00:00", "22:00:00"), RAW)
        .await
        .unwrap();
    let text = "first\nsecond\nin two lines\nthird\nfourth\nfifth\nsixth\n";
    assert_eq!(whole, (Ended::Whole, text.to_owned()));
}

#[tokio::test]
async fn only_the_span_and_the_stream_are_printed() {
    let store = store();
    let (_, text) = printed(&store, &wanted("20:00:01", "20:59:59.999"), RAW)
        .await
        .unwrap();
    assert_eq!(text, "second\nin two lines\nthird\nfourth\n");
    let of_stream = Wanted {
        stream: Some("a/x".to_owned()),
        ..wanted("20:00:00", "22:00:00")
    };
    let (_, text) = printed(&store, &of_stream, Form::Long(Shown::Escaped))
        .await
        .unwrap();
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn a_part_that_is_not_what_its_manifest_says_is_never_printed() {
    let store = store();
    let damaged = store
        .keys()
        .into_iter()
        .find(|key| key.contains("hour=20"))
        .unwrap();
    let other = store
        .keys()
        .into_iter()
        .find(|key| key.contains("hour=21"))
        .unwrap();
    let body = Records::read(&store, &other).await.unwrap().unwrap().body;
    store.put(&damaged, body);
    let error = printed(&store, &wanted("20:00:00", "22:00:00"), RAW)
        .await
        .unwrap_err();
    let error = format!("{error:#}");
    assert!(
        error.starts_with(&format!("{damaged} is damaged; --partial leaves it out: ")),
        "{error}"
    );
    let partial = Wanted {
        leaves_out_damaged: true,
        ..wanted("20:00:00", "22:00:00")
    };
    let (ended, text) = printed(&store, &partial, RAW).await.unwrap();
    assert!(
        matches!(&ended, Ended::LeftOut(left) if left.len() == 1),
        "{ended:?}"
    );
    assert!(
        text.ends_with("sixth\n") && text.matches("sixth").count() == 1,
        "{text}"
    );
}

#[tokio::test]
async fn parts_that_were_rewritten_meanwhile_are_found_by_the_newer_manifest() {
    let store = store();
    let manifests = manifests(&store, &place(), at("21:00:00"), at("22:00:00"))
        .await
        .unwrap();
    let window = hour("21:00:00");
    let old = manifests[0].output.parts[0].key.clone();
    let new = part(
        &store,
        window,
        &[("21:00:00", "a", "sixth"), ("21:00:01", "a", "seventh")],
    );
    told(&store, window, vec![new], Proof::EventIds);
    store.take(&old);
    let taken = Mutex::default();
    let pipe = Pipe {
        taken: &taken,
        most: usize::MAX,
    };
    let wanted = wanted("21:00:00", "22:00:00");
    print(|| &store, &store, &wanted, manifests, (RAW, pipe))
        .await
        .unwrap();
    assert_eq!(
        String::from_utf8(taken.into_inner().unwrap()).unwrap(),
        "sixth\nseventh\n"
    );
}

#[tokio::test]
async fn a_part_that_is_gone_for_good_is_an_error() {
    let store = store();
    let gone = store
        .keys()
        .into_iter()
        .find(|key| key.contains("hour=21"))
        .unwrap();
    store.take(&gone);
    let error = printed(&store, &wanted("20:00:00", "22:00:00"), RAW)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "parts of 2026-02-18T21:00:00Z are gone although manifests name them"
    );
}

#[tokio::test]
async fn a_reader_that_goes_away_is_no_error() {
    let store = store();
    let wanted = wanted("20:00:00", "22:00:00");
    let manifests = manifests(&store, &place(), at("20:00:00"), at("22:00:00"))
        .await
        .unwrap();
    let taken = Mutex::default();
    let pipe = Pipe {
        taken: &taken,
        most: 3,
    };
    let ended = print(|| &store, &store, &wanted, manifests, (RAW, pipe))
        .await
        .unwrap();
    assert_eq!(ended, Ended::Closed);
}

#[tokio::test]
async fn what_is_not_proven_is_named() {
    let store = store();
    told(
        &store,
        hour("18:00:00"),
        Vec::new(),
        Proof::Suspect {
            reason: "12 rows, and the source has 13\u{1b}[2J".to_owned(),
        },
    );
    told(
        &store,
        hour("17:00:00"),
        Vec::new(),
        Proof::Lost {
            reason: "the log group forgot them".to_owned(),
        },
    );
    let now = at("22:30:00");
    let said = async |from: &str, until: &str| {
        let span = (at(from), at(until));
        let manifests = manifests(&store, &place(), span.0, span.1).await.unwrap();
        let found = findings(&manifests, span.0, span.1, now);
        proof::told("/ecs/shop", &manifests, &found, span)
    };
    let span = (at("20:00:00"), at("21:00:00"));
    let mut counted = manifests(&store, &place(), span.0, span.1).await.unwrap();
    for manifest in &mut counted {
        manifest.proof = Proof::Counted;
    }
    let texts = [
        proof::told("/ecs/shop", &counted, &[], span),
        said("20:00:00", "21:00:00").await,
        said("20:30:00", "20:31:00").await,
        said("16:59:00", "23:00:00").await,
        said("02:00:00", "03:00:00").await,
    ];
    insta::assert_snapshot!(texts.join("\n\n"));
}

#[tokio::test]
async fn the_account_is_that_of_the_manifests() {
    assert_eq!(account(&store()).await.unwrap(), "111122223333");
    let error = account(&Store::default()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the bucket has no manifest: nothing was exported yet"
    );
}
