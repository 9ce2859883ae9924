use std::collections::BTreeMap;

use log_exporter::catalog::Checked;
use log_exporter::ledger::{Entry, Exporting, Pending, Proven, State};
use shared::exports::manifest::{CountedBy, Mode, Output, SourceCount};
use shared::exports::window::Window;

use super::*;
use crate::export::store::Store;
use crate::screen::Paragraph;

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn entry(group: &str, start: &str, hours: i64, state: State) -> Entry {
    let start = at(start);
    let window = Window::new(start, start + SignedDuration::from_hours(hours)).unwrap();
    let mode = if hours == 24 {
        Mode::ExportTask
    } else {
        Mode::Direct
    };
    Entry {
        schema_version: 1,
        group: group.to_owned(),
        window,
        mode,
        is_redacted: false,
        attempt: 1,
        failed: 0,
        state,
        revision: 3,
        is_told: true,
        is_tidy: true,
        noted: Vec::new(),
        nonce: String::new(),
    }
}

fn verified() -> State {
    State::Verified(Proven {
        by_ids: false,
        output: Output::default(),
        source: SourceCount {
            by: CountedBy::Insights,
            at: at("2026-02-18T21:00:00Z"),
            hours: Vec::new(),
        },
        swept_at: at("2026-02-18T21:00:00Z"),
        query: None,
        reconciling: None,
    })
}

fn reading() -> State {
    State::Exporting(Exporting::Direct {
        read_until: at("2026-02-18T21:45:00Z"),
        token: None,
        output: Output::default(),
    })
}

fn suspect() -> State {
    State::Suspect {
        reason: "hour 2026-02-17T07 has 12 rows, and the source counted 13\u{1b}[31m".to_owned(),
        again_at: at("2026-02-18T23:00:00Z"),
        output: Output::default(),
    }
}

fn lost() -> State {
    State::Expired {
        loss: "the log group keeps events for 3 days and has begun to forget them".to_owned(),
        output: Output::default(),
    }
}

fn of(entries: &[Entry], days: Option<i64>) -> Standing {
    let known = Known {
        retention: days.map(|days| SignedDuration::from_hours(24 * days)),
        since: Some(at("2026-02-03T21:47:00Z")),
        late_after: None,
    };
    Standing::of(entries, known, at("2026-02-18T21:47:00Z")).unwrap()
}

fn examples() -> Vec<Standing> {
    let good = [
        entry("/ecs/shop", "2026-02-18T20:00:00Z", 1, verified()),
        entry("/ecs/shop", "2026-02-18T21:00:00Z", 1, reading()),
    ];
    let bad = [
        entry("/ecs/pay", "2026-02-14T00:00:00Z", 24, lost()),
        entry("/ecs/pay", "2026-02-15T00:00:00Z", 24, verified()),
        entry("/ecs/pay", "2026-02-16T00:00:00Z", 24, suspect()),
        entry(
            "/ecs/pay",
            "2026-02-17T00:00:00Z",
            24,
            State::Exported(Pending::default()),
        ),
    ];
    let late = [
        entry("/ecs/slow", "2026-02-18T17:00:00Z", 1, verified()),
        entry(
            "/ecs/slow",
            "2026-02-18T18:00:00Z",
            1,
            State::Exported(Pending::default()),
        ),
    ];
    vec![of(&bad, Some(3)), of(&late, None), of(&good, Some(30))]
}

