use jiff::SignedDuration;
use log_exporter::catalog::Hint;
use shared::exports::manifest::Mode;
use shared::records::Record as _;

use super::*;
use crate::export::store::{Counted, Store};

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn rules() -> Rules {
    let vars = ["STATE_BUCKET", "EXPORT_BUCKET", "AWS_REGION"];
    let vars = vars.map(|name| (name.to_owned(), "x".to_owned()));
    Config::from_vars(vars.into()).unwrap().rules
}

fn store() -> Store {
    let store = Store::default();
    for (start, end) in [("18T05", "18T06"), ("18T06", "18T07")] {
        let time = |hour| at(&format!("2026-02-{hour}:00:00Z"));
        let window = Window::new(time(start), time(end)).unwrap();
        let entry = Entry::planned("/ecs/shop", window, Mode::Direct, &rules());
        store.put(&entry.key(), serde_json::to_vec(&entry).unwrap());
    }
    store
}

fn known(days: Option<i64>) -> Known {
    Known {
        created_at: at("2025-01-01T00:00:00Z"),
        retention: days.map(|days| SignedDuration::from_hours(24 * days)),
        can_be_read: true,
        is_tagged: false,
        mode: Mode::Direct,
        is_redacted: false,
        found_at: at("2026-02-18T05:10:00Z"),
        seen_at: at("2026-02-18T05:10:00Z"),
        past: log_exporter::catalog::Past::default(),
        missed: 0,
        hint: Hint::default(),
    }
}

async fn done(store: &Store, from: &str, to: Option<&str>, days: Option<i64>) -> Done {
    let asked = Asked {
        from: at(from),
        to: to.map(at),
        now: at("2026-02-18T07:30:00Z"),
    };
    let known = known(days);
    backfill(
        store,
        &Counted::default(),
        ("/ecs/shop", Some(&known)),
        &rules(),
        asked,
    )
    .await
    .unwrap()
}

fn said(done: &Done) -> String {
    let lines = told("/ecs/shop", done);
    let lines: Vec<&str> = lines.iter().map(Paragraph::as_str).collect();
    lines.join("\n")
}

#[tokio::test]
async fn windows_are_planned_up_to_the_first_one_and_once() {
    let store = store();
    let first = done(
        &store,
        "2026-02-18T02:20:00Z",
        Some("2026-02-18T03:00:00Z"),
        None,
    )
    .await;
    let again = done(&store, "2026-02-18T02:20:00Z", None, None).await;
    let keys = store.keys();
    let keys: Vec<&str> = keys
        .iter()
        .filter_map(|key| key.rsplit('/').next())
        .collect();
    assert_eq!(
        keys,
        [
            "20260218T02.json",
            "20260218T03.json",
            "20260218T04.json",
            "20260218T05.json",
            "20260218T06.json"
        ]
    );
    insta::assert_snapshot!(format!("{}\n\n{}", said(&first), said(&again)));
}

fn catalog(store: &Store) -> Catalog {
    let (body, _) = store.get(CATALOG).unwrap();
    serde_json::from_slice(&body).unwrap()
}

/// A catalog that says that all is proven, and that nothing is to be done before tomorrow.
fn put_catalog(store: &Store) {
    let hint = Hint {
        verified_until: Some(at("2026-02-18T07:00:00Z")),
        settled_until: Some(at("2026-02-18T07:00:00Z")),
        due_at: Some(at("2026-02-19T07:30:00Z")),
        ..Hint::default()
    };
    let asleep = Known {
        hint,
        ..known(None)
    };
    let names = ["/ecs/shop", "/ecs/other"];
    let catalog = Catalog {
        groups: names.map(|name| (name.to_owned(), asleep.clone())).into(),
        ..Catalog::default()
    };
    store.put(CATALOG, serde_json::to_vec(&catalog).unwrap());
}

fn is_due(store: &Store, name: &str) -> bool {
    let known = catalog(store).groups.remove(name).unwrap();
    known.is_due(false, at("2026-02-18T07:30:00Z"))
}