#[test]
fn the_table_of_groups() {
    let lines = text::table(
        &examples(),
        &Catalog::default(),
        at("2026-02-03T21:47:00Z"),
        at("2026-02-18T21:47:00Z"),
    );
    let lines: Vec<&str> = lines.iter().map(Paragraph::as_str).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn a_group_as_json() {
    let [bad, ..] = &examples()[..] else {
        panic!("no example");
    };
    insta::assert_snapshot!(serde_json::to_string_pretty(bad).unwrap());
}

#[test]
fn what_is_lost_suspect_or_late_needs_attention() {
    let examples = examples();
    let needs: BTreeMap<&str, bool> = examples
        .iter()
        .map(|standing| (standing.group.as_str(), standing.needs_attention()))
        .collect();
    let expected = [
        ("/ecs/pay", true),
        ("/ecs/shop", false),
        ("/ecs/slow", true),
    ];
    assert_eq!(needs, expected.into());
}

/// A store in which a window of three weeks ago is suspect, and all since the day before yesterday is proven.
fn with_an_old_suspect() -> Store {
    let store = Store::default();
    let entries = [
        entry("/ecs/pay", "2026-01-27T00:00:00Z", 24, verified()),
        entry("/ecs/pay", "2026-01-28T00:00:00Z", 24, suspect()),
        entry("/ecs/pay", "2026-02-17T00:00:00Z", 24, verified()),
    ];
    for entry in entries {
        let key = shared::records::Record::key(&entry);
        store.put(&key, serde_json::to_vec(&entry).unwrap());
    }
    store
}

fn catalog(hint: Hint) -> Catalog {
    let known = log_exporter::catalog::Known {
        created_at: at("2025-01-01T00:00:00Z"),
        retention: None,
        can_be_read: true,
        is_tagged: false,
        mode: Mode::ExportTask,
        is_redacted: false,
        found_at: at("2026-01-27T05:10:00Z"),
        seen_at: at("2026-02-18T21:10:00Z"),
        missed: 0,
        past: log_exporter::catalog::Past::default(),
        hint,
    };
    Catalog {
        groups: [("/ecs/pay".to_owned(), known)].into(),
        ..Catalog::default()
    }
}

#[tokio::test]
async fn what_is_not_proven_is_looked_at_however_old_it_is() {
    let looked = Looked {
        pattern: WildMatch::new("*"),
        since: at("2026-02-03T21:47:00Z"),
        late_after: None,
    };
    let hint = |verified: &str, settled: &str| Hint {
        verified_until: Some(at(verified)),
        settled_until: Some(at(settled)),
        ..Hint::default()
    };
    let old = Some(at("2026-01-28T00:00:00Z"));
    let until = at("2026-01-28T00:00:00Z");
    let cases = [
        // Without a hint from the first window on.
        (catalog(Hint::default()), None, until, 1),
        (Catalog::default(), None, until, 1),
        (
            catalog(hint("2026-01-28T00:00:00Z", "2026-01-28T00:00:00Z")),
            old,
            until,
            1,
        ),
        // All before is proven: --since holds.
        (
            catalog(hint("2026-02-18T00:00:00Z", "2026-02-18T00:00:00Z")),
            Some(looked.since),
            at("2026-02-18T00:00:00Z"),
            0,
        ),
    ];
    let store = with_an_old_suspect();
    let now = at("2026-02-18T21:47:00Z");
    for (catalog, since, verified_until, suspect) in cases {
        let standing = standing(&store, &catalog, &looked, "/ecs/pay", now).await;
        let standing = standing.unwrap().unwrap();
        let is = (
            standing.since,
            standing.verified_until,
            standing.windows.suspect,
        );
        assert_eq!(is, (since, verified_until, suspect));
        assert_eq!(standing.needs_attention(), suspect > 0);
    }
}

#[test]
fn what_stops_exports_needs_attention_and_a_remark_does_not() {
    let checked = |takes_tasks: bool, findings: &[&str], remarks: &[&str]| Catalog {
        preflight: Some(Checked {
            fingerprint: String::new(),
            at: at("2026-02-18T21:00:00Z"),
            findings: findings.iter().map(|&text| text.to_owned()).collect(),
            remarks: remarks.iter().map(|&text| text.to_owned()).collect(),
            unreadable: Vec::new(),
            takes_tasks,
        }),
        ..Catalog::default()
    };
    let cases = [
        (Catalog::default(), true, None),
        (
            checked(false, &["no policy\u{1b}[31m"], &[]),
            false,
            Some("NOT READY  no policy\n"),
        ),
        (
            checked(true, &["a risk"], &[]),
            true,
            Some("NOT READY  a risk\n"),
        ),
        (
            checked(true, &[], &["a key"]),
            true,
            Some("REMARK  a key\n"),
        ),
    ];
    let now = at("2026-02-18T21:47:00Z");
    for (catalog, is_well, said) in cases {
        let lines = text::table(&examples(), &catalog, now, now);
        let first = lines.first().map(Paragraph::as_str).unwrap();
        assert_eq!(can_export(&catalog), is_well);
        match said {
            Some(said) => assert_eq!(first, said),
            None => assert!(first.starts_with("log group"), "{first}"),
        }
    }
}