async fn backfilled(store: &Store, from: &str) -> anyhow::Result<Done> {
    let asked = Asked {
        from: at(from),
        to: None,
        now: at("2026-02-18T07:30:00Z"),
    };
    let known = known(None);
    let group = ("/ecs/shop", Some(&known));
    planned_and_woken(store, &Counted::default(), group, &rules(), asked).await
}

#[tokio::test]
async fn a_group_is_due_after_its_backfill_and_looked_at_from_its_first_window() {
    let store = store();
    put_catalog(&store);
    assert!(!is_due(&store, "/ecs/shop"));
    backfilled(&store, "2026-02-18T03:00:00Z").await.unwrap();
    assert!(is_due(&store, "/ecs/shop") && !is_due(&store, "/ecs/other"));
    let verified_until = catalog(&store).groups["/ecs/shop"].hint.verified_until;
    assert_eq!(verified_until, None);
}

#[tokio::test]
async fn a_backfill_that_was_interrupted_before_the_group_was_woken_wakes_it_when_it_is_run_again()
{
    let store = store();
    done(&store, "2026-02-18T03:00:00Z", None, None).await;
    put_catalog(&store);
    let again = backfilled(&store, "2026-02-18T03:00:00Z").await.unwrap();
    assert_eq!(again.planned, []);
    assert!(is_due(&store, "/ecs/shop"));
}

#[tokio::test]
async fn a_group_is_woken_although_not_all_of_its_windows_could_be_planned() {
    let store = store();
    put_catalog(&store);
    store.put("exports/ledger/!ecs!shop/20260218T04.json", "{");
    backfilled(&store, "2026-02-18T03:00:00Z")
        .await
        .unwrap_err();
    assert!(is_due(&store, "/ecs/shop"));
}

#[tokio::test]
async fn a_group_that_cannot_be_woken_is_an_error() {
    let store = store();
    put_catalog(&store);
    store.contend(CATALOG);
    let error = wake(&store, &Counted::default(), "/ecs/shop").await;
    assert_eq!(
        error.unwrap_err().to_string(),
        "couldn't have ticks look at /ecs/shop: they write exports/catalog.json all the time; run it again"
    );
}

#[tokio::test]
async fn nothing_is_planned_of_a_group_that_was_deleted() {
    let store = store();
    let gone = Known {
        missed: 9,
        ..known(None)
    };
    let asked = Asked {
        from: at("2026-02-18T03:00:00Z"),
        to: None,
        now: at("2026-02-18T07:30:00Z"),
    };
    let group = ("/ecs/shop", Some(&gone));
    let done = backfill(&store, &Counted::default(), group, &rules(), asked).await;
    assert_eq!(done.unwrap().planned, []);
}

#[tokio::test]
async fn what_the_source_has_forgotten_is_not_planned_and_said() {
    let store = store();
    let done = done(&store, "2026-02-10T00:00:00Z", None, Some(1)).await;
    insta::assert_snapshot!(said(&done));
}

#[tokio::test]
async fn a_window_that_somebody_else_planned_meanwhile_is_not_written_over() {
    let store = store();
    let window = Window::new(at("2026-02-18T04:00:00Z"), at("2026-02-18T05:00:00Z")).unwrap();
    let next = Window::new(at("2026-02-18T06:00:00Z"), at("2026-02-18T07:00:00Z")).unwrap();
    let entry = planned(
        "/ecs/shop",
        window,
        Mode::Direct,
        &rules(),
        at("2026-02-18T07:30:00Z"),
    );
    let error = write(&store, &Counted::default(), entry, next)
        .await
        .unwrap_err();
    assert_eq!(
        format!("{error:#}"),
        "couldn't plan 2026-02-18T04:00:00Z of /ecs/shop: somebody else plans windows of it; look at `medic export status` and try again"
    );
    assert_eq!(store.keys().len(), 2);
}
